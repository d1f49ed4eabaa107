// ParameterServer: one server's range of the table during a round, as a state machine: a letter in, letters out. No threads, no I/O.
// What workers send is checked; a message that makes no sense is answered by a refusal that ends that worker's round. A membership
// that loses a worker begins the round again: nobody is taken out of a running one.
#pragma once

#include <map>
#include <vector>

#include "mlkit/collectives/post.h"
#include "mlkit/parameter_server/key_layout.h"
#include "mlkit/parameter_server/lane_sum.h"
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/parameter_table.h"
#include "mlkit/parameter_server/staleness_clock.h"

namespace tusk::ml {

struct ServerSettings {
  size_t width = 1;
  SyncMode mode;
  int workers = 1;
  size_t lanes = 1;
  KeyLayout layout;
};

class ParameterServer {
 public:
  // `table` is of the layout's range `number`.
  ParameterServer(ServerSettings settings, size_t number, ParameterTable table);

  // Answers what can be answered now: also pulls that waited.
  std::vector<Letter> Handle(const Letter& letter);

  const ParameterTable& table() const { return table_; }
  const StalenessClock& clock() const { return clock_; }
  size_t waiting() const { return waiting_.size(); }

 private:
  Status Take(ServerMessage& message, std::vector<Letter>& answers);
  Status Push(const ServerMessage& message, std::span<const uint32_t> keys);
  Status EndStep(const ServerMessage& message, std::vector<Letter>& answers);
  Status Advance();
  Result<std::span<const uint32_t>> KeysOf(ServerMessage& message);
  bool MayAnswer(const ServerMessage& message) const;
  void AnswerWaiting(std::vector<Letter>& answers);
  Letter Refusal(int worker, const Status& status) const;

  ServerSettings settings_;
  size_t number_;
  ParameterTable table_;
  StalenessClock clock_;
  LaneSum sum_;                                   // of the step that is open (BSP)
  uint64_t applied_ = 0;                          // steps (BSP)
  float rate_ = 0;                                // of the open step
  std::vector<KeyListCache> caches_;              // by worker
  std::map<int, ServerMessage> waiting_;          // pulls and fences that may not be answered yet, by worker
};

}  // namespace tusk::ml
