// Plans in, reports out, and the search for a new master.
#include "mlkit/job/worker/master_connection.h"

#include <algorithm>

#include "base/log/log.h"
#include "base/security/hmac.h"
#include "mapreduce/client/master_address.h"
#include "mlkit/job/wire/training.rpc.h"

namespace tusk::ml {
namespace {

constexpr auto kReportPause = std::chrono::milliseconds(50);
constexpr auto kHeartbeat = std::chrono::seconds(1);
constexpr auto kFlushMax = std::chrono::seconds(2);
constexpr auto kSearchPause = std::chrono::milliseconds(200);
constexpr auto kOrphanMax = std::chrono::minutes(3);
constexpr size_t kNewsMax = 2000;          // in one report

tusk::Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}

}  // namespace

struct MasterConnection::Master {
  wire::TrainingMasterClient calls;
  Descriptor lifeline;
};

MasterConnection::MasterConnection(LoopThread& thread, const Clock& clock, MasterConnectionSetup setup)
    : thread_(thread), clock_(clock), setup_(std::move(setup)), rpc_(rpc::Client::Make(thread.env(), std::chrono::seconds(60))) {
  plans_thread_ = std::thread([this] { FollowPlans(); });
  reports_thread_ = std::thread([this] { SendReports(); });
}

MasterConnection::~MasterConnection() {
  End("");
  plans_thread_.join();
  reports_thread_.join();
  (void)thread_.Run(Close(rpc_.get()));
}

void MasterConnection::End(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (!ended_ && !why.empty()) LogInfo("worker", "ends: {}", why);
  ended_ = true;
  abort_->Raise();
  closing_.Raise();
  changed_.notify_all();
}

// False once the worker should end.
bool MasterConnection::Pause(Duration duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [&] { return ended_.load(); });
}

std::shared_ptr<MasterConnection::Master> MasterConnection::master() {
  std::lock_guard lock(mutex_);
  return master_;
}

// The master whose address stands in the staging folder, and this worker's place with it.
Status MasterConnection::Find() {
  ASSIGN_OR_RETURN(const std::string text, mapreduce::ReadMasterAddress(*setup_.files, setup_.staging));
  ASSIGN_OR_RETURN(const MasterAddress address, MasterAddress::Parse(text));
  const rpc::CallOptions options{.timeout = std::chrono::seconds(30), .retries_max = 0};
  rpc::Channel channel(*rpc_, {address.host, address.rpc_port}, {setup_.token.service, "", setup_.token}, options);
  auto found = std::make_shared<Master>(Master{wire::TrainingMasterClient(channel), Descriptor()});
  // A connection that carries nothing more: its end tells the master of this process's end at once.
  ASSIGN_OR_RETURN(const std::string numeric, thread_.env().network.ResolveBlocking(address.host));
  const WaitLimits limits{clock_, closing_, clock_.Now() + std::chrono::seconds(5)};
  ASSIGN_OR_RETURN(found->lifeline, ConnectTo({numeric, address.lifeline_port}, limits));
  RETURN_IF_ERROR(SendAll(found->lifeline, AsBytes(LifelineHello(setup_.token.password, setup_.worker)), limits));
  wire::JoinRequest join;
  join.set_worker(setup_.worker);
  join.set_host(setup_.data_address.host);
  join.set_port(setup_.data_address.port);
  join.set_shard_count(setup_.shard_count);
  {
    std::lock_guard lock(mutex_);
    join.set_steps(steps_);
  }
  if (!setup_.about.empty()) join.set_about(setup_.about);
  wire::JoinResponse response;
  if (setup_.joins) {
    ASSIGN_OR_RETURN(response, thread_.Run(found->calls.Join(join)));
  }
  if (response.should_end()) {
    End("the master does not want this worker");
    return Status::Ok();
  }
  std::lock_guard lock(mutex_);
  master_ = std::move(found);
  changed_.notify_all();
  return Status::Ok();
}

void MasterConnection::FollowPlans() {
  TimePoint heard = clock_.Now();
  while (!ended_) {
    const std::shared_ptr<Master> current = master();
    if (!current) {
      const Status found = Find();
      if (found.ok()) continue;
      if (clock_.Now() - heard > kOrphanMax) return End("no master: " + found.ToString());
      if (!Pause(kSearchPause)) return;
      continue;
    }
    wire::AwaitPlanRequest request;
    request.set_worker(setup_.worker);
    {
      std::lock_guard lock(mutex_);
      request.set_known_epoch(plan_ ? plan_->epoch() : 0);
    }
    Result<wire::AwaitPlanResponse> response = thread_.Run(current->calls.AwaitPlan(request));
    if (!response.ok()) {
      LogWarn("worker", "master: {}", response.status().ToString());
      {
        std::lock_guard lock(mutex_);
        if (master_ == current) master_.reset();
      }
      if (!Pause(kSearchPause)) return;
      continue;
    }
    heard = clock_.Now();
    if (response->should_end()) return End("the master says so");
    if (response->has_plan()) Take(response->plan());
  }
}

void MasterConnection::Take(const wire::Plan& plan) {
  std::lock_guard lock(mutex_);
  if (plan_ && plan.epoch() <= plan_->epoch()) return;
  plan_ = plan;
  const bool at_once = plan.after_step() == 0 || steps_ >= static_cast<int64_t>(plan.after_step());
  if (at_once) abort_->Raise();
  changed_.notify_all();
}

