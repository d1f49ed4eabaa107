// Containers, lifelines, checkpoints and the end.
#include "mlkit/job/master/training_master.h"

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/rpc/single_token.h"
#include "base/security/hmac.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/master_address.h"
#include "mapreduce/client/yarn_addresses.h"
#include "mlkit/job/master/training_page.h"
#include "mlkit/job/wire/job_files.h"
#include "yarn_like/client/app_master_client.h"
#include "yarn_like/common/ids.h"

namespace tusk::ml {
namespace {

constexpr auto kAskingPause = std::chrono::milliseconds(50);      // between heartbeats while containers are asked for
constexpr auto kWatchingPause = std::chrono::milliseconds(250);
constexpr auto kRmLostMax = std::chrono::seconds(300);
constexpr auto kLastWordsMax = std::chrono::seconds(3);           // for workers and client to hear of the end
constexpr int kEpochBits = 32;                                    // epochs of one master; above them its attempt's number

std::string WorkerNeeds(const ClusterTraining& training) {
  return "a worker needs " + std::to_string(training.memory_mb) + " MB, " + std::to_string(training.vcores) + " cores" +
         (training.gpus > 0 ? ", " + std::to_string(training.gpus) + " GPUs" : "");
}

std::string RoomLeft(const yarn::AppMasterClient::Headroom& room) {
  return std::to_string(room.memory_mb) + " MB and " + std::to_string(room.vcores) + " cores are free for this job on " +
         std::to_string(room.nodes) + " nodes";
}

}  // namespace

struct TrainingMaster::Launching {
  std::vector<hadoop::yarn::StringLocalResourceMapProto> resources;
  Credentials credentials;   // of workers
};

TrainingMaster::TrainingMaster(Env env, TrainingMasterSetup setup)
    : env_(env), setup_(std::move(setup)), status_(setup_.training, env.clock.WallMillis()), launching_(std::make_unique<Launching>()), changed_(env.loop), wake_(env.loop), scope_(env.loop) {}
TrainingMaster::~TrainingMaster() = default;

void TrainingMaster::Pulse() {
  changed_.Set();
  changed_.Reset();
}

void TrainingMaster::AddEvent(wire::Event event) {
  constexpr size_t kEventsMax = 20'000;
  event.set_workers(membership_->plan() ? static_cast<uint32_t>(membership_->plan()->workers.size()) : 0);
  events_.push_back(std::move(event));
  if (events_.size() > 2 * kEventsMax) {
    events_.erase(events_.begin(), events_.begin() + kEventsMax);
    first_event_ += kEventsMax;
  }
  Pulse();
}

void TrainingMaster::Say(std::string message) {
  LogInfo("master", "{}", message);
  status_.Happened(env_.clock.WallMillis(), message);
  wire::Event event;
  event.set_message(std::move(message));
  AddEvent(std::move(event));
}

void TrainingMaster::Fail(const Status& why) {
  if (failure_.ok() && !model_written_) failure_ = why;
  wake_.Set();
}

void TrainingMaster::Publish() {
  for (std::string& line : membership_->TakeEvents()) Say(std::move(line));
  if (!membership_->failure().ok()) Fail(membership_->failure());
  const MembershipPlan* plan = membership_->plan();
  if (plan && plan->epoch != published_epoch_) {
    published_epoch_ = plan->epoch;
    ++memberships_;
    Pulse();
  }
  wake_.Set();
}

void TrainingMaster::Lose(const std::string& worker, const std::string& why) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  workers_.erase(found);
  status_.WorkerGone(worker);
  if (gang_) gang_->Lost(worker);
  yarn_->Release(worker);
  if (!ended_) {
    membership_->Lose(worker, why, env_.clock.Now());
    Publish();
  }
}

