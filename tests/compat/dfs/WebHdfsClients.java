import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.security.PrivilegedExceptionAction;
import java.util.Arrays;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FsShell;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.tools.DelegationTokenFetcher;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.util.ToolRunner;

/**
 * Hadoop's WebHDFS client and its delegation tokens on a cluster, in one JVM. Arguments: HDFS_URI WEBHDFS_URI SCRATCH.
 * SCRATCH holds `data` and a token file `theirs` that another client has fetched for alice; `ours` is written.
 */
public class WebHdfsClients {
  private static int failures = 0;
  private static Configuration conf = new Configuration();

  interface Action {
    Object run() throws Exception;
  }

  private static void check(String what, boolean good, String seen) {
    System.out.println((good ? "ok: " : "FAILED: ") + what + (good ? "" : ": " + seen));
    if (!good) failures++;
  }

  private static void refused(String what, String words, Action action) {
    try {
      Object done = action.run();
      check(what, false, "not refused, " + done);
    } catch (Exception e) {
      StringBuilder text = new StringBuilder();
      for (Throwable t = e; t != null; t = t.getCause()) text.append(t).append(" | ");
      check(what, text.toString().contains(words), text.toString());
    }
  }

  private static String shell(int code, String... args) throws Exception {
    PrintStream out = System.out;
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    System.setOut(new PrintStream(text, true));
    int got;
    try {
      got = ToolRunner.run(new Configuration(conf), new FsShell(), args);
    } finally {
      System.setOut(out);
    }
    String printed = text.toString();
    check(String.join(" ", args), got == code, "exit " + got + ", " + printed);
    return printed;
  }

  private static void expect(String part, String printed) {
    check("  it says " + part, printed.contains(part), printed);
  }

  private static void commands(String fs, String scratch) throws Exception {
    conf.set("fs.defaultFS", fs);
    String data = scratch + "/data";
    shell(0, "-mkdir", "-p", "/web/a b");
    shell(0, "-put", data, "/web/a b/f");
    expect("/web/a b/f", shell(0, "-ls", "/web/a b"));
    shell(0, "-get", "/web/a b/f", scratch + "/got");
    check("  the same bytes", new File(data).length() == new File(scratch + "/got").length(), "other length");
    shell(0, "-cp", "/web/a b/f", "/web/copy");
    shell(0, "-appendToFile", data, "/web/copy");
    expect("" + 2 * new File(data).length(), shell(0, "-du", "/web/copy"));
    expect("hello", shell(0, "-cat", "/web/a b/f").substring(0, 5));
    expect("hello", shell(0, "-head", "/web/a b/f"));
    expect("hello", shell(0, "-text", "/web/a b/f"));
    expect("           2            2 ", shell(0, "-count", "/web"));
    expect("MD5-of-", shell(0, "-checksum", "/web/copy"));
    shell(0, "-setfacl", "-m", "user:bob:r--,default:user:bob:r-x", "/web/a b");
    expect("user:bob:r--", shell(0, "-getfacl", "/web/a b"));
    shell(0, "-setfacl", "-b", "/web/a b");
    shell(0, "-setfattr", "-n", "user.color", "-v", "green", "/web/copy");
    expect("user.color=\"green\"", shell(0, "-getfattr", "-d", "/web/copy"));
    shell(0, "-setfattr", "-x", "user.color", "/web/copy");
    shell(0, "-chmod", "600", "/web/copy");
    shell(0, "-chown", "alice:staff", "/web/copy");
    expect("alice staff 600", shell(0, "-stat", "%u %g %a", "/web/copy"));
    shell(0, "-setrep", "1", "/web/copy");
    shell(0, "-touch", "-m", "-t", "20200102:030405", "/web/copy");
    shell(0, "-mv", "/web/copy", "/web/moved");
    shell(0, "-touchz", "/web/empty");
    shell(0, "-test", "-z", "/web/empty");
    shell(0, "-truncate", "5", "/web/moved");
    shell(0, "-df", "/");
    shell(0, "-find", "/web", "-name", "moved");
    shell(1, "-ls", "/web/none");
    shell(1, "-rm", "/web");
    shell(0, "-rm", "-r", "-skipTrash", "/web");
  }

