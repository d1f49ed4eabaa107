// Service: what a generated abstract handler is to the RPC server: a table of methods of one Java protocol. Several
// services may serve disjoint methods of the same protocol, so that each handler file keeps to one family.
//
// Generated from `service` blocks by base/codegen (a.rpc.h); a handler class derives from the generated one, which has
// one pure virtual per rpc:
//   virtual Task<Result<MkdirsResponseProto>> Mkdirs(rpc::CallContext& call, const MkdirsRequestProto& request) = 0;
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/task.h"
#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/rpc/call.h"

namespace tusk::rpc {

// Parses `request`, runs the handler, gives the serialized response message (without its length prefix). The bytes of
// `request` last until the task first suspends.
using MethodBody = std::function<Task<Result<std::string>>(CallContext& call, ByteView request)>;

// From the rpc's comment in the .proto, "// tusk: <policy>"; the plugin refuses an rpc without one.
enum class RetryPolicy {
  kIdempotent,   // "idempotent": a client may send it again
  kAtMostOnce,   // "at-most-once": the server answers a repetition from its retry cache
  kNever,        // "never": a client does not send it again
};

struct Method {
  std::string name;  // as on the wire, lower camel case
  RetryPolicy retry = RetryPolicy::kNever;
  MethodBody body;
};

class Service {
 public:
  virtual ~Service() = default;
  // The Java protocol's name, as in RequestHeader.declaringClassProtocolName.
  virtual std::string_view protocol() const = 0;
  // Called once when the service is added to a server; the bodies refer to this object.
  virtual std::vector<Method> methods() = 0;
};

}  // namespace tusk::rpc