tusk::Task<Status> TrainingMaster::Start() {
  const ClusterTraining& training = setup_.training;
  CO_ASSIGN_OR_RETURN(const yarn::ContainerId container, yarn::ContainerId::Parse(setup_.container));
  attempt_ = std::max(1, container.attempt.attempt);
  application_ = container.attempt.application.ToString();
  const Token* am_token = setup_.credentials.Find("YARN_AM_RM_TOKEN");
  const auto job_token = setup_.credentials.tokens.find(kJobTokenAlias);
  if (am_token == nullptr || job_token == setup_.credentials.tokens.end()) co_return Status(Code::kInvalidToken, "the container lacks its tokens");
  job_token_ = job_token->second;
  launching_->credentials = mapreduce::WithoutMasterToken(setup_.credentials);
  MembershipLimits limits;
  limits.workers = training.workers;
  limits.workers_min = std::min(training.workers_min, training.workers);
  limits.first_epoch = (static_cast<uint64_t>(attempt_) << kEpochBits) + 1;
  limits.gather_max = std::chrono::milliseconds(static_cast<int64_t>(training.gather_seconds * 1000));
  membership_ = std::make_unique<Membership>(limits, env_.clock.Now());
  secrets_ = std::make_unique<rpc::SingleTokenSecrets>(job_token_);
  rpc::ServerOptions options;
  options.bind = {yarn::HostToListenOn(env_.network, setup_.host), 0};
  options.server_name = "training";
  options.allow_simple = false;
  options.secret_manager = secrets_.get();
  CO_ASSIGN_OR_RETURN(server_, rpc::Server::Listen(env_, options));
  server_->AddService(*this);
  server_->Start();
  CO_ASSIGN_OR_RETURN(lifelines_, env_.network.Listen({options.bind.host, 0}));
  scope_.Spawn(ServeLifelines());
  CO_RETURN_IF_ERROR(ServeStatus(options.bind.host));
  yarn::AppMasterClientSetup client;
  client.attempt = container.attempt;
  CO_ASSIGN_OR_RETURN(client.scheduler, mapreduce::ResourceManagerAddress(setup_.conf, "yarn.resourcemanager.scheduler.address", 8030));
  client.am_rm_token = *am_token;
  client.host = setup_.host;
  client.client_port = server_->address().port;
  client.tracking_url = "http://" + HostPort{setup_.host, status_server_->port()}.ToString() + "/";
  yarn_ = std::make_unique<yarn::AppMasterClient>(env_, std::move(client));
  CO_ASSIGN_OR_RETURN(const std::vector<yarn::AppMasterClient::Granted> running, co_await yarn_->Register());
  for (const yarn::AppMasterClient::Granted& old : running) {
    if (old.id == setup_.container) continue;
    workers_[old.id].node = old.node;
    workers_[old.id].host = old.host;
  }
  if (workers_.empty()) {
    GangLimits gang;
    gang.size = training.workers;
    gang.hold = std::chrono::milliseconds(static_cast<int64_t>(training.hold_seconds * 1000));
    uint8_t seed[sizeof(gang.seed)];
    env_.random.FillSecure(seed);
    gang.seed = LoadBigEndian<uint64_t>(seed);
    gang_ = std::make_unique<Gang>(gang, env_.clock.Now());
  }
  if (attempt_ > 1) Say("master " + std::to_string(attempt_) + " takes over, " + std::to_string(workers_.size()) + " workers still run");
  co_return co_await WriteAddress();
}

Status TrainingMaster::ServeStatus(const std::string& listen_on) {
  mapreduce::StatusPages pages{"/ws/v1/ml/", kTrainingPage, {}};
  pages.json.push_back({"job", "", [this](uint64_t) { return JobJson(); }});
  pages.json.push_back({"steps", "after", [this](uint64_t after) { return status_.StepsJson(after); }});
  pages.json.push_back({"events", "from", [this](uint64_t from) { return status_.EventsJson(from); }});
  ASSIGN_OR_RETURN(status_server_, mapreduce::MasterStatusServer::Listen(env_, listen_on, std::move(pages)));
  return Status::Ok();
}

