// YARN's identities and the strings that Hadoop prints for them. Plain values; no I/O, no protobuf.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace tusk::yarn {

// cluster_timestamp is the start of the resource manager that issued it, in wall milliseconds.
struct ApplicationId {
  int64_t cluster_timestamp = 0;
  int32_t id = 0;

  std::string ToString() const;  // application_1795249456226_0001
  static Result<ApplicationId> Parse(std::string_view text);
  auto operator<=>(const ApplicationId&) const = default;
};

struct ApplicationAttemptId {
  ApplicationId application;
  int32_t attempt = 0;  // from 1

  std::string ToString() const;  // appattempt_1795249456226_0001_000001
  static Result<ApplicationAttemptId> Parse(std::string_view text);
  auto operator<=>(const ApplicationAttemptId&) const = default;
};

// The high 24 bits of `id` are the resource manager's epoch (its restarts), the low 40 count from 1 per attempt and
// epoch, so neither half alone is a key.
struct ContainerId {
  ApplicationAttemptId attempt;
  int64_t id = 0;

  static constexpr int kSequenceBits = 40;
  static constexpr int64_t kSequenceMask = (int64_t{1} << kSequenceBits) - 1;
  int64_t sequence() const { return id & kSequenceMask; }
  int64_t epoch() const { return id >> kSequenceBits; }

  std::string ToString() const;  // container_[e01_]1795249456226_0001_01_000001
  static Result<ContainerId> Parse(std::string_view text);
  auto operator<=>(const ContainerId&) const = default;
};

// A node manager: the canonical host name that it knows itself by and the port of its container management RPC.
struct NodeId {
  std::string host;
  int32_t port = 0;

  std::string ToString() const;  // host:port
  static Result<NodeId> Parse(std::string_view text);
  auto operator<=>(const NodeId&) const = default;
};

}  // namespace tusk::yarn

template <>
struct std::hash<tusk::yarn::ApplicationId> {
  size_t operator()(const tusk::yarn::ApplicationId& id) const {
    return std::hash<int64_t>()(id.cluster_timestamp * 1000003 + id.id);
  }
};
template <>
struct std::hash<tusk::yarn::ApplicationAttemptId> {
  size_t operator()(const tusk::yarn::ApplicationAttemptId& id) const {
    return std::hash<tusk::yarn::ApplicationId>()(id.application) * 31 + static_cast<size_t>(id.attempt);
  }
};
template <>
struct std::hash<tusk::yarn::ContainerId> {
  size_t operator()(const tusk::yarn::ContainerId& id) const {
    return std::hash<tusk::yarn::ApplicationAttemptId>()(id.attempt) * 1000003 + static_cast<size_t>(id.id);
  }
};
template <>
struct std::hash<tusk::yarn::NodeId> {
  size_t operator()(const tusk::yarn::NodeId& id) const {
    return std::hash<std::string>()(id.host) * 31 + static_cast<size_t>(id.port);
  }
};
