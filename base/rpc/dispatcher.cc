// Looking methods up, with Hadoop's answers for those that do not exist.
#include "base/rpc/dispatcher.h"

namespace tusk::rpc {

using wire::RpcResponseHeaderProto;

namespace {
constexpr uint64_t kProtocolVersion = 1;  // of every protocol that there is
}  // namespace

void Dispatcher::Add(Service& service) {
  Methods& methods = protocols_[std::string(service.protocol())];
  for (Method& method : service.methods()) {
    std::string name = method.name;
    bool added = methods.emplace(name, std::move(method)).second;
    TUSK_CHECK(added) << service.protocol() << "." << name << " is served twice";
  }
}

const Method* Dispatcher::Find(const wire::RequestHeaderProto& header, RpcFailure& failure) const {
  const std::string& protocol = header.declaringclassprotocolname();
  auto methods = protocols_.find(protocol);
  if (methods == protocols_.end()) {
    failure = {Status(Code::kRpcNoSuchProtocol, "Unknown protocol: " + protocol),
               RpcResponseHeaderProto::ERROR_NO_SUCH_PROTOCOL};
    return nullptr;
  }
  if (header.clientprotocolversion() != kProtocolVersion) {
    failure = {Status(Code::kRpcVersionMismatch, "Protocol " + protocol + " version mismatch. (client = " +
                                                     std::to_string(header.clientprotocolversion()) + ", server = 1)"),
               RpcResponseHeaderProto::ERROR_RPC_VERSION_MISMATCH};
    return nullptr;
  }
  auto method = methods->second.find(header.methodname());
  if (method == methods->second.end()) {
    failure = {Status(Code::kRpcNoSuchMethod,
                      "Unknown method " + header.methodname() + " called on " + protocol + " protocol."),
               RpcResponseHeaderProto::ERROR_NO_SUCH_METHOD};
    return nullptr;
  }
  return &method->second;
}

}  // namespace tusk::rpc
