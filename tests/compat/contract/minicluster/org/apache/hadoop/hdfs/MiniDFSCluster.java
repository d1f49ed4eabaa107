package org.apache.hadoop.hdfs;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.protocol.ClientProtocol;
import org.apache.hadoop.hdfs.protocol.DatanodeInfo;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.DatanodeReportType;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.SafeModeAction;
import org.apache.hadoop.hdfs.server.protocol.NamenodeProtocols;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.AssumptionViolatedException;

/**
 * Stands in for Hadoop's class of this name in Hadoop's own tests, and gives them tusk's daemons as real processes
 * (-Dtusk.binary). It has the members that lead to a client; those that reach inside Java's daemons are missing, and a
 * test that wants them fails to link: HdfsTests counts it as not applicable.
 */
public class MiniDFSCluster implements AutoCloseable {
  public static final String PROP_TEST_BUILD_DATA = "test.build.data";
  public static final String HDFS_MINIDFS_BASEDIR = "hdfs.minidfs.basedir";
  public static final String HDFS_MINIDFS_BASEDIR_PROVIDED = "hdfs.minidfs.basedir.provided";
  private static final long PATIENCE_MS = 60_000;

  private static Path lastBase;  // where a cluster that is not formatted finds what the one before left

  private final Configuration conf;
  private final Path base;
  private final List<String> settings = new ArrayList<>();
  private final List<Integer> datanodePorts = new ArrayList<>();
  private final List<Process> datanodes = new ArrayList<>();
  private final List<FileSystem> fileSystems = new ArrayList<>();
  private Process namenode;
  private int port;
  private int httpPort;
  private IOException notSettled;

  public static class DataNodeProperties {
    final int index;
    DataNodeProperties(int index) { this.index = index; }
  }

  public static class Builder {
    private final Configuration conf;
    private int datanodes = 1;
    private int nameNodePort;
    private boolean format = true;
    private boolean waitSafeMode = true;

    public Builder(Configuration conf) { this.conf = conf; }
    public Builder(Configuration conf, File base) { this.conf = conf; }
    public Builder numDataNodes(int count) { datanodes = count; return this; }
    public Builder format(boolean value) { format = value; return this; }
    public Builder nameNodePort(int value) { nameNodePort = value; return this; }
    public Builder waitSafeMode(boolean value) { waitSafeMode = value; return this; }
    public Builder checkExitOnShutdown(boolean value) { return this; }
    public Builder manageNameDfsDirs(boolean value) { return this; }
    public Builder manageDataDfsDirs(boolean value) { return this; }
    public Builder setNNRedundancyConsiderLoad(boolean value) { return this; }
    public Builder clusterId(String id) { return this; }
    public Builder skipFsyncForTesting(boolean value) { return this; }
    public MiniDFSCluster build() throws IOException { return new MiniDFSCluster(this); }
  }

  private MiniDFSCluster(Builder builder) throws IOException {
    conf = builder.conf;
    base = builder.format || lastBase == null ? Files.createTempDirectory("minidfs") : lastBase;
    lastBase = base;
    port = builder.nameNodePort != 0 ? builder.nameNodePort : freePort();
    httpPort = freePort();
    conf.setInt("dfs.replication", Math.min(conf.getInt("dfs.replication", 3), Math.max(1, builder.datanodes)));
    conf.set("fs.defaultFS", "hdfs://127.0.0.1:" + port);
    conf.set("dfs.namenode.rpc-address", "127.0.0.1:" + port);
    conf.set("dfs.namenode.http-address", "127.0.0.1:" + httpPort);
    // What Hadoop's own test resources and class of this name set.
    setDefault("dfs.namenode.fs-limits.min-block-size", "0");
    setDefault("dfs.namenode.safemode.extension", "0");
    setDefault("dfs.namenode.decommission.interval", "3");
    setDefault("dfs.namenode.replication.interval", "1");
    collectSettings();
    boolean empty = !Files.exists(base.resolve("name/current"));
    if (builder.format || empty) {
      runToEnd("namenode", "-format", "-nonInteractive");
    }
    startNameNode();
    for (int i = 0; i < builder.datanodes; ++i) {
      addDataNode();
    }
    if (builder.waitSafeMode && builder.datanodes > 0) {
      waitActive();
    }
  }

  private void setDefault(String key, String value) {
    if (conf.getPropertySources(key) == null || conf.getPropertySources(key)[0].endsWith("-default.xml")) {
      conf.set(key, value);
    }
  }

