// Dispatcher: (protocol, method) of a request to the method that serves it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/rpc/response.h"
#include "base/rpc/service.h"

namespace tusk::rpc {

class Dispatcher {
 public:
  // A method that is there already is a programming error.
  void Add(Service& service);
  // Null, and why in `failure`, for what no service has.
  const Method* Find(const wire::RequestHeaderProto& header, RpcFailure& failure) const;
  bool HasProtocol(std::string_view protocol) const { return protocols_.contains(protocol); }

 private:
  using Methods = std::map<std::string, Method, std::less<>>;
  std::map<std::string, Methods, std::less<>> protocols_;
};

}  // namespace tusk::rpc
