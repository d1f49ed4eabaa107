// What the master answers workers and the client.
#include "base/log/log.h"
#include "quant/job/master/quant_master.h"

namespace tusk::quant {
namespace {

constexpr auto kNextWaitMax = std::chrono::seconds(1);
constexpr auto kWatchWaitMax = std::chrono::seconds(1);
constexpr int kFailuresMax = 4;   // of one piece
constexpr size_t kMessageMax = 4096;

}  // namespace

tusk::Task<Result<wire::NextResponse>> QuantMaster::Next(rpc::CallContext&, const wire::NextRequest& request) {
  wire::NextResponse response;
  const std::string worker = request.worker();
  // What is committed counts, whoever did it.
  if (request.has_done() && ledger_->Done(worker, request.done(), env_.clock.Now())) {
    if (ledger_->finished()) wake_.Set();
    Pulse();
  }
  const TimePoint deadline = env_.loop.In(kNextWaitMax);
  while (true) {
    if (!Hear(worker) || ledger_->finished()) {
      response.set_should_end(true);
      co_return response;
    }
    const TimePoint now = env_.clock.Now();
    if (unheard_.empty() || now >= hear_them_until_) {
      if (const std::optional<size_t> piece = ledger_->Next(worker, now)) {
        response.set_piece(static_cast<uint32_t>(*piece));
        co_return response;
      }
    }
    if (scope_.cancelled() || !(co_await changed_.Wait(deadline, scope_.token())).ok()) co_return response;
  }
}

tusk::Task<Result<wire::ReportResponse>> QuantMaster::Report(rpc::CallContext&, const wire::ReportRequest& request) {
  wire::ReportResponse response;
  if (!Hear(request.worker())) {
    response.set_should_end(true);
    co_return response;
  }
  ledger_->Making(request.worker(), {request.making().begin(), request.making().end()}, env_.clock.Now());
  if (unheard_.erase(request.worker()) > 0) Pulse();
  co_return response;
}

tusk::Task<Result<wire::FailedResponse>> QuantMaster::Failed(rpc::CallContext&, const wire::FailedRequest& request) {
  wire::FailedResponse response;
  const std::string message = request.message().substr(0, kMessageMax);
  LogWarn("master", "{} failed: {}", request.worker(), message);
  if (!Hear(request.worker())) {
    response.set_should_end(true);
    co_return response;
  }
  const int times = request.has_piece() ? ledger_->Failed(request.worker(), request.piece()) : 0;
  if (request.hopeless() || times >= kFailuresMax) {
    Fail(Status(Code::kIOError, message));
    response.set_should_end(true);
  } else if (request.has_piece()) {
    Say("piece " + std::to_string(request.piece()) + ", attempt " + std::to_string(times) + ": " + message);
  } else {
    Lose(request.worker(), message);
    response.set_should_end(true);
  }
  co_return response;
}

tusk::Task<Result<wire::WatchResponse>> QuantMaster::Watch(rpc::CallContext&, const wire::WatchRequest& request) {
  client_seen_ = true;
  const uint64_t from = std::min<uint64_t>(request.from(), messages_.size()), seen = changes_;
  const TimePoint deadline = env_.loop.In(kWatchWaitMax);
  while (!ended_ && from == messages_.size() && changes_ == seen) {
    if (scope_.cancelled() || !(co_await changed_.Wait(deadline, scope_.token())).ok()) break;
  }
  wire::WatchResponse response;
  for (size_t number = from; number < messages_.size(); ++number) response.add_messages(messages_[number]);
  response.set_next(messages_.size());
  response.set_pieces(ledger_->pieces());
  response.set_pieces_done(ledger_->done());
  response.set_bytes(ledger_->bytes());
  response.set_bytes_done(ledger_->bytes_done());
  response.set_workers(static_cast<uint32_t>(workers_.size()));
  if (ended_) {
    response.set_ended(true);
    if (!failure_.ok()) response.set_error(std::string(failure_.message()));
    client_knows_ = true;
  }
  co_return response;
}

}  // namespace tusk::quant
