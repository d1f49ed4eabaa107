// Accepting, counting and closing connections.
#include "dfs/datanode/xfer/data_transfer_server.h"

#include <unordered_set>

#include "base/env/local_sockets.h"
#include "base/log/log.h"
#include "dfs/datanode/xfer/xceiver.h"

namespace tusk::dfs::datanode {
namespace {
constexpr const char* kModule = "datanode.xfer";
constexpr Duration kAcceptPause = std::chrono::milliseconds(100);
}  // namespace

struct DataTransferServer::Connections {
  std::unordered_set<Stream*> streams;
};

DataTransferServer::DataTransferServer(XferContext& context, std::unique_ptr<Listener> listener)
    : context_(context), listener_(std::move(listener)), tasks_(context.env.loop), open_(std::make_unique<Connections>()) {}

DataTransferServer::~DataTransferServer() = default;

Result<std::unique_ptr<DataTransferServer>> DataTransferServer::Listen(XferContext& context, const HostPort& at) {
  ASSIGN_OR_RETURN(auto listener, context.env.network.Listen(at));
  return std::unique_ptr<DataTransferServer>(new DataTransferServer(context, std::move(listener)));
}

Result<std::unique_ptr<DataTransferServer>> DataTransferServer::ListenLocal(XferContext& context, const std::string& path) {
  auto* sockets = dynamic_cast<LocalSockets*>(&context.env.network);
  if (sockets == nullptr) return Status(Code::kUnsupported, "no unix sockets here");
  ASSIGN_OR_RETURN(auto listener, sockets->ListenLocal(path));
  return std::unique_ptr<DataTransferServer>(new DataTransferServer(context, std::move(listener)));
}

void DataTransferServer::Start() { tasks_.Spawn(AcceptLoop()); }

Task<void> DataTransferServer::AcceptLoop() {
  for (;;) {
    auto stream = co_await listener_->Accept();
    if (stream.ok()) {
      if (context_.counters.xceivers >= context_.options.xceivers_max) {
        LogWarn(kModule, "refused {}: {} connections are open", (*stream)->remote().ToString(), context_.counters.xceivers);
        continue;
      }
      tasks_.Spawn(Serve(std::move(stream).value()));
      continue;
    }
    if (stream.code() == Code::kCancelled) co_return;
    LogWarn(kModule, "accept: {}", stream.status().ToString());
    if (!(co_await SleepFor(context_.env.loop, kAcceptPause, tasks_.token())).ok()) co_return;
  }
}

Task<void> DataTransferServer::Serve(std::unique_ptr<Stream> stream) {
  ++context_.counters.xceivers;
  open_->streams.insert(stream.get());
  co_await ServeConnection(context_, *stream);
  stream->Close();
  open_->streams.erase(stream.get());
  --context_.counters.xceivers;
}

Task<void> DataTransferServer::Shutdown() {
  tasks_.Cancel();
  listener_->Close();
  for (Stream* stream : open_->streams) stream->Close();
  co_await tasks_.Join();
}

}  // namespace tusk::dfs::datanode
