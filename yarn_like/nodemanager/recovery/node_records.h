// The records of a node manager's state store, one per key. Written by:
//   k/container/{current,previous}, k/nm/{current,previous}, k/attempt/<attempt>, used/<container>   rpc/token_gate
//   a/<application>, a-over/<application>                                                             applications
//   c/<container>/{request,launch,kill,done,resource,gpu}                                                 container_host
//   d/<folder>                                                                                        deletion_queue
//   r/<folder>                                                                                        localizer
// Values are Writable encodings; `request` is the StartContainerRequestProto as it came.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/result.h"

namespace tusk::yarn {

struct LaunchRecord {
  std::string work_dir;
  std::string private_dir;
  std::string log_dir;
  int64_t start_wall_ms = 0;
  std::string Encode() const;
  static Result<LaunchRecord> Parse(std::string_view bytes);
};

// Of a container that is to be killed, or that is done.
struct EndRecord {
  int exit_status = 0;
  std::string text;  // the reason; of a done one its diagnostics
  int64_t wall_ms = 0;
  std::string Encode() const;
  static Result<EndRecord> Parse(std::string_view bytes);
};

struct ContainerRecord {
  std::string request;
  std::optional<LaunchRecord> launch;
  std::optional<EndRecord> kill;
  std::optional<EndRecord> done;
  std::string grant;     // container token identifier, where it was changed
  std::string gpus;      // "0:0,1:1"
};

struct ApplicationRecord {
  std::string user;
  std::vector<std::pair<int, std::string>> acls;
  std::vector<std::pair<std::string, std::string>> service_data;
  std::string log_context;  // LogAggregationContextProto
  bool over = false;        // its end had begun
  std::string Encode() const;
  static Result<ApplicationRecord> Parse(std::string_view bytes);
};

struct KeyRecord {
  int32_t id = 0;
  std::string secret;
  std::string Encode() const;
  static Result<KeyRecord> Parse(std::string_view bytes);
};

// A localized resource that lies on the disk.
struct ResourceRecord {
  int visibility = 0;
  int kind = 0;
  std::string user, application, uri, pattern, name;
  int64_t timestamp_wall_ms = 0;
  uint64_t bytes = 0;
  std::string Encode() const;
  static Result<ResourceRecord> Parse(std::string_view bytes);
};

// What the store of an earlier node manager says. Records that do not parse are left out and counted.
struct NodeRecords {
  std::map<std::string, KeyRecord> keys;  // "container/current", .., "attempt/<attempt>"
  std::map<std::string, int64_t> used_until_wall_ms;  // container -> when its token expires
  std::map<std::string, ApplicationRecord> applications;
  std::map<std::string, ContainerRecord> containers;
  std::map<std::string, ResourceRecord> resources;  // by folder
  std::map<std::string, int64_t> deletions;        // folder -> when, wall ms
  size_t unreadable = 0;
  static NodeRecords Parse(const std::map<std::string, std::string>& entries);
};

std::string ContainerKey(std::string_view container, std::string_view what);
inline constexpr std::string_view kContainerRecordKinds[] = {"request", "launch", "kill", "done", "grant", "gpu"};

}  // namespace tusk::yarn