std::optional<wire::Plan> MasterConnection::NextPlan(uint64_t known) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || (plan_ && plan_->epoch() > known); });
  if (ended_) return std::nullopt;
  entered_ = plan_->epoch();
  abort_ = std::make_shared<AbortSignal>();
  return plan_;
}

std::shared_ptr<AbortSignal> MasterConnection::abort_signal() {
  std::lock_guard lock(mutex_);
  return abort_;
}

bool MasterConnection::ShouldLeaveAfter(uint64_t steps) {
  std::lock_guard lock(mutex_);
  steps_ = static_cast<int64_t>(steps);
  return ended_ || (plan_ && plan_->epoch() > entered_ && plan_->after_step() <= steps);
}

std::optional<wire::Plan> MasterConnection::TakeAnnounced() {
  std::lock_guard lock(mutex_);
  if (!plan_ || plan_->epoch() <= std::max(entered_, announced_) || plan_->stop()) return std::nullopt;
  announced_ = plan_->epoch();
  return plan_;
}

void MasterConnection::Report(wire::StepNews news) {
  std::lock_guard lock(mutex_);
  news_.push_back(std::move(news));
}

void MasterConnection::ShardsOwned(std::vector<std::pair<size_t, uint64_t>> rows_of_shards) {
  std::lock_guard lock(mutex_);
  shards_ = std::move(rows_of_shards);
}

void MasterConnection::Broken(uint64_t epoch) {
  std::lock_guard lock(mutex_);
  broken_ = epoch;
  changed_.notify_all();
}

void MasterConnection::Note(std::string text) {
  std::lock_guard lock(mutex_);
  notes_.push_back(std::move(text));
}

// What there is to say; false if nothing now.
bool MasterConnection::TakeReport(wire::ReportRequest& request, TimePoint sent) {
  const bool something = !news_.empty() || !notes_.empty() || broken_ != 0 || clock_.Now() - sent >= kHeartbeat;
  if (!master_ || !something) return false;
  const size_t count = std::min(news_.size(), kNewsMax);
  for (size_t i = 0; i < count; ++i) *request.add_steps() = std::move(news_[i]);
  news_.erase(news_.begin(), news_.begin() + static_cast<ptrdiff_t>(count));
  for (std::string& note : notes_) request.add_notes(std::move(note));
  notes_.clear();
  for (const auto& [number, rows] : shards_) {
    wire::ShardRows* shard = request.add_shards();
    shard->set_shard(number);
    shard->set_rows(rows);
  }
  shards_.clear();  // a lost report costs the master some knowledge of costs, no more
  if (broken_ != 0) request.set_broken_epoch(broken_);
  broken_ = 0;
  return true;
}

// Before the last word: the reports of the steps that led to it.
void MasterConnection::Flush() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kFlushMax, [&] { return ended_ || (news_.empty() && notes_.empty() && !reporting_); });
}

void MasterConnection::SendReports() {
  TimePoint sent = clock_.Now() - kHeartbeat;
  while (!ended_) {
    wire::ReportRequest request;
    request.set_worker(setup_.worker);
    std::shared_ptr<Master> current;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kReportPause, [&] { return ended_ || (broken_ != 0 && master_); });
      if (ended_) return;
      if (!TakeReport(request, sent)) continue;
      current = master_;
      reporting_ = true;
    }
    const Result<wire::ReportResponse> response = thread_.Run(current->calls.Report(request));
    sent = clock_.Now();
    {
      std::lock_guard lock(mutex_);
      reporting_ = false;
      changed_.notify_all();
    }
    if (response.ok() && response.value().should_end()) return End("the master says so");
    if (response.ok()) continue;
    {
      std::lock_guard lock(mutex_);  // for the next master
      news_.insert(news_.begin(), request.steps().begin(), request.steps().end());
      notes_.insert(notes_.begin(), request.notes().begin(), request.notes().end());
      if (broken_ == 0) broken_ = request.broken_epoch();
    }
    if (!Pause(kSearchPause)) return;
  }
}

// Until some master has answered, or the worker should end.
template <typename Call>
void MasterConnection::Insist(Call call) {
  while (!ended_) {
    const std::shared_ptr<Master> current = master();
    if (current && call(current->calls).ok()) return;
    if (!Pause(kSearchPause)) return;
  }
}

void MasterConnection::Failed(const std::string& message, bool hopeless) {
  Flush();
  wire::FailedRequest request;
  request.set_worker(setup_.worker);
  request.set_message(message);
  request.set_hopeless(hopeless);
  Insist([&](const wire::TrainingMasterClient& master) { return thread_.Run(master.Failed(request)); });
}

void MasterConnection::PieceWritten(wire::PieceWrittenRequest request) {
  request.set_worker(setup_.worker);
  Insist([&](const wire::TrainingMasterClient& master) { return thread_.Run(master.PieceWritten(request)); });
}

void MasterConnection::ModelWritten(const std::string& path) {
  Flush();
  wire::ModelWrittenRequest request;
  request.set_worker(setup_.worker);
  request.set_path(path);
  Insist([&](const wire::TrainingMasterClient& master) { return thread_.Run(master.ModelWritten(request)); });
}

}  // namespace tusk::ml
