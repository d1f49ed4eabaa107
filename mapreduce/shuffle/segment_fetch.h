// FetchSegments: one reducer's request to one node's shuffle service, ours or Java's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/http/client.h"
#include "mapreduce/shuffle/shuffle_wire.h"

namespace tusk::mapreduce {

struct FetchRequest {
  HostPort server;
  std::string job_id;
  int reduce = 0;
  std::vector<std::string> map_attempts;
  std::string secret;
  Duration timeout = std::chrono::seconds(180);  // mapreduce.reduce.shuffle.read.timeout
  uint64_t segment_bytes_max = uint64_t{1} << 34;
};

// Called for each segment in order, on the loop; an error ends the fetch.
using SegmentSink = std::function<Status(ShuffleHeader header, std::string segment)>;

// OK when all segments have come. The request's hash is answered by one that only a holder of the secret can make.
Task<Status> FetchSegments(http::Client& client, Clock& clock, FetchRequest request, SegmentSink sink);

}  // namespace tusk::mapreduce
