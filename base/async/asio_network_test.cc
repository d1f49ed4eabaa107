// Goal: streams move bytes, files and closes across loopback, and every wait ends.
#include "base/async/task_scope.h"
#include "base/env/bulk_io.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

struct EchoServer {
  static Task<void> ServeOne(Listener& listener) {
    auto stream = co_await listener.Accept();
    if (!stream.ok()) co_return;
    std::vector<uint8_t> buffer(64 << 10);
    for (;;) {
      auto count = co_await (*stream)->ReadSome(buffer, kNever);
      if (!count.ok() || *count == 0) co_return;
      Status written = co_await (*stream)->Write({buffer.data(), *count}, kNever);
      if (!written.ok()) co_return;
    }
  }
};

struct Sender {
  static Task<void> Go(Stream& stream, File& file, uint64_t size, TimePoint deadline) {
    Status sent = co_await stream.SendFile(file, 0, size, deadline);
    EXPECT_OK(sent);
    stream.ShutdownWrite();
  }
};

Task<Result<std::string>> EchoFile(RealWorld& world, File& file, uint64_t size) {
  CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
  TaskScope scope(world.loop());
  scope.Spawn(EchoServer::ServeOne(*listener));
  CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(listener->local(), world.loop().In(5s)));
  scope.Spawn(Sender::Go(*stream, file, size, world.loop().In(5s)));
  std::string seen;
  std::vector<uint8_t> buffer(64 << 10);
  for (;;) {
    auto count = co_await stream->ReadSome(buffer, world.loop().In(5s));
    EXPECT_OK(count);
    if (!count.ok() || *count == 0) break;
    seen.append(AsText({buffer.data(), *count}));
  }
  stream->Close();
  listener->Close();
  co_await scope.Join();
  co_return seen;
}

TEST(AsioNetworkTest, AFileOfMegabytesComesBackWholeThroughAnEcho) {
  RealWorld world;
  std::string content;
  for (int i = 0; content.size() < (5 << 20); ++i) content += std::to_string(i) + "\n";
  ASSERT_OK(world.disk().WriteFileAtomic(world.folder() + "/f", AsBytes(content)));
  ASSERT_OK_AND_ASSIGN(auto file, world.disk().Open(world.folder() + "/f", OpenMode::kRead));
  ASSERT_OK_AND_ASSIGN(std::string seen, world.Run(EchoFile(world, *file, content.size())));
  EXPECT_TRUE(seen == content);
}

// What a read finds after waiting for `wanted` bytes of a peer that sends `sent` and then no more.
Task<Result<size_t>> ReadInBulk(RealWorld& world, size_t sent, size_t wanted, Duration patience) {
  CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
  CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(listener->local(), world.loop().In(5s)));
  CO_ASSIGN_OR_RETURN(auto peer, co_await listener->Accept());
  std::string bytes(sent, 'x');
  for (size_t at = 0; at < sent; at += 1000) {
    CO_RETURN_IF_ERROR(co_await peer->Write(AsBytes(bytes).subspan(at, std::min<size_t>(1000, sent - at)), world.loop().In(5s)));
  }
  co_await AwaitBytes(*stream, wanted, patience);
  std::vector<uint8_t> buffer(64 << 10);
  co_return co_await stream->ReadSome(buffer, world.loop().In(5s));
}

TEST(AsioNetworkTest, ABulkReaderGetsAllThatItAskedForOrWhatCameInItsPatience) {
  RealWorld world;
  ASSERT_OK_AND_ASSIGN(size_t enough, world.Run(ReadInBulk(world, 20'000, 20'000, 5s)));
  EXPECT_EQ(enough, 20'000u);
  ASSERT_OK_AND_ASSIGN(size_t less, world.Run(ReadInBulk(world, 20'000, 60'000, 10ms)));
  EXPECT_EQ(less, 20'000u);
}

Task<Status> ReadFromSilentPeer(RealWorld& world) {
  CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
  CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(listener->local(), world.loop().In(5s)));
  std::vector<uint8_t> buffer(1);
  co_return co_await stream->ReadExactly(buffer, world.loop().In(10ms));
}

TEST(AsioNetworkTest, AReadEndsAtItsDeadline) {
  RealWorld world;
  EXPECT_STATUS(Code::kTimedOut, world.Run(ReadFromSilentPeer(world)));
}

struct Reader {
  static Task<void> Go(Stream& stream, Status& outcome) {
    std::vector<uint8_t> buffer(1);
    outcome = co_await stream.ReadExactly(buffer, kNever);
  }
};
Task<Status> CloseUnderAReader(RealWorld& world) {
  CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
  CO_ASSIGN_OR_RETURN(auto stream, co_await world.network().Connect(listener->local(), world.loop().In(5s)));
  TaskScope scope(world.loop());
  Status outcome;
  scope.Spawn(Reader::Go(*stream, outcome));
  stream->Close();
  co_await scope.Join();
  co_return outcome;
}

TEST(AsioNetworkTest, CloseEndsAReadWithCancelled) {
  RealWorld world;
  EXPECT_STATUS(Code::kCancelled, world.Run(CloseUnderAReader(world)));
}

Task<Status> ConnectTo(RealWorld& world, HostPort to) {
  auto stream = co_await world.network().Connect(to, world.loop().In(5s));
  co_return stream.status();
}

TEST(AsioNetworkTest, NobodyListeningIsRefusedAndAPortInUseIsNamed) {
  RealWorld world;
  ASSERT_OK_AND_ASSIGN(auto listener, world.network().Listen({"127.0.0.1", 0}));
  HostPort at = listener->local();
  auto second = world.network().Listen(at);
  EXPECT_STATUS(Code::kAddressInUse, second);
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr(at.ToString()));
  listener->Close();
  EXPECT_STATUS(Code::kConnectionRefused, world.Run(ConnectTo(world, at)));
}

TEST(HostPortTest, ParsesWhatHadoopWrites) {
  EXPECT_EQ(*HostPort::Parse("localhost:8020"), (HostPort{"localhost", 8020}));
  EXPECT_EQ(*HostPort::Parse("nn1", 8020), (HostPort{"nn1", 8020}));
  EXPECT_EQ(*HostPort::Parse("[::1]:50"), (HostPort{"::1", 50}));
  EXPECT_STATUS(Code::kInvalidArgument, HostPort::Parse("nn1:http"));
  EXPECT_STATUS(Code::kInvalidArgument, HostPort::Parse(":80"));
  EXPECT_STATUS(Code::kInvalidArgument, HostPort::Parse("nn1:70000"));
}

}  // namespace
}  // namespace tusk