  /** What the test itself has set, handed to the daemons. */
  private void collectSettings() throws IOException {
    settings.clear();
    for (Map.Entry<String, String> entry : conf) {
      String[] sources = conf.getPropertySources(entry.getKey());
      boolean own = sources != null && sources.length > 0 && !sources[sources.length - 1].endsWith(".xml");
      String key = entry.getKey();
      if (own && (key.startsWith("dfs.") || key.startsWith("fs.") || key.startsWith("hadoop.") || key.startsWith("io.")
          || key.startsWith("ipc.") || key.startsWith("net."))) {
        settings.add("-D" + key + "=" + entry.getValue());
      }
    }
    settings.add("-Ddfs.namenode.name.dir=file://" + base.resolve("name"));
    // The group of the superuser that Hadoop's tests know.
    if (conf.get("dfs.permissions.superusergroup") == null) {
      settings.add("-Ddfs.permissions.superusergroup=supergroup");
    }
    settings.add("-Dhadoop.user.group.static.mapping.overrides=" + groupsOfTestUsers());
  }

  /** UserGroupInformation.createUserForTesting says who is in which group; a daemon of Hadoop's would share its table. */
  private static String groupsOfTestUsers() throws IOException {
    try {
      Field groups = UserGroupInformation.class.getDeclaredField("groups");
      groups.setAccessible(true);
      Object table = groups.get(null);
      // AppendTestUtil makes its second user after the cluster has started.
      StringBuilder text = new StringBuilder("dr.who=;" + System.getProperty("user.name") + "_XXX=supergroup;");
      if (table != null && table.getClass().getSimpleName().equals("TestingGroups")) {
        Field users = table.getClass().getDeclaredField("userToGroupsMapping");
        users.setAccessible(true);
        for (Map.Entry<?, ?> user : ((Map<?, ?>) users.get(table)).entrySet()) {
          text.append(user.getKey()).append('=');
          for (Object group : (Set<?>) user.getValue()) {
            text.append(group).append(',');
          }
          text.append(';');
        }
      }
      return text.toString();
    } catch (ReflectiveOperationException e) {
      throw new IOException(e);
    }
  }

  // Below the ephemeral ports: between this look and the daemon's own bind, any outgoing connection may take one of those.
  private static int nextPort = 20000 + (int) (ProcessHandle.current().pid() * 37 % 10000);

