// Asks any namenode's ClientProtocol about access control lists, extended attributes, storage policies, quotas by type,
// features that are off, and administration; one line per call, with the exception's class and text. Run against the
// real namenode and against ours; the lines must be equal. No datanode is needed.
// usage: AttributesProbe HOST:PORT
import java.net.InetSocketAddress;
import java.security.PrivilegedExceptionAction;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.fs.permission.*;
import org.apache.hadoop.hdfs.AddBlockFlag;
import org.apache.hadoop.hdfs.NameNodeProxies;
import org.apache.hadoop.hdfs.protocol.*;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.*;
import org.apache.hadoop.io.EnumSetWritable;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.UserGroupInformation;

public class AttributesProbe {
  interface Act { Object run() throws Exception; }
  interface Step { void run() throws Exception; }
  static ClientProtocol nn;
  static Configuration conf = new Configuration();
  static java.net.URI uri;
  static int number = 0;

  static String show(Object o) {
    if (o == null) return "null";
    if (o instanceof HdfsFileStatus) {
      HdfsFileStatus s = (HdfsFileStatus) o;
      return (s.isDirectory() ? "dir" : "file") + " '" + s.getLocalName() + "' perm=" + s.getPermission() + (s.hasAcl() ? "+" : "")
          + " " + s.getOwner() + ":" + s.getGroup() + " kids=" + s.getChildrenNum() + " policy=" + s.getStoragePolicy() + " repl=" + s.getReplication();
    }
    if (o instanceof AclStatus) return "acl " + ((AclStatus) o).getPermission() + " " + o;
    if (o instanceof ContentSummary) {
      ContentSummary c = (ContentSummary) o;
      return "summary files=" + c.getFileCount() + " dirs=" + c.getDirectoryCount() + " ec=" + c.getErasureCodingPolicy() + " " + types(c) + " " + c;
    }
    if (o instanceof QuotaUsage) return "usage " + types((QuotaUsage) o) + " " + o;
    if (o instanceof org.apache.hadoop.fs.BatchedRemoteIterator.BatchedEntries) {
      org.apache.hadoop.fs.BatchedRemoteIterator.BatchedEntries<?> b = (org.apache.hadoop.fs.BatchedRemoteIterator.BatchedEntries<?>) o;
      StringBuilder t = new StringBuilder("batch more=" + b.hasMore());
      for (int i = 0; i < b.size(); ++i) t.append(" {").append(b.get(i)).append("}");
      return t.toString();
    }
    if (o instanceof List) {
      List<String> all = new ArrayList<>();
      for (Object x : (List<?>) o) all.add(show(x));
      Collections.sort(all);
      return all.toString();
    }
    if (o instanceof XAttr) {
      XAttr x = (XAttr) o;
      return x.getNameSpace() + "." + x.getName() + "=" + (x.getValue() == null ? "null" : new String(x.getValue()));
    }
    if (o instanceof Object[]) return Arrays.toString((Object[]) o);
    if (o instanceof long[]) return "longs " + ((long[]) o).length;
    if (o instanceof BlockStoragePolicy) return ((BlockStoragePolicy) o).getName() + " " + o;
    return String.valueOf(o);
  }
  static String types(QuotaUsage c) {
    StringBuilder b = new StringBuilder();
    for (StorageType t : StorageType.getTypesSupportingQuota()) b.append(t).append('=').append(c.getTypeQuota(t)).append('/').append(c.getTypeConsumed(t)).append(' ');
    return b.toString().trim();
  }
  static String clean(String text) {
    if (text == null) return "null";
    return text.split("\n")[0].replaceAll("inode \\d+", "inode N").replaceAll("BP-[0-9.-]+", "BP").replaceAll("blk_\\d+_\\d+", "BLK")
        .replaceAll("pending creates: \\d+", "pending creates: N").replaceAll("(\\d+ ms|\\d+ txns)", "N").replaceAll("NamenodeHostName:\\S+", "HOST");
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
    System.out.println(String.format("%03d ", ++number) + what + " -> " + line.replace("\n", " | "));
  }
  static void v(String what, Step step) { t(what, () -> { step.run(); return "ok"; }); }
  static FsPermission p(int mode) { return new FsPermission((short) mode); }
  static List<AclEntry> acl(String spec) { return AclEntry.parseAclSpec(spec, true); }
  static List<AclEntry> keys(String spec) { return AclEntry.parseAclSpec(spec, false); }
  static List<AclEntry> many(int n, AclEntryScope scope) {
    List<AclEntry> all = new ArrayList<>();
    for (int i = 0; i < n; ++i) all.add(new AclEntry.Builder().setScope(scope).setType(AclEntryType.USER).setName("u" + i).setPermission(FsAction.READ).build());
    return all;
  }
  static XAttr x(XAttr.NameSpace space, String name, String value) {
    return new XAttr.Builder().setNameSpace(space).setName(name).setValue(value == null ? null : value.getBytes()).build();
  }
  static HdfsFileStatus open(String src, FsPermission mode) throws Exception {
    return nn.create(src, mode, "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE)), true, (short) 1, 1048576,
        org.apache.hadoop.crypto.CryptoProtocolVersion.supported(), null, null);
  }
  static Object make(String src, FsPermission mode) throws Exception { open(src, mode); return nn.complete(src, "c1", null, 0); }
  static Object make(String src) throws Exception { return make(src, p(0644)); }
  static final EnumSet<XAttrSetFlag> BOTH = EnumSet.of(XAttrSetFlag.CREATE, XAttrSetFlag.REPLACE);
  static final long KEEP = Long.MAX_VALUE;

  static ClientProtocol proxy(UserGroupInformation ugi) throws Exception {
    return NameNodeProxies.createNonHAProxy(conf, new InetSocketAddress(uri.getHost(), uri.getPort()), ClientProtocol.class, ugi, false).getProxy();
  }
  static void as(String user, Step step) throws Exception {
    ClientProtocol mine = nn;
    UserGroupInformation ugi = UserGroupInformation.createRemoteUser(user);
    ugi.doAs((PrivilegedExceptionAction<Object>) () -> { nn = proxy(ugi); step.run(); return null; });
    nn = mine;
  }

