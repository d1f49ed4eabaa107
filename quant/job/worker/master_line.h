// MasterLine: a worker's line to the app master. When the master is gone, the staging folder is looked at
// for its successor.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "base/security/token.h"
#include "mapreduce/api/file_system.h"
#include "quant/job/wire/quant_job.rpc.h"
#include "quant/plan/output_recipe.h"

namespace tusk::quant {

struct MasterLineSetup {
  mapreduce::FileSystems* files = nullptr;
  std::string staging;   // folder with the master's address
  Token token;
  std::string worker;
  std::function<void(wire::WorkerFigures& figures)> figures;   // from any thread
};

struct MadePiece {
  size_t number = 0;
  std::map<uint32_t, CodeError> errors;   // of its tensors
};

class MasterLine {
 public:
  MasterLine(LoopThread& thread, const Clock& clock, MasterLineSetup setup);
  ~MasterLine();

  // Says that `done` is committed, and waits for the next piece. Nothing: this worker should end.
  std::optional<size_t> NextPiece(std::optional<MadePiece> done);
  // What the user should know of this worker: said with the next call of NextPiece.
  void Tell(std::string about) { about_ = std::move(about); }
  // `piece`: of one attempt; else of the whole worker. False: the worker should end.
  bool Failed(std::optional<size_t> piece, const std::string& message, bool hopeless);
  // False: the worker should end.
  bool Pause(Duration duration);

 private:
  struct Master;
  std::shared_ptr<Master> Find();
  void Drop(const std::shared_ptr<Master>& master);
  void End();
  void SendReports();
  template <typename Call>
  auto Insist(Call call);

  LoopThread& thread_;
  const Clock& clock_;
  const MasterLineSetup setup_;
  std::string about_;                // of the thread that asks for pieces
  std::unique_ptr<rpc::Client> rpc_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::shared_ptr<Master> master_;   // null: not found (again) yet
  std::optional<size_t> making_;
  std::thread reports_;              // last: it uses the rest
};

}  // namespace tusk::quant
