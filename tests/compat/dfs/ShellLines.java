// Runs lines of standard input as commands of the real shell ("dfs -ls /", "dfsadmin -report", "fsck /") in
// one JVM; prints each line, what it wrote to standard output and error, and its exit code.
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FsShell;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.tools.DFSAdmin;
import org.apache.hadoop.hdfs.tools.DFSck;
import org.apache.hadoop.hdfs.tools.StoragePolicyAdmin;
import org.apache.hadoop.hdfs.tools.snapshot.LsSnapshottableDir;
import org.apache.hadoop.util.Tool;
import org.apache.hadoop.util.ToolRunner;

public class ShellLines {
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.trim().split(" +");
      Configuration conf = new HdfsConfiguration();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      PrintStream both = new PrintStream(bytes, true);
      System.setOut(both);
      System.setErr(both);
      int code;
      try {
        Tool tool = words[0].equals("dfsadmin") ? new DFSAdmin(conf)
            : words[0].equals("storagepolicies") ? new StoragePolicyAdmin(conf)
            : words[0].equals("fsck") ? new DFSck(conf)
            : words[0].equals("lsSnapshottableDir") ? new LsSnapshottableDir() : new FsShell(conf);
        code = ToolRunner.run(conf, tool, Arrays.copyOfRange(words, 1, words.length));
      } catch (Exception e) {
        both.println(e);
        code = 1;
      }
      FileSystem.closeAll();  // the next line's -D options count
      both.flush();
      System.setOut(out);
      System.setErr(err);
      out.println("$ " + line);
      out.print(bytes.toString());
      out.println("= " + (code & 255));
      out.flush();
    }
    System.exit(0);
  }
}