std::string TrainingMaster::JobJson() const {
  const MembershipPlan* plan = membership_->plan();
  TrainingStatus::Now now;
  now.application = application_;
  now.attempt = attempt_;
  now.state = stopping_ ? (ended_ ? "STOPPED" : "STOPPING") : !failure_.ok() ? "FAILED" : model_written_ ? "SUCCEEDED" : plan ? "RUNNING" : "GATHERING";
  if (!failure_.ok()) now.diagnostics = std::string(failure_.message());
  now.wall_ms = env_.clock.WallMillis();
  now.epoch = plan ? plan->epoch : 0;
  now.memberships = memberships_;
  now.steps = membership_->steps();
  now.progress = progress_;
  now.last_checkpoint = last_checkpoint_;
  std::map<std::string, TrainingStatus::WorkerNow> workers;
  for (const auto& [id, worker] : workers_) {
    TrainingStatus::WorkerNow& entry = workers[id];
    entry.node = worker.node;
    entry.state = worker.joined ? "JOINED" : gang_ ? "HELD" : "STARTING";
    if (!plan) continue;
    const auto rank = std::find(plan->workers.begin(), plan->workers.end(), id);
    if (rank == plan->workers.end()) continue;
    entry.rank = static_cast<int>(rank - plan->workers.begin());
    entry.shards = static_cast<uint64_t>(std::count(plan->owner_of_shard.begin(), plan->owner_of_shard.end(), entry.rank));
  }
  return status_.JobJson(now, workers);
}

// Workers look here for the newest master.
tusk::Task<Status> TrainingMaster::WriteAddress() {
  const MasterAddress address{setup_.host, server_->address().port, lifelines_->local().port};
  co_return co_await env_.disk_pool.Run([this, address]() -> Status {
    ASSIGN_OR_RETURN(launching_->resources, mapreduce::StagedResources(setup_.conf, *setup_.files, {mapreduce::kJobXmlName, kTrainingName}));
    return mapreduce::WriteMasterAddress(*setup_.files, setup_.staging, attempt_, address.ToString());
  });
}

tusk::Task<Status> TrainingMaster::Run() {
  Status outcome = co_await Start();
  if (outcome.ok()) outcome = co_await Loop();
  if (yarn_) outcome = co_await End(std::move(outcome));
  scope_.Cancel();
  if (lifelines_) lifelines_->Close();
  Pulse();
  if (server_) co_await server_->Shutdown();
  if (status_server_) co_await status_server_->Shutdown();
  co_await scope_.Join();
  if (yarn_) co_await yarn_->Shutdown();
  co_return outcome;
}

tusk::Task<Status> TrainingMaster::Loop() {
  TimePoint heard = env_.clock.Now();
  for (;;) {
    membership_->Tick(env_.clock.Now());
    Publish();
    wake_.Reset();
    if (model_written_) co_return Status::Ok();
    if (!failure_.ok()) co_return failure_;
    const Status status = co_await Heartbeat();
    if (status.ok()) {
      heard = env_.clock.Now();
    } else {
      LogWarn("master", "allocate: {}", status.ToString());
      if (status.code() == Code::kInvalidResourceRequest) Fail(status);  // never to be fulfilled
      const bool over = status.code() == Code::kApplicationAttemptNotFound || status.code() == Code::kInvalidToken;
      if (over || env_.clock.Now() - heard > kRmLostMax) co_return status;
    }
    const bool asking = static_cast<int>(workers_.size()) < setup_.training.workers;
    const TimePoint next = std::min(env_.loop.In(asking ? Duration(kAskingPause) : Duration(kWatchingPause)), membership_->NextTick());
    (void)co_await wake_.Wait(next);
  }
}

tusk::Task<Status> TrainingMaster::Heartbeat() {
  GiveBackPartOfGang();
  std::vector<yarn::ContainersWanted> wanted(1);
  wanted[0].capability = mapreduce::MakeResource(setup_.training.memory_mb, setup_.training.vcores, setup_.training.gpus);
  wanted[0].by_host = setup_.training.worker_hosts;
  for (const auto& [id, worker] : workers_) {
    const auto close = wanted[0].by_host.find(worker.host);
    if (close != wanted[0].by_host.end() && --close->second == 0) wanted[0].by_host.erase(close);
  }
  if (!ended_) wanted[0].count = gang_ ? gang_->wanted(env_.clock.Now()) : std::max(0, setup_.training.workers - static_cast<int>(workers_.size()));
  CO_ASSIGN_OR_RETURN(const yarn::AppMasterClient::Answer answer, co_await yarn_->Allocate(std::move(wanted), progress_));
  for (const yarn::AppMasterClient::Ended& ended : answer.ended) {
    Lose(ended.id, "exit code " + std::to_string(ended.exit_status) + (ended.diagnostics.empty() ? "" : ": " + ended.diagnostics.substr(0, 500)));
  }
  for (const yarn::AppMasterClient::Granted& granted : answer.granted) TakeGrant(granted.id, granted.node, granted.host);
  StartGang();
  co_return Status::Ok();
}

