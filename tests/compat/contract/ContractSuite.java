import java.io.FileWriter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.contract.*;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Hadoop's own filesystem contract tests, each bound to tusk by TuskContract, run in one JVM.
 * Arguments: a results file ("-" for none), then names of the nested classes to run (none: all).
 * AbstractContractGetEnclosingRoot is not among them: Hadoop binds it to its local and viewfs filesystems only, and a
 * real namenode answers "/" where it wants a qualified path.
 * Prints a line for every class and every failure; exits with 1 when a test failed or a class ran no test.
 */
public class ContractSuite {
  public static class Append extends AbstractContractAppendTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class BulkDelete extends AbstractContractBulkDeleteTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Concat extends AbstractContractConcatTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class ContentSummary extends AbstractContractContentSummaryTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class CopyFromLocal extends AbstractContractCopyFromLocalTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Create extends AbstractContractCreateTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Delete extends AbstractContractDeleteTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class GetFileStatus extends AbstractContractGetFileStatusTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class LeaseRecovery extends AbstractContractLeaseRecoveryTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Mkdir extends AbstractContractMkdirTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class MultipartUploader extends AbstractContractMultipartUploaderTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
    @Override protected int partSizeInBytes() { return 1024; }
    @Override protected boolean finalizeConsumesUploadIdImmediately() { return true; }
    @Override protected boolean supportsConcurrentUploadsToSamePath() { return true; }
  }
  public static class Open extends AbstractContractOpenTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class PathHandle extends AbstractContractPathHandleTest {
    public PathHandle(String name, Options.HandleOpt[] options, boolean serialized) { super(name, options, serialized); }
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Rename extends AbstractContractRenameTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class RootDirectory extends AbstractContractRootDirectoryTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class SafeMode extends AbstractContractSafeModeTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Seek extends AbstractContractSeekTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class SetTimes extends AbstractContractSetTimesTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class Unbuffer extends AbstractContractUnbufferTest {
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }
  public static class VectoredRead extends AbstractContractVectoredReadTest {
    public VectoredRead(String buffer) { super(buffer); }
    @Override protected AbstractFSContract createContract(Configuration c) { return new TuskContract(c); }
  }

  private static final Class<?>[] ALL = {Append.class, BulkDelete.class, Concat.class, ContentSummary.class,
      CopyFromLocal.class, Create.class, Delete.class, GetFileStatus.class, LeaseRecovery.class,
      Mkdir.class, MultipartUploader.class, Open.class, PathHandle.class, Rename.class, RootDirectory.class,
      SafeMode.class, Seek.class, SetTimes.class, Unbuffer.class, VectoredRead.class};

  /** Counts assumptions that did not hold: the test says itself that the feature is not there. */
  private static final class Assumptions extends RunListener {
    final List<String> failed = new ArrayList<>();
    @Override public void testAssumptionFailure(Failure failure) {
      failed.add(failure.getDescription().getMethodName() + ": " + failure.getMessage());
    }
  }

  private static boolean run(Class<?> tests, PrintWriter results) {
    Assumptions assumptions = new Assumptions();
    JUnitCore core = new JUnitCore();
    core.addListener(assumptions);
    long start = System.nanoTime();
    Result result = core.run(Request.aClass(tests));
    int skipped = assumptions.failed.size();
    int failed = result.getFailureCount();
    int passed = result.getRunCount() - failed - skipped;
    System.out.printf(Locale.ROOT, "%-18s passed %3d  failed %2d  not applicable %2d  (%.1f s)%n", tests.getSimpleName(),
        passed, failed, skipped, (System.nanoTime() - start) / 1e9);
    for (String line : assumptions.failed) {
      System.out.println("  not applicable: " + line);
    }
    for (Failure failure : result.getFailures()) {
      System.out.println("  FAILED " + failure.getDescription().getDisplayName());
      String[] trace = failure.getTrace().split("\n");
      for (int i = 0; i < Math.min(trace.length, 8); ++i) {
        System.out.println("    " + trace[i]);
      }
    }
    boolean good = failed == 0 && passed > 0;
    if (results != null) {
      results.println("Java FileSystem contract tests\t3.4.2\t" + tests.getSimpleName() + " (" + passed + ")\t"
          + (good ? "pass" : "fail"));
    }
    return good;
  }

  public static void main(String[] args) throws Exception {
    boolean good = true;
    try (PrintWriter results = args[0].equals("-") ? null : new PrintWriter(new FileWriter(args[0]))) {
      List<Class<?>> all = new ArrayList<>(List.of(ALL));
      all.addAll(HdfsSuites.ALL);
      for (Class<?> tests : all) {
        if (args.length == 1 || List.of(args).contains(tests.getSimpleName())) {
          good &= run(tests, results);
        }
      }
    }
    System.out.flush();
    System.exit(good ? 0 : 1);
  }
}
