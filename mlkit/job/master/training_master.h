// TrainingMaster: the app master of a training: gets containers, answers workers and the client, carries the plans of
// Membership to them, commits checkpoints, and ends the application. Runs on one loop; files through the pool.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/rpc/server.h"
#include "base/security/token.h"
#include "mapreduce/api/file_system.h"
#include "mapreduce/client/master/master_status.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/master/checkpoint_ledger.h"
#include "mlkit/job/master/gang.h"
#include "mlkit/job/master/membership.h"
#include "mlkit/job/master/training_status.h"
#include "mlkit/job/wire/training.rpc.h"

namespace tusk::yarn {
class AppMasterClient;
}

namespace tusk::ml {

struct TrainingMasterSetup {
  Configuration conf;                    // job.xml
  mapreduce::FileSystems* files = nullptr;
  ClusterTraining training;
  Credentials credentials;               // of the container
  std::string container;                 // of the app master itself
  std::string host;                      // where workers and the client reach it
  std::string staging;
};

class TrainingMaster final : public wire::TrainingMasterService {
 public:
  TrainingMaster(Env env, TrainingMasterSetup setup);
  ~TrainingMaster() override;
  // The whole life; OK when the resource manager was told how it ended.
  tusk::Task<Status> Run();

  tusk::Task<Result<wire::JoinResponse>> Join(rpc::CallContext& call, const wire::JoinRequest& request) override;
  tusk::Task<Result<wire::ReportResponse>> Report(rpc::CallContext& call, const wire::ReportRequest& request) override;
  tusk::Task<Result<wire::AwaitPlanResponse>> AwaitPlan(rpc::CallContext& call, const wire::AwaitPlanRequest& request) override;
  tusk::Task<Result<wire::Done>> Failed(rpc::CallContext& call, const wire::FailedRequest& request) override;
  tusk::Task<Result<wire::Done>> PieceWritten(rpc::CallContext& call, const wire::PieceWrittenRequest& request) override;
  tusk::Task<Result<wire::Done>> ModelWritten(rpc::CallContext& call, const wire::ModelWrittenRequest& request) override;
  tusk::Task<Result<wire::Done>> Stop(rpc::CallContext& call, const wire::StopRequest& request) override;
  tusk::Task<Result<wire::WatchResponse>> Watch(rpc::CallContext& call, const wire::WatchRequest& request) override;

 private:
  struct Worker {
    std::string node, host;      // "host:port" of its node manager, and that host
    uint64_t step_bytes = 0;     // of its last step
    uint64_t lifeline = 0;       // number of its newest; 0: none
    bool joined = false;
  };
  struct Launching;   // the protobuf side of launches

  tusk::Task<Status> Start();
  tusk::Task<Status> WriteAddress();
  tusk::Task<Status> Loop();
  tusk::Task<Status> Heartbeat();
  void TakeGrant(const std::string& container, const std::string& node, const std::string& host);
  void StartGang();
  void GiveBackPartOfGang();
  tusk::Task<Status> End(Status outcome);
  tusk::Task<void> KeepHistory();
  tusk::Task<void> Launch(std::string container);
  tusk::Task<void> ServeLifelines();
  tusk::Task<void> FollowLifeline(std::unique_ptr<Stream> stream);
  tusk::Task<void> StopLater();
  tusk::Task<void> Commit(uint64_t epoch, uint64_t step, std::vector<CheckpointPiece> pieces);
  void Lose(const std::string& worker, const std::string& why);
  void StepNews(const std::string& worker, const wire::StepNews& news);
  // After every change of the membership: events to the client, plans to waiting workers.
  void Publish();
  void Say(std::string message);
  void AddEvent(wire::Event event);
  void Pulse();
  void Fail(const Status& why);
  void EndStopped();
  wire::Plan PlanForWorkers() const;
  tusk::Status ServeStatus(const std::string& listen_on);
  std::string JobJson() const;

  Env env_;
  TrainingMasterSetup setup_;
  Token job_token_;
  std::string application_;
  int attempt_ = 1;
  std::unique_ptr<Gang> gang_;                  // of the first workers; null where an earlier master's still run
  std::unique_ptr<Membership> membership_;
  CheckpointLedger checkpoints_;
  TrainingStatus status_;
  std::unique_ptr<mapreduce::MasterStatusServer> status_server_;
  std::map<std::string, Worker> workers_;       // containers that live, by id
  std::map<std::string, HostPort> addresses_;   // of all workers that have ever joined: plans may name the dead
  std::unique_ptr<yarn::AppMasterClient> yarn_;
  std::unique_ptr<rpc::SecretManager> secrets_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<Listener> lifelines_;
  std::unique_ptr<Launching> launching_;
  std::vector<wire::Event> events_;
  uint64_t first_event_ = 0;                    // number of events_[0]
  uint64_t published_epoch_ = 0;
  uint64_t memberships_ = 0;
  uint64_t lifeline_count_ = 0;
  double progress_ = 0;
  std::string last_checkpoint_;
  bool stopping_ = false;                       // the client asked for the end; plans say so
  bool ended_ = false, model_written_ = false, client_knows_ = false, client_seen_ = false;
  Status failure_;
  AsyncEvent changed_;                          // pulsed: plans, events, the end
  AsyncEvent wake_;                             // of the loop
  TaskScope scope_;
};

}  // namespace tusk::ml
