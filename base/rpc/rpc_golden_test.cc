// Goal: our server's bytes are Hadoop's; method: send what was recorded from clients (tests/golden/rpc), compare with
// what the real namenode answered, but for the Java stacks in its error texts.
#include <fstream>
#include <sstream>

#include "base/rpc/frame.h"
#include "base/rpc/server.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(TUSK_GOLDEN_DIR "/rpc/" + name, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  TUSK_CHECK(!all.str().empty()) << name;
  return all.str();
}

// A namenode that knows one answer.
class RecordedNamenode : public Service {
 public:
  std::string_view protocol() const override { return "org.apache.hadoop.hdfs.protocol.ClientProtocol"; }
  std::vector<Method> methods() override {
    return {{"getServerDefaults", RetryPolicy::kIdempotent,
             [](CallContext&, ByteView) { return Defaults(); }},
            {"getFileInfo", RetryPolicy::kIdempotent, [](CallContext&, ByteView) { return Missing(); }}};
  }
  static Task<Result<std::string>> Defaults() {
    std::string frame = ReadGolden("rpc-defaults.s2c");
    ByteView rest = AsBytes(frame).subspan(kFrameLengthBytes);
    CO_ASSIGN_OR_RETURN(ByteView header, TakeDelimited(rest));
    (void)header;
    CO_ASSIGN_OR_RETURN(ByteView body, TakeDelimited(rest));
    co_return std::string(AsText(body));
  }
  static Task<Result<std::string>> Missing() {
    co_return Status(Code::kInvalidProtobuf, "Message missing required fields: src");
  }
};

Task<Result<std::string>> Converse(RealWorld& world, HostPort server, std::string bytes) {
  CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(server, world.loop().In(5s)));
  CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(bytes), world.loop().In(5s)));
  stream->ShutdownWrite();
  std::string answer;
  std::vector<uint8_t> buffer(4096);
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await stream->ReadSome(buffer, world.loop().In(5s)));
    if (count == 0) co_return answer;
    answer.append(AsText(ByteView(buffer).first(count)));
  }
}

// The frame at the front of `bytes` with the Java stack in its error text taken out.
std::string WithoutStack(const std::string& bytes) {
  ByteView rest = AsBytes(bytes).subspan(kFrameLengthBytes);
  wire::RpcResponseHeaderProto header;
  TUSK_CHECK(TakeMessage(rest, header).ok());
  header.set_errormsg(header.errormsg().substr(0, header.errormsg().find("\n\tat ")));
  return EncodeFrame({&header});
}

class NoTokens : public SecretManager {
 public:
  Result<std::string> PasswordOf(std::string_view) override { return Status(Code::kInvalidToken, "no such token"); }
  Result<CallUser> UserOf(std::string_view) override { return Status(Code::kInvalidToken, "no such token"); }
};

class RpcGoldenTest : public ::testing::Test {
 protected:
  RpcGoldenTest() { Listen({}); }
  void Listen(ServerOptions options) {
    if (server_) Shutdown();
    options.bind = {"127.0.0.1", 0};
    options.server_name = "golden";
    auto server = Server::Listen(world_.env(), std::move(options));
    TUSK_CHECK(server.ok());
    server_ = std::move(server).value();
    server_->AddService(namenode_);
    server_->Start();
  }
  ~RpcGoldenTest() override { Shutdown(); }
  void Shutdown() {
    struct Stopper {
      static Task<Status> Go(Server& server) {
        co_await server.Shutdown();
        co_return Status::Ok();
      }
    };
    EXPECT_OK(world_.Run(Stopper::Go(*server_)));
  }
  std::string Send(const std::string& bytes) {
    auto answer = world_.Run(Converse(world_, server_->address(), bytes));
    EXPECT_OK(answer);
    return answer.ok() ? *answer : "";
  }
  // Preamble and context of a recorded connection, for recordings from its middle.
  static std::string Opening() {
    std::string all = ReadGolden("rpc-defaults.c2s");
    return all.substr(0, kPreambleBytes + kFrameLengthBytes + LoadBigEndian<uint32_t>(AsBytes(all).data() + kPreambleBytes));
  }

