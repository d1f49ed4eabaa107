// ParameterClient: a worker's end of the parameter servers during a round. A step is Pull, Push (some), Tick; a round ends with a Push
// of all that codecs have left out, and Fence. Cuts keys by the layout, remembers which key lists each server knows, encodes gradients.
// Servers without keys are not asked.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "mlkit/collectives/post.h"
#include "mlkit/compression/error_feedback.h"
#include "mlkit/parameter_server/key_layout.h"
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/sync_mode.h"

namespace tusk::ml {

struct LaneGradient {
  size_t lane = 0;                        // 0..lanes-1; each belongs to one worker. BSP adds up lanes in the fixed tree
  float weight = 0;                       // of the sum: servers divide by it. 0: there were no rows
  std::span<const uint32_t> keys = {};    // ascending; empty: `values` are of all keys
  std::span<const float> values = {};     // [keys][width], sums over the rows
};

class ParameterClient {
 public:
  ParameterClient(KeyLayout layout, size_t width, CodecChoice codec, Post& post)
      : layout_(std::move(layout)), width_(width), codec_(codec), post_(post), known_(layout_.servers()) {}

  // Waits until the worker's next step may begin, which counts as `steps`. `keys` ascending; empty: all.
  Status Pull(std::span<const uint32_t> keys, std::span<float> values, uint16_t steps = 1);
  // With a codec there is one push a step; `whole`: as it is, with everything that was left out before.
  Status Push(const LaneGradient& gradient, float rate, bool whole);
  // The worker's step is over; `rate` is the step's learning rate (equal on all workers for BSP).
  Status Tick(float rate, uint16_t steps = 1);
  // Waits until all workers have ended as many steps on this rank's own server.
  Status Fence();

  uint64_t key_lists_sent() const { return lists_sent_; }

 private:
  ServerMessage Begin(ServerMessage::Kind kind) const;
  void NameKeys(ServerMessage& message, size_t server, std::span<const uint32_t> keys);
  Status Send(size_t server, const ServerMessage& message) { return post_.Send(static_cast<int>(server), EncodeServerMessage(message)); }
  Result<ServerMessage> Answer(size_t& server);
  Status PushDense(ServerMessage& push, size_t server, std::span<const float> values, bool whole);
  Status PushKeys(ServerMessage& push, size_t server, std::span<const uint32_t> keys, std::span<const float> values, bool whole);
  ErrorFeedback& FeedbackOf(size_t server);

  const KeyLayout layout_;
  const size_t width_;
  const CodecChoice codec_;
  Post& post_;
  std::vector<KeyListCache> known_;             // by server: as its cache for this worker
  std::map<size_t, ErrorFeedback> feedback_;    // by server
  uint64_t step_ = 0, lists_sent_ = 0;
};

}  // namespace tusk::ml
