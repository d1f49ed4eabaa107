// Hadoop's own RPC with a token at one end: `client PORT` calls a server as a token's holder through the HDFS client,
// `server` serves a small protocol to token holders only and prints its port.
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedExceptionAction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.ipc.ProtobufRpcEngine2;
import org.apache.hadoop.ipc.RPC;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.proto.RefreshUserMappingsProtocolProtos.*;
import org.apache.hadoop.security.protocolPB.RefreshUserMappingsProtocolPB;
import org.apache.hadoop.security.token.SecretManager;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.security.token.TokenIdentifier;
import org.apache.hadoop.thirdparty.protobuf.BlockingService;
import org.apache.hadoop.thirdparty.protobuf.RpcController;
import org.apache.hadoop.thirdparty.protobuf.ServiceException;

public class RpcPeer {
  // An identifier that is a user's name and nothing else.
  public static class NameIdentifier extends TokenIdentifier {
    private byte[] name = new byte[0];

    @Override public Text getKind() { return new Text("NAME"); }
    @Override public UserGroupInformation getUser() {
      return UserGroupInformation.createRemoteUser(new String(name, StandardCharsets.UTF_8));
    }
    @Override public void write(DataOutput out) throws IOException { out.write(name); }
    @Override public void readFields(DataInput in) throws IOException {
      java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
      try {
        while (true) all.write(in.readByte());
      } catch (java.io.EOFException end) {
        name = all.toByteArray();
      }
    }
  }

  static class OneSecret extends SecretManager<NameIdentifier> {
    @Override protected byte[] createPassword(NameIdentifier identifier) { return "secret".getBytes(); }
    @Override public byte[] retrievePassword(NameIdentifier identifier) { return "secret".getBytes(); }
    @Override public NameIdentifier createIdentifier() { return new NameIdentifier(); }
  }

  static class Handler implements RefreshUserMappingsProtocolPB {
    @Override public RefreshUserToGroupsMappingsResponseProto refreshUserToGroupsMappings(
        RpcController controller, RefreshUserToGroupsMappingsRequestProto request) {
      return RefreshUserToGroupsMappingsResponseProto.getDefaultInstance();
    }
    @Override public RefreshSuperUserGroupsConfigurationResponseProto refreshSuperUserGroupsConfiguration(
        RpcController controller, RefreshSuperUserGroupsConfigurationRequestProto request) throws ServiceException {
      try {
        UserGroupInformation user = org.apache.hadoop.ipc.Server.getRemoteUser();
        throw new ServiceException(new IOException("called by " + user.getUserName() + " " + user.getAuthenticationMethod()));
      } catch (NullPointerException e) {
        throw new ServiceException(e);
      }
    }
  }

  static void serve() throws Exception {
    Configuration conf = new Configuration(false);
    conf.set("hadoop.security.authentication", "token");
    RPC.setProtocolEngine(conf, RefreshUserMappingsProtocolPB.class, ProtobufRpcEngine2.class);
    BlockingService service = RefreshUserMappingsProtocolService.newReflectiveBlockingService(new Handler());
    RPC.Server server = new RPC.Builder(conf).setProtocol(RefreshUserMappingsProtocolPB.class).setInstance(service)
        .setBindAddress("127.0.0.1").setPort(0).setNumHandlers(2).setSecretManager(new OneSecret()).build();
    server.start();
    System.out.println("port " + server.getListenerAddress().getPort());
    System.out.flush();
    System.in.read();  // until the test closes it
    System.exit(0);
  }

  static void call(int port, String password) throws Exception {
    UserGroupInformation user = UserGroupInformation.createRemoteUser("javauser");
    user.addToken(new Token<>("attempt-1".getBytes(), password.getBytes(), new Text("HDFS_DELEGATION_TOKEN"),
        new Text("127.0.0.1:" + port)));
    Configuration conf = new Configuration(false);
    conf.set("fs.hdfs.impl", "org.apache.hadoop.hdfs.DistributedFileSystem");
    conf.setInt("ipc.client.connect.max.retries", 0);
    user.doAs((PrivilegedExceptionAction<Void>) () -> {
      FileSystem fs = FileSystem.get(URI.create("hdfs://127.0.0.1:" + port), conf);
      for (int i = 0; i < 3; ++i) {
        try {
          fs.getFileStatus(new Path("/x"));
          System.out.println("no exception");
        } catch (IOException e) {
          System.out.println(e.getClass().getName() + ": " + String.valueOf(e.getMessage()).split("\n")[0]);
        }
      }
      return null;
    });
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("server")) {
      serve();
    } else {
      call(Integer.parseInt(args[1]), args[2]);
    }
    System.exit(0);
  }
}
