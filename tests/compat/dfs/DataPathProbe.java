// The data path as a Java client uses it: flushes and who sees them, appends, truncates, lease recovery, and writes
// through datanodes that die. Prints "ok: NAME" or "FAILED: NAME ..." per check; asks its caller on standard output
// ("ctl kill N", "ctl start N") to end and start datanodes and waits for a line on standard input.
// usage: DataPathProbe HDFS-URI FIRST_PORT [CHECK | -CHECK]...   (datanode N has its data port at FIRST_PORT + 3 N;
// only the checks whose names have one of these words, without those of the words with a minus)
import java.io.*;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.hdfs.DFSOutputStream;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.apache.hadoop.hdfs.client.HdfsDataOutputStream;
import org.apache.hadoop.hdfs.protocol.*;

public class DataPathProbe {
  interface Check { void run() throws Exception; }
  static URI uri;
  static int firstPort;
  static BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
  static byte[] bytes = new byte[4 << 20];
  static int failures = 0;

  static void check(String name, Check check) {
    long start = System.currentTimeMillis();
    try {
      check.run();
      System.out.println("ok: " + name + " (" + (System.currentTimeMillis() - start) + " ms)");
    } catch (Throwable e) {
      ++failures;
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      System.out.println("FAILED: " + name + ": " + trace.toString().replace("\n", "\n  "));
    }
    System.out.flush();
  }
  static void equal(Object expected, Object actual) {
    if (!expected.equals(actual)) throw new AssertionError("expected " + expected + ", got " + actual);
  }
  static void control(String order) throws Exception {
    System.out.println("ctl " + order);
    System.out.flush();
    String answer = in.readLine();
    if (!"done".equals(answer)) throw new IOException("no answer to " + order + ": " + answer);
  }
  static DistributedFileSystem client(String... settings) throws Exception {
    Configuration conf = new Configuration();
    conf.set("dfs.replication", "3");
    conf.set("dfs.client.socket-timeout", "10000");
    for (int i = 0; i + 1 < settings.length; i += 2) conf.set(settings[i], settings[i + 1]);
    return (DistributedFileSystem) FileSystem.newInstance(uri, conf);
  }
  static void expectFile(FileSystem fs, Path path, int length) throws Exception {
    byte[] back = new byte[length];
    try (FSDataInputStream stream = fs.open(path)) {
      stream.readFully(0, back);
      equal(-1, stream.read(length, new byte[1], 0, 1));
    }
    if (!Arrays.equals(back, Arrays.copyOf(bytes, length))) throw new AssertionError("other bytes in " + path);
  }
  static DatanodeInfo[] pipeline(FSDataOutputStream out) throws Exception {
    Method method = DFSOutputStream.class.getDeclaredMethod("getPipeline");
    method.setAccessible(true);
    return (DatanodeInfo[]) method.invoke(out.getWrappedStream());
  }
  static int number(DatanodeInfo node) { return (node.getXferPort() - firstPort) / 3; }
  static void killAndBringBack(DatanodeInfo node, Check meanwhile) throws Exception {
    control("kill " + number(node));
    try {
      meanwhile.run();
    } finally {
      control("start " + number(node));
    }
  }
  // A close waits for one replica's report only; Java's datanodes report the others a little later.
  static int replicas(DistributedFileSystem fs, Path path, int awaited) throws Exception {
    int seen = 0;
    for (int i = 0; i < 200; ++i) {
      seen = fs.getClient().getLocatedBlocks(path.toString(), 0).getLastLocatedBlock().getLocations().length;
      if (seen == awaited) break;
      Thread.sleep(50);
    }
    return seen;
  }

  static void flushes(DistributedFileSystem fs, DistributedFileSystem other) throws Exception {
    Path path = new Path("/flush");
    FSDataOutputStream out = fs.create(path, true);
    out.write(bytes, 0, 1000);
    out.hflush();
    try (HdfsDataInputStream seen = (HdfsDataInputStream) other.open(path)) {
      equal(1000L, seen.getVisibleLength());
    }
    expectFile(other, path, 1000);
    equal(1000L, other.getFileStatus(path).getLen());  // the first flush of a block tells the namenode
    out.write(bytes, 1000, 700);
    out.hsync();
    expectFile(other, path, 1700);
    out.write(bytes, 1700, 100000);
    ((HdfsDataOutputStream) out).hsync(EnumSet.of(HdfsDataOutputStream.SyncFlag.UPDATE_LENGTH));
    equal(101700L, other.getFileStatus(path).getLen());
    out.write(bytes, 101700, 1 << 20);  // into the second block
    ((HdfsDataOutputStream) out).hsync(EnumSet.of(HdfsDataOutputStream.SyncFlag.END_BLOCK));
    expectFile(other, path, 101700 + (1 << 20));
    out.write(bytes, 101700 + (1 << 20), 5);
    out.hflush();
    expectFile(other, path, 101705 + (1 << 20));
    out.close();
    expectFile(other, path, 101705 + (1 << 20));
  }

