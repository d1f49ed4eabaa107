// The identifier of HDFS's delegation tokens (kind HDFS_DELEGATION_TOKEN): a Writable, byte 0 first. Wire: hdfs-wire §1.3.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/security/delegation_tokens.h"

namespace tusk::dfs {

inline constexpr const char* kDelegationTokenKind = "HDFS_DELEGATION_TOKEN";

std::string EncodeDelegationTokenIdentifier(const DelegationTokenIdentifier& identifier);
// kEndOfFile without words, as Java's EOFException, for what ends too early; kIOError for another version.
Result<DelegationTokenIdentifier> DecodeDelegationTokenIdentifier(std::string_view bytes);
// "token for root: HDFS_DELEGATION_TOKEN owner=root, renewer=yarn, ..."
std::string DescribeDelegationToken(const DelegationTokenIdentifier& identifier);

}  // namespace tusk::dfs