void TrainingMaster::TakeGrant(const std::string& container, const std::string& node, const std::string& host) {
  LogInfo("master", "granted {} on {}", container, node);
  if (ended_ || static_cast<int>(workers_.size()) >= setup_.training.workers) return yarn_->Release(container);
  Worker worker;
  worker.node = node;
  worker.host = host;
  workers_[container] = std::move(worker);
  if (gang_) {
    gang_->Granted(container, env_.clock.Now());
  } else {
    scope_.Spawn(Launch(container));
  }
}

// The first workers all at once; from then on losses are replaced one by one.
void TrainingMaster::StartGang() {
  if (!gang_) return;
  for (const std::string& container : gang_->TakeWhole()) scope_.Spawn(Launch(container));
  if (gang_->done()) gang_.reset();
}

void TrainingMaster::GiveBackPartOfGang() {
  if (!gang_ || ended_) return;
  const std::vector<std::string> back = gang_->TakeBack(env_.clock.Now());
  if (back.empty()) return;
  for (const std::string& container : back) {
    workers_.erase(container);
    yarn_->Release(container);
  }
  const auto pause = std::chrono::duration_cast<std::chrono::seconds>(gang_->last_pause()).count();
  Say(std::to_string(back.size()) + " of " + std::to_string(setup_.training.workers) +
      " workers could be had; they are given back for others to use and asked for again in " + std::to_string(pause) + " s (" +
      WorkerNeeds(setup_.training) + "; " + RoomLeft(yarn_->headroom()) + ")");
}

tusk::Task<void> TrainingMaster::Launch(std::string container) {
  mapreduce::LaunchPlan plan;
  plan.role = kWorkerRole;
  plan.options = {kContainerOption + container};
  plan.credentials = launching_->credentials;
  Result<hadoop::yarn::ContainerLaunchContextProto> context = mapreduce::MakeLaunchContext(setup_.conf, launching_->resources, plan);
  Status launched = context.status();
  if (context.ok()) launched = (co_await yarn_->Launch(container, std::move(context).value())).status();
  if (!launched.ok()) Lose(container, "it cannot be launched: " + launched.ToString());
}

tusk::Task<void> TrainingMaster::ServeLifelines() {
  while (!scope_.cancelled()) {
    Result<std::unique_ptr<Stream>> stream = co_await lifelines_->Accept();
    if (stream.ok()) {
      scope_.Spawn(FollowLifeline(std::move(stream).value()));
    } else if (stream.code() == Code::kCancelled) {
      co_return;
    } else {
      (void)co_await SleepFor(env_.loop, kAskingPause, scope_.token());
    }
  }
}

tusk::Task<void> TrainingMaster::FollowLifeline(std::unique_ptr<Stream> stream) {
  Stream* connection = stream.get();
  const std::stop_callback closes(scope_.token(), [connection] { connection->Close(); });
  uint8_t head[kLifelineHeadBytes];
  if (!(co_await stream->ReadExactly(head, env_.loop.In(std::chrono::seconds(10)))).ok()) co_return;
  std::string worker(head[kLifelineHeadBytes - 1], '\0');
  if (!(co_await stream->ReadExactly({reinterpret_cast<uint8_t*>(worker.data()), worker.size()}, env_.loop.In(std::chrono::seconds(10)))).ok()) co_return;
  const std::string expected = LifelineHello(job_token_.password, worker).substr(0, kLifelineHeadBytes);
  if (!EqualInConstantTime({reinterpret_cast<const char*>(head), kLifelineHeadBytes}, expected)) co_return;
  const uint64_t number = ++lifeline_count_;
  auto found = workers_.find(worker);
  if (found == workers_.end()) co_return;
  found->second.lifeline = number;
  uint8_t nothing[64];
  Result<size_t> count = size_t{1};
  while (count.ok() && count.value() > 0) count = co_await stream->ReadSome(nothing, kNever);
  found = workers_.find(worker);
  if (scope_.cancelled() || found == workers_.end() || found->second.lifeline != number) co_return;
  Lose(worker, "its process has ended");
}

