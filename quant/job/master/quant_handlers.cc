// What the master answers workers and the client.
#include <cstdio>

#include "base/log/log.h"
#include "quant/job/master/quant_master.h"

namespace tusk::quant {
namespace {

constexpr auto kNextWaitMax = std::chrono::seconds(1);
constexpr auto kWatchWaitMax = std::chrono::seconds(1);
constexpr int kFailuresMax = 4;   // of one piece
constexpr size_t kMessageMax = 4096;

std::map<uint32_t, CodeError> ErrorsOf(const wire::NextRequest& request) {
  std::map<uint32_t, CodeError> errors;
  for (const wire::TensorError& error : request.errors()) errors[error.tensor()].Add({error.squared(), error.power(), error.weights()});
  return errors;
}

}  // namespace

tusk::Task<Result<wire::NextResponse>> QuantMaster::Next(rpc::CallContext&, const wire::NextRequest& request) {
  wire::NextResponse response;
  const std::string worker = request.worker();
  (void)Hear(worker, request.has_figures() ? &request.figures() : nullptr);
  // What is committed counts, whoever did it.
  if (request.has_about() && Hear(worker)) Say(request.about().substr(0, kMessageMax));
  if (request.has_done() && ledger_->Done(worker, request.done(), env_.clock.Now())) {
    status_->Made(worker, request.done(), ErrorsOf(request), env_.clock.Now(), env_.clock.WallMillis());
    made_ |= parts_->pieces()[request.done()].units > 0;
    if (ledger_->finished()) {
      finished_ = env_.clock.Now();
      SayFigures();
      wake_.Set();
    }
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
        if (!begun_ && parts_->pieces()[*piece].units > 0) {
          begun_ = true;
          status_->Begun(now, env_.clock.WallMillis());
          Pulse();
        }
        co_return response;
      }
    }
    if (scope_.cancelled() || !(co_await changed_.Wait(deadline, scope_.token())).ok()) co_return response;
  }
}

tusk::Task<Result<wire::ReportResponse>> QuantMaster::Report(rpc::CallContext&, const wire::ReportRequest& request) {
  wire::ReportResponse response;
  if (!Hear(request.worker(), request.has_figures() ? &request.figures() : nullptr)) {
    response.set_should_end(true);
    co_return response;
  }
  const std::optional<size_t> making = request.has_making() ? std::optional<size_t>(request.making()) : std::nullopt;
  ledger_->Making(request.worker(), making, env_.clock.Now());
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

wire::JobFigures QuantMaster::FiguresNow() const {
  const JobFigures::Sum sum = figures_.SumAt(env_.clock.Now());
  wire::JobFigures figures;
  figures.set_begun(begun_);
  figures.set_made(made_);
  figures.set_at_work(sum.at_work);
  figures.set_computing(sum.computing);
  figures.set_worker_peak_bytes(sum.peak_bytes);
  figures.set_made_again(made_again_);
  return figures;
}

// When the last piece is made.
void QuantMaster::SayFigures() {
  const wire::JobFigures figures = FiguresNow();
  char text[200];
  std::snprintf(text, sizeof(text), "workers were at work %.0f %% of their time (%.2f processors each), at most %.0f MiB large; %llu pieces made again",
                100 * figures.at_work(), figures.computing(), static_cast<double>(figures.worker_peak_bytes()) / (1 << 20),
                static_cast<unsigned long long>(figures.made_again()));
  Say(text);
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
  *response.mutable_figures() = FiguresNow();
  if (ended_) {
    response.set_ended(true);
    if (!failure_.ok()) response.set_error(std::string(failure_.message()));
    client_knows_ = true;
  }
  co_return response;
}

}  // namespace tusk::quant
