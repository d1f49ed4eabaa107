// ParameterClient: a worker's end of the parameter servers. Cuts keys by the layout, remembers which key lists each server knows, encodes
// gradients. With kTopK what is left out of a lane's dense gradient is added to its next one; lists of keys travel whole, for
// their positions change from step to step.
#pragma once

#include <map>
#include <optional>

#include "mlkit/compression/error_feedback.h"
#include "mlkit/parameter_server/gradient_exchange.h"
#include "mlkit/parameter_server/key_layout.h"
#include "mlkit/parameter_server/message.h"
#include "mlkit/parameter_server/post.h"
#include "mlkit/parameter_server/sync_mode.h"

namespace tusk::ml {

class ParameterClient final : public GradientExchange {
 public:
  ParameterClient(KeyLayout layout, size_t width, int worker, CodecChoice codec, Post& post)
      : layout_(std::move(layout)), width_(width), worker_(worker), codec_(codec), post_(post), known_(layout_.servers()) {}

  Status Pull(std::span<const uint32_t> keys, std::span<float> values) override;
  Status Push(const LaneGradient& gradient, float rate) override;
  Status Tick(float rate) override;

  uint64_t steps() const { return step_; }
  uint64_t bytes_sent() const { return sent_; }
  uint64_t key_lists_sent() const { return lists_sent_; }

 private:
  ServerMessage Begin(ServerMessage::Kind kind) const;
  void NameKeys(ServerMessage& message, size_t server, std::span<const uint32_t> keys);
  Status Send(size_t server, const ServerMessage& message);

  const KeyLayout layout_;
  const size_t width_;
  const int worker_;
  const CodecChoice codec_;
  Post& post_;
  std::vector<KeyListCache> known_;                                  // by server: as its cache for this worker
  std::map<std::pair<size_t, size_t>, ErrorFeedback> feedback_;      // by server and lane
  uint64_t step_ = 0, sent_ = 0, lists_sent_ = 0;
};

}  // namespace tusk::ml
