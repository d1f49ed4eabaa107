// What a handler knows about the call that it serves. Wire: RpcRequestHeader and IpcConnectionContext of Hadoop IPC
// v9 (shared facts: hdfs-wire §1).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/network.h"

namespace tusk::rpc {

// How the connection proved who its user is.
enum class AuthMethod { kSimple, kToken };

// Hadoop's UserGroupInformation of one connection.
struct CallUser {
  std::string name;            // effective user, short name
  std::string real_user = {};  // proxy user's real one; empty if none
  AuthMethod method = AuthMethod::kSimple;
  std::string token_kind = {};        // with kToken
  std::string token_identifier = {};  // with kToken: the verified identifier's bytes
};

// 16 bytes of a client and its call number: the key of the retry cache.
struct CallKey {
  std::string client_id;  // 16 bytes, or empty where the client sent none
  int32_t call_id = 0;
  bool operator==(const CallKey&) const = default;
  auto operator<=>(const CallKey&) const = default;
};

// Lives until the answer has been queued.
struct CallContext {
  CallUser user;
  HostPort remote;
  CallKey key;
  int32_t retry_count = -1;
  std::string protocol;        // Java name, e.g. org.apache.hadoop.hdfs.protocol.ClientProtocol
  std::string method;
  std::string caller_context;  // RpcRequestHeader.callerContext.context, for the audit log
  std::string_view transport = "rpc";  // a literal: how the call came; "webhdfs"
  TimePoint received;          // its last byte
  TimePoint started;           // its handler
};

// Told of calls that were answered: audit logs.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // Whether Finished wants this call, with the bytes of its request.
  virtual bool Wants(const CallContext& call) const = 0;
  virtual void Finished(const CallContext& call, std::string request, const Result<std::string>& response) = 0;
};

}  // namespace tusk::rpc
