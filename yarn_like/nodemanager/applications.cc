// Coming and going of applications.
#include "yarn_like/nodemanager/applications.h"

#include <algorithm>

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

Status Applications::Admit(const ApplicationId& id, const std::string& user, const LaunchContext& context,
                           const std::string& log_context) {
  auto [entry, is_new] = applications_.try_emplace(id);
  NodeApplication& application = entry->second;
  if (is_new) {
    application.id = id;
    application.name = id.ToString();
    application.user = user;
    application.acls = context.acls;
    application.log_context = log_context;
    LogInfo("applications", "{} of {} has come", application.name, user);
  }
  if (application.state != ApplicationState::kRunning) {
    return Status(Code::kYarn, "Rejecting new containers as " + application.name + " is finishing");
  }
  size_t before = application.services.size();
  for (const auto& [name, data] : context.service_data) RETURN_IF_ERROR(TellService(application, name, data));
  if (is_new || application.services.size() != before) Save(application);
  return Status::Ok();
}

Status Applications::TellService(NodeApplication& application, const std::string& name, const std::string& data) {
  bool knows = std::any_of(application.services.begin(), application.services.end(), [&](const auto& s) { return s.first == name; });
  AuxService* service = Service(name);
  if (knows || service == nullptr) return Status::Ok();
  AuxApplication told;
  told.user = application.user;
  told.application_id = application.name;
  told.service_data = data;
  told.local_dirs = host_.dirs().AppDirs(application.user, application.name);
  RETURN_IF_ERROR(service->InitializeApplication(told));
  application.services.emplace_back(name, data);
  return Status::Ok();
}

void Applications::Save(const NodeApplication& application) {
  ApplicationRecord record;
  record.user = application.user;
  record.acls = application.acls;
  record.service_data = application.services;
  record.log_context = application.log_context;
  state_.Put("a/" + application.name, record.Encode());
}

void Applications::Recover(const NodeRecords& records) {
  for (const auto& [name, record] : records.applications) {
    Result<ApplicationId> id = ApplicationId::Parse(name);
    if (!id.ok() || record.user.empty()) continue;
    NodeApplication& application = applications_[*id];
    application.id = *id;
    application.name = name;
    application.user = record.user;
    application.acls = record.acls;
    application.log_context = record.log_context;
    for (const auto& [service, data] : record.service_data) {
      Status told = TellService(application, service, data);
      if (!told.ok()) LogWarn("applications", "{}: {} refuses it: {}", name, service, told.ToString());
    }
    LogInfo("applications", "{} of {} is recovered{}", name, record.user, record.over ? ", its end goes on" : "");
    if (record.over) Finish(*id);
  }
}

void Applications::Finish(const ApplicationId& id) {
  auto found = applications_.find(id);
  if (found == applications_.end() || found->second.state != ApplicationState::kRunning) return;
  found->second.state = ApplicationState::kFinishing;
  state_.Put("a-over/" + found->second.name, "");
  scope_.Spawn(RunFinish(id));
}

Task<void> Applications::RunFinish(ApplicationId id) {
  co_await host_.StopApplication(id, kExitKilledAfterAppCompletion, "Container killed on application-finish event from the resource manager.");
  NodeApplication application = applications_.at(id);
  for (const auto& [name, data] : application.services) Service(name)->StopApplication(application.name);
  if (log_handler_) co_await log_handler_(application);
  co_await host_.RemoveApplication(application.user, id);
  LogInfo("applications", "{} has gone", application.name);
  applications_.erase(id);
  state_.Erase("a/" + application.name);
  state_.Erase("a-over/" + application.name);
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
