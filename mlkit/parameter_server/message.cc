// The bytes of the parameter servers' messages.
#include "mlkit/parameter_server/message.h"

#include <cstring>

namespace tusk::ml {
namespace {

struct Header {
  uint8_t kind = 0;
  uint8_t keys = 0;
  uint16_t steps = 1;
  uint32_t worker = 0;
  uint64_t round = 0;
  uint64_t step = 0;
  uint32_t lane = 0;
  float rate = 0;
  float weight = 0;
  uint32_t key_count = 0;
  uint64_t hash = 0;
  uint64_t payload = 0;
};
static_assert(sizeof(Header) == 56);

}  // namespace

std::vector<uint8_t> EncodeServerMessage(const ServerMessage& message) {
  const Header header = {.kind = static_cast<uint8_t>(message.kind), .keys = static_cast<uint8_t>(message.keys), .steps = message.steps, .worker = message.worker,
                         .round = message.round, .step = message.step, .lane = message.lane, .rate = message.rate, .weight = message.weight,
                         .key_count = static_cast<uint32_t>(message.list.size()), .hash = message.hash, .payload = message.payload.size()};
  std::vector<uint8_t> bytes(sizeof header + message.list.size() * sizeof(uint32_t) + message.payload.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  if (!message.list.empty()) std::memcpy(bytes.data() + sizeof header, message.list.data(), message.list.size() * sizeof(uint32_t));
  if (!message.payload.empty()) std::memcpy(bytes.data() + bytes.size() - message.payload.size(), message.payload.data(), message.payload.size());
  return bytes;
}

Result<ServerMessage> DecodeServerMessage(ByteView bytes) {
  const auto bad = [](const char* what) { return Status(Code::kCorruption, std::string("a parameter server's message ") + what); };
  Header header;
  if (bytes.size() < sizeof header) return bad("is too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes = bytes.subspan(sizeof header);
  if (header.kind < 1 || header.kind > 6 || header.keys > 2 || header.steps == 0) return bad("is of no known kind");
  if (header.key_count > bytes.size() / sizeof(uint32_t) || (header.keys != 2 && header.key_count != 0)) return bad("has a wrong number of keys");
  const size_t list_bytes = header.key_count * sizeof(uint32_t);
  if (header.payload != bytes.size() - list_bytes) return bad("has a wrong length");
  ServerMessage message;
  message.kind = static_cast<ServerMessage::Kind>(header.kind);
  message.keys = static_cast<ServerMessage::Keys>(header.keys);
  message.worker = header.worker;
  message.round = header.round;
  message.step = header.step;
  message.steps = header.steps;
  message.lane = header.lane;
  message.rate = header.rate;
  message.weight = header.weight;
  message.hash = header.hash;
  message.list.resize(header.key_count);
  if (list_bytes > 0) std::memcpy(message.list.data(), bytes.data(), list_bytes);
  message.payload.assign(bytes.begin() + static_cast<ptrdiff_t>(list_bytes), bytes.end());
  for (size_t i = 1; i < message.list.size(); ++i) {
    if (message.list[i - 1] >= message.list[i]) return bad("has keys that do not ascend");
  }
  if (message.keys == ServerMessage::Keys::kListed && HashOfKeys(message.list) != message.hash) return bad("names its keys by a wrong hash");
  return message;
}

uint64_t HashOfKeys(std::span<const uint32_t> keys) {
  uint64_t hash = keys.size() * 0x9E3779B97F4A7C15;
  for (const uint32_t key : keys) {
    hash = (hash ^ key) * 0xD6E8FEB86659FD93;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace tusk::ml