  static void appends(DistributedFileSystem fs) throws Exception {
    Path path = new Path("/append");
    fs.create(path, true).close();
    int at = 0;
    for (int step : new int[] {1, 510, 1, 512, 100000, (1 << 20) - 101024, 1, 300000}) {
      FSDataOutputStream out = fs.append(path);
      out.write(bytes, at, step);
      out.close();
      at += step;
      expectFile(fs, path, at);
    }
    FSDataOutputStream out = fs.append(path, EnumSet.of(CreateFlag.APPEND, CreateFlag.NEW_BLOCK), 4096, null);
    out.write(bytes, at, 10);
    out.hflush();
    expectFile(fs, path, at + 10);
    out.close();
    expectFile(fs, path, at + 10);
  }

  static void truncates(DistributedFileSystem fs) throws Exception {
    Path path = new Path("/truncate");
    FSDataOutputStream out = fs.create(path, true);
    out.write(bytes, 0, 2500000);
    out.close();
    for (int length : new int[] {2400001, 2097152, 1500000, 1499999, 1048577, 700, 0}) {
      if (!fs.truncate(path, length)) {
        for (int i = 0; i < 600 && !fs.isFileClosed(path); ++i) Thread.sleep(50);
      }
      equal((long) length, fs.getFileStatus(path).getLen());
      expectFile(fs, path, length);
    }
    out = fs.append(path);
    out.write(bytes, 0, 1000);
    out.close();
    expectFile(fs, path, 1000);
  }

  static void concats(DistributedFileSystem fs) throws Exception {
    int[] ends = {1048576 + 77, 1048576 + 77 + 2097152, 3500000};
    int at = 0;
    for (int i = 0; i < ends.length; ++i) {
      FSDataOutputStream out = fs.create(new Path("/concat" + i), true);
      out.write(bytes, at, ends[i] - at);
      out.close();
      at = ends[i];
    }
    fs.concat(new Path("/concat0"), new Path[] {new Path("/concat1"), new Path("/concat2")});
    expectFile(fs, new Path("/concat0"), 3500000);
  }
  // Java's client counts the chunks from the file's beginning, so that after blocks of odd lengths its packets do not end
  // at the block's chunks; Java's datanodes fail at that.
  static void appendsToConcatenated(DistributedFileSystem fs) throws Exception {
    FSDataOutputStream out = fs.append(new Path("/concat0"));
    out.write(bytes, 3500000, 1000);
    out.close();
    expectFile(fs, new Path("/concat0"), 3501000);
  }

  // A writer that has gone away is simulated by one that just stops; its lease is taken by another client.
  static void leases(DistributedFileSystem fs) throws Exception {
    for (int length : new int[] {0, 1, 70000, 1 << 20, (1 << 20) + 1234}) {
      DistributedFileSystem writer = client();
      Path path = new Path("/lease" + length);
      FSDataOutputStream out = writer.create(path, true);
      if (length > 0) {
        out.write(bytes, 0, length);
        out.hflush();
      }
      try {
        fs.append(path).close();
        throw new AssertionError("two writers");
      } catch (org.apache.hadoop.ipc.RemoteException | AlreadyBeingCreatedException e) {
        // as it should be
      }
      for (int i = 0; i < 600 && !fs.recoverLease(path); ++i) Thread.sleep(50);
      equal(true, fs.isFileClosed(path));
      equal((long) length, fs.getFileStatus(path).getLen());
      expectFile(fs, path, length);
      try {
        out.write(bytes, 0, 100);
        out.hflush();
        throw new AssertionError("the old writer still writes");
      } catch (IOException e) {
        // fenced off
      }
      FSDataOutputStream more = fs.append(path);
      more.write(bytes, length, 100);
      more.close();
      expectFile(fs, path, length + 100);
      try { writer.close(); } catch (IOException e) { /* its file is another's */ }
    }
  }

  // The node at `position` of the pipeline dies while the file is written.
  static void dies(DistributedFileSystem fs, String name, int position, int left, boolean flush) throws Exception {
    Path path = new Path("/" + name);
    FSDataOutputStream out = fs.create(path, true);
    out.write(bytes, 0, 300000);
    if (flush) {
      out.hflush();
    } else {
      while (pipeline(out) == null) { out.flush(); Thread.sleep(20); }
    }
    DatanodeInfo[] nodes = pipeline(out);
    killAndBringBack(nodes[position], () -> {
      out.write(bytes, 300000, 400000);
      out.hflush();
      expectFile(fs, path, 700000);
      equal(left, pipeline(out).length);
      out.write(bytes, 700000, 100);
      out.close();
      equal(left, replicas(fs, path, left));
      expectFile(fs, path, 700100);
    });
  }

