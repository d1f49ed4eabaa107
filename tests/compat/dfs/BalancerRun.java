// Hadoop's balancer as `hdfs balancer` runs it, but with metrics that may be registered again: in 3.4.2 its second
// iteration ends with "Metrics source ... already exists!" otherwise, on every cluster.
// usage: BalancerRun [OPTION]...   (those of hdfs balancer)
import org.apache.hadoop.hdfs.server.balancer.Balancer;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;

public class BalancerRun {
  public static void main(String[] args) throws Exception {
    DefaultMetricsSystem.setMiniClusterMode(true);
    Balancer.main(args);
  }
}
