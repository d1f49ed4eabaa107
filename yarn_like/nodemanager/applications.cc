// Coming and going of applications.
#include "yarn_like/nodemanager/applications.h"

#include "base/log/log.h"

namespace tusk::yarn {

AuxService* Applications::Service(std::string_view name) const {
  for (AuxService* service : services_) {
    if (service->name() == name) return service;
  }
  return nullptr;
}

Status Applications::CheckServices(const LaunchContext& context) const {
  for (const auto& [name, data] : context.service_data) {
    if (Service(name) == nullptr) {
      return Status::FromJava("org.apache.hadoop.yarn.exceptions.InvalidAuxServiceException",
                              "The auxService:" + name + " does not exist");
    }
  }
  return Status::Ok();
}

Status Applications::Admit(const ApplicationId& id, const std::string& user, const LaunchContext& context) {
  auto [entry, is_new] = applications_.try_emplace(id);
  NodeApplication& application = entry->second;
  if (is_new) {
    application.id = id;
    application.name = id.ToString();
    application.user = user;
    application.acls = context.acls;
    LogInfo("applications", "{} of {} has come", application.name, user);
  }
  if (application.state != ApplicationState::kRunning) {
    return Status(Code::kYarn, "Rejecting new containers as " + application.name + " is finishing");
  }
  for (const auto& [name, data] : context.service_data) {
    if (application.services.contains(name)) continue;
    AuxApplication told;
    told.user = user;
    told.application_id = application.name;
    told.service_data = data;
    told.local_dirs = host_.dirs().AppDirs(user, application.name);
    RETURN_IF_ERROR(Service(name)->InitializeApplication(told));
    application.services.insert(name);
  }
  return Status::Ok();
}

void Applications::Finish(const ApplicationId& id) {
  auto found = applications_.find(id);
  if (found == applications_.end() || found->second.state != ApplicationState::kRunning) return;
  found->second.state = ApplicationState::kFinishing;
  scope_.Spawn(RunFinish(id));
}

Task<void> Applications::RunFinish(ApplicationId id) {
  co_await host_.StopApplication(id, kExitKilledAfterAppCompletion, "Container killed on application-finish event from the resource manager.");
  NodeApplication application = applications_.at(id);
  for (const auto& name : application.services) Service(name)->StopApplication(application.name);
  if (log_handler_) co_await log_handler_(application);
  co_await host_.RemoveApplication(application.user, id);
  LogInfo("applications", "{} has gone", application.name);
  applications_.erase(id);
  if (on_gone_) on_gone_(id);
}

std::vector<std::pair<std::string, std::string>> Applications::Metadata() const {
  std::vector<std::pair<std::string, std::string>> metadata;
  for (AuxService* service : services_) metadata.emplace_back(service->name(), service->metadata());
  return metadata;
}

const NodeApplication* Applications::Find(const ApplicationId& id) const {
  auto found = applications_.find(id);
  return found == applications_.end() ? nullptr : &found->second;
}

Task<void> Applications::Shutdown() {
  scope_.Cancel();
  co_await scope_.Join();
}

}  // namespace tusk::yarn
