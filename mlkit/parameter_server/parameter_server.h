// ParameterServer: one server's range of the table as a state machine: a message in, messages out. No threads, no I/O.
// What workers send is checked; a message that makes no sense is answered by a refusal that ends that worker's training.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "mlkit/parameter_server/key_layout.h"
#include "mlkit/parameter_server/lane_sum.h"
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/parameter_table.h"
#include "mlkit/parameter_server/staleness_clock.h"

namespace tusk::ml {

struct ServerSettings {
  TableSettings table;
  SyncMode mode;
  int workers = 1;
  size_t lanes = 1;
  KeyLayout layout;
};

class ParameterServer {
 public:
  struct Reply {
    int worker = 0;
    std::vector<uint8_t> bytes;
  };

  ParameterServer(ServerSettings settings, size_t number);

  // Each answers what can be answered now: also pulls that waited.
  std::vector<Reply> Handle(ByteView bytes);
  std::vector<Reply> WorkerLost(int worker);
  // A replacement under the same number, without cached key lists.
  std::vector<Reply> WorkerReplaced(int worker);
  // Ranges have moved, or the membership is another: this server goes on with `saved` (null: what it has; its range must then be
  // the same). Messages of older epochs are refused from now on.
  Status Enter(ServerSettings settings, const Bundle* saved);

  const ParameterTable& table() const { return table_; }
  const StalenessClock& clock() const { return clock_; }
  size_t waiting() const { return waiting_.size(); }

 private:
  Status Take(ServerMessage& message, std::vector<Reply>& replies);
  Status Push(const ServerMessage& message, std::span<const uint32_t> keys);
  Status EndStep(const ServerMessage& message, std::vector<Reply>& replies);
  Status Advance();
  Result<std::span<const uint32_t>> KeysOf(ServerMessage& message);
  void AnswerWaiting(std::vector<Reply>& replies);
  Reply Refusal(int worker, const Status& status) const;

  ServerSettings settings_;
  size_t number_;
  ParameterTable table_;
  StalenessClock clock_;
  LaneSum sum_;                                   // of the step that is open (BSP)
  std::map<size_t, int> lane_owners_;             // of the lanes in sum_
  uint64_t applied_ = 0;                          // steps (BSP)
  float rate_ = 0;                                // of the open step
  std::vector<KeyListCache> caches_;              // by worker
  std::map<int, ServerMessage> waiting_;          // pulls that may not be answered yet, by worker
};

}  // namespace tusk::ml
