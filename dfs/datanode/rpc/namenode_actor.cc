// Handshake, heartbeats and reports to one namenode.
#include "dfs/datanode/rpc/namenode_actor.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/datanode/rpc/commands.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
namespace dnpb = hadoop::hdfs::datanode;
constexpr const char* kModule = "datanode";
constexpr Duration kRetryMin = std::chrono::milliseconds(20);
constexpr Duration kRetryMax = std::chrono::seconds(5);
constexpr Duration kReportRetry = std::chrono::milliseconds(500);
constexpr Duration kCallTimeout = std::chrono::seconds(60);
// Calls are repeated by the actor itself, at its own pace.
constexpr rpc::CallOptions kOnce{kCallTimeout, 0};

PoolIdentity IdentityOf(const pb::NamespaceInfoProto& info) {
  return {info.blockpoolid(), info.storageinfo().clusterid(), info.storageinfo().namespceid(), info.storageinfo().ctime()};
}

void FillNoKeys(pb::ExportedBlockKeysProto* keys) {
  keys->Clear();
  keys->set_isblocktokenenabled(false);
  keys->set_keyupdateinterval(0);
  keys->set_tokenlifetime(0);
  keys->mutable_currentkey()->set_keyid(0);
  keys->mutable_currentkey()->set_expirydate(0);
  keys->mutable_currentkey()->set_keybytes("");
}

// Errors that another try does not heal.
bool IsFatal(const Status& status) {
  switch (status.code()) {
    case Code::kIncorrectVersion:
    case Code::kInconsistentState:
    case Code::kDisallowedDatanode:
    case Code::kUnregisteredNode: return true;
    default: return false;
  }
}

}  // namespace

void FillDatanodeId(const NodeIdentity& identity, pb::DatanodeIDProto* id) {
  id->set_ipaddr(identity.ip);
  id->set_hostname(identity.hostname);
  id->set_datanodeuuid(identity.uuid);
  id->set_xferport(identity.xfer_port);
  id->set_infoport(identity.info_port);
  id->set_ipcport(identity.ipc_port);
  id->set_infosecureport(0);
}

void FillRegistration(const NodeIdentity& identity, const PoolIdentity& pool, dnpb::DatanodeRegistrationProto* registration) {
  FillDatanodeId(identity, registration->mutable_datanodeid());
  auto* storage = registration->mutable_storageinfo();
  storage->set_layoutversion(static_cast<uint32_t>(kLayoutVersion));
  storage->set_namespceid(pool.namespace_id);
  storage->set_clusterid(pool.cluster_id);
  storage->set_ctime(pool.ctime);
  FillNoKeys(registration->mutable_keys());
  registration->set_softwareversion(kSoftwareVersion);
}

NamenodeActor::NamenodeActor(NodeContext& node, PoolService& service, HostPort namenode)
    : node_(node),
      service_(service),
      namenode_(namenode),
      client_(rpc::Channel(node.rpc, std::move(namenode), rpc::ClientIdentity{node.config.user}, kOnce)),
      tasks_(node.env.loop),
      wake_(node.env.loop),
      changes_due_(node.env.loop),
      report_order_(node.env.loop) {}

NamenodeActor::~NamenodeActor() = default;

void NamenodeActor::Start() {
  tasks_.Spawn(Run());
  tasks_.Spawn(ReportLoop());
}

void NamenodeActor::Cancel() {
  tasks_.Cancel();
  wake_.Set();
  changes_due_.Set();
}

Task<void> NamenodeActor::Run() {
  while (!tasks_.cancelled()) {
    Status registered = co_await Register();
    if (!registered.ok()) {
      if (tasks_.cancelled()) co_return;
      LogError(kModule, "gives up on namenode {}: {}", namenode_.ToString(), registered.ToString());
      given_up_ = true;
      service_.OnGivenUp();
      co_return;
    }
    co_await Serve();
  }
}

// ---- handshake ----

Task<Status> NamenodeActor::Register() {
  Duration pause = kRetryMin;
  for (;;) {
    Status made = co_await Handshake();
    if (made.ok() || IsFatal(made) || tasks_.cancelled()) co_return made;
    LogWarn(kModule, "namenode {}: {}", namenode_.ToString(), made.ToString());
    CO_RETURN_IF_ERROR(co_await SleepFor(node_.env.loop, pause, tasks_.token()));
    pause = std::min(pause * 2, kRetryMax);
  }
}