  public static void main(String[] args) throws Exception {
    uri = new java.net.URI("hdfs://" + args[0]);
    conf.set("fs.defaultFS", uri.toString());
    conf.set("dfs.client.retry.policy.enabled", "false");
    nn = proxy(UserGroupInformation.getCurrentUser());
    nn.delete("/p", true);
    acls();
    inheritance();
    aclAccess();
    xattrs();
    policies();
    quotas();
    names();
    off();
    administration();
    as("bob", AttributesProbe::refused);
    safeMode();
    nn.delete("/p", true);
  }

  static void acls() throws Exception {
    nn.mkdirs("/p/a", p(0750), true);
    make("/p/f", p(0640));
    v("modify user", () -> nn.modifyAclEntries("/p/f", acl("user:bob:rwx")));
    t("status", () -> nn.getAclStatus("/p/f"));
    t("info", () -> nn.getFileInfo("/p/f"));
    v("modify mask", () -> nn.modifyAclEntries("/p/f", acl("mask::r--")));
    t("status masked", () -> nn.getAclStatus("/p/f"));
    v("modify group keeps no mask", () -> nn.modifyAclEntries("/p/f", acl("group:dev:-w-")));
    t("status recomputed", () -> nn.getAclStatus("/p/f"));
    v("chmod", () -> nn.setPermission("/p/f", p(0604)));
    t("status chmod", () -> nn.getAclStatus("/p/f"));
    v("remove mask", () -> nn.removeAclEntries("/p/f", keys("mask::")));
    v("remove missing entry", () -> nn.removeAclEntries("/p/f", keys("user:nobody")));
    t("status same", () -> nn.getAclStatus("/p/f"));
    v("remove group", () -> nn.removeAclEntries("/p/f", keys("group:dev")));
    t("status group gone", () -> nn.getAclStatus("/p/f"));
    v("remove owner entry", () -> nn.removeAclEntries("/p/f", keys("user::")));
    v("remove other entry", () -> nn.removeAclEntries("/p/f", keys("other::")));
    v("remove user", () -> nn.removeAclEntries("/p/f", keys("user:bob")));
    t("status mask only", () -> nn.getAclStatus("/p/f"));
    v("remove mask again", () -> nn.removeAclEntries("/p/f", keys("mask::")));
    t("status plain", () -> nn.getAclStatus("/p/f"));
    t("info plain", () -> nn.getFileInfo("/p/f"));
    v("default on file", () -> nn.modifyAclEntries("/p/f", acl("default:user:bob:rwx")));
    v("set on file", () -> nn.setAcl("/p/f", acl("user::rw-,group::r--,other::---,user:carol:r--")));
    t("status set", () -> nn.getAclStatus("/p/f"));
    v("remove acl", () -> nn.removeAcl("/p/f"));
    t("status removed", () -> nn.getAclStatus("/p/f"));
    v("remove acl again", () -> nn.removeAcl("/p/f"));
    v("set without base", () -> nn.setAcl("/p/f", acl("user:bob:rwx")));
    v("set minimal", () -> nn.setAcl("/p/f", acl("user::rwx,group::r-x,other::r--")));
    t("info minimal", () -> nn.getFileInfo("/p/f"));
    v("set empty", () -> nn.setAcl("/p/f", new ArrayList<>()));
    v("modify twice the same", () -> nn.modifyAclEntries("/p/f", acl("user:bob:rwx,user:bob:r--")));
    v("modify named other", () -> nn.modifyAclEntries("/p/f", acl("other:bob:rwx")));
    v("modify named mask", () -> nn.modifyAclEntries("/p/f", acl("mask:bob:rwx,user:a:r--")));
    v("modify empty", () -> nn.modifyAclEntries("/p/f", new ArrayList<>()));
    v("spec 33", () -> nn.modifyAclEntries("/p/f", many(33, AclEntryScope.ACCESS)));
    v("spec 31", () -> nn.modifyAclEntries("/p/f", many(31, AclEntryScope.ACCESS)));
    v("default spec 33", () -> nn.modifyAclEntries("/p/a", many(33, AclEntryScope.DEFAULT)));
    v("default spec 28", () -> nn.modifyAclEntries("/p/a", many(28, AclEntryScope.DEFAULT)));
    v("access 28 too", () -> nn.modifyAclEntries("/p/a", many(28, AclEntryScope.ACCESS)));
    v("remove acl dir", () -> nn.removeAcl("/p/a"));
    v("default", () -> nn.modifyAclEntries("/p/a", acl("default:user:bob:rwx")));
    t("status default", () -> nn.getAclStatus("/p/a"));
    t("info default", () -> nn.getFileInfo("/p/a"));
    v("default mask", () -> nn.modifyAclEntries("/p/a", acl("default:mask::r--,user:bob:--x")));
    t("status both", () -> nn.getAclStatus("/p/a"));
    v("remove default mask", () -> nn.removeAclEntries("/p/a", keys("default:mask::")));
    v("remove default user entry", () -> nn.removeAclEntries("/p/a", keys("default:user::")));
    t("status refilled", () -> nn.getAclStatus("/p/a"));
    v("replace access only", () -> nn.setAcl("/p/a", acl("user::rwx,group::r-x,other::--x")));
    t("status access replaced", () -> nn.getAclStatus("/p/a"));
    v("replace default only", () -> nn.setAcl("/p/a", acl("default:user:carol:rwx")));
    t("status default replaced", () -> nn.getAclStatus("/p/a"));
    v("remove default acl", () -> nn.removeDefaultAcl("/p/a"));
    t("status no default", () -> nn.getAclStatus("/p/a"));
    v("remove default acl again", () -> nn.removeDefaultAcl("/p/a"));
    v("remove default of file", () -> nn.removeDefaultAcl("/p/f"));
    v("modify missing", () -> nn.modifyAclEntries("/p/none", acl("user:bob:rwx")));
    v("set missing", () -> nn.setAcl("/p/none", acl("user:bob:rwx")));
    v("remove missing", () -> nn.removeAcl("/p/none"));
    v("remove default missing", () -> nn.removeDefaultAcl("/p/none"));
    v("remove entries missing", () -> nn.removeAclEntries("/p/none", keys("user:bob")));
    t("status missing", () -> nn.getAclStatus("/p/none"));
    t("status through file", () -> nn.getAclStatus("/p/f/x"));
    v("modify through file", () -> nn.modifyAclEntries("/p/f/x", acl("user:bob:rwx")));
    v("sticky kept", () -> { nn.setPermission("/p/a", p(01755)); nn.modifyAclEntries("/p/a", acl("user:bob:rwx")); });
    t("status sticky", () -> nn.getAclStatus("/p/a"));
    v("remove sticky acl", () -> nn.removeAcl("/p/a"));
    t("info sticky", () -> nn.getFileInfo("/p/a"));
    t("status root", () -> nn.getAclStatus("/").getEntries());
  }