  RealWorld world_;
  RecordedNamenode namenode_;
  std::unique_ptr<Server> server_;
};

TEST_F(RpcGoldenTest, TheFirstCallOfAConnectionIsAnsweredByteForByte) {
  EXPECT_EQ(Send(ReadGolden("rpc-defaults.c2s")), ReadGolden("rpc-defaults.s2c"));
}

TEST_F(RpcGoldenTest, BytesThatComeOneByOneMakeTheSameCall) {
  std::string all = ReadGolden("rpc-defaults.c2s");
  struct Trickle {
    static Task<Result<std::string>> Go(RealWorld& world, HostPort server, std::string bytes, size_t answer_bytes) {
      CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(server, world.loop().In(5s)));
      for (size_t i = 0; i < bytes.size(); ++i) {
        CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(bytes).subspan(i, 1), world.loop().In(5s)));
        co_await Yield(world.loop());
      }
      std::string answer(answer_bytes, 0);
      MutableByteView out(reinterpret_cast<uint8_t*>(answer.data()), answer.size());
      CO_RETURN_IF_ERROR(co_await stream->ReadExactly(out, world.loop().In(5s)));
      co_return answer;
    }
  };
  std::string expected = ReadGolden("rpc-defaults.s2c");
  ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Trickle::Go(world_, server_->address(), all, expected.size())));
  EXPECT_EQ(answer, expected);
}

TEST_F(RpcGoldenTest, FatalAnswersAreByteForByte) {
  for (const char* name : {"rpc-fatal-auth5", "rpc-fatal-impersonate", "rpc-fatal-nocontext", "rpc-fatal-rpckind",
                           "rpc-fatal-version10", "rpc-fatal-version8", "rpc-http"}) {
    EXPECT_EQ(Send(ReadGolden(std::string(name) + ".c2s")), ReadGolden(std::string(name) + ".s2c")) << name;
  }
}

TEST_F(RpcGoldenTest, ErrorAnswersAreByteForByteButForTheStack) {
  for (const char* name : {"rpc-error-nomethod", "rpc-error-noprotocol", "rpc-error-protoversion", "rpc-error-missingfield"}) {
    EXPECT_EQ(Send(Opening() + ReadGolden(std::string(name) + ".c2s")), WithoutStack(ReadGolden(std::string(name) + ".s2c")))
        << name;
  }
}

TEST_F(RpcGoldenTest, AServerWithoutTokensSwitchesToSimpleAtOnce) {
  std::string negotiate = ReadGolden("sasl-negotiate.c2s");
  std::string answer = Send(negotiate);
  ByteView rest = AsBytes(answer).subspan(kFrameLengthBytes);
  wire::RpcResponseHeaderProto header;
  wire::RpcSaslProto reply;
  ASSERT_OK(TakeMessage(rest, header));
  ASSERT_OK(TakeMessage(rest, reply));
  EXPECT_EQ(reply.state(), wire::RpcSaslProto::SUCCESS);
  EXPECT_EQ(static_cast<int32_t>(header.callid()), kCallIdSasl);
  // A client that was told to negotiate goes on with INITIATE SIMPLE, which gets no reply.
  EXPECT_EQ(Send(negotiate + ReadGolden("sasl-initiate-simple.c2s")), answer + ReadGolden("sasl-initiate-simple.s2c"));
}

// Splits what a server sent into its SASL offer and the rest.
std::string TakeOffer(std::string bytes, wire::RpcSaslProto& offer) {
  size_t size = kFrameLengthBytes + LoadBigEndian<uint32_t>(AsBytes(bytes).data());
  ByteView rest = AsBytes(bytes).subspan(kFrameLengthBytes, size - kFrameLengthBytes);
  wire::RpcResponseHeaderProto header;
  EXPECT_OK(TakeMessage(rest, header));
  EXPECT_OK(TakeMessage(rest, offer));
  for (auto& auth : *offer.mutable_auths()) auth.clear_challenge();  // differs each time
  return bytes.substr(size);
}

