// A client's load on any DFS through Hadoop's own client, in one JVM of many clients; the Java twin of dfs_load.cc.
// usage: DfsLoad write|read|small FOLDER CLIENTS AMOUNT [REPLICATION], with the cluster's configuration on the class path.
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

public class DfsLoad {
  static final byte[] BUFFER = new byte[1 << 20];
  static final AtomicLong bytes = new AtomicLong(), files = new AtomicLong();
  static volatile Throwable failed;
  static String verb, folder;
  static int clients;
  static short replication = 1;

  public static void main(String[] args) throws Exception {
    verb = args[0];
    folder = args[1];
    clients = Integer.parseInt(args[2]);
    long amount = Long.parseLong(args[3]) << (verb.equals("small") ? 0 : 20);
    if (args.length > 4) replication = Short.parseShort(args[4]);
    new Random(1).nextBytes(BUFFER);
    FileSystem[] systems = new FileSystem[clients];
    for (int i = 0; i < clients; i++) systems[i] = FileSystem.newInstance(new Configuration());
    systems[0].mkdirs(new Path(folder));
    round(systems, amount / 8, "/warm");
    double cpu = cpuSeconds();
    long began = System.nanoTime();
    round(systems, amount, "/run");
    double wall = (System.nanoTime() - began) / 1e9;
    System.out.printf("wall %.4f cpu %.4f bytes %d files %d%n", wall, cpuSeconds() - cpu, bytes.get(), files.get());
    System.exit(0);
  }

  static double cpuSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }

  static void round(FileSystem[] systems, long amount, String name) throws Exception {
    bytes.set(0);
    files.set(0);
    Thread[] threads = new Thread[clients];
    for (int i = 0; i < clients; i++) {
      FileSystem fs = systems[i];
      String path = folder + name + i;
      threads[i] = new Thread(() -> {
        try {
          oneClient(fs, amount / clients, path);
        } catch (Throwable e) {
          failed = e;
        }
      });
      threads[i].start();
    }
    for (Thread thread : threads) thread.join();
    if (failed != null) {
      failed.printStackTrace();
      System.exit(1);
    }
  }

  static void oneClient(FileSystem fs, long amount, String path) throws Exception {
    if (verb.equals("write")) {
      write(fs, path, amount);
    } else if (verb.equals("read")) {
      byte[] buffer = new byte[1 << 20];
      try (FSDataInputStream in = fs.open(new Path(path), 1 << 20)) {
        for (int n; (n = in.read(buffer, 0, buffer.length)) > 0;) bytes.addAndGet(n);
      }
      files.incrementAndGet();
    } else {
      for (long i = 0; i < amount; i++) write(fs, path + "." + i, 4096);
    }
  }

  static void write(FileSystem fs, String path, long amount) throws Exception {
    try (FSDataOutputStream out = fs.create(new Path(path), true, 1 << 16, replication, fs.getDefaultBlockSize(new Path("/")))) {
      for (long done = 0; done < amount;) {
        int count = (int) Math.min(BUFFER.length, amount - done);
        out.write(BUFFER, 0, count);
        done += count;
      }
    }
    bytes.addAndGet(amount);
    files.incrementAndGet();
  }
}
