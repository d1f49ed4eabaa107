import java.io.IOException;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.contract.AbstractFSContract;

/** The filesystem under test for Hadoop's contract tests: the fs.defaultFS of the configuration on the class path. */
public class TuskContract extends AbstractFSContract {
  public TuskContract(Configuration conf) {
    super(conf);
    addConfResource("contract/tusk.xml");
  }

  @Override
  public FileSystem getTestFileSystem() throws IOException {
    return FileSystem.get(getConf());
  }

  @Override
  public String getScheme() {
    return "hdfs";
  }

  @Override
  public Path getTestPath() {
    return new Path("/contract");
  }
}
