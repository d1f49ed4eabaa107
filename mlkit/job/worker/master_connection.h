// MasterConnection: a worker's line to its app master. Threads of its own fetch plans and send reports; when the master is gone,
// they look for its successor in the staging folder while the training goes on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/api/file_system.h"
#include "mlkit/job/transport/socket.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/job/wire/training.pb.h"

namespace tusk::ml {

struct MasterConnectionSetup {
  mapreduce::FileSystems* files = nullptr;
  std::string staging;            // folder with the master's address
  Token token;                    // of the job
  std::string worker;             // this container
  HostPort data_address;          // where other ranks connect to
  uint64_t shard_count = 0;
  bool joins = true;              // false: it has only a failure to tell
  std::string about;              // what the user should know of this worker; may be empty
};

class MasterConnection {
 public:
  MasterConnection(LoopThread& thread, const Clock& clock, MasterConnectionSetup setup);
  ~MasterConnection();

  // Waits for a plan of a later epoch than `known`. Nothing: this worker should end.
  std::optional<wire::Plan> NextPlan(uint64_t known);
  // Raised when the current epoch must be left at once. Each NextPlan makes a new one.
  std::shared_ptr<AbortSignal> abort_signal();
  // Whether a plan waits that takes effect after this many steps. The master's successors are told how far this worker is.
  bool ShouldLeaveAfter(uint64_t steps);
  // A plan that takes effect later, once.
  std::optional<wire::Plan> TakeAnnounced();
  bool ended() const { return ended_.load(); }

  void Report(wire::StepNews news);
  void ShardsOwned(std::vector<std::pair<size_t, uint64_t>> rows_of_shards);
  void Broken(uint64_t epoch);
  void Note(std::string text);
  // These wait until a master has taken them.
  void Failed(const std::string& message, bool hopeless);
  void PieceWritten(wire::PieceWrittenRequest request);
  void ModelWritten(const std::string& path);

 private:
  struct Master;   // a connection to one master

  void FollowPlans();
  void SendReports();
  void Flush();
  bool TakeReport(wire::ReportRequest& request, TimePoint sent);
  Status Find();
  std::shared_ptr<Master> master();
  void Take(const wire::Plan& plan);
  void End(const std::string& why);
  bool Pause(Duration duration);
  template <typename Call>
  void Insist(Call call);

  LoopThread& thread_;
  const Clock& clock_;
  const MasterConnectionSetup setup_;
  std::unique_ptr<rpc::Client> rpc_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Master> master_;               // null: not found (again) yet
  std::optional<wire::Plan> plan_;               // the newest
  uint64_t announced_ = 0;                       // epoch that TakeAnnounced has given
  uint64_t entered_ = 0;                         // epoch that the training is in
  int64_t steps_ = -1;
  std::shared_ptr<AbortSignal> abort_ = std::make_shared<AbortSignal>();
  std::vector<wire::StepNews> news_;
  std::vector<std::string> notes_;
  std::vector<std::pair<size_t, uint64_t>> shards_;   // number and rows
  uint64_t broken_ = 0;
  bool reporting_ = false;                       // a report is under way
  AbortSignal closing_;                          // of connects to the lifeline
  std::thread plans_thread_, reports_thread_;    // last: they use the rest
};

}  // namespace tusk::ml