  // A replica that missed the end is no good: a read right after the restart must not see it.
  static void appendWithoutOne(DistributedFileSystem fs) throws Exception {
    Path path = new Path("/append-without-one");
    FSDataOutputStream out = fs.create(path, true);
    out.write(bytes, 0, 300000);
    out.close();
    // A node that has the replica and hasn't reported it yet would be chosen to get it, and refuse.
    equal(3, replicas(fs, path, 3));
    DatanodeInfo[] nodes = fs.getClient().getLocatedBlocks(path.toString(), 0).get(0).getLocations();
    killAndBringBack(nodes[0], () -> {
      FSDataOutputStream more = fs.append(path);
      more.write(bytes, 300000, 1000);
      more.close();
      expectFile(fs, path, 301000);
    });
    for (int i = 0; i < 20; ++i) expectFile(fs, path, 301000);
  }

  // All data are acknowledged, then a node dies before the file is closed.
  static void closeWithoutOne(DistributedFileSystem fs, int position) throws Exception {
    Path path = new Path("/close-without-one");
    FSDataOutputStream out = fs.create(path, true);
    out.write(bytes, 0, 300000);
    out.hflush();
    killAndBringBack(pipeline(out)[position], () -> {
      out.close();
      expectFile(fs, path, 300000);
    });
  }

  // The writer stops and so does the first node: two replicas of three take part in the recovery.
  static void recoveryWithoutOne(DistributedFileSystem fs) throws Exception {
    DistributedFileSystem writer = client();
    Path path = new Path("/recovery-without-one");
    FSDataOutputStream out = writer.create(path, true);
    out.write(bytes, 0, 300000);
    out.hflush();
    killAndBringBack(pipeline(out)[0], () -> {
      for (int i = 0; i < 1200 && !fs.recoverLease(path); ++i) Thread.sleep(50);
      equal(true, fs.isFileClosed(path));
      equal(300000L, fs.getFileStatus(path).getLen());
      expectFile(fs, path, 300000);
    });
    try { writer.close(); } catch (IOException e) { /* its file is another's */ }
  }

  public static void main(String[] args) throws Exception {
    uri = new URI(args[0]);
    firstPort = Integer.parseInt(args[1]);
    Set<String> only = new HashSet<>(Arrays.asList(args).subList(2, args.length));
    boolean all = only.stream().allMatch(word -> word.startsWith("-"));
    new Random(4).nextBytes(bytes);
    String policy = "dfs.client.block.write.replace-datanode-on-failure.";
    DistributedFileSystem fs = client("dfs.blocksize", "1048576"), other = client();
    DistributedFileSystem never = client(policy + "policy", "NEVER");
    DistributedFileSystem always = client(policy + "policy", "ALWAYS");
    LinkedHashMap<String, Check> checks = new LinkedHashMap<>();
    checks.put("flushes are seen", () -> flushes(fs, other));
    checks.put("appends", () -> appends(fs));
    checks.put("truncates", () -> truncates(fs));
    checks.put("concat", () -> concats(fs));
    checks.put("odd chunks after concat", () -> appendsToConcatenated(fs));
    checks.put("lease recovery", () -> leases(fs));
    checks.put("the first node dies, never replaced", () -> dies(never, "never0", 0, 2, true));
    checks.put("the second node dies, never replaced", () -> dies(never, "never1", 1, 2, true));
    checks.put("the last node dies, never replaced", () -> dies(never, "never2", 2, 2, true));
    checks.put("the first node dies, default policy, flushed", () -> dies(other, "default0", 0, 3, true));
    checks.put("the second node dies, default policy, flushed", () -> dies(other, "default1", 1, 3, true));
    checks.put("the last node dies, always replaced", () -> dies(always, "always2", 2, 3, true));
    checks.put("a node dies amid a block", () -> dies(always, "amid", 1, 3, false));
    checks.put("append without one replica", () -> appendWithoutOne(other));
    checks.put("close without the first node", () -> closeWithoutOne(other, 0));
    checks.put("close without the last node", () -> closeWithoutOne(other, 2));
    checks.put("lease recovery without one node", () -> recoveryWithoutOne(fs));
    for (Map.Entry<String, Check> entry : checks.entrySet()) {
      String name = entry.getKey();
      boolean without = only.stream().anyMatch(word -> word.startsWith("-") && name.contains(word.substring(1)));
      if (!without && (all || only.stream().anyMatch(name::contains))) check(name, entry.getValue());
    }
    System.out.println("failures " + failures);
    System.exit(failures == 0 ? 0 : 1);
  }
}