  static FsPermission modes(int masked, int unmasked) { return FsCreateModes.create(p(masked), p(unmasked)); }
  static void inheritance() throws Exception {
    nn.mkdirs("/p/i", p(0755), true);
    nn.modifyAclEntries("/p/i", acl("default:user:bob:rwx,default:group:dev:r-x,default:other::rwx"));
    t("mkdir umask 022", () -> nn.mkdirs("/p/i/d", modes(0755, 0777), true));
    t("status d", () -> nn.getAclStatus("/p/i/d"));
    t("mkdir no unmasked", () -> nn.mkdirs("/p/i/d2", p(0750), true));
    t("status d2", () -> nn.getAclStatus("/p/i/d2"));
    t("mkdir deep", () -> nn.mkdirs("/p/i/e/f/g", modes(0700, 0777), true));
    t("status e", () -> nn.getAclStatus("/p/i/e"));
    t("status e/f", () -> nn.getAclStatus("/p/i/e/f"));
    t("status e/f/g", () -> nn.getAclStatus("/p/i/e/f/g"));
    t("create umask 022", () -> make("/p/i/f1", modes(0644, 0666)));
    t("status f1", () -> nn.getAclStatus("/p/i/f1"));
    t("info f1", () -> nn.getFileInfo("/p/i/f1"));
    t("create 0600", () -> make("/p/i/f2", p(0600)));
    t("status f2", () -> nn.getAclStatus("/p/i/f2"));
    t("create with parents", () -> make("/p/i/x/y/f3", modes(0640, 0660)));
    t("status x", () -> nn.getAclStatus("/p/i/x"));
    t("status x/y/f3", () -> nn.getAclStatus("/p/i/x/y/f3"));
    v("minimal default", () -> { nn.removeDefaultAcl("/p/i"); nn.modifyAclEntries("/p/i", acl("default:group::rwx")); });
    t("status minimal default", () -> nn.getAclStatus("/p/i"));
    t("create under minimal", () -> make("/p/i/f4", modes(0644, 0666)));
    t("status f4", () -> nn.getAclStatus("/p/i/f4"));
    t("mkdir under minimal", () -> nn.mkdirs("/p/i/d4", modes(0755, 0777), true));
    t("status d4", () -> nn.getAclStatus("/p/i/d4"));
    v("access only parent", () -> { nn.removeAcl("/p/i"); nn.modifyAclEntries("/p/i", acl("user:bob:rwx")); });
    t("create under access only", () -> make("/p/i/f5", modes(0644, 0666)));
    t("status f5", () -> nn.getAclStatus("/p/i/f5"));
    t("rename keeps", () -> nn.rename("/p/i/d", "/p/i/moved"));
    t("status moved", () -> nn.getAclStatus("/p/i/moved"));
    t("listing flags", () -> { List<Object> l = new ArrayList<>(); for (HdfsFileStatus s : nn.getListing("/p/i", HdfsFileStatus.EMPTY_NAME, false).getPartialListing()) l.add(s); return l; });
  }

  static void aclAccess() throws Exception {
    nn.mkdirs("/p/x/in", p(0700), true);
    make("/p/x/in/f", p(0600));
    nn.setPermission("/p", p(0755)); nn.setPermission("/p/x", p(0755));
    as("bob", () -> t("bob without acl", () -> nn.getFileInfo("/p/x/in/f")));
    nn.modifyAclEntries("/p/x/in", acl("user:bob:r-x"));
    as("bob", () -> {
      t("bob looks in", () -> nn.getFileInfo("/p/x/in/f"));
      t("bob lists", () -> nn.getListing("/p/x/in", HdfsFileStatus.EMPTY_NAME, false).getPartialListing().length);
      t("bob writes", () -> make("/p/x/in/g"));
      t("bob reads f", () -> nn.getBlockLocations("/p/x/in/f", 0, 1));
      v("bob access", () -> nn.checkAccess("/p/x/in/f", FsAction.READ));
      v("bob sets acl", () -> nn.setAcl("/p/x/in", acl("user::rwx,group::rwx,other::rwx")));
      v("bob modifies acl", () -> nn.modifyAclEntries("/p/x/in", acl("user:bob:rwx")));
      v("bob removes acl", () -> nn.removeAcl("/p/x/in"));
      t("bob acl status", () -> nn.getAclStatus("/p/x/in").getEntries());
    });
    nn.modifyAclEntries("/p/x/in", acl("mask::--x"));
    as("bob", () -> t("bob masked", () -> nn.getListing("/p/x/in", HdfsFileStatus.EMPTY_NAME, false)));
    nn.modifyAclEntries("/p/x/in", acl("user:bob:---,mask::rwx,other::rwx"));
    as("bob", () -> t("bob denied by name", () -> nn.getFileInfo("/p/x/in/f")));
    nn.removeAcl("/p/x/in");
    nn.setPermission("/p/x/in", p(0700));
    nn.modifyAclEntries("/p/x/in", acl("default:user:bob:rwx"));
    as("bob", () -> t("bob default only", () -> nn.getFileInfo("/p/x/in/f")));
  }

