import java.io.IOException;
import java.security.PrivilegedExceptionAction;
import java.util.List;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeys;
import org.apache.hadoop.fs.FSMainOperationsBaseTest;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileContextCreateMkdirBaseTest;
import org.apache.hadoop.fs.FileContextMainOperationsBaseTest;
import org.apache.hadoop.fs.FileContextPermissionBase;
import org.apache.hadoop.fs.FileContextURIBase;
import org.apache.hadoop.fs.FileContextUtilBase;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileSystemContractBaseTest;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.Assert;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.Test;

/** Hadoop's older suites for every FileSystem and FileContext, bound to the cluster as Hadoop binds them to HDFS. */
public class HdfsSuites {
  static final List<Class<?>> ALL = List.of(FileSystemContract.class, FileSystemMain.class, FileContextMain.class,
      FileContextPermission.class, FileContextURI.class, FileContextCreateMkdir.class, FileContextUtil.class);

  private static Path home() throws IOException {
    return new Path("/user/" + UserGroupInformation.getCurrentUser().getShortUserName());
  }

  private static FileContext context() throws IOException {
    FileContext context = FileContext.getFileContext(new HdfsConfiguration());
    context.mkdir(context.makeQualified(home()), FileContext.DEFAULT_PERM, true);
    return context;
  }

  public static class FileSystemContract extends FileSystemContractBaseTest {
    @Before public void setUp() throws Exception {
      Configuration conf = new HdfsConfiguration();
      conf.set(CommonConfigurationKeys.FS_PERMISSIONS_UMASK_KEY, FileSystemContractBaseTest.TEST_UMASK);
      fs = FileSystem.newInstance(conf);
    }
    @Override protected String getDefaultWorkingDirectory() {
      try {
        return home().toString();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** As a user without the superuser's rights: some of its tests want to be refused. */
  public static class FileSystemMain extends FSMainOperationsBaseTest {
    private static final UserGroupInformation USER = UserGroupInformation.createUserForTesting("alice", new String[] {"users"});
    @Override protected FileSystem createFileSystem() throws Exception {
      FileSystem superuser = FileSystem.get(new HdfsConfiguration());
      superuser.setPermission(new Path("/"), new FsPermission((short) 0777));
      superuser.mkdirs(new Path("/user/alice"));
      superuser.setOwner(new Path("/user/alice"), "alice", "users");
      return USER.doAs((PrivilegedExceptionAction<FileSystem>) () -> FileSystem.newInstance(new HdfsConfiguration()));
    }
    @Override protected Path getDefaultWorkingDirectory() throws IOException {
      return fSys.makeQualified(new Path("/user/alice"));
    }
    /** HDFS refuses to look below a file with AccessControlException; the general test wants no exception there. */
    @Override @Test public void testMkdirsFailsForSubdirectoryOfExistingFile() throws Exception {
      Path file = getTestRootPath(fSys, "plain/file");
      createFile(file);
      Path below = new Path(file, "sub/dir");
      for (Path path : new Path[] {new Path(file, "sub"), below}) {
        Assert.assertThrows(IOException.class, () -> fSys.mkdirs(path));
        Assert.assertThrows(AccessControlException.class, () -> fSys.exists(path));
      }
    }
  }

  public static class FileContextMain extends FileContextMainOperationsBaseTest {
    @BeforeClass public static void connect() throws IOException { fc = context(); }
    @Override protected Path getDefaultWorkingDirectory() throws IOException { return fc.makeQualified(home()); }
    @Override protected boolean listCorruptedBlocksSupported() { return true; }
  }

  public static class FileContextPermission extends FileContextPermissionBase {
    @Override protected FileContext getFileContext() throws Exception { return context(); }
  }

  public static class FileContextURI extends FileContextURIBase {
    @Override @Before public void setUp() throws Exception {
      fc1 = context();
      fc2 = context();
      super.setUp();
    }
  }

  public static class FileContextCreateMkdir extends FileContextCreateMkdirBaseTest {
    @BeforeClass public static void connect() throws IOException { fc = context(); }
  }

  public static class FileContextUtil extends FileContextUtilBase {
    @Override @Before public void setUp() throws Exception {
      fc = context();
      super.setUp();
    }
  }
}
