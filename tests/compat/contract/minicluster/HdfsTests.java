import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.hadoop.security.UserGroupInformation;
import org.junit.AssumptionViolatedException;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Runs test classes of Hadoop's hdfs test jar whose MiniDFSCluster is ours. Arguments: a results file ("-" for
 * none), then class names, each with tests to leave out after it as -name. A test that needs the inside of Java's daemons is not applicable.
 * What the tests print goes to the file -Dtests.output: here only verdicts are printed.
 */
public class HdfsTests {
  private static final PrintStream verdicts = System.out;

  private static boolean reachesInside(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof AssumptionViolatedException || cause instanceof IncompatibleClassChangeError
          || cause instanceof NoClassDefFoundError || cause instanceof java.lang.reflect.InaccessibleObjectException) {
        return true;
      }
      for (StackTraceElement frame : cause.getStackTrace()) {
        if (frame.getClassName().endsWith(".MetricsAsserts")) {  // the daemon's metrics in this process
          return true;
        }
      }
    }
    return false;
  }

  private static boolean run(String name, List<String> without, PrintWriter results) throws ClassNotFoundException {
    Map<String, String> inapplicable = new LinkedHashMap<>();
    JUnitCore core = new JUnitCore();
    core.addListener(new RunListener() {
      @Override public void testAssumptionFailure(Failure failure) {
        inapplicable.put(failure.getDescription().getMethodName(), String.valueOf(failure.getMessage()));
      }
    });
    Request request = Request.aClass(Class.forName(name)).filterWith(new org.junit.runner.manipulation.Filter() {
      @Override public boolean shouldRun(org.junit.runner.Description description) {
        return description.getMethodName() == null || !without.contains(description.getMethodName());
      }
      @Override public String describe() { return "without " + without; }
    });
    long start = System.nanoTime();
    Result result = core.run(request);
    Map<String, Failure> failed = new LinkedHashMap<>();
    for (Failure failure : result.getFailures()) {
      String method = String.valueOf(failure.getDescription().getMethodName());
      if (reachesInside(failure.getException())) {
        inapplicable.put(method, String.valueOf(failure.getMessage()));
      } else {
        failed.putIfAbsent(method, failure);
      }
    }
    failed.keySet().removeAll(inapplicable.keySet());
    int passed = result.getRunCount() - failed.size() - inapplicable.size();
    if (passed > 0 || !failed.isEmpty()) {
      results.printf(Locale.ROOT, "Hadoop's own hdfs tests\t3.4.2\t%s (%d)\t%s%n", name.substring(name.lastIndexOf('.') + 1),
          passed, failed.isEmpty() ? "pass" : "fail");
    }
    verdicts.printf(Locale.ROOT, "%-60s passed %3d  failed %2d  not applicable %2d  (%.1f s)%n", name,
        passed, failed.size(), inapplicable.size(),
        (System.nanoTime() - start) / 1e9);
    inapplicable.forEach((test, why) -> verdicts.println("  not applicable: " + test + ": " + why.split("\n")[0]));
    failed.forEach((test, failure) -> {
      verdicts.println("  FAILED " + test);
      String[] trace = failure.getTrace().split("\n");
      int lines = 0;
      for (String line : trace) {
        if (!line.contains("jdk.internal.reflect") && !line.contains("org.junit") && (lines++ < 9 || line.startsWith("Caused by"))) {
          verdicts.println("    " + line);
        }
      }
    });
    return failed.isEmpty();
  }

  public static void main(String[] args) throws Exception {
    PrintStream output = new PrintStream(new FileOutputStream(System.getProperty("tests.output")), true);
    System.setOut(output);
    System.setErr(output);
    boolean good = true;
    PrintWriter results = new PrintWriter(args[0].equals("-") ? OutputStream.nullOutputStream()
        : new FileOutputStream(args[0]), true);
    for (int i = 1; i < args.length;) {
      String name = args[i++];
      List<String> without = new ArrayList<>();
      while (i < args.length && args[i].startsWith("-")) {
        without.add(args[i++].substring(1));
      }
      // A thread of its own: a call that fails inside Hadoop's client leaves its call id in the thread.
      boolean[] passed = new boolean[1];
      Thread thread = new Thread(() -> {
        try {
          UserGroupInformation.reset();  // a test may have made itself somebody else
          passed[0] = run(name, without, results);
        } catch (ClassNotFoundException e) {
          verdicts.println("  FAILED " + name + " is not in the jars");
        }
      });
      thread.start();
      thread.join();
      good &= passed[0];
    }
    verdicts.flush();
    System.exit(good ? 0 : 1);
  }
}