  private static synchronized int freePort() throws IOException {
    for (int tries = 0; tries < 10000; ++tries) {
      nextPort = nextPort >= 32000 ? 20000 : nextPort + 1;
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress("127.0.0.1", nextPort));
        return nextPort;
      } catch (java.net.BindException taken) {
        // the next one
      }
    }
    throw new IOException("no free port from 20000 to 32000");
  }

  private Process launch(String log, List<String> words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("tusk.binary"));
    command.add(words.get(0));
    command.addAll(settings);
    command.addAll(words.subList(1, words.size()));
    ProcessBuilder process = new ProcessBuilder(command);
    process.environment().remove("HADOOP_CONF_DIR");
    File output = base.resolve(log).toFile();
    Process started = process.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(output)).start();
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    return started;
  }

  private void runToEnd(String... words) throws IOException {
    Process process = launch("format.log", List.of(words));
    try {
      if (!process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", words) + ": " + Files.readString(base.resolve("format.log")));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void startNameNode() throws IOException {
    namenode = launch("namenode.log", List.of("namenode"));
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (true) {
      try (java.net.Socket socket = new java.net.Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return;
      } catch (IOException e) {
        if (!namenode.isAlive() || System.currentTimeMillis() > deadline) {
          throw new IOException("the namenode does not start:\n" + Files.readString(base.resolve("namenode.log")), e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void addDataNode() throws IOException {
    datanodePorts.add(freePort());
    datanodePorts.add(freePort());
    datanodePorts.add(freePort());
    datanodes.add(null);
    launchDataNode(datanodes.size() - 1);
  }

  private void launchDataNode(int index) throws IOException {
    datanodes.set(index, launch("datanode" + index + ".log", List.of("datanode",
        "-Ddfs.datanode.data.dir=file://" + base.resolve("dn" + index),
        "-Ddfs.datanode.address=127.0.0.1:" + datanodePorts.get(3 * index),
        "-Ddfs.datanode.ipc.address=127.0.0.1:" + datanodePorts.get(3 * index + 1),
        "-Ddfs.datanode.http.address=127.0.0.1:" + datanodePorts.get(3 * index + 2))));
  }

  private static void kill(Process process) {
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private <T> T client(Class<T> type) throws IOException {
    ClientProtocol real = NameNodeProxies.createNonHAProxy(conf, new InetSocketAddress("127.0.0.1", port),
        ClientProtocol.class, UserGroupInformation.getCurrentUser(), true).getProxy();
    Object proxy = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
      if (!method.getDeclaringClass().isAssignableFrom(ClientProtocol.class)) {
        throw new AssumptionViolatedException(method + " is not a client's call");
      }
      try {
        return method.invoke(real, args);
      } catch (InvocationTargetException e) {
        // As the namenode's object in the same process throws it.
        throw e.getCause() instanceof RemoteException ? ((RemoteException) e.getCause()).unwrapRemoteException()
            : e.getCause();
      }
    });
    return type.cast(proxy);
  }

  public NamenodeProtocols getNameNodeRpc() { return getNameNodeRpc(0); }
  public NamenodeProtocols getNameNodeRpc(int index) {
    try {
      return client(NamenodeProtocols.class);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public URI getURI() { return URI.create("hdfs://127.0.0.1:" + port); }
  public URI getURI(int index) { return getURI(); }
  public String getHttpUri(int index) { return "http://127.0.0.1:" + httpPort; }
  public int getNameNodePort() { return port; }
  public int getNameNodePort(int index) { return port; }
  public int getNumNameNodes() { return 1; }
  public Configuration getConfiguration(int index) { return conf; }
  public boolean isClusterUp() { return namenode != null && namenode.isAlive(); }
  public boolean isNameNodeUp(int index) { return isClusterUp(); }

  public DistributedFileSystem getFileSystem() throws IOException { return getFileSystem(0); }
  public DistributedFileSystem getFileSystem(int index) throws IOException {
    FileSystem fs = FileSystem.get(getURI(), conf);
    fileSystems.add(fs);
    return (DistributedFileSystem) fs;
  }
  public FileSystem getNewFileSystemInstance(int index) throws IOException {
    FileSystem fs = FileSystem.newInstance(getURI(), conf);
    fileSystems.add(fs);
    return fs;
  }

  private boolean settled() {
    int wanted = 0;
    for (Process datanode : datanodes) {
      wanted += datanode != null ? 1 : 0;
    }
    try (DFSClient client = new DFSClient(new InetSocketAddress("127.0.0.1", port), conf)) {
      DatanodeInfo[] live = client.datanodeReport(DatanodeReportType.LIVE);
      for (DatanodeInfo datanode : live) {
        if (datanode.getCapacity() == 0) {  // registered, has not told of its storages yet
          return false;
        }
      }
      return live.length >= wanted && !client.setSafeMode(SafeModeAction.SAFEMODE_GET);
    } catch (IOException e) {
      notSettled = e;
      return false;
    }
  }

  public void waitActive() throws IOException {
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (!settled()) {
      for (int i = 0; i < datanodes.size(); ++i) {
        if (datanodes.get(i) != null && !datanodes.get(i).isAlive()) {
          throw new IOException("datanode " + i + " has ended:\n" + Files.readString(base.resolve("datanode" + i + ".log")));
        }
      }
      if (System.currentTimeMillis() > deadline) {
        throw new IOException("not all datanodes live, or in safe mode, after " + PATIENCE_MS + " ms", notSettled);
      }
      pause();
    }
  }
  public void waitActive(int index) throws IOException { waitActive(); }
  public void waitClusterUp() throws IOException { waitActive(); }

  public void restartNameNode(String... args) throws IOException { restartNameNode(0, true); }
  public void restartNameNode(boolean wait) throws IOException { restartNameNode(0, wait); }
  public void restartNameNode(int index) throws IOException { restartNameNode(0, true); }
  public void restartNameNode(int index, boolean wait, String... args) throws IOException {
    kill(namenode);
    collectSettings();
    startNameNode();
    if (wait) {
      waitActive();
    }
  }
  public void restartNameNodes() throws IOException { restartNameNode(0, true); }
  public void shutdownNameNode(int index) { kill(namenode); namenode = null; }
  public void shutdownNameNodes() { shutdownNameNode(0); }

  public DataNodeProperties stopDataNode(int index) {
    kill(datanodes.get(index));
    datanodes.set(index, null);
    return new DataNodeProperties(index);
  }
  public boolean restartDataNode(DataNodeProperties properties) throws IOException {
    launchDataNode(properties.index);
    return true;
  }
  public boolean restartDataNode(DataNodeProperties properties, boolean keepPort) throws IOException {
    return restartDataNode(properties);
  }
  public boolean restartDataNode(int index) throws IOException {
    return restartDataNode(stopDataNode(index));
  }
  public boolean restartDataNodes() throws IOException {
    for (int i = 0; i < datanodes.size(); ++i) {
      restartDataNode(i);
    }
    return true;
  }
  public boolean restartDataNodes(boolean keepPort) throws IOException { return restartDataNodes(); }
  public void shutdownDataNodes() {
    for (int i = 0; i < datanodes.size(); ++i) {
      stopDataNode(i);
    }
  }
  public void shutdownDataNode(int index) { stopDataNode(index); }

  public void shutdown() { shutdown(false); }
  public void shutdown(boolean deleteDfsDir) { shutdown(deleteDfsDir, true); }
  public void shutdown(boolean deleteDfsDir, boolean closeFileSystem) {
    if (closeFileSystem) {
      for (FileSystem fs : fileSystems) {
        try {
          fs.close();
        } catch (IOException e) {
          System.err.println("close: " + e);
        }
      }
    }
    shutdownDataNodes();
    shutdownNameNodes();
  }
  @Override public void close() { shutdown(); }
  public static void shutdownCluster(MiniDFSCluster cluster) {
    if (cluster != null) {
      cluster.shutdown();
    }
  }
}