  private static <T> T as(String user, Token<?> token, PrivilegedExceptionAction<T> action) throws Exception {
    UserGroupInformation ugi = UserGroupInformation.createRemoteUser(user);
    if (token != null) ugi.addToken(token);
    return ugi.doAs(action);
  }

  private static String ownerOf(String uri, String user, Token<?> token, String path) throws Exception {
    return as(user, token, () -> {
      try (FileSystem fs = FileSystem.newInstance(java.net.URI.create(uri), conf)) {
        fs.create(new Path(path), true).close();
        return fs.getFileStatus(new Path(path)).getOwner();
      }
    });
  }

  private static Token<?> fetch(String uri, String user, String renewer) throws Exception {
    return as(user, null, () -> {
      try (FileSystem fs = FileSystem.newInstance(java.net.URI.create(uri), conf)) {
        return fs.getDelegationToken(renewer);
      }
    });
  }

  @SuppressWarnings("unchecked")
  private static void tokens(String uri, String scratch) throws Exception {
    conf.set("fs.defaultFS", uri);
    Token<?> token = fetch(uri, "alice", "root");
    check("a token for alice", token != null && token.getKind().toString().equals("HDFS_DELEGATION_TOKEN"), "" + token);
    check("its bearer is alice", ownerOf(uri, "nobody", token, "/home/x").equals("alice"), "somebody else");
    check("without it one is nobody", refusedFor(uri, "nobody"), "let in");
    long until = as("root", null, () -> token.renew(conf));
    check("the renewer renews it", until > System.currentTimeMillis(), "" + until);
    refused("nobody else does", "with non-matching renewer root", () -> as("alice", null, () -> token.renew(conf)));

    byte[] wrong = token.getPassword().clone();
    wrong[3] ^= 1;
    Token<?> forged = new Token<>(token.getIdentifier(), wrong, token.getKind(), token.getService());
    refused("a wrong password is refused", "DIGEST-MD5", () -> ownerOf(uri, "nobody", forged, "/home/forged"));
    byte[] other = token.getIdentifier().clone();
    int at = new String(other, "ISO-8859-1").indexOf("alice");
    other[at] = 'o';
    Token<?> renamed = new Token<>(other, token.getPassword(), token.getKind(), token.getService());
    refused("another name is refused", "can't be found in cache", () -> ownerOf(uri, "nobody", renamed, "/home/forged"));
    refused("mallory does not cancel it", "is not authorized to cancel the token",
        () -> as("mallory", null, () -> { token.cancel(conf); return null; }));
    as("alice", null, () -> { token.cancel(conf); return null; });
    refused("a cancelled one is refused", "can't be found in cache", () -> ownerOf(uri, "nobody", token, "/home/late"));
    refused("a cancelled one is not renewed", "Renewal request for unknown token",
        () -> as("root", null, () -> token.renew(conf)));

    Credentials theirs = Credentials.readTokenStorageFile(new File(scratch + "/theirs"), conf);
    Token<?> fetched = theirs.getAllTokens().iterator().next();
    check("our fetchdt's file", ownerOf(uri, "nobody", fetched, "/home/theirs").equals("alice"), "somebody else");
    as("alice", null, () -> {
      DelegationTokenFetcher.main(conf, new String[] {"--renewer", "root", scratch + "/ours"});
      return null;
    });
    check("Java's fetchdt", new File(scratch + "/ours").length() > 0, "no file");
  }

  private static boolean refusedFor(String uri, String user) {
    try {
      ownerOf(uri, user, null, "/nobodys");
      return false;
    } catch (Exception e) {
      return e.toString().contains("Permission denied");
    }
  }

  private static void webTokens(String uri) throws Exception {
    Token<?> token = fetch(uri, "alice", "root");
    check("WebHDFS gives a token", token != null && token.getKind().equals(new Text("WEBHDFS delegation")), "" + token);
    if (token == null) return;
    check("its renewer renews it", as("root", null, () -> token.renew(conf)) > 0, "0");
    as("alice", null, () -> { token.cancel(conf); return null; });
    refused("not again", "Renewal request for unknown token", () -> as("root", null, () -> token.renew(conf)));
  }

  public static void main(String[] args) throws Exception {
    commands(args[1], args[2]);
    tokens(args[0], args[2]);
    webTokens(args[1]);
    System.out.println(failures + " failures");
    System.exit(failures == 0 ? 0 : 1);
  }
}
