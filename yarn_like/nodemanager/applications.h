// Applications: which applications have had containers on this node, the services that serve them, and their end:
// containers stopped, services told, logs handed over, folders removed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "yarn_like/nodemanager/aux_service.h"
#include "yarn_like/nodemanager/container/container_host.h"

namespace tusk::yarn {

enum class ApplicationState : unsigned char { kRunning, kFinishing, kFinished };

struct NodeApplication {
  ApplicationId id;
  std::string name;  // application_..
  std::string user;
  ApplicationState state = ApplicationState::kRunning;
  std::vector<std::pair<int, std::string>> acls;
  std::vector<std::pair<std::string, std::string>> services;  // that know it, with what they were told
  std::string log_context;  // LogAggregationContextProto of its first container; empty where there is none
};

class Applications {
 public:
  // What is done with an application's logs once its containers have ended.
  using LogHandler = std::function<Task<void>(NodeApplication application)>;

  Applications(Env env, ContainerHost& host, std::vector<AuxService*> services, StateWriter& state)
      : host_(host), services_(std::move(services)), state_(state), scope_(env.loop) {}

  void SetLogHandler(LogHandler handler) { log_handler_ = std::move(handler); }
  // Called when an application has gone.
  void OnGone(std::function<void(const ApplicationId&)> callback) { on_gone_ = std::move(callback); }

  // kYarn/InvalidAuxService where a service named does not exist; nothing is changed then.
  Status CheckServices(const LaunchContext& context) const;
  // Before its first container, and again before each: makes the application known here and to the services named.
  Status Admit(const ApplicationId& id, const std::string& user, const LaunchContext& context, const std::string& log_context);
  // Those of an earlier node manager; services are told again, ends that had begun go on.
  void Recover(const NodeRecords& records);
  // From the resource manager: it is over.
  void Finish(const ApplicationId& id);
  // Name and metadata of every service.
  std::vector<std::pair<std::string, std::string>> Metadata() const;
  const std::map<ApplicationId, NodeApplication>& all() const { return applications_; }
  const NodeApplication* Find(const ApplicationId& id) const;
  Task<void> Shutdown();

 private:
  Task<void> RunFinish(ApplicationId id);
  AuxService* Service(std::string_view name) const;
  Status TellService(NodeApplication& application, const std::string& name, const std::string& data);
  void Save(const NodeApplication& application);

  ContainerHost& host_;
  std::vector<AuxService*> services_;
  StateWriter& state_;
  LogHandler log_handler_;
  std::function<void(const ApplicationId&)> on_gone_;
  std::map<ApplicationId, NodeApplication> applications_;
  TaskScope scope_;
};

}  // namespace tusk::yarn