Task<Status> NamenodeActor::Handshake() {
  registered_ = false;
  CO_ASSIGN_OR_RETURN(pb::VersionResponseProto version, co_await client_.VersionRequest(pb::VersionRequestProto(), kOnce));
  PoolIdentity pool = IdentityOf(version.info());
  CO_RETURN_IF_ERROR(service_.Adopt(pool));
  CO_RETURN_IF_ERROR(co_await node_.store.AddPool(pool, node_.identity.uuid));
  dnpb::RegisterDatanodeRequestProto request;
  FillRegistration(node_.identity, pool, request.mutable_registration());
  CO_ASSIGN_OR_RETURN(dnpb::RegisterDatanodeResponseProto answer, co_await client_.RegisterDatanode(request, kOnce));
  registration_ = answer.registration();
  node_.xfer.tokens.Learn(registration_.keys(), node_.env.clock.WallMillis());
  FillNoKeys(registration_.mutable_keys());  // every heartbeat carries the registration: no secrets in it
  registered_ = true;
  register_again_ = false;
  heartbeat_now_ = true;
  uint64_t delay_ms = static_cast<uint64_t>(ToMillis(node_.config.full_report_initial_delay));
  next_full_report_ = node_.env.loop.In(Millis(delay_ms == 0 ? 0 : static_cast<int64_t>(node_.env.random.Below(delay_ms))));
  changes_.Clear();  // the full report says it all
  LogInfo(kModule, "registered with namenode {} for {}", namenode_.ToString(), pool.pool_id);
  co_return Status::Ok();
}

// ---- heartbeats ----

Task<void> NamenodeActor::Serve() {
  Env& env = node_.env;
  TimePoint next = env.loop.Now();
  while (!tasks_.cancelled() && !register_again_) {
    if (env.loop.Now() >= next || heartbeat_now_) {
      heartbeat_now_ = false;
      next = env.loop.In(node_.config.heartbeat_interval);
      Status sent = co_await SendHeartbeat();
      if (!sent.ok()) OnCallFailed(sent, "heartbeat");
      if (IsFatal(sent)) register_again_ = true;
      if (!changes_.empty()) changes_due_.Set();
      continue;
    }
    wake_.Reset();
    (void)co_await wake_.Wait(next, tasks_.token());
  }
}

void NamenodeActor::OnCallFailed(const Status& status, const char* what) {
  if (!tasks_.cancelled()) LogWarn(kModule, "{} to {}: {}", what, namenode_.ToString(), status.ToString());
}

Task<Status> NamenodeActor::SendHeartbeat() {
  dnpb::HeartbeatRequestProto request;
  *request.mutable_registration() = registration_;
  FillStorageReports(node_.store, service_.pool().pool_id, &request);
  request.set_xmitsinprogress(static_cast<uint32_t>(node_.xfer.counters.transfers));
  request.set_xceivercount(static_cast<uint32_t>(node_.xfer.counters.xceivers));
  request.set_cachecapacity(0);
  request.set_cacheused(0);
  request.set_requestfullblockreportlease(ReportDue());
  const TimePoint began = node_.env.loop.Now();
  CO_ASSIGN_OR_RETURN(dnpb::HeartbeatResponseProto answer, co_await client_.SendHeartbeat(request, kOnce));
  last_heartbeat_ = node_.env.loop.Now();
  service_.traffic().heartbeats.Record(last_heartbeat_ - began);
  service_.traffic().commands += static_cast<uint64_t>(answer.cmds_size());
  bool claims = answer.hastatus().state() == pb::NNHAStatusHeartbeatProto::ACTIVE;
  bool obeyed = service_.UpdateActive(*this, claims, answer.hastatus().txid());
  for (const auto& command : answer.cmds()) {
    if (command.cmdtype() == dnpb::DatanodeCommandProto::RegisterCommand) {
      LogInfo(kModule, "namenode {} asks to register again", namenode_.ToString());
      register_again_ = true;
    } else if (obeyed) {
      ObeyCommand(node_, *this, service_.pool().pool_id, command);
    }
  }
  if (answer.fullblockreportleaseid() != 0 && !register_again_ && ReportDue()) {
    Status reported = co_await SendFullReport(answer.fullblockreportleaseid());
    if (!reported.ok()) OnCallFailed(reported, "full block report");
  }
  co_return Status::Ok();
}

// ---- reports ----