TEST_F(RpcGoldenTest, AServerWithTokensOffersWhatHadoopOffers) {
  NoTokens tokens;
  Listen({.secret_manager = &tokens});
  std::string negotiate = ReadGolden("sasl-negotiate.c2s");
  wire::RpcSaslProto ours, theirs;
  TakeOffer(ReadGolden("sasl-negotiate.s2c"), theirs);
  EXPECT_EQ(TakeOffer(Send(negotiate), ours), "");
  EXPECT_EQ(ours.SerializeAsString(), theirs.SerializeAsString());
  EXPECT_EQ(TakeOffer(Send(negotiate + ReadGolden("sasl-initiate-simple.c2s")), ours), ReadGolden("sasl-initiate-simple.s2c"));
  EXPECT_EQ(TakeOffer(Send(negotiate + ReadGolden("sasl-initiate-kerberos.c2s")), ours),
            ReadGolden("sasl-initiate-kerberos.s2c"));
  Listen({});
}

// Bytes of the lines that start with `side` in a recording.
std::string Recorded(const std::string& name, char side, size_t lines_max = 100) {
  std::istringstream lines(ReadGolden(name));
  std::string bytes;
  for (std::string line; std::getline(lines, line) && lines_max > 0;) {
    if (line.size() < 2 || line[0] != side) continue;
    --lines_max;
    for (size_t i = 2; i + 1 < line.size(); i += 2) bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST_F(RpcGoldenTest, APortForTokensRefusesSimpleAsTheSchedulerDoes) {
  NoTokens tokens;
  Listen({.allow_simple = false, .secret_manager = &tokens});
  EXPECT_EQ(Send(Recorded("none_auth_refused.hex", '>')), Recorded("none_auth_refused.hex", '<'));
  // The recorded answer to another challenge is a wrong one; the identifier is looked up first.
  wire::RpcSaslProto offer;
  std::string answer = TakeOffer(Send(Recorded("sasl_bad_password.hex", '>', 3)), offer);
  ByteView rest = AsBytes(answer).subspan(kFrameLengthBytes);
  wire::RpcResponseHeaderProto header;
  ASSERT_OK(TakeMessage(rest, header));
  EXPECT_EQ(header.status(), wire::RpcResponseHeaderProto::FATAL);
  EXPECT_EQ(header.errordetail(), wire::RpcResponseHeaderProto::FATAL_UNAUTHORIZED);
  Listen({});
}

TEST_F(RpcGoldenTest, DamagedConversationsHurtNobodyElse) {
  NoTokens tokens;
  Listen({.secret_manager = &tokens});
  std::vector<std::string> conversations = {ReadGolden("rpc-defaults.c2s"),
                                            ReadGolden("sasl-negotiate.c2s") + ReadGolden("sasl-initiate-simple.c2s"),
                                            Recorded("sasl_bad_password.hex", '>')};
  uint64_t seed = 42;
  auto next = [&seed] { return seed = seed * 6364136223846793005u + 1442695040888963407u, seed >> 33; };
  for (int i = 0; i < 600; ++i) {
    std::string bytes = conversations[next() % conversations.size()];
    for (uint64_t changes = 1 + next() % 3; changes > 0; --changes) bytes[next() % bytes.size()] = static_cast<char>(next());
    if (next() % 4 == 0) bytes.resize(next() % bytes.size());
    // Whatever the answer is, it comes or the connection ends.
    auto answer = world_.Run(Converse(world_, server_->address(), bytes));
    ASSERT_NE(answer.code(), Code::kTimedOut) << "round " << i;
  }
  EXPECT_EQ(Send(ReadGolden("rpc-defaults.c2s")), ReadGolden("rpc-defaults.s2c"));
  Listen({});
}

TEST_F(RpcGoldenTest, LengthsThatCannotBeEndTheConnectionWithoutAnAnswer) {
  EXPECT_EQ(Send(Opening() + "\xff\xff\xff\xff"), "");
  EXPECT_EQ(Send(Opening() + "\x7f\xff\xff\xff"), "");
}

}  // namespace
}  // namespace tusk::rpc
