// The life of the app master, and its containers.
#include "quant/job/master/quant_master.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/rpc/single_token.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/master_address.h"
#include "mapreduce/client/yarn_addresses.h"
#include "quant/job/wire/job_files.h"
#include "yarn_like/client/app_master_client.h"
#include "yarn_like/common/ids.h"

namespace tusk::quant {
namespace {

constexpr auto kAskingPause = std::chrono::milliseconds(50);      // between heartbeats while containers are asked for
constexpr auto kWatchingPause = std::chrono::milliseconds(250);
constexpr auto kRmLostMax = std::chrono::seconds(300);
constexpr auto kLastWordsMax = std::chrono::seconds(3);           // for workers and client to hear of the end
constexpr auto kSilenceMax = std::chrono::seconds(30);
constexpr auto kOldWorkersMax = std::chrono::seconds(3);          // for an earlier master's workers to say what they make
constexpr size_t kLostMax = 200;                                  // workers, before there must be something wrong with them all

}  // namespace

struct QuantMaster::Launching {
  std::vector<hadoop::yarn::StringLocalResourceMapProto> resources;
  Credentials credentials;   // of workers
};

QuantMaster::QuantMaster(Env env, QuantMasterSetup setup)
    : env_(env), setup_(std::move(setup)), started_ms_(env.clock.WallMillis()), launching_(std::make_unique<Launching>()), changed_(env.loop), wake_(env.loop), scope_(env.loop) {}
QuantMaster::~QuantMaster() = default;

void QuantMaster::Pulse() {
  ++changes_;
  changed_.Set();
  changed_.Reset();
}

void QuantMaster::Say(std::string message) {
  LogInfo("master", "{}", message);
  events_.Happened(env_.clock.WallMillis(), message);
  messages_.push_back(std::move(message));
  Pulse();
}

void QuantMaster::Fail(const Status& why) {
  if (failure_.ok()) failure_ = why;
  wake_.Set();
}

bool QuantMaster::Hear(const std::string& worker, const wire::WorkerFigures* figures) {
  const auto found = workers_.find(worker);
  if (ended_ || !failure_.ok() || found == workers_.end()) return false;
  found->second = env_.clock.Now();
  known_workers_[worker].state = "IDLE";
  if (figures != nullptr) {
    const auto at_work = std::chrono::microseconds(figures->at_work_us()), cpu = std::chrono::microseconds(figures->cpu_us());
    figures_.Hear(worker, {at_work, cpu, figures->peak_bytes()}, env_.clock.Now());
  }
  return true;
}

void QuantMaster::Lose(const std::string& worker, const std::string& why) {
  if (workers_.erase(worker) == 0) return;
  known_workers_[worker].state = "ENDED";
  unheard_.erase(worker);
  yarn_->Release(worker);
  figures_.Lose(worker);
  wake_.Set();
  if (ended_ || ledger_->finished()) return;
  const bool again = ledger_->Lose(worker).has_value();
  made_again_ += again ? 1 : 0;
  Say(worker + " is lost: " + why + "; " + (again ? "1" : "0") + " of its pieces will be made again");
  if (++lost_ > kLostMax) Fail(Status(Code::kIOError, std::to_string(lost_) + " workers were lost; the last: " + why));
}

void QuantMaster::LoseSilent() {
  std::vector<std::string> silent;
  for (const auto& [worker, heard] : workers_) {
    if (env_.clock.Now() - heard > kSilenceMax) silent.push_back(worker);
  }
  for (const std::string& worker : silent) Lose(worker, "it is silent");
}

void QuantMaster::AddWorker(const std::string& worker, const std::string& node) {
  workers_[worker] = env_.clock.Now();
  known_workers_[worker] = {node, "STARTING"};
}

tusk::Task<Status> QuantMaster::Start() {
  const Token* am_token = setup_.credentials.Find("YARN_AM_RM_TOKEN");
  const auto job_token = setup_.credentials.tokens.find(kJobTokenAlias);
  if (am_token == nullptr || job_token == setup_.credentials.tokens.end()) co_return Status(Code::kInvalidToken, "the container lacks its tokens");
  job_token_ = job_token->second;
  launching_->credentials = mapreduce::WithoutMasterToken(setup_.credentials);
  secrets_ = std::make_unique<rpc::SingleTokenSecrets>(job_token_);
  rpc::ServerOptions options;
  options.bind = {yarn::HostToListenOn(env_.network, setup_.host), 0};
  options.server_name = "quant";
  options.allow_simple = false;
  options.secret_manager = secrets_.get();
  CO_ASSIGN_OR_RETURN(server_, rpc::Server::Listen(env_, options));
  CO_RETURN_IF_ERROR(ServeStatus(options.bind.host));
  CO_RETURN_IF_ERROR(co_await Register());
  CO_RETURN_IF_ERROR(co_await OpenJob());
  server_->AddService(*this);
  server_->Start();
  co_return co_await WriteAddress();
}

tusk::Task<Status> QuantMaster::Register() {
  CO_ASSIGN_OR_RETURN(const yarn::ContainerId container, yarn::ContainerId::Parse(setup_.container));
  attempt_ = std::max(1, container.attempt.attempt);
  yarn::AppMasterClientSetup client;
  client.attempt = container.attempt;
  CO_ASSIGN_OR_RETURN(client.scheduler, mapreduce::ResourceManagerAddress(setup_.conf, "yarn.resourcemanager.scheduler.address", 8030));
  client.am_rm_token = *setup_.credentials.Find("YARN_AM_RM_TOKEN");
  client.host = setup_.host;
  client.client_port = server_->address().port;
  client.tracking_url = "http://" + HostPort{setup_.host, status_server_->port()}.ToString() + "/";
  application_ = container.attempt.application.ToString();
  yarn_ = std::make_unique<yarn::AppMasterClient>(env_, std::move(client));
  CO_ASSIGN_OR_RETURN(const std::vector<yarn::AppMasterClient::Granted> running, co_await yarn_->Register());
  for (const yarn::AppMasterClient::Granted& old : running) {
    if (old.id == setup_.container) continue;
    AddWorker(old.id, old.node);
    unheard_.insert(old.id);
  }
  hear_them_until_ = env_.clock.Now() + kOldWorkersMax;
  if (attempt_ > 1) Say("master " + std::to_string(attempt_) + " takes over, " + std::to_string(workers_.size()) + " workers still run");
  co_return Status::Ok();
}

tusk::Task<Status> QuantMaster::OpenJob() {
  PartStore::Standing standing;
  const Status status = co_await env_.disk_pool.Run([this, &standing]() -> Status {
    ASSIGN_OR_RETURN(opened_, setup_.program->open(setup_.job.recipe, *setup_.files));
    ASSIGN_OR_RETURN(std::vector<Piece> pieces, PiecesOf(opened_->recipe()));
    ASSIGN_OR_RETURN(const mapreduce::Location output, setup_.files->Resolve(setup_.job.output));
    parts_ = std::make_unique<PartStore>(output, opened_->identity(), std::move(pieces));
    ASSIGN_OR_RETURN(standing, parts_->Look());
    return output.fs->MakeDirs(parts_->folder());
  });
  if (!status.ok()) {
    failure_ = status;   // another attempt would say the same
    co_return status;
  }
  // On the loop: the status pages look at them.
  std::vector<uint64_t> bytes;
  for (const Piece& piece : parts_->pieces()) bytes.push_back(piece.bytes);
  status_ = std::make_unique<QuantStatus>(opened_->recipe(), parts_->pieces());
  for (size_t piece = 0; piece < standing.made.size(); ++piece) {
    if (standing.made[piece]) status_->WasMade(piece);
  }
  ledger_ = std::make_unique<PieceLedger>(std::move(bytes), std::move(standing.made));
  if (ledger_->done() > 0) Say(std::to_string(ledger_->done()) + " of " + std::to_string(ledger_->pieces()) + " pieces are made already");
  co_return Status::Ok();
}

// Workers look here for the newest master.
tusk::Task<Status> QuantMaster::WriteAddress() {
  const std::string address = HostPort{setup_.host, server_->address().port}.ToString();
  co_return co_await env_.disk_pool.Run([this, address]() -> Status {
    ASSIGN_OR_RETURN(launching_->resources, mapreduce::StagedResources(setup_.conf, *setup_.files, {mapreduce::kJobXmlName, kJobName}));
    return mapreduce::WriteMasterAddress(*setup_.files, setup_.staging, attempt_, address);
  });
}

tusk::Task<Status> QuantMaster::Run() {
  Status outcome = co_await Start();
  if (outcome.ok()) outcome = co_await Loop();
  if (outcome.ok()) outcome = co_await Assemble();
  if (yarn_) outcome = co_await End(std::move(outcome));
  scope_.Cancel();
  Pulse();
  if (server_) co_await server_->Shutdown();
  if (status_server_) co_await status_server_->Shutdown();
  co_await scope_.Join();
  if (yarn_) co_await yarn_->Shutdown();
  co_return outcome;
}

int QuantMaster::WorkersWanted() const {
  // No more than there is work for: pieces that wait, and those who are there have one.
  const size_t useful = workers_.size() + ledger_->waiting();
  const auto most = static_cast<int>(std::min<size_t>(useful, static_cast<size_t>(setup_.job.workers)));
  return std::max(0, most - static_cast<int>(workers_.size()));
}

tusk::Task<Status> QuantMaster::Loop() {
  TimePoint heard = env_.clock.Now();
  for (;;) {
    wake_.Reset();
    if (!failure_.ok()) co_return failure_;
    if (ledger_->finished()) co_return Status::Ok();
    LoseSilent();
    const int wanted = WorkersWanted();
    const Status status = co_await Heartbeat(wanted);
    if (status.ok()) {
      heard = env_.clock.Now();
    } else {
      LogWarn("master", "allocate: {}", status.ToString());
      if (status.code() == Code::kInvalidResourceRequest) Fail(status);  // never to be fulfilled
      const bool over = status.code() == Code::kApplicationAttemptNotFound || status.code() == Code::kInvalidToken;
      if (over || env_.clock.Now() - heard > kRmLostMax) co_return status;
    }
    (void)co_await wake_.Wait(env_.loop.In(WorkersWanted() > 0 ? Duration(kAskingPause) : Duration(kWatchingPause)));
  }
}

tusk::Task<Status> QuantMaster::Heartbeat(int wanted) {
  std::vector<yarn::ContainersWanted> workers(1);
  workers[0].capability = mapreduce::MakeResource(setup_.job.memory_mb, setup_.job.vcores, setup_.job.gpus);
  workers[0].count = wanted;
  const double progress = ledger_ && ledger_->bytes() > 0 ? static_cast<double>(ledger_->bytes_done()) / static_cast<double>(ledger_->bytes()) : 0;
  CO_ASSIGN_OR_RETURN(const yarn::AppMasterClient::Answer allocation, co_await yarn_->Allocate(std::move(workers), progress));
  for (const yarn::AppMasterClient::Ended& ended : allocation.ended) {
    Lose(ended.id, "exit code " + std::to_string(ended.exit_status) + (ended.diagnostics.empty() ? "" : ": " + ended.diagnostics.substr(0, 500)));
  }
  for (const yarn::AppMasterClient::Granted& granted : allocation.granted) {
    if (ended_ || static_cast<int>(workers_.size()) >= setup_.job.workers) {
      yarn_->Release(granted.id);
      continue;
    }
    LogInfo("master", "granted {} on {}", granted.id, granted.node);
    AddWorker(granted.id, granted.node);
    scope_.Spawn(Launch(granted.id));
  }
  co_return Status::Ok();
}

tusk::Task<void> QuantMaster::Launch(std::string container) {
  mapreduce::LaunchPlan plan;
  plan.role = kWorkerRole;
  plan.options = {kContainerOption + container};
  plan.credentials = launching_->credentials;
  Result<hadoop::yarn::ContainerLaunchContextProto> context = mapreduce::MakeLaunchContext(setup_.conf, launching_->resources, plan);
  Status launched = context.status();
  if (context.ok()) launched = (co_await yarn_->Launch(container, std::move(context).value())).status();
  if (!launched.ok()) Lose(container, "it cannot be launched: " + launched.ToString());
}

tusk::Task<Status> QuantMaster::Assemble() {
  const Result<std::string> how = co_await env_.disk_pool.Run([this] { return parts_->Assemble(); });
  if (!how.ok()) {
    failure_ = how.status();
    co_return failure_;
  }
  assembled_ = true;
  Say(how.value());
  co_return Status::Ok();
}

tusk::Task<Status> QuantMaster::End(Status outcome) {
  ended_ = true;
  const bool decided = outcome.ok() || !failure_.ok();
  Pulse();
  const TimePoint deadline = env_.loop.In(kLastWordsMax);
  while (env_.clock.Now() < deadline && (!workers_.empty() || (client_seen_ && !client_knows_))) {
    (void)co_await Heartbeat(0);
    (void)co_await SleepFor(env_.loop, kAskingPause);
  }
  std::vector<std::string> left;
  for (const auto& [worker, heard] : workers_) left.push_back(worker);
  for (const std::string& worker : left) (void)co_await yarn_->Stop(worker);  // the end of the application says it again
  if (!decided) co_return outcome;  // the resource manager may start another master
  co_await KeepHistory();
  (void)co_await env_.disk_pool.Run([this]() -> Status {
    ASSIGN_OR_RETURN(const mapreduce::Location staging, setup_.files->Resolve(setup_.staging));
    return staging.fs->Remove(staging.path);
  });
  LogInfo("master", "ends: {}", failure_.ok() ? "the output is written" : failure_.ToString());
  co_return co_await yarn_->Finish(failure_.ok() ? hadoop::yarn::APP_SUCCEEDED : hadoop::yarn::APP_FAILED,
                                   failure_.ok() ? "" : std::string(failure_.ToString()), mapreduce::PageAfterMaster(setup_.conf, application_));
}

}  // namespace tusk::quant
