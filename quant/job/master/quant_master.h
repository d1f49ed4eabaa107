// QuantMaster: the app master of a quantization: gets containers, hands pieces to workers, tells the client, and in the end
// makes the parts one file. Runs on one loop; files through the pool.
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
#include "mapreduce/client/master/master_events.h"
#include "mapreduce/client/master/master_status.h"
#include "quant/job/cluster_quant.h"
#include "quant/job/master/job_figures.h"
#include "quant/job/master/piece_ledger.h"
#include "quant/job/master/quant_status.h"
#include "quant/job/part_store.h"
#include "quant/job/wire/quant_job.rpc.h"

namespace tusk::yarn {
class AppMasterClient;
}

namespace tusk::quant {

struct QuantMasterSetup {
  Configuration conf;                    // job.xml
  mapreduce::FileSystems* files = nullptr;
  ClusterQuant job;
  const QuantProgram* program = nullptr;
  Credentials credentials;               // of the container
  std::string container;                 // of the app master itself
  std::string host;                      // where workers and the client reach it
  std::string staging;
};

class QuantMaster final : public wire::QuantMasterService {
 public:
  QuantMaster(Env env, QuantMasterSetup setup);
  ~QuantMaster() override;
  // The whole life; OK when the resource manager was told how it ended.
  tusk::Task<Status> Run();

  tusk::Task<Result<wire::NextResponse>> Next(rpc::CallContext& call, const wire::NextRequest& request) override;
  tusk::Task<Result<wire::ReportResponse>> Report(rpc::CallContext& call, const wire::ReportRequest& request) override;
  tusk::Task<Result<wire::FailedResponse>> Failed(rpc::CallContext& call, const wire::FailedRequest& request) override;
  tusk::Task<Result<wire::WatchResponse>> Watch(rpc::CallContext& call, const wire::WatchRequest& request) override;

 private:
  struct Launching;   // the protobuf side of launches

  tusk::Task<Status> Start();
  tusk::Task<Status> OpenJob();
  tusk::Task<Status> Register();
  tusk::Task<Status> WriteAddress();
  tusk::Task<Status> Loop();
  tusk::Task<Status> Heartbeat(int wanted);
  tusk::Task<Status> Assemble();
  tusk::Task<Status> End(Status outcome);
  tusk::Task<void> Launch(std::string container);
  int WorkersWanted() const;
  // A worker has said something; false: it is not one of this job's, or the job is over.
  bool Hear(const std::string& worker, const wire::WorkerFigures* figures = nullptr);
  void Lose(const std::string& worker, const std::string& why);
  void AddWorker(const std::string& worker, const std::string& node);
  void LoseSilent();
  wire::JobFigures FiguresNow() const;
  void SayFigures();
  Status ServeStatus(const std::string& listen_on);
  std::string JobJson() const;
  tusk::Task<void> KeepHistory();
  void Say(std::string message);
  void Pulse();
  void Fail(const Status& why);

  Env env_;
  QuantMasterSetup setup_;
  Token job_token_;
  int attempt_ = 1;
  std::unique_ptr<OpenedRecipe> opened_;
  std::unique_ptr<PartStore> parts_;
  std::unique_ptr<PieceLedger> ledger_;
  std::unique_ptr<QuantStatus> status_;
  mapreduce::MasterEvents events_;
  std::unique_ptr<mapreduce::MasterStatusServer> status_server_;
  std::string application_;
  int64_t started_ms_ = 0;
  TimePoint finished_;                          // the last piece was made
  bool assembled_ = false;
  std::map<std::string, TimePoint> workers_;    // containers that live: when last heard of
  std::map<std::string, QuantStatus::Worker> known_workers_;   // those that are gone, too
  std::set<std::string> unheard_;               // of an earlier master, which have not said yet what they make
  TimePoint hear_them_until_;
  std::unique_ptr<yarn::AppMasterClient> yarn_;
  std::unique_ptr<rpc::SecretManager> secrets_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<Launching> launching_;
  std::vector<std::string> messages_;
  uint64_t changes_ = 0;
  JobFigures figures_;
  size_t lost_ = 0, made_again_ = 0;
  bool begun_ = false, made_ = false;           // a piece of weights, under this master
  bool ended_ = false, client_knows_ = false, client_seen_ = false;
  Status failure_;
  AsyncEvent changed_;                          // pulsed: pieces, messages, the end
  AsyncEvent wake_;                             // of the loop
  TaskScope scope_;
};

}  // namespace tusk::quant