tusk::Task<void> TrainingMaster::Commit(uint64_t epoch, uint64_t step, std::vector<CheckpointPiece> pieces) {
  Result<std::string> committed = co_await env_.disk_pool.Run([&]() -> Result<std::string> {
    ASSIGN_OR_RETURN(const mapreduce::Location folder, setup_.files->Resolve(setup_.training.checkpoint_folder));
    return CheckpointStore(folder).Commit(epoch, step, pieces);
  });
  if (!committed.ok()) {
    Say("checkpoint of step " + std::to_string(step) + ": " + committed.status().ToString());
    co_return;
  }
  last_checkpoint_ = committed.value();
  Say("checkpoint " + last_checkpoint_);
  if (stopping_) EndStopped();
}

// What the tracking URL has served, for the console once this process is gone.
tusk::Task<void> TrainingMaster::KeepHistory() {
  const std::string history = "{\"job\": " + JobJson() + ", \"steps\": " + status_.StepsJson(0) + ", \"events\": " + status_.EventsJson(0) + "}\n";
  const Status kept = co_await env_.disk_pool.Run(
      [this, &history] { return mapreduce::KeepMasterStatus(setup_.conf, *setup_.files, application_, "training", history); });
  if (!kept.ok()) LogWarn("master", "the history is not kept: {}", kept.ToString());
}

tusk::Task<Status> TrainingMaster::End(Status outcome) {
  ended_ = true;
  const bool decided = model_written_ || !failure_.ok();
  if (!outcome.ok() && failure_.ok()) failure_ = outcome;
  if (!failure_.ok() && !membership_->plan()) {
    failure_ = Status(failure_.code(), std::string(failure_.message()) + "; " + WorkerNeeds(setup_.training) + "; " + RoomLeft(yarn_->headroom()) +
                                           (gang_ ? "; " + std::to_string(gang_->most_held()) + " were granted at once" : ""));
  }
  if (gang_) {   // what is held was never started
    for (const auto& [worker, entry] : workers_) yarn_->Release(worker);
    workers_.clear();
  }
  Pulse();
  const TimePoint deadline = env_.loop.In(kLastWordsMax);
  while (env_.clock.Now() < deadline && (!workers_.empty() || (client_seen_ && !client_knows_))) {
    (void)co_await Heartbeat();
    (void)co_await SleepFor(env_.loop, kAskingPause);
  }
  std::vector<std::string> left;
  for (const auto& [worker, entry] : workers_) left.push_back(worker);
  for (const std::string& worker : left) (void)co_await yarn_->Stop(worker);  // the end of the application says it again
  if (!decided) co_return outcome;  // the resource manager may start another master
  co_await KeepHistory();
  (void)co_await env_.disk_pool.Run([this]() -> Status {
    ASSIGN_OR_RETURN(const mapreduce::Location staging, setup_.files->Resolve(setup_.staging));
    return staging.fs->Remove(staging.path);
  });
  LogInfo("master", "ends: {}", failure_.ok() ? "the model is written" : failure_.ToString());
  const bool stopped = failure_.code() == Code::kCancelled && stopping_;
  co_return co_await yarn_->Finish(failure_.ok() ? hadoop::yarn::APP_SUCCEEDED : stopped ? hadoop::yarn::APP_KILLED : hadoop::yarn::APP_FAILED,
                                   failure_.ok() ? "" : std::string(failure_.ToString()), mapreduce::PageAfterMaster(setup_.conf, application_));
}

}  // namespace tusk::ml
