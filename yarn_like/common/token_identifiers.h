// What YARN's tokens say: identifiers, which are raw protobuf (shared facts yarn-wire §5). Sign and verify over the
// bytes as received, never over a re-serialised form: Serialize is for the issuer only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/resource.h"

namespace tusk::yarn {

inline constexpr std::string_view kAmRmTokenKind = "YARN_AM_RM_TOKEN";
inline constexpr std::string_view kNmTokenKind = "NMToken";
inline constexpr std::string_view kContainerTokenKind = "ContainerToken";
inline constexpr std::string_view kClientToAmTokenKind = "YARN_CLIENT_TOKEN";
inline constexpr std::string_view kRmDelegationTokenKind = "RM_DELEGATION_TOKEN";
// Longer identifiers are refused before they are parsed.
inline constexpr size_t kTokenIdentifierBytesMax = 64 << 10;

// Lets an application master speak to the resource manager. Its RPC user is the attempt id.
struct AmRmTokenIdentifier {
  ApplicationAttemptId attempt;
  int32_t key_id = 0;

  std::string Serialize() const;
  static Result<AmRmTokenIdentifier> Parse(std::string_view bytes);
  bool operator==(const AmRmTokenIdentifier&) const = default;
};

// Lets an attempt (or the resource manager for it) speak to one node manager. Its RPC user is the attempt id.
struct NmTokenIdentifier {
  ApplicationAttemptId attempt;
  NodeId node;
  std::string submitter;
  int32_t key_id = 0;

  std::string Serialize() const;
  static Result<NmTokenIdentifier> Parse(std::string_view bytes);
  bool operator==(const NmTokenIdentifier&) const = default;
};

enum class ContainerType : int8_t { kApplicationMaster = 1, kTask = 2 };
enum class ExecutionType : int8_t { kGuaranteed = 1, kOpportunistic = 2 };

// What the resource manager granted; presented in startContainers, never used for SASL.
struct ContainerTokenIdentifier {
  ContainerId container;
  std::string node_address;  // NodeId as host:port
  std::string submitter;
  Resource resource;
  int64_t expiry_wall_ms = 0;
  int32_t key_id = 0;
  int64_t rm_identifier = 0;
  int32_t priority = 0;
  int64_t creation_wall_ms = 0;
  std::string log_aggregation_context;  // serialized LogAggregationContextProto; empty where there is none
  std::string node_label;
  ContainerType type = ContainerType::kTask;
  ExecutionType execution = ExecutionType::kGuaranteed;
  int32_t version = 0;
  int64_t allocation_request_id = -1;
  std::vector<std::string> allocation_tags;

  std::string Serialize(const ResourceTypes& types) const;
  static Result<ContainerTokenIdentifier> Parse(std::string_view bytes, const ResourceTypes& types);
  bool operator==(const ContainerTokenIdentifier&) const = default;
};

struct ClientToAmTokenIdentifier {
  ApplicationAttemptId attempt;
  std::string client;

  std::string Serialize() const;
  static Result<ClientToAmTokenIdentifier> Parse(std::string_view bytes);
};

}  // namespace tusk::yarn
