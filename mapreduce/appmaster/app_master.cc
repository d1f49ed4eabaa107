// The life of an app master.
#include "mapreduce/appmaster/app_master.h"

#include "base/async/blocking_pool.h"
#include "base/core/writable.h"
#include "base/log/log.h"
#include "base/rpc/single_token.h"
#include "mapreduce/appmaster/app_master_wire.h"
#include "mapreduce/appmaster/job_history.h"
#include "mapreduce/appmaster/job_status.h"
#include "mapreduce/client/counters_proto.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/yarn_addresses.h"
#include "mapreduce/task/output_committer.h"
#include "mapreduce/task/task_runner.h"
#include "mapreduce/umbilical/umbilical.pb.h"

namespace tusk::mapreduce {

namespace {

constexpr size_t kJobTokenBytes = 20;
constexpr int kAttemptNumbers = 1000;  // of one app master, as Hadoop
constexpr auto kAskingInterval = std::chrono::milliseconds(50);  // between heartbeats while containers are asked for
constexpr auto kWatchingInterval = std::chrono::milliseconds(250);  // at most, so that ended containers are heard of soon
constexpr auto kRmLostMax = std::chrono::seconds(300);

}  // namespace

AppMaster::AppMaster(Env env, AppMasterSetup setup)
    : env_(env), setup_(std::move(setup)), wire_(std::make_unique<Wire>()), scope_(env.loop) {}
AppMaster::~AppMaster() = default;

Status AppMaster::MakePlan(JobPlan& plan) {
  const Configuration& conf = setup_.job->configuration();
  ASSIGN_OR_RETURN(yarn::ContainerId container, yarn::ContainerId::Parse(setup_.container_id));
  wire_->attempt = container.attempt;
  plan.job_id = "job_" + wire_->attempt.application.ToString().substr(std::string_view("application_").size());
  for (const InputSplit& split : setup_.splits) plan.split_hosts.push_back(split.hosts);
  plan.reduces = setup_.job->reduces();
  plan.first_attempt_number = (std::max(wire_->attempt.attempt, 1) - 1) * kAttemptNumbers;
  ASSIGN_OR_RETURN(int64_t map_attempts, conf.GetInt("mapreduce.map.maxattempts", 4));
  ASSIGN_OR_RETURN(int64_t reduce_attempts, conf.GetInt("mapreduce.reduce.maxattempts", 4));
  ASSIGN_OR_RETURN(plan.slow_start, conf.GetDouble("mapreduce.job.reduce.slowstart.completedmaps", 0.05));
  ASSIGN_OR_RETURN(int64_t timeout_ms, conf.GetInt("mapreduce.task.timeout", 600'000));
  ASSIGN_OR_RETURN(int64_t node_failures, conf.GetInt("mapreduce.job.maxtaskfailures.per.tracker", 3));
  plan.map_attempts_max = static_cast<int>(std::max<int64_t>(map_attempts, 1));
  plan.reduce_attempts_max = static_cast<int>(std::max<int64_t>(reduce_attempts, 1));
  plan.attempt_timeout = Millis(timeout_ms);
  plan.node_failures_max = static_cast<int>(std::max<int64_t>(node_failures, 1));
  ASSIGN_OR_RETURN(int64_t percent, conf.GetInt("yarn.app.mapreduce.am.job.node-blacklisting.ignore-threshold-node-percent", 33));
  plan.avoided_percent_max = static_cast<int>(std::clamp<int64_t>(percent, -1, 100));
  ASSIGN_OR_RETURN(int64_t map_mb, conf.GetInt("mapreduce.map.memory.mb", 1024));
  ASSIGN_OR_RETURN(int64_t reduce_mb, conf.GetInt("mapreduce.reduce.memory.mb", 1024));
  ASSIGN_OR_RETURN(int64_t map_cores, conf.GetInt("mapreduce.map.cpu.vcores", 1));
  ASSIGN_OR_RETURN(int64_t reduce_cores, conf.GetInt("mapreduce.reduce.cpu.vcores", 1));
  wire_->map_resource = MakeResource(map_mb > 0 ? map_mb : 1024, map_cores);
  wire_->reduce_resource = MakeResource(reduce_mb > 0 ? reduce_mb : 1024, reduce_cores);
  ASSIGN_OR_RETURN(wire_->scheduler, ResourceManagerAddress(conf, "yarn.resourcemanager.scheduler.address", 8030));
  const Token* token = setup_.credentials.Find("YARN_AM_RM_TOKEN");
  if (token == nullptr) return Status(Code::kInvalidToken, "the container has no AMRM token");
  wire_->am_rm_token = *token;
  return Status::Ok();
}

Status AppMaster::MakeTokens() {
  Token token;
  WritableWriter identifier;
  identifier.Text(run_->brain.plan().job_id);
  token.identifier = identifier.bytes();
  token.password.resize(kJobTokenBytes);
  env_.random.FillSecure({reinterpret_cast<uint8_t*>(token.password.data()), token.password.size()});
  token.kind = kJobTokenKind;
  token.service = run_->brain.plan().job_id;
  task_credentials_ = WithoutMasterToken(setup_.credentials);
  task_credentials_.tokens[kJobTokenAlias] = token;
  auto secret = setup_.credentials.secrets.find(kShuffleSecretAlias);
  if (secret == setup_.credentials.secrets.end()) return Status(Code::kInvalidToken, "the client gave no shuffle secret");
  task_credentials_.secrets[kShuffleSecretAlias] = secret->second;
  secrets_ = std::make_unique<rpc::SingleTokenSecrets>(token);
  token.password = secret->second;  // what the shuffle service keys its hashes with
  WritableWriter service_data;
  WriteToken(token, service_data);
  shuffle_service_data_ = service_data.bytes();
  return Status::Ok();
}

Task<Status> AppMaster::StartServers() {
  umbilical_ = std::make_unique<UmbilicalHandlers>(*run_, env_.loop);
  client_ = std::make_unique<ClientHandlers>(*run_, env_.loop);
  rpc::ServerOptions options;
  options.bind = {yarn::HostToListenOn(env_.network, setup_.host), 0};
  options.server_name = "umbilical";
  options.allow_simple = false;
  options.secret_manager = secrets_.get();
  CO_ASSIGN_OR_RETURN(umbilical_server_, rpc::Server::Listen(env_, options));
  umbilical_server_->AddService(*umbilical_);
  umbilical_server_->Start();
  options.server_name = "mrclient";
  options.allow_simple = true;
  options.secret_manager = nullptr;
  CO_ASSIGN_OR_RETURN(client_server_, rpc::Server::Listen(env_, options));
  client_server_->AddService(*client_);
  client_server_->Start();
  LiveRestFacts facts;
  facts.run = run_.get();
  facts.conf = &setup_.job->configuration();
  facts.application = wire_->attempt.application.ToString();
  facts.attempt_id = wire_->attempt.ToString();
  facts.container_id = setup_.container_id;
  facts.host = setup_.host;
  facts.node_port = setup_.node_port;
  facts.node_http_port = setup_.node_http_port;
  facts.queue = [this] { return wire_->yarn == nullptr ? std::string() : wire_->yarn->queue(); };
  CO_ASSIGN_OR_RETURN(live_rest_, LiveRest::Listen(env_, options.bind.host, std::move(facts)));
  wire_->umbilical_address = HostPort{setup_.host, umbilical_server_->address().port}.ToString();
  co_return Status::Ok();
}

Task<Status> AppMaster::Register() {
  yarn::AppMasterClientSetup client;
  client.attempt = wire_->attempt;
  client.scheduler = wire_->scheduler;
  client.am_rm_token = wire_->am_rm_token;
  client.host = setup_.host;
  client.client_port = client_server_->address().port;
  client.tracking_url = "http://" + HostPort{setup_.host, live_rest_->port()}.ToString() + "/";
  wire_->yarn = std::make_unique<yarn::AppMasterClient>(env_, std::move(client));
  // What an earlier app master's containers did is lost with it: they end by themselves.
  co_return (co_await wire_->yarn->Register()).status();
}

Task<Status> AppMaster::Run() {
  JobPlan plan;
  CO_RETURN_IF_ERROR(MakePlan(plan));
  run_ = std::make_unique<JobRun>(env_.loop, plan, setup_.splits);
  run_->name = setup_.job->name();
  run_->user = setup_.user;
  run_->staging = setup_.job->configuration().Get(kStagingDirKey, "");
  run_->app_attempt = wire_->attempt.attempt;
  run_->start_wall_ms = env_.clock.WallMillis();
  CO_RETURN_IF_ERROR(MakeTokens());
  CO_RETURN_IF_ERROR(co_await StartServers());
  CO_RETURN_IF_ERROR(co_await Register());
  LogInfo("appmaster", "{} registered: {} maps, {} reduces", plan.job_id, plan.split_hosts.size(), plan.reduces);
  Status prepared = co_await env_.disk_pool.Run([this]() -> Status {
    ASSIGN_OR_RETURN(wire_->resources, JobResources(setup_.job->configuration(), *setup_.files));
    ASSIGN_OR_RETURN(Location output, JobOutput(*setup_.job, *setup_.files));
    return OutputCommitter(output, run_->app_attempt).SetupJob();
  });
  Status looped = prepared;
  if (prepared.ok()) {
    looped = co_await Loop();
  } else {
    run_->brain.Kill("Job setup failed: " + prepared.ToString(), env_.clock.Now());
  }
  PerformActions();
  run_->finish_wall_ms = env_.clock.WallMillis();
  Status finished = co_await Finish();
  scope_.Cancel();
  co_await scope_.Join();
  co_await umbilical_server_->Shutdown();
  co_await client_server_->Shutdown();
  co_await live_rest_->Shutdown();
  co_await wire_->yarn->Shutdown();
  co_return looped.ok() ? finished : looped;
}

Task<Status> AppMaster::Loop() {
  CO_ASSIGN_OR_RETURN(int64_t idle_ms, setup_.job->configuration().GetInt("yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms", 1000));
  TimePoint heard = env_.clock.Now();
  for (;;) {
    run_->brain.Tick(env_.clock.Now());
    PerformActions();
    if (run_->brain.phase() > JobPhase::kCommitting) co_return Status::Ok();
    if (run_->brain.phase() == JobPhase::kCommitting && !commit_started_) {
      commit_started_ = true;
      scope_.Spawn(CommitJob());
    }
    Status status = co_await Heartbeat();
    if (status.ok()) {
      heard = env_.clock.Now();
    } else {
      LogWarn("appmaster", "allocate: {}", status.ToString());
      bool gone = status.code() == Code::kApplicationAttemptNotFound || status.code() == Code::kInvalidToken;
      if (gone || env_.clock.Now() - heard > kRmLostMax) co_return status;
    }
    PerformActions();
    bool asking = false;
    for (const ContainerAsk& ask : run_->brain.Asks()) asking = asking || ask.count > 0;
    Duration pause = asking ? Duration(kAskingInterval) : std::min<Duration>(kWatchingInterval, Millis(std::max<int64_t>(idle_ms, 10)));
    (void)co_await run_->wake.Wait(env_.loop.In(pause));
    run_->wake.Reset();
  }
}

Task<void> AppMaster::CommitJob() {
  Status committed = co_await env_.disk_pool.Run([this]() -> Status {
    const Configuration& conf = setup_.job->configuration();
    ASSIGN_OR_RETURN(Location output, JobOutput(*setup_.job, *setup_.files));
    RETURN_IF_ERROR(OutputCommitter(output, run_->app_attempt).CommitJob(conf));
    return setup_.job->output_format().JobCommitted(conf, *setup_.files);
  });
  run_->brain.Committed(std::move(committed));
  run_->wake.Set();
}

Status AppMaster::WriteSummary() {
  umbilical::JobSummary summary;
  summary.set_job_id(run_->brain.plan().job_id);
  JobPhase phase = run_->brain.phase();
  summary.set_state(phase == JobPhase::kSucceeded ? "SUCCEEDED" : phase == JobPhase::kKilled ? "KILLED" : "FAILED");
  summary.set_diagnostics(run_->brain.diagnostics());
  AddCounters(run_->Totals(), summary);
  summary.set_name(run_->name);
  summary.set_user(run_->user);
  summary.set_start_wall_ms(run_->start_wall_ms);
  summary.set_finish_wall_ms(run_->finish_wall_ms);
  summary.set_maps(static_cast<int32_t>(run_->brain.maps().size()));
  summary.set_reduces(static_cast<int32_t>(run_->brain.reduces().size()));
  ASSIGN_OR_RETURN(Location place, setup_.files->Resolve(JobSummaryPath(setup_.job->configuration(), run_->user, run_->brain.plan().job_id)));
  return place.fs->WriteFile(place.path, summary.SerializeAsString());
}

// The job in Hadoop's history, under the address that its web server has.
Status AppMaster::WriteHistoryFiles() {
  JobHistory history;
  history.run = run_.get();
  history.attempt_id = wire_->attempt.ToString();
  history.container_id = setup_.container_id;
  history.host = setup_.host;
  history.node_port = setup_.node_port;
  history.node_http_port = setup_.node_http_port;
  history.queue = wire_->yarn->queue();
  history.now = env_.clock.Now();
  history.now_wall_ms = env_.clock.WallMillis();
  const Configuration& conf = setup_.job->configuration();
  history.conf_xml = conf.ToXml();
  // For the console, beside the client's .result.
  const StatusClock now{history.now, history.now_wall_ms};
  ASSIGN_OR_RETURN(Location kept, setup_.files->Resolve(JobSummaryPath(conf, run_->user, wire_->attempt.application.ToString())));
  kept.path.replace(kept.path.rfind('.'), std::string::npos, ".mapreduce.json");
  RETURN_IF_ERROR(kept.fs->WriteFile(kept.path, "{\"job\":" + JobStatusJson(*run_, now) + ",\"tasks\":" + JobTasksJson(*run_, now) +
                                                    ",\"counters\":" + JobCountersJson(*run_) + "}\n"));
  RETURN_IF_ERROR(WriteHistory(history, conf, *setup_.files));
  std::string server = conf.Get("mapreduce.jobhistory.webapp.address", "");
  if (!server.empty()) history_url_ = "http://" + server + "/jobhistory/job/" + run_->brain.plan().job_id;
  return Status::Ok();
}

Status AppMaster::CleanUp() {
  if (run_->brain.phase() != JobPhase::kSucceeded) {
    ASSIGN_OR_RETURN(Location output, JobOutput(*setup_.job, *setup_.files));
    RETURN_IF_ERROR(OutputCommitter(output, run_->app_attempt).AbortJob());
  }
  ASSIGN_OR_RETURN(Location staging, setup_.files->Resolve(run_->staging));
  return staging.fs->Remove(staging.path);
}

Task<Status> AppMaster::Finish() {
  Status written = co_await env_.disk_pool.Run([this]() -> Status {
    Status summary = WriteSummary();
    Status history = WriteHistoryFiles();
    if (!history.ok()) LogWarn("appmaster", "no history of this job: {}", history.ToString());
    Status cleaned = CleanUp();
    return summary.ok() ? cleaned : summary;
  });
  if (!written.ok()) LogWarn("appmaster", "at the end: {}", written.ToString());
  const JobPhase phase = run_->brain.phase();
  const auto outcome = phase == JobPhase::kSucceeded ? hadoop::yarn::APP_SUCCEEDED
                       : phase == JobPhase::kKilled  ? hadoop::yarn::APP_KILLED
                                                     : hadoop::yarn::APP_FAILED;
  co_return co_await wire_->yarn->Finish(outcome, run_->brain.diagnostics(), history_url_);
}

}  // namespace tusk::mapreduce
