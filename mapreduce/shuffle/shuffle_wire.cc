// The bytes and hashes of the shuffle protocol.
#include "mapreduce/shuffle/shuffle_wire.h"

#include "base/security/hmac.h"
#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

namespace {
constexpr int64_t kIdBytesMax = 1000;  // as Hadoop's
}

std::string ShuffleTarget(const std::string& job_id, int reduce, const std::vector<std::string>& map_attempts) {
  std::string target = "/mapOutput?job=" + job_id + "&reduce=" + std::to_string(reduce) + "&map=";
  for (size_t i = 0; i < map_attempts.size(); ++i) {
    if (i > 0) target.push_back(',');
    target.append(map_attempts[i]);
  }
  return target;
}

std::string ShuffleUrlHash(std::string_view secret, uint16_t port, std::string_view target) {
  return Base64Encode(HmacSha1(secret, std::to_string(port) + std::string(target)));
}
std::string ShuffleReplyHash(std::string_view secret, std::string_view url_hash) { return Base64Encode(HmacSha1(secret, url_hash)); }

std::string ShuffleHeader::Encode() const {
  std::string bytes;
  Text::Write(map_attempt, bytes);
  AppendVLong(bytes, static_cast<int64_t>(part_length));
  AppendVLong(bytes, static_cast<int64_t>(raw_length));
  AppendVLong(bytes, reduce);
  return bytes;
}

Result<size_t> ShuffleHeader::Decode(ByteView bytes, ShuffleHeader& header) {
  const uint8_t* end = bytes.data() + bytes.size();
  int64_t size = 0, part = 0, raw = 0, reduce = 0;
  const uint8_t* at = ReadVLong(bytes.data(), end, &size);
  if (at == nullptr) return size_t{0};
  if (size < 0 || size > kIdBytesMax) return Status(Code::kCorruption, "a shuffle header with an id of " + std::to_string(size) + " bytes");
  if (end - at < size) return size_t{0};
  header.map_attempt.assign(reinterpret_cast<const char*>(at), static_cast<size_t>(size));
  at = ReadVLong(at + size, end, &part);
  if (at != nullptr) at = ReadVLong(at, end, &raw);
  if (at != nullptr) at = ReadVLong(at, end, &reduce);
  if (at == nullptr) return size_t{0};
  if (part < 0 || raw < 0 || reduce < 0 || reduce > INT32_MAX) return Status(Code::kCorruption, "a shuffle header with negative lengths");
  header.part_length = static_cast<uint64_t>(part);
  header.raw_length = static_cast<uint64_t>(raw);
  header.reduce = static_cast<int>(reduce);
  return static_cast<size_t>(at - bytes.data());
}

std::string JobIdOfApplication(const std::string& application_id) {
  constexpr std::string_view kPrefix = "application_";
  return application_id.starts_with(kPrefix) ? "job_" + application_id.substr(kPrefix.size()) : application_id;
}

}  // namespace tusk::mapreduce