Task<Status> NamenodeActor::SendFullReport(uint64_t lease_id) {
  AsyncMutex::Guard order = co_await report_order_.Lock();
  CO_RETURN_IF_ERROR(co_await SendChanges());
  const std::string& pool_id = service_.pool().pool_id;
  std::vector<dnpb::StorageBlockReportProto> reports;
  uint64_t blocks = 0;
  for (const auto& volume : node_.store.volumes()) {
    if (volume->failed) continue;
    auto& report = reports.emplace_back();
    report.mutable_storage()->set_storageuuid(volume->storage_uuid());
    report.mutable_storage()->set_state(pb::DatanodeStorageProto::NORMAL);
    report.mutable_storage()->set_storagetype(static_cast<pb::StorageTypeProto>(volume->location().type));
    FillBlockList(node_.store.ReplicasOn(pool_id, *volume), &report);
    blocks += report.numberofblocks();
  }
  bool split = blocks >= node_.config.report_split_threshold;
  auto report_id = static_cast<int64_t>(node_.env.random.Next64());
  size_t calls = split ? reports.size() : 1;
  for (size_t i = 0; i < calls; ++i) {
    dnpb::BlockReportRequestProto request;
    *request.mutable_registration() = registration_;
    request.set_blockpoolid(pool_id);
    for (size_t j = split ? i : 0; j < (split ? i + 1 : reports.size()); ++j) *request.add_reports() = std::move(reports[j]);
    request.mutable_context()->set_totalrpcs(static_cast<int32_t>(calls));
    request.mutable_context()->set_currpc(static_cast<int32_t>(i));
    request.mutable_context()->set_id(report_id);
    request.mutable_context()->set_leaseid(lease_id);
    const TimePoint began = node_.env.loop.Now();
    CO_ASSIGN_OR_RETURN(dnpb::BlockReportResponseProto answer, co_await client_.BlockReport(request, kOnce));
    service_.traffic().full_reports.Record(node_.env.loop.Now() - began);
    if (answer.has_cmd() && service_.active() == this) ObeyCommand(node_, *this, pool_id, answer.cmd());
  }
  next_full_report_ = node_.env.loop.In(node_.config.full_report_interval);
  LogInfo(kModule, "reported {} blocks on {} volumes to {}", blocks, reports.size(), namenode_.ToString());
  co_return Status::Ok();
}

void NamenodeActor::AddChange(const Volume& volume, IncrementalReport::Change change) {
  bool urgent = change.event == BlockEvent::kReceived;
  changes_.Add(volume, std::move(change));
  // The others ride along, at the latest with the next heartbeat.
  if (urgent) changes_due_.Set();
}

void NamenodeActor::TriggerReport(bool incremental) {
  if (incremental) {
    changes_due_.Set();
  } else {
    next_full_report_ = node_.env.loop.Now();
    TriggerHeartbeat();
  }
}

Task<Status> NamenodeActor::SendChanges() {
  if (changes_.empty() || !registered_) co_return Status::Ok();
  auto taken = changes_.Take();
  dnpb::BlockReceivedAndDeletedRequestProto request;
  *request.mutable_registration() = registration_;
  request.set_blockpoolid(service_.pool().pool_id);
  IncrementalReport::Fill(taken, &request);
  const TimePoint began = node_.env.loop.Now();
  auto answer = co_await client_.BlockReceivedAndDeleted(request, kOnce);
  service_.traffic().incremental_reports.Record(node_.env.loop.Now() - began);
  if (!answer.ok()) changes_.PutBack(std::move(taken));
  co_return answer.ok() ? Status::Ok() : answer.status();
}

Task<void> NamenodeActor::ReportLoop() {
  while (!tasks_.cancelled()) {
    changes_due_.Reset();
    if (!(co_await changes_due_.Wait(kNever, tasks_.token())).ok()) break;
    if (!registered_ || tasks_.cancelled()) continue;  // the first heartbeat sets the event again
    Status sent;
    {
      AsyncMutex::Guard order = co_await report_order_.Lock();
      sent = co_await SendChanges();
    }
    if (sent.ok()) continue;
    OnCallFailed(sent, "incremental block report");
    if (sent.code() == Code::kUnregisteredNode) TriggerHeartbeat();
    if (!(co_await SleepFor(node_.env.loop, kReportRetry, tasks_.token())).ok()) break;
    if (!changes_.empty()) changes_due_.Set();
  }
}

