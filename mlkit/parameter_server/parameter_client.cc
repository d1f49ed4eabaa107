// Pushes and pulls, cut by server.
#include "mlkit/parameter_server/parameter_client.h"

#include <cstring>
#include <string>

namespace tusk::ml {

ServerMessage ParameterClient::Begin(ServerMessage::Kind kind) const {
  ServerMessage message;
  message.kind = kind;
  message.worker = static_cast<uint32_t>(worker_);
  message.epoch = layout_.epoch;
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

Status ParameterClient::Send(size_t server, const ServerMessage& message) {
  std::vector<uint8_t> bytes = EncodeServerMessage(message);
  sent_ += bytes.size();
  return post_.Send(static_cast<int>(server), std::move(bytes));
}

Status ParameterClient::Pull(std::span<const uint32_t> keys, std::span<float> values) {
  const uint32_t first_key = layout_.bounds.front();
  std::vector<std::span<float>> places(layout_.servers());
  size_t open = 0;
  for (size_t server = 0; server < layout_.servers(); ++server) {
    ServerMessage pull = Begin(ServerMessage::Kind::kPull);
    if (keys.empty()) {
      places[server] = values.subspan((layout_.begin(server) - first_key) * width_, layout_.count(server) * width_);
    } else {
      const auto [first, count] = layout_.PartOf(keys, server);
      if (count == 0) continue;
      places[server] = values.subspan(first * width_, count * width_);
      NameKeys(pull, server, keys.subspan(first, count));
    }
    RETURN_IF_ERROR(Send(server, pull));
    ++open;
  }
  std::vector<bool> heard(layout_.servers());
  while (open > 0) {
    ASSIGN_OR_RETURN(const Letter letter, post_.Receive());
    ASSIGN_OR_RETURN(const ServerMessage answer, DecodeServerMessage(letter.bytes));
    const auto server = static_cast<size_t>(letter.from);
    if (answer.kind == ServerMessage::Kind::kRefused) {
      return Status(Code::kCancelled, "parameter server " + std::to_string(letter.from) + " refused: " + std::string(AsText(answer.payload)));
    }
    if (answer.epoch != layout_.epoch) continue;  // of a membership that is over
    if (letter.from < 0 || server >= places.size() || heard[server] || answer.kind != ServerMessage::Kind::kValues || answer.step != step_ ||
        answer.payload.size() != places[server].size_bytes()) {
      return Status(Code::kCorruption, "parameter server " + std::to_string(letter.from) + " answers what was not asked");
    }
    if (!places[server].empty()) std::memcpy(places[server].data(), answer.payload.data(), answer.payload.size());
    heard[server] = true;
    --open;
  }
  return Status::Ok();
}

Status ParameterClient::Push(const LaneGradient& gradient, float rate) {
  for (size_t server = 0; server < layout_.servers(); ++server) {
    ServerMessage push = Begin(ServerMessage::Kind::kPush);
    push.lane = static_cast<uint32_t>(gradient.lane);
    push.rate = rate;
    push.weight = gradient.weight;
    if (gradient.keys.empty()) {
      const auto part = gradient.values.subspan((layout_.begin(server) - layout_.bounds.front()) * width_, layout_.count(server) * width_);
      if (codec_.codec == GradientCodec::kNone) {
        ASSIGN_OR_RETURN(push.payload, EncodeGradient(codec_.codec, part));
      } else {
        ErrorFeedback& feedback = feedback_.try_emplace({server, gradient.lane}, codec_.codec, codec_.share).first->second;
        ASSIGN_OR_RETURN(push.payload, feedback.Encode(part));
      }
    } else {
      const auto [first, count] = layout_.PartOf(gradient.keys, server);
      // The lane's weight is part of BSP's mean also where its rows touch none of the keys.
      if (count > 0) {
        NameKeys(push, server, gradient.keys.subspan(first, count));
      } else {
        push.keys = ServerMessage::Keys::kListed;  // of none
      }
      const GradientCodec codec = codec_.codec == GradientCodec::kTopK ? GradientCodec::kNone : codec_.codec;
      ASSIGN_OR_RETURN(push.payload, EncodeGradient(codec, gradient.values.subspan(first * width_, count * width_)));
    }
    RETURN_IF_ERROR(Send(server, push));
  }
  return Status::Ok();
}

Status ParameterClient::Tick(float rate) {
  for (size_t server = 0; server < layout_.servers(); ++server) {
    ServerMessage tick = Begin(ServerMessage::Kind::kTick);
    tick.rate = rate;
    RETURN_IF_ERROR(Send(server, tick));
  }
  ++step_;
  return Status::Ok();
}

}  // namespace tusk::ml
