// Calls the ClientProtocol of any namenode in ways that show its semantics and prints one line per call: what came
// back, or the exception's class and text. Run against the real namenode and against ours; the lines must be equal.
// usage: NamespaceProbe HOST:PORT
import java.net.InetSocketAddress;
import java.security.PrivilegedExceptionAction;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.fs.permission.*;
import org.apache.hadoop.hdfs.NameNodeProxies;
import org.apache.hadoop.hdfs.protocol.*;
import org.apache.hadoop.io.EnumSetWritable;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.UserGroupInformation;

public class NamespaceProbe {
  interface Act { Object run() throws Exception; }
  static ClientProtocol nn;
  static Configuration conf = new Configuration();
  static java.net.URI uri;
  static int number = 0;

  static String show(Object o) {
    if (o == null) return "null";
    if (o instanceof HdfsFileStatus) {
      HdfsFileStatus s = (HdfsFileStatus) o;
      return (s.isDirectory() ? "dir" : "file") + " '" + s.getLocalName() + "' len=" + s.getLen() + " repl=" + s.getReplication()
          + " bs=" + s.getBlockSize() + " perm=" + s.getPermission() + " " + s.getOwner() + ":" + s.getGroup()
          + " kids=" + s.getChildrenNum() + " policy=" + s.getStoragePolicy()
          + " mtime=" + (s.getModificationTime() > 1000000 ? "now" : s.getModificationTime())
          + " atime=" + (s.getAccessTime() > 1000000 ? "now" : s.getAccessTime());
    }
    if (o instanceof DirectoryListing) {
      DirectoryListing l = (DirectoryListing) o;
      StringBuilder b = new StringBuilder("[" + l.getRemainingEntries() + "]");
      for (HdfsFileStatus s : l.getPartialListing()) b.append(" {").append(show(s)).append("}");
      return b.toString();
    }
    if (o instanceof LocatedBlocks) {
      LocatedBlocks l = (LocatedBlocks) o;
      return "blocks len=" + l.getFileLength() + " n=" + l.locatedBlockCount() + " uc=" + l.isUnderConstruction()
          + " lastComplete=" + l.isLastBlockComplete() + " last=" + (l.getLastLocatedBlock() == null ? "none" : "" + l.getLastLocatedBlock().getStartOffset());
    }
    if (o instanceof ContentSummary) {
      ContentSummary c = (ContentSummary) o;
      return "summary len=" + c.getLength() + " files=" + c.getFileCount() + " dirs=" + c.getDirectoryCount() + " quota=" + c.getQuota()
          + " space=" + c.getSpaceConsumed() + " spaceQuota=" + c.getSpaceQuota();
    }
    if (o instanceof QuotaUsage) {
      QuotaUsage c = (QuotaUsage) o;
      return "usage n=" + c.getFileAndDirectoryCount() + " quota=" + c.getQuota() + " space=" + c.getSpaceConsumed() + " spaceQuota=" + c.getSpaceQuota();
    }
    return String.valueOf(o);
  }
  static String clean(String text) {
    if (text == null) return "null";
    return text.split("\n")[0].replaceAll("inode \\d+", "inode N").replaceAll("BP-[0-9.-]+", "BP").replaceAll("blk_\\d+_\\d+", "BLK")
        .replaceAll("pending creates: \\d+", "pending creates: N");
  }
  static void t(String what, Act act) {
    String line;
    try {
      line = show(act.run());
    } catch (RemoteException e) {
      line = "! " + e.getClassName() + ": " + clean(e.getMessage());
    } catch (Exception e) {
      line = "! local " + e.getClass().getName() + ": " + clean(e.getMessage());
    }
    System.out.println(String.format("%03d ", ++number) + what + " -> " + line);
  }
  static FsPermission p(int mode) { return new FsPermission((short) mode); }
  static Object create(String src, String client, EnumSet<CreateFlag> flags, boolean parent, int repl, long bs) throws Exception {
    return nn.create(src, p(0644), client, new EnumSetWritable<>(flags), parent, (short) repl, bs, org.apache.hadoop.crypto.CryptoProtocolVersion.supported(), null, null);
  }
  static Object create(String src) throws Exception { return create(src, "c1", EnumSet.of(CreateFlag.CREATE), true, 1, 1048576); }
  static Object close(String src, String client) throws Exception { return nn.complete(src, client, null, 0); }
  static Object make(String src) throws Exception { create(src); return close(src, "c1"); }
  static Object none(Act a) throws Exception { a.run(); return "ok"; }