  static void xattrs() throws Exception {
    make("/p/xf"); nn.mkdirs("/p/xd", p(01777), true); nn.setPermission("/p/xd", p(01777));
    v("set", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "a", "1"), EnumSet.of(XAttrSetFlag.CREATE)));
    v("set again create", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "a", "2"), EnumSet.of(XAttrSetFlag.CREATE)));
    v("set again replace", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "a", "3"), EnumSet.of(XAttrSetFlag.REPLACE)));
    v("replace missing", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "b", "3"), EnumSet.of(XAttrSetFlag.REPLACE)));
    v("set both", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "b", "4"), BOTH));
    v("set no flag", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "b", "4"), EnumSet.noneOf(XAttrSetFlag.class)));
    v("set no value", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "c", null), BOTH));
    v("set empty value", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "e", ""), BOTH));
    v("set trusted", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.TRUSTED, "t", "5"), BOTH));
    v("set system", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.SYSTEM, "s", "6"), BOTH));
    v("set security", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.SECURITY, "s", "6"), BOTH));
    v("set raw", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.RAW, "r", "7"), BOTH));
    v("set raw in raw", () -> nn.setXAttr("/.reserved/raw/p/xf", x(XAttr.NameSpace.RAW, "r", "7"), BOTH));
    v("unreadable with value", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.SECURITY, "hdfs.unreadable.by.superuser", "1"), BOTH));
    v("unreadable on dir", () -> nn.setXAttr("/p/xd", x(XAttr.NameSpace.SECURITY, "hdfs.unreadable.by.superuser", null), BOTH));
    t("get all", () -> nn.getXAttrs("/p/xf", null));
    t("get all raw", () -> nn.getXAttrs("/.reserved/raw/p/xf", null));
    t("list", () -> nn.listXAttrs("/p/xf"));
    t("get one", () -> nn.getXAttrs("/p/xf", List.of(x(XAttr.NameSpace.USER, "a", null))));
    t("get two, one missing", () -> nn.getXAttrs("/p/xf", List.of(x(XAttr.NameSpace.USER, "a", null), x(XAttr.NameSpace.USER, "zz", null))));
    t("get missing", () -> nn.getXAttrs("/p/xd", List.of(x(XAttr.NameSpace.USER, "a", null))));
    t("get system", () -> nn.getXAttrs("/p/xf", List.of(x(XAttr.NameSpace.SYSTEM, "s", null))));
    t("get none", () -> nn.getXAttrs("/p/xd", null));
    t("list none", () -> nn.listXAttrs("/p/xd"));
    t("get no file", () -> nn.getXAttrs("/p/none", null));
    t("list no file", () -> nn.listXAttrs("/p/none"));
    v("set no file", () -> nn.setXAttr("/p/none", x(XAttr.NameSpace.USER, "a", "1"), BOTH));
    v("remove no file", () -> nn.removeXAttr("/p/none", x(XAttr.NameSpace.USER, "a", null)));
    v("remove", () -> nn.removeXAttr("/p/xf", x(XAttr.NameSpace.USER, "a", null)));
    v("remove again", () -> nn.removeXAttr("/p/xf", x(XAttr.NameSpace.USER, "a", null)));
    v("remove system", () -> nn.removeXAttr("/p/xf", x(XAttr.NameSpace.SYSTEM, "a", null)));
    t("list after", () -> nn.listXAttrs("/p/xf"));
    v("too big", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "big", "v".repeat(16384)), BOTH));
    v("just fits", () -> nn.setXAttr("/p/xf", x(XAttr.NameSpace.USER, "big", "v".repeat(16381)), BOTH));
    v("remove big", () -> nn.removeXAttr("/p/xf", x(XAttr.NameSpace.USER, "big", null)));
    v("too many", () -> { for (int i = 0; i < 40; ++i) nn.setXAttr("/p/xd", x(XAttr.NameSpace.USER, "n" + i, "1"), BOTH); });
    t("how many", () -> nn.listXAttrs("/p/xd").size());
    t("rename keeps", () -> nn.rename("/p/xf", "/p/xg"));
    t("list renamed", () -> nn.listXAttrs("/p/xg"));
    v("unreadable", () -> nn.setXAttr("/p/xg", x(XAttr.NameSpace.SECURITY, "hdfs.unreadable.by.superuser", null), BOTH));
    t("list unreadable", () -> nn.listXAttrs("/p/xg"));
    v("remove unreadable", () -> nn.removeXAttr("/p/xg", x(XAttr.NameSpace.SECURITY, "hdfs.unreadable.by.superuser", null)));
    t("superuser reads unreadable", () -> nn.getBlockLocations("/p/xg", 0, 1).getFileLength());
    make("/p/xh", p(0640));
    nn.setXAttr("/p/xh", x(XAttr.NameSpace.USER, "a", "1"), BOTH);
    nn.setXAttr("/p/xh", x(XAttr.NameSpace.TRUSTED, "t", "1"), BOTH);
    as("bob", () -> {
      t("bob gets", () -> nn.getXAttrs("/p/xh", null));
      t("bob lists", () -> nn.listXAttrs("/p/xh"));
      v("bob sets", () -> nn.setXAttr("/p/xh", x(XAttr.NameSpace.USER, "a", "1"), BOTH));
      v("bob sets trusted", () -> nn.setXAttr("/p/xh", x(XAttr.NameSpace.TRUSTED, "a", "1"), BOTH));
      v("bob gets trusted", () -> nn.getXAttrs("/p/xh", List.of(x(XAttr.NameSpace.TRUSTED, "t", null))));
      v("bob sets sticky", () -> nn.setXAttr("/p/xd", x(XAttr.NameSpace.USER, "n0", "1"), BOTH));
      v("bob removes", () -> nn.removeXAttr("/p/xh", x(XAttr.NameSpace.USER, "a", null)));
      t("bob raw", () -> nn.getFileInfo("/.reserved/raw/p/xh"));
    });
    nn.setPermission("/p/xh", p(0644));
    as("bob", () -> t("bob gets readable", () -> nn.getXAttrs("/p/xh", null)));
  }

  static void policies() throws Exception {
    nn.mkdirs("/p/sp/d/e", p(0755), true); make("/p/sp/d/f");
    for (BlockStoragePolicy policy : nn.getStoragePolicies()) t("policy", () -> policy);
    v("set dir", () -> nn.setStoragePolicy("/p/sp/d", "warm"));
    t("dir", () -> nn.getStoragePolicy("/p/sp/d"));
    t("file inherits", () -> nn.getStoragePolicy("/p/sp/d/f"));
    t("info file", () -> nn.getFileInfo("/p/sp/d/f"));
    t("info subdir", () -> nn.getFileInfo("/p/sp/d/e"));
    t("listing", () -> { List<Object> l = new ArrayList<>(); for (HdfsFileStatus s : nn.getListing("/p/sp/d", HdfsFileStatus.EMPTY_NAME, false).getPartialListing()) l.add(s); return l; });
    v("set file", () -> nn.setStoragePolicy("/p/sp/d/f", "ALL_SSD"));
    t("file", () -> nn.getStoragePolicy("/p/sp/d/f").getName());
    v("unset file", () -> nn.unsetStoragePolicy("/p/sp/d/f"));
    t("file after", () -> nn.getStoragePolicy("/p/sp/d/f").getName());
    v("lazy persist on file", () -> nn.setStoragePolicy("/p/sp/d/f", "LAZY_PERSIST"));
    v("lazy persist on dir", () -> nn.setStoragePolicy("/p/sp/d/e", "LAZY_PERSIST"));
    t("create under lazy persist", () -> { make("/p/sp/d/e/l"); return nn.getFileInfo("/p/sp/d/e/l"); });
    v("change of inherited lazy", () -> nn.setStoragePolicy("/p/sp/d/e/l", "HOT"));
    v("unset dir", () -> nn.unsetStoragePolicy("/p/sp/d"));
    v("unset dir again", () -> nn.unsetStoragePolicy("/p/sp/d"));
    t("after unset", () -> nn.getStoragePolicy("/p/sp/d/f").getName());
    v("unset missing", () -> nn.unsetStoragePolicy("/p/none"));
    v("set root", () -> nn.setStoragePolicy("/", "COLD"));
    t("inherits root", () -> nn.getStoragePolicy("/p/sp/d/f").getName());
    v("unset root", () -> nn.unsetStoragePolicy("/"));
    v("satisfy", () -> nn.satisfyStoragePolicy("/p/sp/d"));
    v("provided", () -> nn.setStoragePolicy("/p/sp/d", "PROVIDED"));
    t("create with policy", () -> { nn.create("/p/sp/pol", p(0644), "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.CREATE)), true, (short) 1, 1048576, org.apache.hadoop.crypto.CryptoProtocolVersion.supported(), null, "COLD"); return nn.getFileInfo("/p/sp/pol"); });
    t("create with bad policy", () -> nn.create("/p/sp/pol2", p(0644), "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.CREATE)), true, (short) 1, 1048576, org.apache.hadoop.crypto.CryptoProtocolVersion.supported(), null, "WET"));
    t("create with disabled ec", () -> nn.create("/p/sp/pol3", p(0644), "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.CREATE)), true, (short) 1, 1048576, org.apache.hadoop.crypto.CryptoProtocolVersion.supported(), "RS-6-3-1024k", null));
  }

  static void quotas() throws Exception {
    nn.mkdirs("/p/q/d", p(0755), true); make("/p/q/f");
    v("type quota", () -> nn.setQuota("/p/q", KEEP, 1000, StorageType.SSD));
    t("usage", () -> nn.getQuotaUsage("/p/q"));
    t("summary", () -> nn.getContentSummary("/p/q"));
    v("type quota with names", () -> nn.setQuota("/p/q", 5, 1000, StorageType.SSD));
    v("type quota disk", () -> nn.setQuota("/p/q", KEEP, 4096, StorageType.DISK));
    v("both quotas", () -> nn.setQuota("/p/q", 10, 5000000, null));
    t("usage all", () -> nn.getQuotaUsage("/p/q"));
    t("summary all", () -> nn.getContentSummary("/p/q"));
    v("quota negative", () -> nn.setQuota("/p/q", -2, KEEP, null));
    v("space negative", () -> nn.setQuota("/p/q", KEEP, -5, null));
    v("space below use of names", () -> nn.setQuota("/p/q", 1, KEEP, null));
    t("over quota", () -> nn.mkdirs("/p/q/g", p(0755), true));
    v("clear names", () -> nn.setQuota("/p/q", -1, KEEP, null));
    v("clear space", () -> nn.setQuota("/p/q", KEEP, -1, null));
    v("clear ssd", () -> nn.setQuota("/p/q", KEEP, -1, StorageType.SSD));
    t("usage ssd cleared", () -> nn.getQuotaUsage("/p/q"));
    v("clear disk", () -> nn.setQuota("/p/q", KEEP, -1, StorageType.DISK));
    t("usage cleared", () -> nn.getQuotaUsage("/p/q"));
    v("clear root names", () -> nn.setQuota("/", -1, KEEP, null));
    v("zero names", () -> nn.setQuota("/p/q/d", 0, KEEP, null));
    t("in zero", () -> nn.mkdirs("/p/q/d/x", p(0755), true));
    v("zero cleared", () -> nn.setQuota("/p/q/d", -1, -1, null));
    v("type quota file", () -> nn.setQuota("/p/q/f", KEEP, 5, StorageType.DISK));
    v("type quota missing", () -> nn.setQuota("/p/none", KEEP, 5, StorageType.DISK));
    v("type quota ram", () -> nn.setQuota("/p/q/d", KEEP, 5, StorageType.RAM_DISK));
    t("usage file", () -> nn.getQuotaUsage("/p/q/f"));
    t("summary file", () -> nn.getContentSummary("/p/q/f"));
    t("summary missing", () -> nn.getContentSummary("/p/none"));
  }

  static void names() throws Exception {
    nn.mkdirs("/p/n/d", p(0755), true); make("/p/n/f"); make("/p/n/g");
    v("rename2 to trash", () -> nn.rename2("/p/n/f", "/p/n/d/f", Options.Rename.TO_TRASH));
    v("rename2 to trash over existing", () -> nn.rename2("/p/n/g", "/p/n/d/f", Options.Rename.TO_TRASH));
    v("rename2 overwrite", () -> nn.rename2("/p/n/g", "/p/n/d/f", Options.Rename.OVERWRITE));
    v("rename2 root", () -> nn.rename2("/", "/p/n/r", Options.Rename.NONE));
    v("rename2 onto root", () -> nn.rename2("/p/n/d", "/", Options.Rename.OVERWRITE));
    v("rename2 invalid", () -> nn.rename2("/p/n/d", "/p/n/a:b", Options.Rename.NONE));
    t("link info", () -> nn.getFileLinkInfo("/p/n/d"));
    t("link info missing", () -> nn.getFileLinkInfo("/p/none"));
    t("link target file", () -> nn.getLinkTarget("/p/n/d/f"));
    v("symlink", () -> nn.createSymlink("/p/n/d", "/p/n/l", p(0755), false));
    v("symlink invalid", () -> nn.createSymlink("/p/n/d", "/p/n/a:b", p(0755), false));
    t("batched", () -> { BatchedDirectoryListing b = nn.getBatchedListing(new String[] {"/p/n", "/p/none", "/p/n/d/f", "/p/n/d"}, HdfsFileStatus.EMPTY_NAME, false);
      StringBuilder s = new StringBuilder("more=" + b.hasMore());
      for (HdfsPartialListing l : b.getListings()) { s.append(" [").append(l.getParentIdx());
        if (l.getException() != null) s.append(" ! " + l.getException().getClassName() + ": " + clean(l.getException().getMessage()));
        else for (HdfsFileStatus f : l.getPartialListing()) s.append(" ").append(show(f)); s.append("]"); }
      return s; });
    t("batched too many", () -> { String[] all = new String[101]; Arrays.fill(all, "/p/n"); return nn.getBatchedListing(all, HdfsFileStatus.EMPTY_NAME, false).getListings().length; });
    t("open files path", () -> { open("/p/n/open", p(0644)); org.apache.hadoop.fs.BatchedRemoteIterator.BatchedEntries<OpenFileEntry> b = nn.listOpenFiles(0, EnumSet.of(OpenFilesIterator.OpenFilesType.ALL_OPEN_FILES), "/p/n");
      return b.size() + " " + b.get(0).getFilePath() + " " + b.get(0).getClientName() + " more=" + b.hasMore(); });
    t("open files blocking", () -> nn.listOpenFiles(0, EnumSet.of(OpenFilesIterator.OpenFilesType.BLOCKING_DECOMMISSION), "/").size());
    t("open files bad path", () -> nn.listOpenFiles(0, EnumSet.of(OpenFilesIterator.OpenFilesType.ALL_OPEN_FILES), "/p/none").size());
    t("reserved info", () -> nn.getFileInfo("/.reserved"));
    t("reserved raw info", () -> nn.getFileInfo("/.reserved/raw").isDirectory());
    t("reserved inodes info", () -> nn.getFileInfo("/.reserved/.inodes"));
    t("reserved listing", () -> { StringBuilder s = new StringBuilder(); for (HdfsFileStatus f : nn.getListing("/.reserved", HdfsFileStatus.EMPTY_NAME, false).getPartialListing()) s.append(f.getLocalName()).append(" "); return s; });
    t("reserved mkdir", () -> nn.mkdirs("/.reserved/x", p(0755), true));
    t("reserved create", () -> make("/.reserved/y"));
    t("raw listing", () -> nn.getListing("/.reserved/raw/p/n", HdfsFileStatus.EMPTY_NAME, false).getPartialListing().length);
    t("mkdir .snapshot", () -> nn.mkdirs("/p/n/.snapshot", p(0755), true));
    t("mkdir below .snapshot", () -> nn.mkdirs("/p/n/.snapshot/s/x", p(0755), true));
    t("create .snapshot", () -> make("/p/n/.snapshot"));
    t("info .snapshot", () -> nn.getFileInfo("/p/n/.snapshot"));
    t("list .snapshot", () -> nn.getListing("/p/n/.snapshot", HdfsFileStatus.EMPTY_NAME, false));
    t("rename to .snapshot", () -> nn.rename("/p/n/d", "/p/n/.snapshot"));
    t("delete .snapshot", () -> nn.delete("/p/n/.snapshot", true));
    v("check access all", () -> nn.checkAccess("/p/n/d", FsAction.ALL));
    v("msync", () -> nn.msync());
    t("ec stats", () -> nn.getECBlockGroupStats());
    t("server defaults", () -> { FsServerDefaults d = nn.getServerDefaults(); return d.getBlockSize() + " " + d.getBytesPerChecksum() + " " + d.getWritePacketSize() + " " + d.getEncryptDataTransfer() + " " + d.getTrashInterval() + " " + d.getChecksumType() + " '" + d.getKeyProviderUri() + "' " + d.getDefaultStoragePolicyId() + " " + d.getSnapshotTrashRootEnabled(); });
    t("stats length", () -> nn.getStats());
    t("enclosing root", () -> nn.getEnclosingRoot("/p/n/d"));
    t("enclosing root missing", () -> nn.getEnclosingRoot("/p/none"));
  }

  static void off() throws Exception {
    v("allow snapshot", () -> nn.allowSnapshot("/p/none"));
    v("disallow snapshot missing", () -> nn.disallowSnapshot("/p/none"));
    t("create snapshot", () -> nn.createSnapshot("/p/n", "s1"));
    t("create snapshot missing", () -> nn.createSnapshot("/p/none", "s1"));
    t("create snapshot file", () -> nn.createSnapshot("/p/n/open", "s1"));
    v("delete snapshot", () -> nn.deleteSnapshot("/p/n", "s1"));
    v("rename snapshot", () -> nn.renameSnapshot("/p/n", "s1", "s2"));
    t("snapshottable", () -> nn.getSnapshottableDirListing());
    t("snapshots", () -> nn.getSnapshotListing("/p/n"));
    t("snapshot diff", () -> nn.getSnapshotDiffReport("/p/n", "s1", "s2"));
    t("snapshot diff listing", () -> nn.getSnapshotDiffReportListing("/p/n", "s1", "s2", new byte[0], -1));
    t("cache directives", () -> nn.listCacheDirectives(0, new CacheDirectiveInfo.Builder().build()));
    t("cache pools", () -> nn.listCachePools(""));
    v("remove cache directive", () -> nn.removeCacheDirective(7));
    v("remove cache pool", () -> nn.removeCachePool("none"));
    t("add cache directive", () -> nn.addCacheDirective(new CacheDirectiveInfo.Builder().setPath(new Path("/p")).setPool("none").build(), EnumSet.of(CacheFlag.FORCE)));
    v("create ez", () -> nn.createEncryptionZone("/p/n/d", "key"));
    t("ez for path", () -> nn.getEZForPath("/p/n/d"));
    t("ez for missing", () -> nn.getEZForPath("/p/none"));
    t("ezs", () -> nn.listEncryptionZones(0));
    v("reencrypt", () -> nn.reencryptEncryptionZone("/p/n/d", HdfsConstants.ReencryptAction.START));
    t("reencryption status", () -> nn.listReencryptionStatus(0));
    t("ec policies", () -> { StringBuilder s = new StringBuilder(); for (ErasureCodingPolicyInfo i : nn.getErasureCodingPolicies()) s.append(i.getPolicy().getName()).append(' ').append(i.getPolicy().getId()).append(' ').append(i.getState()).append("; "); return s; });
    t("ec policy of dir", () -> nn.getErasureCodingPolicy("/p/n/d"));
    v("set ec disabled policy", () -> nn.setErasureCodingPolicy("/p/n/d", "RS-3-2-1024k"));
    v("set ec unknown", () -> nn.setErasureCodingPolicy("/p/n/d", "NONE-1"));
    v("set ec replication missing", () -> nn.setErasureCodingPolicy("/p/none", "replication"));
    v("set ec replication file", () -> nn.setErasureCodingPolicy("/p/n/d/f", "replication"));
    v("unset ec", () -> nn.unsetErasureCodingPolicy("/p/n/d"));
    v("unset ec missing", () -> nn.unsetErasureCodingPolicy("/p/none"));
    v("enable ec unknown", () -> nn.enableErasureCodingPolicy("NONE-1"));
    v("disable ec unknown", () -> nn.disableErasureCodingPolicy("NONE-1"));
    v("remove ec unknown", () -> nn.removeErasureCodingPolicy("NONE-1"));
    t("ec topology", () -> nn.getECTopologyResultForPolicies("RS-3-2-1024k").isSupported());
    t("data encryption key", () -> nn.getDataEncryptionKey());
    t("slow datanodes", () -> nn.getSlowDatanodeReport().length);
    t("token", () -> nn.getDelegationToken(new org.apache.hadoop.io.Text("bob")) == null);
    t("ha state", () -> nn.getHAServiceState());
    t("slot", () -> nn.getStoragePolicies().length);
  }

  static void administration() throws Exception {
    t("safe mode get", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_GET, false));
    t("save namespace outside", () -> nn.saveNamespace(0, 0));
    t("roll edits", () -> nn.rollEdits() > 0);
    t("restore query", () -> nn.restoreFailedStorage("check"));
    t("restore on", () -> nn.restoreFailedStorage("true"));
    t("restore query on", () -> nn.restoreFailedStorage("check"));
    t("restore off", () -> nn.restoreFailedStorage("false"));
    v("finalize", () -> nn.finalizeUpgrade());
    t("upgrade status", () -> nn.upgradeStatus());
    t("rolling query", () -> nn.rollingUpgrade(HdfsConstants.RollingUpgradeAction.QUERY));
    t("rolling finalize", () -> nn.rollingUpgrade(HdfsConstants.RollingUpgradeAction.FINALIZE) == null);
    v("bandwidth", () -> nn.setBalancerBandwidth(12345678));
    v("bandwidth negative", () -> nn.setBalancerBandwidth(-1));
    v("refresh nodes", () -> nn.refreshNodes());
    v("metasave", () -> nn.metaSave("probe-meta.txt"));
    t("corrupt files", () -> { CorruptFileBlocks c = nn.listCorruptFileBlocks("/p", null); return c.getFiles().length + " " + c.getCookie(); });
    t("corrupt files missing", () -> nn.listCorruptFileBlocks("/p/none", null).getFiles().length);
    t("datanode report", () -> nn.getDatanodeReport(DatanodeReportType.DECOMMISSIONING).length);
    t("storage report", () -> nn.getDatanodeStorageReport(DatanodeReportType.DEAD).length);
    t("maintenance report", () -> nn.getDatanodeReport(DatanodeReportType.IN_MAINTENANCE).length);
    t("current txid", () -> nn.getCurrentEditLogTxid() > 0);
  }

  static void refused() throws Exception {
    v("bob quota", () -> nn.setQuota("/p", 5, KEEP, null));
    v("bob space quota", () -> nn.setQuota("/p", KEEP, 5, null));
    v("bob clear", () -> nn.setQuota("/p", -1, KEEP, null));
    v("bob clear space", () -> nn.setQuota("/p", KEEP, -1, null));
    v("bob type quota", () -> nn.setQuota("/p", KEEP, 5, StorageType.SSD));
    v("bob policy", () -> nn.setStoragePolicy("/p", "HOT"));
    v("bob unset policy", () -> nn.unsetStoragePolicy("/p"));
    v("bob satisfy", () -> nn.satisfyStoragePolicy("/p"));
    t("bob save", () -> nn.saveNamespace(0, 0));
    t("bob roll", () -> nn.rollEdits());
    t("bob restore", () -> nn.restoreFailedStorage("check"));
    v("bob finalize", () -> nn.finalizeUpgrade());
    t("bob upgrade status", () -> nn.upgradeStatus());
    t("bob rolling", () -> nn.rollingUpgrade(HdfsConstants.RollingUpgradeAction.QUERY));
    v("bob bandwidth", () -> nn.setBalancerBandwidth(1));
    v("bob refresh", () -> nn.refreshNodes());
    v("bob metasave", () -> nn.metaSave("bob.txt"));
    t("bob enter", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_ENTER, false));
    t("bob leave", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_LEAVE, false));
    t("bob force exit", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_FORCE_EXIT, false));
    t("bob get", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_GET, false));
    t("bob open files", () -> nn.listOpenFiles(0));
    t("bob corrupt", () -> nn.listCorruptFileBlocks("/", null).getFiles().length);
    t("bob report", () -> nn.getDatanodeReport(DatanodeReportType.ALL));
    t("bob storage report", () -> nn.getDatanodeStorageReport(DatanodeReportType.ALL));
    t("bob slow", () -> nn.getSlowDatanodeReport());
    v("bob allow snapshot", () -> nn.allowSnapshot("/p/n"));
    v("bob disallow snapshot", () -> nn.disallowSnapshot("/p/n"));
    t("bob snapshot", () -> nn.createSnapshot("/p/n", "s"));
    t("bob snapshottable", () -> nn.getSnapshottableDirListing());
    t("bob ezs", () -> nn.listEncryptionZones(0));
    t("bob create ez", () -> { nn.createEncryptionZone("/p/n", "k"); return 0; });
    v("bob enable ec", () -> nn.enableErasureCodingPolicy("RS-3-2-1024k"));
    t("bob edits", () -> nn.getEditsFromTxid(1));
    t("bob txid", () -> nn.getCurrentEditLogTxid());
    t("bob cache pool", () -> { nn.addCachePool(new CachePoolInfo("b")); return 0; });
    v("bob ec", () -> nn.setErasureCodingPolicy("/p/n", "replication"));
    t("bob ec policies", () -> nn.getErasureCodingPolicies().length);
    t("bob stats", () -> nn.getStats());
  }

  static void safeMode() throws Exception {
    make("/p/sm");
    t("enter", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_ENTER, false));
    v("acl", () -> nn.modifyAclEntries("/p/sm", acl("user:bob:rwx")));
    v("remove entries", () -> nn.removeAclEntries("/p/sm", keys("user:bob")));
    v("remove default", () -> nn.removeDefaultAcl("/p/sm"));
    v("remove acl", () -> nn.removeAcl("/p/sm"));
    v("set acl", () -> nn.setAcl("/p/sm", acl("user:bob:rwx")));
    v("set xattr", () -> nn.setXAttr("/p/sm", x(XAttr.NameSpace.USER, "a", "1"), BOTH));
    v("remove xattr", () -> nn.removeXAttr("/p/sm", x(XAttr.NameSpace.USER, "a", "1")));
    v("policy", () -> nn.setStoragePolicy("/p/sm", "HOT"));
    v("unset policy", () -> nn.unsetStoragePolicy("/p/sm"));
    v("satisfy", () -> nn.satisfyStoragePolicy("/p/sm"));
    v("quota", () -> nn.setQuota("/p", 5, KEEP, null));
    v("symlink", () -> nn.createSymlink("/p/sm", "/p/l", p(0755), false));
    v("snapshot", () -> nn.allowSnapshot("/p"));
    v("create snapshot", () -> nn.createSnapshot("/p", "s"));
    v("times", () -> nn.setTimes("/p/sm", 1, 1));
    t("replication", () -> nn.setReplication("/p/sm", (short) 1));
    t("truncate", () -> nn.truncate("/p/sm", 0, "c1"));
    v("concat", () -> nn.concat("/p/sm", new String[] {"/p/sn"}));
    t("rename", () -> nn.rename("/p/sm", "/p/sn"));
    v("rename2", () -> nn.rename2("/p/sm", "/p/sn"));
    t("delete", () -> nn.delete("/p/sm", true));
    t("mkdirs", () -> nn.mkdirs("/p/sm2", p(0755), true));
    t("create", () -> make("/p/sm3"));
    t("append", () -> nn.append("/p/sm", "c1", new EnumSetWritable<>(EnumSet.of(CreateFlag.APPEND))));
    v("chmod", () -> nn.setPermission("/p/sm", p(0600)));
    v("chown", () -> nn.setOwner("/p/sm", "a", "b"));
    t("recover", () -> nn.recoverLease("/p/sm", "c1"));
    v("ec", () -> nn.setErasureCodingPolicy("/p", "replication"));
    t("acl status", () -> nn.getAclStatus("/p/sm").getEntries());
    t("save namespace", () -> nn.saveNamespace(0, 0));
    t("save namespace when needed", () -> nn.saveNamespace(3600, 1000000));
    v("metasave", () -> nn.metaSave("probe-meta.txt"));
    t("roll", () -> nn.rollEdits() > 0);
    t("leave", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_LEAVE, false));
    t("leave again", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_LEAVE, false));
    t("force exit", () -> nn.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_FORCE_EXIT, false));
  }
}
