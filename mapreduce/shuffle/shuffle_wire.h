// Hadoop's shuffle protocol over HTTP, apart from sockets: the request's hash and its answer, headers, the frame before
// each map's segment. Wire: shared facts, mapreduce §2 ShuffleHandler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::mapreduce {

inline constexpr char kShuffleServiceName[] = "mapreduce_shuffle";
inline constexpr uint16_t kShufflePortDefault = 13562;
inline constexpr char kShuffleHttpName[] = "mapreduce";
inline constexpr char kShuffleHttpVersion[] = "1.0.0";
inline constexpr char kUrlHashHeader[] = "UrlHash";
inline constexpr char kReplyHashHeader[] = "ReplyHash";

// "/mapOutput?job=..&reduce=..&map=a,b"
std::string ShuffleTarget(const std::string& job_id, int reduce, const std::vector<std::string>& map_attempts);
// What the requester sends in UrlHash for `target`, as it goes over the wire, to a server on `port`.
std::string ShuffleUrlHash(std::string_view secret, uint16_t port, std::string_view target);
// What the server answers in ReplyHash.
std::string ShuffleReplyHash(std::string_view secret, std::string_view url_hash);

// Stands before each segment.
struct ShuffleHeader {
  std::string map_attempt;
  uint64_t part_length = 0;  // bytes that follow
  uint64_t raw_length = 0;
  int reduce = 0;

  std::string Encode() const;
  // From the front of `bytes`; how many bytes it took, 0 where more are needed, kCorruption for nonsense.
  static Result<size_t> Decode(ByteView bytes, ShuffleHeader& header);
};

// application_1_0002 <-> job_1_0002
std::string JobIdOfApplication(const std::string& application_id);

}  // namespace tusk::mapreduce
