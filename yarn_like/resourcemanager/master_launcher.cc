// One coroutine per launch and per stop.
#include "yarn_like/resourcemanager/master_launcher.h"

#include "base/log/log.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"
#include "yarn_like/resourcemanager/rpc/messages.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

constexpr std::string_view kLog = "amlauncher";
constexpr rpc::CallOptions kLaunchOptions{std::chrono::seconds(60), 10};
constexpr rpc::CallOptions kStopOptions{std::chrono::seconds(10), 1};

void SetEnvironment(wire::ContainerLaunchContextProto* context, const std::string& key, const std::string& value) {
  for (auto& entry : *context->mutable_environment()) {
    if (entry.key() == key) {
      entry.set_value(value);
      return;
    }
  }
  auto* entry = context->add_environment();
  entry->set_key(key);
  entry->set_value(value);
}

// What the client sent, with what the resource manager adds for the application master.
Result<wire::ContainerLaunchContextProto> MasterContext(const Submission& submission, Token amrm_token) {
  wire::ContainerLaunchContextProto context;
  if (!context.ParseFromString(submission.launch_context)) {
    return Status(Code::kInternal, "the stored launch context does not parse");
  }
  SetEnvironment(&context, "APPLICATION_WEB_PROXY_BASE", "/proxy/" + submission.id.ToString());
  SetEnvironment(&context, "APP_SUBMIT_TIME_ENV", std::to_string(submission.submit_wall_ms));
  Credentials credentials;
  if (!context.tokens().empty()) {
    ASSIGN_OR_RETURN(credentials, Credentials::Parse(context.tokens()));
  }
  credentials.tokens[amrm_token.service] = std::move(amrm_token);
  context.set_tokens(credentials.Serialize());
  return context;
}

}  // namespace

MasterLauncher::MasterLauncher(Env env) : env_(env), client_(rpc::Client::Make(env)), scope_(env.loop) {}
MasterLauncher::~MasterLauncher() = default;

void MasterLauncher::Attach(Cluster& cluster, const TokenIssuer& tokens, StateStore& store) {
  cluster_ = &cluster;
  tokens_ = &tokens;
  store_ = &store;
}

void MasterLauncher::LaunchMaster(const ApplicationAttemptId& attempt) {
  if (!scope_.cancelled()) scope_.Spawn(RunLaunch(attempt));
}

void MasterLauncher::StopMaster(const ApplicationAttemptId& attempt, const ContainerId& container,
                                const NodeId& node) {
  if (!scope_.cancelled()) scope_.Spawn(RunStop(attempt, container, node));
}

rpc::Channel MasterLauncher::ChannelTo(const NodeRecord& node, const ApplicationAttemptId& id,
                                       const std::string& user) const {
  rpc::ClientIdentity identity{id.ToString(), {}, tokens_->NmToken(id, node, user)};
  return {*client_, HostPort{node.ip, static_cast<uint16_t>(node.id.port)}, std::move(identity)};
}

Task<void> MasterLauncher::RunLaunch(ApplicationAttemptId id) {
  co_await Yield(env_.loop);  // the brain is in the middle of an event
  const Status launched = co_await Launch(id);
  if (scope_.cancelled()) co_return;
  const Now now{env_.clock.Now(), env_.clock.WallMillis()};
  if (launched.ok()) {
    cluster_->MasterLaunched(id, now);
  } else {
    LogWarn(kLog, "Error launching {}: {}", id.ToString(), launched.ToString());
    cluster_->MasterLaunchFailed(id, std::string(launched.java_class()) + ": " + std::string(launched.message()), now);
  }
}

Task<Status> MasterLauncher::Launch(ApplicationAttemptId id) {
  // A restart must know of it, else it would start another one beside it.
  CO_RETURN_IF_ERROR(co_await store_->Sync());
  const Attempt* attempt = cluster_->FindAttempt(id);
  if (attempt == nullptr || attempt->state != AttemptState::kAllocated) co_return Status::Ok();
  const auto live = attempt->containers.find(attempt->am_container);
  const NodeRecord* node = cluster_->nodes().Find(attempt->am_node);
  if (live == attempt->containers.end() || node == nullptr) co_return Status(Code::kIllegalState, "the node is gone");
  const Submission& submission = cluster_->Find(id.application)->submission;
  wire::StartContainersRequestProto request;
  auto* start = request.add_start_container_request();
  CO_ASSIGN_OR_RETURN(*start->mutable_container_launch_context(), MasterContext(submission, tokens_->AmRmToken(id)));
  FillToken(tokens_->ContainerToken(live->second, *node, submission, env_.clock.WallMillis()),
            start->mutable_container_token());
  LogInfo(kLog, "Launching masterappattempt {} in {} on {}", id.ToString(), attempt->am_container.ToString(),
          node->id.ToString());
  const wire::ContainerManagementProtocolClient client(ChannelTo(*node, id, submission.user));
  CO_ASSIGN_OR_RETURN(const wire::StartContainersResponseProto response,
                      co_await client.StartContainers(request, kLaunchOptions));
  if (response.failed_requests_size() > 0) {
    const auto& failure = response.failed_requests(0).exception();
    co_return Status::FromJava(failure.class_name(), failure.message());
  }
  co_return Status::Ok();
}

Task<void> MasterLauncher::RunStop(ApplicationAttemptId id, ContainerId container, NodeId node_id) {
  co_await Yield(env_.loop);
  const NodeRecord* node = cluster_->nodes().Find(node_id);
  const Application* application = cluster_->Find(id.application);
  if (node == nullptr || application == nullptr || !node->usable()) co_return;
  wire::StopContainersRequestProto request;
  ToProto(container, request.add_container_id());
  const wire::ContainerManagementProtocolClient client(ChannelTo(*node, id, application->submission.user));
  const auto stopped = co_await client.StopContainers(request, kStopOptions);
  if (!stopped.ok()) LogInfo(kLog, "stop {}: {}", container.ToString(), stopped.status().ToString());
}

Task<void> MasterLauncher::Shutdown() {
  scope_.Cancel();
  co_await client_->Shutdown();
  co_await scope_.Join();
}

}  // namespace tusk::yarn