Task<void> NamenodeActor::SendBadBlocks(std::string serialized_request) {
  dnpb::ReportBadBlocksRequestProto request;
  if (!registered_ || !request.ParseFromString(serialized_request)) co_return;
  auto answer = co_await client_.ReportBadBlocks(request, kOnce);
  if (!answer.ok()) OnCallFailed(answer.status(), "bad block report");
}

Task<void> NamenodeActor::SendError(int code, std::string message) {
  if (!registered_) co_return;
  dnpb::ErrorReportRequestProto request;
  *request.mutable_registartion() = registration_;
  request.set_errorcode(static_cast<uint32_t>(code));
  request.set_msg(message);
  auto answer = co_await client_.ErrorReport(request, kOnce);
  if (!answer.ok()) OnCallFailed(answer.status(), "error report");
}

// ---- the pool's namenodes ----

PoolService::PoolService(NodeContext& node) : node_(node) {
  for (const HostPort& address : node.config.namenodes) {
    actors_.push_back(std::make_unique<NamenodeActor>(node, *this, address));
  }
}

PoolService::~PoolService() = default;

void PoolService::Start() {
  for (auto& actor : actors_) actor->Start();
}

void PoolService::Cancel() {
  for (auto& actor : actors_) actor->Cancel();
}

Task<void> PoolService::Join() {
  for (auto& actor : actors_) co_await actor->Join();
}

void PoolService::OnGivenUp() {
  for (const auto& actor : actors_) {
    if (!actor->given_up()) return;
  }
  if (node_.on_useless) node_.env.loop.Post(node_.on_useless);
}

Status PoolService::Adopt(const PoolIdentity& pool) {
  if (pool_.pool_id.empty()) {
    pool_ = pool;
    return Status::Ok();
  }
  if (pool_.pool_id == pool.pool_id && pool_.cluster_id == pool.cluster_id && pool_.namespace_id == pool.namespace_id) {
    return Status::Ok();
  }
  return Status(Code::kInconsistentState, "the namenode serves " + pool.pool_id + " of cluster " + pool.cluster_id +
                                              ", this datanode holds " + pool_.pool_id + " of " + pool_.cluster_id);
}

bool PoolService::UpdateActive(NamenodeActor& actor, bool claims_active, uint64_t txid) {
  auto claim = static_cast<int64_t>(txid);
  if (claims_active && active_ != &actor) {
    if (claim <= active_txid_) {
      LogWarn(kModule, "{} claims to be active with txid {}, the last accepted claim had {}", actor.namenode().ToString(), claim,
              active_txid_);
      return false;
    }
    active_ = &actor;
  } else if (!claims_active && active_ == &actor) {
    active_ = nullptr;
  }
  if (active_ == &actor) active_txid_ = claim;
  return active_ == &actor;
}

void PoolService::AddChange(const Volume& volume, const IncrementalReport::Change& change) {
  traffic_.blocks_removed += change.event == BlockEvent::kDeleted;
  for (auto& actor : actors_) actor->AddChange(volume, change);
}

void PoolService::ReportBadBlock(const ExtendedBlock& block, const pb::DatanodeInfoProto* source, const Volume* volume) {
  dnpb::ReportBadBlocksRequestProto request;
  auto* located = request.add_blocks();
  ToProto(block, located->mutable_b());
  located->set_offset(0);
  located->set_corrupt(true);
  auto* token = located->mutable_blocktoken();
  token->set_identifier("");
  token->set_password("");
  token->set_kind("");
  token->set_service("");
  if (source != nullptr) {
    *located->add_locs() = *source;
  } else {
    FillDatanodeId(node_.identity, located->add_locs()->mutable_id());
  }
  located->add_storagetypes(volume == nullptr ? pb::DISK : static_cast<pb::StorageTypeProto>(volume->location().type));
  located->add_storageids(volume == nullptr ? "" : volume->storage_uuid());
  std::string bytes = request.SerializeAsString();
  for (auto& actor : actors_) actor->tasks().Spawn(actor->SendBadBlocks(bytes));
}

void PoolService::OnVolumeFailed(const Volume& volume, const Status& why) {
  for (auto& actor : actors_) {
    actor->tasks().Spawn(actor->SendError(dnpb::ErrorReportRequestProto::DISK_ERROR,
                                          "volume " + volume.location().path + " failed: " + why.ToString()));
    actor->TriggerHeartbeat();
  }
}

}  // namespace tusk::dfs::datanode
