// Block tokens as an attacker would use them: reads a block's first bytes with tokens that are good, missing, forged,
// stretched, expired, signed with another cluster's key, of another block, or of another kind of access, from every
// datanode of it, and asks for the visible length of an open block. Prints one line per try: what and the datanode's answer.
// usage: TokenProbe HDFS-URI [protobuf]
import java.io.*;
import java.net.*;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.NameNodeProxies;
import org.apache.hadoop.hdfs.protocol.*;
import org.apache.hadoop.hdfs.protocol.datatransfer.Sender;
import org.apache.hadoop.hdfs.protocol.proto.DataTransferProtos.BlockOpResponseProto;
import org.apache.hadoop.hdfs.protocolPB.PBHelperClient;
import org.apache.hadoop.hdfs.security.token.block.*;
import org.apache.hadoop.hdfs.server.datanode.CachingStrategy;
import org.apache.hadoop.hdfs.server.protocol.NamenodeProtocol;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.security.token.Token;

public class TokenProbe {
  static String read(DatanodeInfo node, ExtendedBlock block, Token<BlockTokenIdentifier> token) {
    try (Socket socket = new Socket(node.getIpAddr(), node.getXferPort())) {
      socket.setSoTimeout(10000);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      new Sender(out).readBlock(block, token, "probe", 0, 10, true, CachingStrategy.newDefaultStrategy());
      out.flush();
      return BlockOpResponseProto.parseFrom(PBHelperClient.vintPrefixed(socket.getInputStream())).getStatus().toString();
    } catch (Exception e) {
      return "closed";
    }
  }
  static Token<BlockTokenIdentifier> copy(Token<BlockTokenIdentifier> token, byte[] identifier, byte[] password) {
    return new Token<>(identifier, password, token.getKind(), token.getService());
  }
  // What a namenode would sign for this user, with these dates and this key.
  static Token<BlockTokenIdentifier> sign(BlockTokenIdentifier like, long expiry, int keyId, byte[] key, boolean protobuf) throws Exception {
    byte[] bytes = encode(like, expiry, keyId, protobuf);
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(key, "HmacSHA1"));
    return new Token<>(bytes, mac.doFinal(bytes), new Text("HDFS_BLOCK_TOKEN"), new Text(""));
  }
  static byte[] encode(BlockTokenIdentifier like, long expiry, int keyId, boolean protobuf) throws IOException {
    BlockTokenIdentifier fresh = new BlockTokenIdentifier(like.getUserId(), like.getBlockPoolId(), like.getBlockId(),
        EnumSet.of(BlockTokenIdentifier.AccessMode.READ), null, null, protobuf);
    fresh.setExpiryDate(expiry);
    fresh.setKeyId(keyId);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    fresh.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration();
    conf.set("dfs.replication", "3");
    DistributedFileSystem fs = (DistributedFileSystem) FileSystem.newInstance(new URI(args[0]), conf);
    byte[] bytes = new byte[1000];
    LocatedBlock[] blocks = new LocatedBlock[2];
    for (int i = 0; i < 2; ++i) {
      try (FSDataOutputStream out = fs.create(new Path("/token" + i), true)) { out.write(bytes); }
      blocks[i] = fs.getClient().getLocatedBlocks("/token" + i, 0).get(0);
    }
    Token<BlockTokenIdentifier> good = blocks[0].getBlockToken();
    BlockTokenIdentifier identifier = good.decodeIdentifier();
    System.out.println("kind " + good.getKind() + " user " + identifier.getUserId() + " modes " + identifier.getAccessModes()
        + " lifetime " + Math.round((identifier.getExpiryDate() - System.currentTimeMillis()) / 60000.0) + " min");
    byte[] forged = good.getPassword().clone();
    forged[0] ^= 1;
    boolean protobuf = args.length > 1;
    long expiry = identifier.getExpiryDate(), now = System.currentTimeMillis();
    byte[] stretched = encode(identifier, expiry + 1000000, identifier.getKeyId(), protobuf);
    // The keys as a balancer gets them.
    BlockKey key = NameNodeProxies.createProxy(conf, new URI(args[0]), NamenodeProtocol.class).getProxy().getBlockKeys().getCurrentKey();
    byte[] secret = key.getEncodedKey();
    System.out.println("form " + (good.getIdentifier()[0] > 0 ? "protobuf" : "writable"));
    FSDataOutputStream open = fs.create(new Path("/token-open"), true);
    open.write(bytes);
    open.hflush();
    LocatedBlock written = fs.getClient().getLocatedBlocks("/token-open", 0).getLastLocatedBlock();
    for (DatanodeInfo node : blocks[0].getLocations()) {
      ExtendedBlock block = blocks[0].getBlock();
      System.out.println("good " + read(node, block, good));
      System.out.println("none " + read(node, block, BlockTokenSecretManager.DUMMY_TOKEN));
      System.out.println("forged " + read(node, block, copy(good, good.getIdentifier(), forged)));
      System.out.println("stretched " + read(node, block, copy(good, stretched, good.getPassword())));
      System.out.println("own " + read(node, block, sign(identifier, expiry, key.getKeyId(), secret, protobuf)));
      System.out.println("expired " + read(node, block, sign(identifier, now - 1000, key.getKeyId(), secret, protobuf)));
      System.out.println("foreign key " + read(node, block, sign(identifier, expiry, key.getKeyId() + 1000, secret, protobuf)));
      System.out.println("other block " + read(node, block, blocks[1].getBlockToken()));
      System.out.println("garbage " + read(node, block, copy(good, new byte[] {1, 2, 3}, good.getPassword())));
    }
    // The writer's token allows writing only.
    ExtendedBlock last = written.getBlock();
    LocatedBlock forWriting = fs.getClient().getNamenode().updateBlockForPipeline(last, fs.getClient().getClientName());
    for (DatanodeInfo node : written.getLocations()) {
      System.out.println("write token for reading " + read(node, last, forWriting.getBlockToken()));
    }
    // A reader of an open file asks the datanode's RPC port, with the token.
    byte[] back = new byte[1000];
    try (FSDataInputStream in = FileSystem.newInstance(new URI(args[0]), conf).open(new Path("/token-open"))) {
      in.readFully(0, back);
      System.out.println("open file read");
    }
    open.close();
    System.exit(0);
  }
}
