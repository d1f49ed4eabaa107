// Pushes and pulls, cut by server.
#include "mlkit/parameter_server/parameter_client.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace tusk::ml {

ServerMessage ParameterClient::Begin(ServerMessage::Kind kind) const {
  ServerMessage message;
  message.kind = kind;
  message.worker = static_cast<uint32_t>(post_.rank());
  message.round = layout_.round;
  message.step = step_;
  return message;
}

void ParameterClient::NameKeys(ServerMessage& message, size_t server, std::span<const uint32_t> keys) {
  message.hash = HashOfKeys(keys);
  message.keys = ServerMessage::Keys::kNamed;
  if (known_[server].Find(message.hash) != nullptr) return;
  message.keys = ServerMessage::Keys::kListed;
  message.list.assign(keys.begin(), keys.end());
  known_[server].Add(message.hash, {});  // its hash says enough here
  ++lists_sent_;
}

ErrorFeedback& ParameterClient::FeedbackOf(size_t server) {
  return feedback_.try_emplace(server, codec_.codec, codec_.share, layout_.count(server) * width_).first->second;
}

// The next answer of this round, and whose it is.
Result<ServerMessage> ParameterClient::Answer(size_t& server) {
  ASSIGN_OR_RETURN(const Letter letter, post_.Receive());
  ASSIGN_OR_RETURN(ServerMessage answer, DecodeServerMessage(letter.bytes));
  const std::string who = "parameter server " + std::to_string(letter.peer);
  if (answer.kind == ServerMessage::Kind::kRefused) {
    return Status(Code::kInternal, who + " refused: " + std::string(AsText(answer.payload)));
  }
  server = static_cast<size_t>(letter.peer);
  const bool asked = letter.peer >= 0 && server < layout_.servers() && answer.kind == ServerMessage::Kind::kValues;
  if (asked && answer.round == layout_.round && answer.step == step_) return answer;
  return Status(Code::kCorruption, who + " answers what was not asked");
}

Status ParameterClient::Pull(std::span<const uint32_t> keys, std::span<float> values, uint16_t steps) {
  std::vector<std::span<float>> places(layout_.servers());
  size_t open = 0;
  for (size_t server = 0; server < layout_.servers(); ++server) {
    if (layout_.count(server) == 0) continue;
    ServerMessage pull = Begin(ServerMessage::Kind::kPull);
    pull.steps = steps;
    if (keys.empty()) {
      places[server] = values.subspan((layout_.begin(server) - layout_.bounds.front()) * width_, layout_.count(server) * width_);
    } else {
      const auto [first, count] = layout_.PartOf(keys, server);
      if (count == 0) continue;
      places[server] = values.subspan(first * width_, count * width_);
      NameKeys(pull, server, keys.subspan(first, count));
    }
    RETURN_IF_ERROR(Send(server, pull));
    ++open;
  }
  for (; open > 0; --open) {
    size_t server = 0;
    ASSIGN_OR_RETURN(const ServerMessage answer, Answer(server));
    std::span<float>& place = places[server];
    if (place.empty() || answer.payload.size() != place.size_bytes()) {
      return Status(Code::kCorruption, "parameter server " + std::to_string(server) + " answers what was not asked");
    }
    std::memcpy(place.data(), answer.payload.data(), answer.payload.size());
    place = {};
  }
  return Status::Ok();
}

Status ParameterClient::PushDense(ServerMessage& push, size_t server, std::span<const float> values, bool whole) {
  const auto part = values.subspan((layout_.begin(server) - layout_.bounds.front()) * width_, layout_.count(server) * width_);
  if (codec_.codec == GradientCodec::kNone) {
    ASSIGN_OR_RETURN(push.payload, EncodeGradient(GradientCodec::kNone, part));
  } else {
    ErrorFeedback& feedback = FeedbackOf(server);
    ASSIGN_OR_RETURN(push.payload, whole ? feedback.EncodeWhole(part) : feedback.Encode(part));
  }
  return Status::Ok();
}

