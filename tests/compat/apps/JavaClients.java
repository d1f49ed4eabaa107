// Runs many of Hadoop's client programs in one JVM, several at a time: a JVM per job client would cost more than the
// jobs of these tests. Reads lines NAME <TAB> MAIN CLASS <TAB> ARGUMENT..., runs each in a thread of its own with its
// standard output in FOLDER/NAME.out and its standard error in FOLDER/NAME.err, and prints NAME <TAB> EXIT CODE when it
// has ended. Argument: FOLDER. The classpath decides, as for a `hadoop` command, which cluster the programs see.
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.security.Permission;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.security.UserGroupInformation;

public final class JavaClients {
  /** What a program that calls System.exit meets; the first call of a program counts. */
  private static final class Ended extends SecurityException {
    Ended(int code) { super("exit " + code, null); }
    @Override public synchronized Throwable fillInStackTrace() { return this; }
  }

  private static final class Program {
    PrintStream out;
    PrintStream err;
    Integer code;
  }

  private static final InheritableThreadLocal<Program> current = new InheritableThreadLocal<>();

  /** A stream that writes to the stream of the program whose thread writes. */
  private static final class PerProgram extends OutputStream {
    private final PrintStream otherwise;
    private final boolean error;
    PerProgram(PrintStream otherwise, boolean error) { this.otherwise = otherwise; this.error = error; }
    private PrintStream target() {
      Program program = current.get();
      return program == null ? otherwise : error ? program.err : program.out;
    }
    @Override public void write(int b) { target().write(b); }
    @Override public void write(byte[] bytes, int from, int count) { target().write(bytes, from, count); }
    @Override public void flush() { target().flush(); }
  }

  @SuppressWarnings("removal")
  private static void trapExit() {
    System.setSecurityManager(new SecurityManager() {
      @Override public void checkPermission(Permission permission) {}
      @Override public void checkPermission(Permission permission, Object context) {}
      @Override public void checkExit(int code) {
        Program program = current.get();
        if (program == null) return;
        synchronized (program) { if (program.code == null) program.code = code; }
        throw new Ended(code);
      }
    });
  }

  private static int run(String main, String[] arguments, Program program) {
    try {
      Class<?> type = Class.forName(main);
      // A login of its own for each: closing its file systems does not close those of the others.
      UserGroupInformation user =
          UserGroupInformation.createRemoteUser(UserGroupInformation.getLoginUser().getShortUserName());
      user.doAs((PrivilegedExceptionAction<Void>) () -> {
        type.getMethod("main", String[].class).invoke(null, (Object) arguments);
        return null;
      });
    } catch (Throwable error) {
      Throwable cause = error;
      while (cause instanceof InvocationTargetException || cause instanceof java.lang.reflect.UndeclaredThrowableException
             || (cause.getCause() instanceof Ended)) {
        cause = cause.getCause();
      }
      if (!(cause instanceof Ended)) {
        cause.printStackTrace();
        return program.code == null ? 1 : program.code;
      }
    }
    return program.code == null ? 0 : program.code;
  }

  public static void main(String[] args) throws Exception {
    final String folder = args[0];
    final PrintStream console = System.out;
    System.setOut(new PrintStream(new PerProgram(System.out, false), true));
    System.setErr(new PrintStream(new PerProgram(System.err, true), true));
    trapExit();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    List<Thread> threads = new ArrayList<>();
    for (String line; (line = in.readLine()) != null;) {
      List<String> fields = Arrays.asList(line.split("\t", -1));
      String name = fields.get(0);
      Thread thread = new Thread(() -> {
        Program program = new Program();
        int code = 1;
        try {
          program.out = new PrintStream(new FileOutputStream(folder + "/" + name + ".out"), true);
          program.err = new PrintStream(new FileOutputStream(folder + "/" + name + ".err"), true);
          current.set(program);
          code = run(fields.get(1), fields.subList(2, fields.size()).toArray(new String[0]), program);
        } catch (Throwable error) {
          error.printStackTrace(console);
        }
        current.remove();
        synchronized (console) { console.println(name + "\t" + code); console.flush(); }
      }, name);
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
    System.exit(0);
  }
}
