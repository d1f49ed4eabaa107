// Calls to whoever is the master now.
#include "quant/job/worker/master_line.h"

#include "base/log/log.h"
#include "mapreduce/client/master_address.h"
#include "quant/job/wire/job_files.h"
#include "quant/job/wire/quant_job.rpc.h"

namespace tusk::quant {
namespace {

constexpr auto kReportPause = std::chrono::milliseconds(500);
constexpr auto kSearchPause = std::chrono::milliseconds(200);
constexpr auto kOrphanMax = std::chrono::minutes(3);

tusk::Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}

}  // namespace

struct MasterLine::Master {
  explicit Master(const rpc::Channel& channel) : calls(channel) {}
  wire::QuantMasterClient calls;
};

MasterLine::MasterLine(LoopThread& thread, const Clock& clock, MasterLineSetup setup)
    : thread_(thread), clock_(clock), setup_(std::move(setup)), rpc_(rpc::Client::Make(thread.env(), std::chrono::seconds(60))) {
  reports_ = std::thread([this] { SendReports(); });
}

MasterLine::~MasterLine() {
  End();
  reports_.join();
  (void)thread_.Run(Close(rpc_.get()));
}

void MasterLine::End() {
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// False once the worker should end.
bool MasterLine::Pause(Duration duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [this] { return ended_; });
}

// Null: there is none now.
std::shared_ptr<MasterLine::Master> MasterLine::Find() {
  std::lock_guard lock(mutex_);
  if (master_) return master_;
  const auto look = [this]() -> Result<HostPort> {
    ASSIGN_OR_RETURN(const std::string text, mapreduce::ReadMasterAddress(*setup_.files, setup_.staging));
    return HostPort::Parse(text);
  };
  const Result<HostPort> address = look();
  if (!address.ok()) return nullptr;
  const rpc::Channel channel(*rpc_, *address, {setup_.token.service, "", setup_.token}, {.timeout = std::chrono::seconds(30), .retries_max = 0});
  master_ = std::make_shared<Master>(channel);
  return master_;
}

void MasterLine::Drop(const std::shared_ptr<Master>& master) {
  std::lock_guard lock(mutex_);
  if (master_ == master) master_.reset();
}

// Until a master has answered; nothing once this worker should end.
template <typename Call>
auto MasterLine::Insist(Call call) {
  using Response = typename decltype(thread_.Run(call(std::declval<wire::QuantMasterClient&>())))::value_type;
  TimePoint heard = clock_.Now();
  std::optional<Response> answer;
  while (true) {
    const std::shared_ptr<Master> master = Find();
    if (master) {
      Result<Response> response = thread_.Run(call(master->calls));
      if (response.ok()) {
        answer = std::move(response).value();
        return answer;
      }
      LogWarn("worker", "master: {}", response.status().ToString());
      Drop(master);
    }
    if (clock_.Now() - heard > kOrphanMax) {
      LogWarn("worker", "ends: no master");
      End();
    }
    if (!Pause(kSearchPause)) return answer;
  }
}

std::optional<size_t> MasterLine::NextPiece(std::optional<MadePiece> done) {
  wire::NextRequest request;
  request.set_worker(setup_.worker);
  if (done) {
    request.set_done(static_cast<uint32_t>(done->number));
    for (const auto& [tensor, error] : done->errors) {
      wire::TensorError& entry = *request.add_errors();
      entry.set_tensor(tensor);
      entry.set_squared(error.squared);
      entry.set_power(error.power);
      entry.set_weights(error.weights);
    }
  }
  if (!about_.empty()) request.set_about(std::exchange(about_, ""));
  while (true) {
    setup_.figures(*request.mutable_figures());
    {
      std::lock_guard lock(mutex_);
      making_.reset();
      if (ended_ && !done) return std::nullopt;
    }
    const std::optional<wire::NextResponse> response = Insist([&](wire::QuantMasterClient& calls) { return calls.Next(request); });
    if (!response) return std::nullopt;
    if (response->should_end()) return End(), std::nullopt;
    if (response->has_piece()) {
      std::lock_guard lock(mutex_);
      making_ = response->piece();
      return response->piece();
    }
    request.clear_done();
    request.clear_errors();
    request.clear_about();
    done.reset();
  }
}

bool MasterLine::Failed(std::optional<size_t> piece, const std::string& message, bool hopeless) {
  wire::FailedRequest request;
  request.set_worker(setup_.worker);
  request.set_message(message);
  request.set_hopeless(hopeless);
  if (piece) request.set_piece(static_cast<uint32_t>(*piece));
  {
    std::lock_guard lock(mutex_);
    making_.reset();
  }
  const std::optional<wire::FailedResponse> response = Insist([&](wire::QuantMasterClient& calls) { return calls.Failed(request); });
  if (response && !response->should_end()) return true;
  End();
  return false;
}

void MasterLine::SendReports() {
  do {
    const std::shared_ptr<Master> master = Find();
    if (!master) continue;
    wire::ReportRequest request;
    request.set_worker(setup_.worker);
    {
      std::lock_guard lock(mutex_);
      if (making_) request.set_making(static_cast<uint32_t>(*making_));
    }
    setup_.figures(*request.mutable_figures());
    const Result<wire::ReportResponse> response = thread_.Run(master->calls.Report(request));
    if (!response.ok()) Drop(master);
    else if (response->should_end()) End();
  } while (Pause(kReportPause));
}

}  // namespace tusk::quant