  public static void main(String[] args) throws Exception {
    uri = new java.net.URI("hdfs://" + args[0]);
    conf.set("fs.defaultFS", uri.toString());
    conf.set("dfs.client.retry.policy.enabled", "false");
    nn = NameNodeProxies.createNonHAProxy(conf, new InetSocketAddress(uri.getHost(), uri.getPort()), ClientProtocol.class,
        UserGroupInformation.getCurrentUser(), false).getProxy();
    nn.delete("/t", true);
    names();
    renames();
    creates();
    attributes();
    listings();
    writes();
    as("bob", () -> { permissions(); return null; });
    nn.delete("/t", true);
  }
  static void as(String user, Act act) throws Exception {
    ClientProtocol mine = nn;
    nn.mkdirs("/t/perm", p(0755), true);
    nn.mkdirs("/t/perm/closed", p(0700), true);
    nn.mkdirs("/t/perm/open", p(0777), true);
    nn.mkdirs("/t/perm/sticky", p(01777), true);
    nn.setPermission("/t/perm/open", p(0777));
    nn.setPermission("/t/perm/sticky", p(01777));
    make("/t/perm/sticky/roots");
    make("/t/perm/rootfile");
    nn.setPermission("/t/perm/rootfile", p(0640));
    nn.mkdirs("/t/perm/open/rootdir/sub", p(0755), true);
    UserGroupInformation ugi = UserGroupInformation.createRemoteUser(user);
    ugi.doAs((PrivilegedExceptionAction<Object>) () -> {
      nn = NameNodeProxies.createNonHAProxy(conf, new InetSocketAddress(uri.getHost(), uri.getPort()), ClientProtocol.class, ugi, false).getProxy();
      return act.run();
    });
    nn = mine;
  }
  static void names() {
    t("mkdirs new", () -> nn.mkdirs("/t/a/b", p(0755), true));
    t("mkdirs again", () -> nn.mkdirs("/t/a/b", p(0700), true));
    t("mkdirs root", () -> nn.mkdirs("/", p(0700), true));
    t("mkdirs no parent", () -> nn.mkdirs("/t/x/y", p(0755), false));
    t("mkdirs mode 0 with parents", () -> nn.mkdirs("/t/m0/p/q", p(0), true));
    t("info implicit parent", () -> nn.getFileInfo("/t/m0/p"));
    t("info leaf mode 0", () -> nn.getFileInfo("/t/m0/p/q"));
    t("mkdirs setuid bits", () -> nn.mkdirs("/t/suid", p(07755), true));
    t("info setuid", () -> nn.getFileInfo("/t/suid"));
    t("mkdirs relative", () -> nn.mkdirs("rel", p(0755), true));
    t("mkdirs empty", () -> nn.mkdirs("", p(0755), true));
    t("mkdirs colon", () -> nn.mkdirs("/t/a:b", p(0755), true));
    t("mkdirs dots", () -> nn.mkdirs("/t/../b", p(0755), true));
    t("mkdirs dot", () -> nn.mkdirs("/t/./b", p(0755), true));
    t("mkdirs double slash", () -> nn.mkdirs("/t//b", p(0755), true));
    t("mkdirs trailing slash", () -> nn.mkdirs("/t/trail/", p(0755), true));
    t("info trailing slash", () -> nn.getFileInfo("/t/trail/"));
    t("mkdirs long name", () -> nn.mkdirs("/t/" + "n".repeat(256), p(0755), true));
    t("mkdirs 255 name", () -> nn.mkdirs("/t/" + "n".repeat(255), p(0755), true));
    t("info missing", () -> nn.getFileInfo("/t/none"));
    t("info relative", () -> nn.getFileInfo("rel"));
    t("info empty", () -> nn.getFileInfo(""));
    t("info colon", () -> nn.getFileInfo("/t/a:b"));
    t("info double slash", () -> nn.getFileInfo("/t//a"));
    t("info dir", () -> nn.getFileInfo("/t/a"));
    t("make file", () -> make("/t/f"));
    t("info file", () -> nn.getFileInfo("/t/f"));
    t("info through file", () -> nn.getFileInfo("/t/f/x"));
    t("mkdirs on file", () -> nn.mkdirs("/t/f", p(0755), true));
    t("mkdirs through file", () -> nn.mkdirs("/t/f/x/y", p(0755), true));
    t("mkdirs through file no parent", () -> nn.mkdirs("/t/f/x", p(0755), false));
    t("delete missing", () -> nn.delete("/t/none", true));
    t("delete through file", () -> nn.delete("/t/f/x", true));
    t("delete relative", () -> nn.delete("rel", true));
    t("delete non-empty", () -> nn.delete("/t/a", false));
    t("delete root", () -> nn.delete("/", true));
    t("delete empty dir", () -> nn.delete("/t/a/b", false));
    t("delete tree", () -> nn.delete("/t/m0", true));
    t("info deleted", () -> nn.getFileInfo("/t/m0/p"));
    t("inode path", () -> nn.getFileInfo("/.reserved/.inodes/" + nn.getFileInfo("/t/f").getFileId()));
    t("inode path missing", () -> nn.getFileInfo("/.reserved/.inodes/99999999"));
    t("inode path root", () -> nn.getFileInfo("/.reserved/.inodes/16385"));
    t("root snapshots", () -> nn.getFileInfo("/").isSnapshotEnabled());
  }
  static void renames() throws Exception {
    nn.mkdirs("/t/r/d1/sub", p(0755), true);
    nn.mkdirs("/t/r/d2", p(0755), true);
    make("/t/r/f1");
    make("/t/r/f2");
    t("rename missing", () -> nn.rename("/t/r/none", "/t/r/x"));
    t("rename file to itself", () -> nn.rename("/t/r/f1", "/t/r/f1"));
    t("rename dir to itself", () -> nn.rename("/t/r/d1", "/t/r/d1"));
    t("rename under itself", () -> nn.rename("/t/r/d1", "/t/r/d1/sub/x"));
    t("rename into dir", () -> nn.rename("/t/r/f1", "/t/r/d2"));
    t("info moved", () -> nn.getFileInfo("/t/r/d2/f1"));
    t("rename onto file", () -> nn.rename("/t/r/d2/f1", "/t/r/f2"));
    t("rename parent missing", () -> nn.rename("/t/r/f2", "/t/r/no/where"));
    t("rename target through file", () -> nn.rename("/t/r/d1", "/t/r/f2/x"));
    t("rename source through file", () -> nn.rename("/t/r/f2/x", "/t/r/y"));
    t("rename root", () -> nn.rename("/", "/t/r/y"));
    t("rename to root", () -> nn.rename("/t/r/f2", "/"));
    t("info in root", () -> nn.getFileInfo("/f2"));
    t("rename back", () -> nn.rename("/f2", "/t/r/f2"));
    t("rename invalid", () -> nn.rename("/t/r/f2", "/t/r/a:b"));
    t("rename relative target", () -> nn.rename("/t/r/f2", "rel"));
    t("rename relative source", () -> nn.rename("rel", "/t/r/f9"));
    t("rename long name", () -> nn.rename("/t/r/f2", "/t/r/" + "n".repeat(256)));
    t("rename dir", () -> nn.rename("/t/r/d1", "/t/r/d3"));
    t("info child of renamed", () -> nn.getFileInfo("/t/r/d3/sub"));
    t("rename2 missing", () -> none(() -> { nn.rename2("/t/r/none", "/t/r/x"); return 0; }));
    t("rename2 same", () -> none(() -> { nn.rename2("/t/r/f2", "/t/r/f2"); return 0; }));
    t("rename2 under itself", () -> none(() -> { nn.rename2("/t/r/d3", "/t/r/d3/sub/x"); return 0; }));
    t("rename2 exists", () -> none(() -> { nn.rename2("/t/r/f2", "/t/r/d2/f1"); return 0; }));
    t("rename2 onto dir", () -> none(() -> { nn.rename2("/t/r/f2", "/t/r/d2", Options.Rename.OVERWRITE); return 0; }));
    t("rename2 dir onto file", () -> none(() -> { nn.rename2("/t/r/d3", "/t/r/f2", Options.Rename.OVERWRITE); return 0; }));
    t("rename2 onto non-empty", () -> none(() -> { nn.rename2("/t/r/d3", "/t/r/d2", Options.Rename.OVERWRITE); return 0; }));
    t("rename2 parent missing", () -> none(() -> { nn.rename2("/t/r/f2", "/t/r/no/where"); return 0; }));
    t("rename2 parent file", () -> none(() -> { nn.rename2("/t/r/d3", "/t/r/f2/x"); return 0; }));
    t("rename2 root", () -> none(() -> { nn.rename2("/", "/t/r/y"); return 0; }));
    t("rename2 to root", () -> none(() -> { nn.rename2("/t/r/f2", "/", Options.Rename.OVERWRITE); return 0; }));
    t("rename2 overwrite", () -> none(() -> { nn.rename2("/t/r/f2", "/t/r/d2/f1", Options.Rename.OVERWRITE); return 0; }));
    t("rename2 to trash", () -> none(() -> { nn.rename2("/t/r/d2/f1", "/t/r/f5", Options.Rename.TO_TRASH); return 0; }));
    t("rename2 dir onto empty dir", () -> none(() -> { nn.mkdirs("/t/r/e", p(0755), true); nn.rename2("/t/r/d3", "/t/r/e", Options.Rename.OVERWRITE); return 0; }));
    t("info after overwrite", () -> nn.getFileInfo("/t/r/e"));
    t("tree after", () -> nn.getListing("/t/r", HdfsFileStatus.EMPTY_NAME, false));
  }
  static void creates() throws Exception {
    nn.mkdirs("/t/c", p(0755), true);
    t("create", () -> create("/t/c/f1"));
    t("create again same client", () -> create("/t/c/f1"));
    t("create again other client", () -> create("/t/c/f1", "c2", EnumSet.of(CreateFlag.CREATE), true, 1, 1048576));
    t("open file closed?", () -> nn.isFileClosed("/t/c/f1"));
    t("locations open", () -> nn.getBlockLocations("/t/c/f1", 0, 100));
    t("complete other client", () -> close("/t/c/f1", "c2"));
    t("complete", () -> close("/t/c/f1", "c1"));
    t("complete again", () -> close("/t/c/f1", "c1"));
    t("complete missing", () -> close("/t/c/none", "c1"));
    t("complete dir", () -> close("/t/c", "c1"));
    t("create exists", () -> create("/t/c/f1"));
    t("create overwrite", () -> create("/t/c/f1", "c1", EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE), true, 1, 1048576));
    t("create overwrite open by other", () -> create("/t/c/f1", "c2", EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE), true, 1, 1048576));
    t("first writer completes", () -> close("/t/c/f1", "c1"));
    t("close", () -> close("/t/c/f1", "c2"));
    t("overwrite only, missing", () -> create("/t/c/none", "c1", EnumSet.of(CreateFlag.OVERWRITE), true, 1, 1048576));
    t("create on dir", () -> create("/t/c"));
    t("create through file", () -> create("/t/c/f1/x"));
    t("create parents", () -> create("/t/c/p1/p2/f"));
    t("info created parent", () -> nn.getFileInfo("/t/c/p1"));
    t("create no parent", () -> create("/t/c/q1/f", "c1", EnumSet.of(CreateFlag.CREATE), false, 1, 1048576));
    t("create small block", () -> create("/t/c/f2", "c1", EnumSet.of(CreateFlag.CREATE), true, 1, 5));
    t("create replication 0", () -> create("/t/c/f2", "c1", EnumSet.of(CreateFlag.CREATE), true, 0, 1048576));
    t("create replication 1000", () -> create("/t/c/f2", "c1", EnumSet.of(CreateFlag.CREATE), true, 1000, 1048576));
    t("create invalid", () -> create("/t/c/a:b"));
    t("create relative", () -> create("rel"));
    t("create root", () -> create("/"));
    t("create long name", () -> create("/t/c/" + "n".repeat(256)));
    t("append missing", () -> nn.append("/t/c/none", "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    t("append dir", () -> nn.append("/t/c", "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    t("append empty", () -> nn.append("/t/c/f1", "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))).getFileStatus());
    t("append open own", () -> nn.append("/t/c/f1", "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    t("append open other", () -> nn.append("/t/c/f1", "c2", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    t("renew unknown", () -> none(() -> { nn.renewLease("nobody", null); return 0; }));
    t("recover lease", () -> nn.recoverLease("/t/c/f1", "c3"));
    t("recover closed", () -> nn.recoverLease("/t/c/f1", "c3"));
    t("recover missing", () -> nn.recoverLease("/t/c/none", "c3"));
    t("recover dir", () -> nn.recoverLease("/t/c", "c3"));
    t("isFileClosed missing", () -> nn.isFileClosed("/t/c/none"));
    t("isFileClosed dir", () -> nn.isFileClosed("/t/c"));
    t("delete open", () -> nn.delete("/t/c/p1", true));
    t("complete deleted", () -> close("/t/c/p1/p2/f", "c1"));
  }
  static void attributes() throws Exception {
    nn.mkdirs("/t/at/d", p(0755), true);
    make("/t/at/f");
    t("setPermission", () -> none(() -> { nn.setPermission("/t/at/f", p(01640)); return 0; }));
    t("info perm", () -> nn.getFileInfo("/t/at/f"));
    t("setPermission missing", () -> none(() -> { nn.setPermission("/t/at/none", p(0640)); return 0; }));
    t("setPermission through file", () -> none(() -> { nn.setPermission("/t/at/f/x", p(0640)); return 0; }));
    t("setOwner", () -> none(() -> { nn.setOwner("/t/at/f", "alice", "staff"); return 0; }));
    t("setOwner group only", () -> none(() -> { nn.setOwner("/t/at/f", null, "g2"); return 0; }));
    t("info owner", () -> nn.getFileInfo("/t/at/f"));
    t("setOwner missing", () -> none(() -> { nn.setOwner("/t/at/none", "a", "b"); return 0; }));
    t("setTimes", () -> none(() -> { nn.setTimes("/t/at/f", 1000, 2000); return 0; }));
    t("info times", () -> nn.getFileInfo("/t/at/f"));
    t("setTimes leave", () -> none(() -> { nn.setTimes("/t/at/f", -1, 3000); return 0; }));
    t("info times 2", () -> nn.getFileInfo("/t/at/f"));
    t("setTimes missing", () -> none(() -> { nn.setTimes("/t/at/none", 1, 2); return 0; }));
    t("setTimes dir", () -> none(() -> { nn.setTimes("/t/at/d", 1000, 2000); return 0; }));
    t("info dir times", () -> nn.getFileInfo("/t/at/d"));
    t("setReplication", () -> nn.setReplication("/t/at/f", (short) 2));
    t("setReplication dir", () -> nn.setReplication("/t/at/d", (short) 2));
    t("setReplication missing", () -> nn.setReplication("/t/at/none", (short) 2));
    t("setReplication 0", () -> nn.setReplication("/t/at/f", (short) 0));
    t("setReplication 513", () -> nn.setReplication("/t/at/f", (short) 513));
    t("info repl", () -> nn.getFileInfo("/t/at/f"));
    t("preferred block size", () -> nn.getPreferredBlockSize("/t/at/f"));
    t("preferred block size missing", () -> nn.getPreferredBlockSize("/t/at/none"));
    t("preferred block size dir", () -> nn.getPreferredBlockSize("/t/at/d"));
    t("summary", () -> nn.getContentSummary("/t/at"));
    t("summary file", () -> nn.getContentSummary("/t/at/f"));
    t("summary missing", () -> nn.getContentSummary("/t/at/none"));
    t("quota usage", () -> nn.getQuotaUsage("/t/at"));
    t("quota usage missing", () -> nn.getQuotaUsage("/t/at/none"));
    t("locations missing", () -> nn.getBlockLocations("/t/at/none", 0, 10));
    t("locations dir", () -> nn.getBlockLocations("/t/at/d", 0, 10));
    t("locations empty file", () -> nn.getBlockLocations("/t/at/f", 0, 10));
    t("locations negative", () -> nn.getBlockLocations("/t/at/f", -1, 10));
    t("link target", () -> nn.getLinkTarget("/t/at/f"));
    t("link target missing", () -> nn.getLinkTarget("/t/at/none"));
    t("storage policy", () -> nn.getStoragePolicy("/t/at/f").getName());
    t("storage policy missing", () -> nn.getStoragePolicy("/t/at/none"));
    t("set storage policy", () -> none(() -> { nn.setStoragePolicy("/t/at/d", "COLD"); return 0; }));
    t("set storage policy bad", () -> none(() -> { nn.setStoragePolicy("/t/at/d", "LUKEWARM"); return 0; }));
    t("set storage policy missing", () -> none(() -> { nn.setStoragePolicy("/t/at/none", "COLD"); return 0; }));
    t("get storage policy", () -> nn.getStoragePolicy("/t/at/d").getName());
    t("info policy", () -> nn.getFileInfo("/t/at/d"));
    t("policies", () -> nn.getStoragePolicies().length);
    t("ec policy", () -> nn.getErasureCodingPolicy("/t/at/d"));
    t("ec policy missing", () -> nn.getErasureCodingPolicy("/t/at/none"));
    t("set ec replication", () -> none(() -> { nn.setErasureCodingPolicy("/t/at/d", "replication"); return 0; }));
    t("ez", () -> nn.getEZForPath("/t/at/f"));
    t("acl status", () -> nn.getAclStatus("/t/at/f"));
    t("acl status missing", () -> nn.getAclStatus("/t/at/none"));
    t("list xattrs", () -> nn.listXAttrs("/t/at/f"));
    t("check access", () -> none(() -> { nn.checkAccess("/t/at/f", FsAction.ALL); return 0; }));
    t("check access missing", () -> none(() -> { nn.checkAccess("/t/at/none", FsAction.READ); return 0; }));
    t("symlink", () -> none(() -> { nn.createSymlink("/t/at/f", "/t/at/l", p(0755), true); return 0; }));
    t("set quota", () -> none(() -> { nn.setQuota("/t/at/d", 1, Long.MAX_VALUE, null); return 0; }));
    t("quota exceeded", () -> make("/t/at/d/x"));
    t("summary quota", () -> nn.getContentSummary("/t/at/d"));
    t("quota raised", () -> none(() -> { nn.setQuota("/t/at/d", 2, Long.MAX_VALUE, null); return 0; }));
    t("quota enough", () -> make("/t/at/d/x"));
    t("quota full", () -> nn.mkdirs("/t/at/d/y", p(0755), true));
    t("quota rename in", () -> nn.rename("/t/at/f", "/t/at/d/f"));
    t("quota clear", () -> none(() -> { nn.setQuota("/t/at/d", -1, -1, null); return 0; }));
    t("set quota file", () -> none(() -> { nn.setQuota("/t/at/f", 5, 5, null); return 0; }));
    t("set quota missing", () -> none(() -> { nn.setQuota("/t/at/none", 5, 5, null); return 0; }));
    t("enclosing root", () -> nn.getEnclosingRoot("/t/at/f"));
  }
  static void listings() throws Exception {
    nn.mkdirs("/t/l", p(0755), true);
    for (String n : new String[] {"b", "a", "A", "\u00e9", "a0", "Z", "\u4e2d", "aa", "~"}) nn.mkdirs("/t/l/" + n, p(0755), true);
    make("/t/l/file");
    t("list", () -> nn.getListing("/t/l", HdfsFileStatus.EMPTY_NAME, false));
    t("list after a", () -> nn.getListing("/t/l", "a".getBytes(), false));
    t("list after absent", () -> nn.getListing("/t/l", "aZ".getBytes(), false));
    t("list after end", () -> nn.getListing("/t/l", "~~".getBytes(), false));
    t("list located", () -> nn.getListing("/t/l", HdfsFileStatus.EMPTY_NAME, true));
    t("list file", () -> nn.getListing("/t/l/file", HdfsFileStatus.EMPTY_NAME, false));
    t("list missing", () -> nn.getListing("/t/none", HdfsFileStatus.EMPTY_NAME, false));
    t("list through file", () -> nn.getListing("/t/l/file/x", HdfsFileStatus.EMPTY_NAME, false));
    t("list after inode path", () -> nn.getListing("/t/l", "/.reserved/.inodes/99999999".getBytes(), false));
    t("list after path", () -> nn.getListing("/t/l", "/t/l/a".getBytes(), false).getPartialListing().length);
    for (int i = 0; i < 1003; ++i) nn.mkdirs(String.format("/t/many/d%04d", i), p(0755), true);
    t("list many", () -> { DirectoryListing l = nn.getListing("/t/many", HdfsFileStatus.EMPTY_NAME, false); return l.getPartialListing().length + " " + l.getRemainingEntries(); });
    t("list many from 1", () -> { DirectoryListing l = nn.getListing("/t/many", "d0001".getBytes(), false); return l.getPartialListing().length + " " + l.getRemainingEntries(); });
    t("list many rest", () -> { DirectoryListing l = nn.getListing("/t/many", "d0999".getBytes(), false); return l.getPartialListing().length + " " + l.getRemainingEntries(); });
    t("summary many", () -> nn.getContentSummary("/t/many"));
  }
  static void writes() throws Exception {
    nn.mkdirs("/t/w", p(0755), true);
    HdfsFileStatus f = (HdfsFileStatus) create("/t/w/f");
    t("addBlock other client", () -> nn.addBlock("/t/w/f", "c2", null, null, f.getFileId(), null, null));
    t("addBlock missing", () -> nn.addBlock("/t/w/none", "c1", null, null, 0, null, null));
    t("addBlock dir", () -> nn.addBlock("/t/w", "c1", null, null, 0, null, null));
    t("addBlock deleted id", () -> nn.addBlock("/t/w/none", "c1", null, null, 99999999, null, null));
    ExtendedBlock odd = new ExtendedBlock("BP-1-127.0.0.1-1", 1073741000L, 0, 1001);
    t("addBlock other pool", () -> nn.addBlock("/t/w/f", "c1", odd, null, f.getFileId(), null, null));
    t("abandon other pool", () -> none(() -> { nn.abandonBlock(odd, f.getFileId(), "/t/w/f", "c1"); return 0; }));
    t("updateBlockForPipeline other pool", () -> nn.updateBlockForPipeline(odd, "c1"));
    t("fsync", () -> none(() -> { nn.fsync("/t/w/f", f.getFileId(), "c1", -1); return 0; }));
    t("fsync other", () -> none(() -> { nn.fsync("/t/w/f", f.getFileId(), "c2", -1); return 0; }));
    t("complete by id, stale path", () -> { nn.rename("/t/w/f", "/t/w/g"); return nn.complete("/t/w/f", "c1", null, f.getFileId()); });
    t("info", () -> nn.getFileInfo("/t/w/g"));
    t("truncate empty to 0", () -> nn.truncate("/t/w/g", 0, "c1"));
    t("truncate larger", () -> nn.truncate("/t/w/g", 5, "c1"));
    t("truncate missing", () -> nn.truncate("/t/w/none", 5, "c1"));
    t("truncate dir", () -> nn.truncate("/t/w", 5, "c1"));
    t("truncate negative", () -> nn.truncate("/t/w/g", -1, "c1"));
    make("/t/w/h");
    create("/t/w/open");
    t("truncate open", () -> nn.truncate("/t/w/open", 0, "c1"));
    t("concat none", () -> none(() -> { nn.concat("/t/w/g", new String[0]); return 0; }));
    t("concat empty source", () -> none(() -> { nn.concat("/t/w/g", new String[] {"/t/w/h"}); return 0; }));
    t("concat missing source", () -> none(() -> { nn.concat("/t/w/g", new String[] {"/t/w/none"}); return 0; }));
    t("concat missing target", () -> none(() -> { nn.concat("/t/w/none", new String[] {"/t/w/h"}); return 0; }));
    t("concat dir", () -> none(() -> { nn.concat("/t/w", new String[] {"/t/w/h"}); return 0; }));
    t("concat same", () -> none(() -> { nn.concat("/t/w/g", new String[] {"/t/w/g"}); return 0; }));
    t("concat other dir", () -> none(() -> { make("/t/w2"); nn.concat("/t/w/g", new String[] {"/t/w2"}); return 0; }));
    t("concat open target", () -> none(() -> { nn.concat("/t/w/open", new String[] {"/t/w/h"}); return 0; }));
  }
  static void permissions() throws Exception {
    t("bob mkdirs in closed", () -> nn.mkdirs("/t/perm/closed/x", p(0755), true));
    t("bob info in closed", () -> nn.getFileInfo("/t/perm/closed/x"));
    t("bob info closed", () -> nn.getFileInfo("/t/perm/closed"));
    t("bob list closed", () -> nn.getListing("/t/perm/closed", HdfsFileStatus.EMPTY_NAME, false));
    t("bob mkdirs in 755", () -> nn.mkdirs("/t/perm/x", p(0755), true));
    t("bob mkdirs deep in 755", () -> nn.mkdirs("/t/perm/x/y/z", p(0755), true));
    t("bob create in 755", () -> make("/t/perm/f"));
    t("bob mkdirs in open", () -> nn.mkdirs("/t/perm/open/x", p(0755), true));
    t("bob info own", () -> nn.getFileInfo("/t/perm/open/x"));
    t("bob through file", () -> nn.getFileInfo("/t/perm/rootfile/x"));
    t("bob read file", () -> nn.getBlockLocations("/t/perm/rootfile", 0, 10));
    t("bob chmod file", () -> none(() -> { nn.setPermission("/t/perm/rootfile", p(0777)); return 0; }));
    t("bob chmod missing", () -> none(() -> { nn.setPermission("/t/perm/none", p(0777)); return 0; }));
    t("bob chown own", () -> none(() -> { nn.setOwner("/t/perm/open/x", "alice", null); return 0; }));
    t("bob chown own to himself", () -> none(() -> { nn.setOwner("/t/perm/open/x", "bob", null); return 0; }));
    t("bob chgrp own", () -> none(() -> { nn.setOwner("/t/perm/open/x", null, "wheel"); return 0; }));
    t("bob chown others", () -> none(() -> { nn.setOwner("/t/perm/rootfile", "bob", null); return 0; }));
    t("bob touch others", () -> none(() -> { nn.setTimes("/t/perm/rootfile", 1, 1); return 0; }));
    t("bob setrep others", () -> nn.setReplication("/t/perm/rootfile", (short) 2));
    t("bob append others", () -> nn.append("/t/perm/rootfile", "b", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    t("bob overwrite others", () -> create("/t/perm/rootfile", "b", EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE), true, 1, 1048576));
    t("bob delete sticky", () -> nn.delete("/t/perm/sticky/roots", false));
    t("bob rename sticky", () -> nn.rename("/t/perm/sticky/roots", "/t/perm/open/y"));
    t("bob create sticky", () -> make("/t/perm/sticky/bobs"));
    t("bob delete own sticky", () -> nn.delete("/t/perm/sticky/bobs", false));
    t("bob delete others dir", () -> nn.delete("/t/perm/open/rootdir", true));
    t("bob delete others dir not recursive", () -> nn.delete("/t/perm/open/rootdir", false));
    t("bob delete in 755", () -> nn.delete("/t/perm/rootfile", false));
    t("bob rename into 755", () -> nn.rename("/t/perm/open/x", "/t/perm/x"));
    t("bob rename2 out of 755", () -> none(() -> { nn.rename2("/t/perm/rootfile", "/t/perm/open/z"); return 0; }));
    t("bob summary", () -> nn.getContentSummary("/t/perm"));
    t("bob check access", () -> none(() -> { nn.checkAccess("/t/perm/rootfile", FsAction.READ); return 0; }));
    t("bob quota", () -> none(() -> { nn.setQuota("/t/perm/open/x", 1, 1, null); return 0; }));
    t("bob delete own", () -> nn.delete("/t/perm/open/x", true));
    t("bob recover lease", () -> nn.recoverLease("/t/perm/rootfile", "b"));
    t("bob closed?", () -> nn.isFileClosed("/t/perm/closed/x"));
    t("bob save", () -> nn.saveNamespace(0, 0));
  }
}
