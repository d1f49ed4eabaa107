// What the master answers workers and the client.
#include "base/log/log.h"
#include "mlkit/job/master/training_master.h"

namespace tusk::ml {
namespace {

constexpr auto kPlanWaitMax = std::chrono::seconds(5);
constexpr auto kWatchWaitMax = std::chrono::seconds(1);
constexpr size_t kEventsAtOnce = 1000;
constexpr auto kLastCheckpointMax = std::chrono::seconds(10);

}  // namespace

tusk::Task<Result<wire::JoinResponse>> TrainingMaster::Join(rpc::CallContext&, const wire::JoinRequest& request) {
  wire::JoinResponse response;
  const auto found = workers_.find(request.worker());
  if (ended_ || found == workers_.end()) {
    response.set_should_end(true);
    co_return response;
  }
  if (!found->second.joined && request.has_about()) Say(request.about().substr(0, 4096));
  found->second.joined = true;
  addresses_[request.worker()] = {request.host(), static_cast<uint16_t>(request.port())};
  membership_->Join(request.worker(), request.shard_count(), request.steps(), env_.clock.Now());
  Publish();
  co_return response;
}

void TrainingMaster::StepNews(const std::string& worker, const wire::StepNews& news) {
  Worker& entry = workers_.at(worker);
  entry.step_bytes = news.bytes();
  const auto computing = std::chrono::nanoseconds(static_cast<int64_t>(news.computing_ns()));
  membership_->StepDone(worker, news.epoch(), news.step(), computing, env_.clock.Now());
  checkpoints_.WentBackTo(news.step());
  status_.WorkerStep(worker, news.step(), static_cast<double>(news.computing_ns()) * 1e-9, news.bytes());
  if (!news.has_step_ns()) return;  // not of rank 0
  progress_ = news.progress();
  wire::Event event;
  *event.mutable_step() = news;
  uint64_t bytes = 0;  // the others' last step: theirs may be reported a moment later
  for (const auto& [id, other] : workers_) bytes += other.step_bytes;
  event.set_step_bytes(bytes);
  TrainingStatus::Point point;
  point.step = news.step();
  point.wall_ms = env_.clock.WallMillis();
  point.progress = news.progress();
  point.rows = news.rows();
  point.seconds = static_cast<double>(news.step_ns()) * 1e-9;
  point.bytes = bytes;
  point.workers = membership_->plan() ? membership_->plan()->workers.size() : 0;
  for (const wire::Figure& figure : news.figures()) point.figures[figure.name()] = figure.value();
  status_.StepMade(std::move(point));
  AddEvent(std::move(event));
}

tusk::Task<Result<wire::ReportResponse>> TrainingMaster::Report(rpc::CallContext&, const wire::ReportRequest& request) {
  wire::ReportResponse response;
  if (ended_ || !workers_.contains(request.worker())) {
    response.set_should_end(true);
    co_return response;
  }
  membership_->Heard(request.worker(), env_.clock.Now());
  for (const wire::ShardRows& shard : request.shards()) membership_->ShardHas(shard.shard(), shard.rows());
  for (const wire::StepNews& news : request.steps()) StepNews(request.worker(), news);
  for (const std::string& note : request.notes()) Say(note.substr(0, 4096));
  if (request.has_broken_epoch()) membership_->Broken(request.worker(), request.broken_epoch(), env_.clock.Now());
  Publish();
  co_return response;
}

wire::Plan TrainingMaster::PlanForWorkers() const {
  wire::Plan plan;
  const MembershipPlan& decided = *membership_->plan();
  plan.set_epoch(decided.epoch);
  plan.set_after_step(decided.after_step);
  plan.set_stop(stopping_);
  for (const std::string& worker : decided.workers) {
    wire::Rank* rank = plan.add_ranks();
    const HostPort& address = addresses_.at(worker);
    rank->set_worker(worker);
    rank->set_host(address.host);
    rank->set_port(address.port);
  }
  for (const int owner : decided.owner_of_shard) plan.add_owner_of_shard(owner);
  return plan;
}

tusk::Task<Result<wire::AwaitPlanResponse>> TrainingMaster::AwaitPlan(rpc::CallContext&, const wire::AwaitPlanRequest& request) {
  wire::AwaitPlanResponse response;
  const std::string worker = request.worker();
  const uint64_t known = request.known_epoch();
  const TimePoint deadline = env_.loop.In(kPlanWaitMax);
  while (true) {
    if (ended_ || !workers_.contains(worker)) {
      response.set_should_end(true);
      co_return response;
    }
    membership_->Heard(worker, env_.clock.Now());
    const MembershipPlan* plan = membership_->plan();
    const bool named = plan && std::find(plan->workers.begin(), plan->workers.end(), worker) != plan->workers.end();
    if (named && plan->epoch > known) {
      *response.mutable_plan() = PlanForWorkers();
      co_return response;
    }
    if (scope_.cancelled() || !(co_await changed_.Wait(deadline, scope_.token())).ok()) co_return response;
  }
}

tusk::Task<Result<wire::Done>> TrainingMaster::Failed(rpc::CallContext&, const wire::FailedRequest& request) {
  LogWarn("master", "{} failed: {}", request.worker(), request.message());
  if (request.hopeless()) {
    Fail(Status(Code::kIOError, request.message().substr(0, 4096)));
  } else {
    Lose(request.worker(), request.message().substr(0, 4096));
  }
  co_return wire::Done();
}

tusk::Task<Result<wire::Done>> TrainingMaster::PieceWritten(rpc::CallContext&, const wire::PieceWrittenRequest& request) {
  auto complete = checkpoints_.Written(request.epoch(), request.step(), request.pieces(),
                                       {request.piece(), request.piece_bytes(), request.crc32c()});
  const bool commits = complete && !ended_;
  if (commits) scope_.Spawn(Commit(request.epoch(), request.step(), std::move(*complete)));
  if (stopping_ && !commits) EndStopped();   // that checkpoint is there already
  co_return wire::Done();
}

tusk::Task<Result<wire::Done>> TrainingMaster::Stop(rpc::CallContext&, const wire::StopRequest&) {
  if (stopping_ || ended_ || model_written_) co_return wire::Done();
  stopping_ = true;
  Say("stops: its user says so");
  if (membership_->PlanTheEnd(env_.clock.Now())) {
    scope_.Spawn(StopLater());
    Publish();
  } else {
    EndStopped();
  }
  co_return wire::Done();
}

// Where rank 0 does not get its checkpoint written.
tusk::Task<void> TrainingMaster::StopLater() {
  (void)co_await SleepFor(env_.loop, kLastCheckpointMax, scope_.token());
  EndStopped();
}

void TrainingMaster::EndStopped() { Fail(Status(Code::kCancelled, "stopped by its user")); }

tusk::Task<Result<wire::Done>> TrainingMaster::ModelWritten(rpc::CallContext&, const wire::ModelWrittenRequest& request) {
  if (!model_written_ && failure_.ok()) {
    model_written_ = true;
    Say("model " + request.path());
  }
  wake_.Set();
  co_return wire::Done();
}

tusk::Task<Result<wire::WatchResponse>> TrainingMaster::Watch(rpc::CallContext&, const wire::WatchRequest& request) {
  client_seen_ = true;
  const uint64_t from = std::max(request.from(), first_event_);
  const TimePoint deadline = env_.loop.In(kWatchWaitMax);
  while (!ended_ && first_event_ + events_.size() <= from) {
    if (scope_.cancelled() || !(co_await changed_.Wait(deadline, scope_.token())).ok()) break;
  }
  wire::WatchResponse response;
  uint64_t next = std::max(from, first_event_);
  for (; next < first_event_ + events_.size() && next - from < kEventsAtOnce; ++next) *response.add_events() = events_[next - first_event_];
  response.set_next(next);
  response.set_memberships(memberships_);
  response.set_steps(membership_->steps());
  response.set_last_checkpoint(last_checkpoint_);
  if (ended_ && next == first_event_ + events_.size()) {
    response.set_ended(true);
    if (!failure_.ok()) response.set_error(std::string(failure_.message()));
    client_knows_ = true;
  }
  co_return response;
}

}  // namespace tusk::ml