// The server's part of keys and values. A whole push has also the keys of which something was left out.
Status ParameterClient::PushKeys(ServerMessage& push, size_t server, std::span<const uint32_t> keys, std::span<const float> values, bool whole) {
  if (codec_.codec == GradientCodec::kNone) {
    // The lane's weight is part of BSP's mean also where its rows touch none of the keys.
    if (keys.empty()) push.keys = ServerMessage::Keys::kListed;
    if (!keys.empty()) NameKeys(push, server, keys);
    ASSIGN_OR_RETURN(push.payload, EncodeGradient(GradientCodec::kNone, values));
    return Status::Ok();
  }
  ErrorFeedback& feedback = FeedbackOf(server);
  std::vector<uint32_t> all(keys.begin(), keys.end());
  if (whole) {
    const std::vector<float>& left = feedback.left();
    for (uint32_t key = 0; key < layout_.count(server); ++key) {
      const auto begin = left.begin() + static_cast<ptrdiff_t>(key * width_);
      if (std::any_of(begin, begin + static_cast<ptrdiff_t>(width_), [](float value) { return value != 0; })) all.push_back(layout_.begin(server) + key);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  push.keys = ServerMessage::Keys::kListed;
  if (!all.empty()) NameKeys(push, server, all);
  std::vector<float> gradient;
  std::vector<uint32_t> places;
  for (size_t i = 0, at = 0; i < all.size(); ++i) {
    const bool has = at < keys.size() && keys[at] == all[i];
    for (size_t k = 0; k < width_; ++k) {
      gradient.push_back(has ? values[at * width_ + k] : 0.0F);
      places.push_back(static_cast<uint32_t>((all[i] - layout_.begin(server)) * width_ + k));
    }
    at += has ? 1 : 0;
  }
  if (all.empty()) {
    ASSIGN_OR_RETURN(push.payload, EncodeGradient(GradientCodec::kNone, {}));
  } else {
    ASSIGN_OR_RETURN(push.payload, whole ? feedback.EncodeWhole(gradient, places) : feedback.Encode(gradient, places));
  }
  return Status::Ok();
}

Status ParameterClient::Push(const LaneGradient& gradient, float rate, bool whole) {
  for (size_t server = 0; server < layout_.servers(); ++server) {
    if (layout_.count(server) == 0) continue;
    ServerMessage push = Begin(ServerMessage::Kind::kPush);
    push.lane = static_cast<uint32_t>(gradient.lane);
    push.rate = rate;
    push.weight = gradient.weight;
    if (gradient.keys.empty()) {
      RETURN_IF_ERROR(PushDense(push, server, gradient.values, whole));
    } else {
      const auto [first, count] = layout_.PartOf(gradient.keys, server);
      RETURN_IF_ERROR(PushKeys(push, server, gradient.keys.subspan(first, count), gradient.values.subspan(first * width_, count * width_), whole));
    }
    RETURN_IF_ERROR(Send(server, push));
  }
  return Status::Ok();
}

Status ParameterClient::Tick(float rate, uint16_t steps) {
  for (size_t server = 0; server < layout_.servers(); ++server) {
    if (layout_.count(server) == 0) continue;
    ServerMessage tick = Begin(ServerMessage::Kind::kTick);
    tick.rate = rate;
    tick.steps = steps;
    RETURN_IF_ERROR(Send(server, tick));
  }
  step_ += steps;
  return Status::Ok();
}

Status ParameterClient::Fence() {
  const auto own = static_cast<size_t>(post_.rank());
  if (layout_.count(own) == 0) return Status::Ok();
  RETURN_IF_ERROR(Send(own, Begin(ServerMessage::Kind::kFence)));
  size_t server = 0;
  ASSIGN_OR_RETURN(const ServerMessage answer, Answer(server));
  if (server == own && answer.payload.empty()) return Status::Ok();
  return Status(Code::kCorruption, "parameter server " + std::to_string(server) + " answers what was not asked");
}

}  // namespace tusk::ml
