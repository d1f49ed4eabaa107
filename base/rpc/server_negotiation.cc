// The server's half of SASL and of the connection context.
#include "base/rpc/server_negotiation.h"

namespace tusk::rpc {
namespace {

using wire::RpcResponseHeaderProto;
using wire::RpcSaslProto;

RpcFailure InvalidHeader(std::string text) {
  return {Status(Code::kRpcServer, std::move(text)), RpcResponseHeaderProto::FATAL_INVALID_RPC_HEADER};
}
RpcFailure Unauthorized(Status status) { return {std::move(status), RpcResponseHeaderProto::FATAL_UNAUTHORIZED}; }
RpcFailure Unauthorized(Code code, std::string text) { return Unauthorized(Status(code, std::move(text))); }

}  // namespace

struct ServerNegotiation::Digest {};

ServerNegotiation::ServerNegotiation(const ServerOptions& options, std::string remote_host)
    : options_(options), remote_host_(std::move(remote_host)) {}
ServerNegotiation::~ServerNegotiation() = default;

std::string ServerNegotiation::EnabledMethods() const {
  std::string all = options_.secret_manager != nullptr ? "TOKEN" : "";
  if (options_.allow_simple) all += all.empty() ? "SIMPLE" : ", SIMPLE";
  return "[" + all + "]";
}

std::optional<RpcFailure> ServerNegotiation::OnAuthByte(uint8_t auth) {
  if (auth == kAuthSasl) {
    sasl_ = true;
    return std::nullopt;
  }
  if (auth != kAuthNone) {
    return Unauthorized(Code::kRpcIpc, "Unknown auth protocol:" + std::to_string(static_cast<int8_t>(auth)));
  }
  if (!options_.allow_simple) {
    return Unauthorized(Code::kAccessControl, "SIMPLE authentication is not enabled.  Available:" + EnabledMethods());
  }
  return std::nullopt;
}

std::optional<RpcFailure> ServerNegotiation::OnSasl(const RpcSaslProto& message, std::optional<RpcSaslProto>& reply) {
  if (!sasl_) return InvalidHeader("SASL protocol not requested by client");
  switch (message.state()) {
    case RpcSaslProto::NEGOTIATE:
      return Negotiate(reply);
    case RpcSaslProto::INITIATE:
      return Initiate(message, reply);
    case RpcSaslProto::RESPONSE:
      return Respond(message.token(), reply);
    default:
      return Unauthorized(Code::kSasl, "Client sent unsupported state " + RpcSaslProto::SaslState_Name(message.state()));
  }
}

std::optional<RpcFailure> ServerNegotiation::Negotiate(std::optional<RpcSaslProto>& reply) {
  if (negotiate_sent_) return Unauthorized(Code::kAccessControl, "Client already attempted negotiation");
  negotiate_sent_ = true;
  reply.emplace();
  if (options_.secret_manager == nullptr) {
    // Nothing but SIMPLE: the client takes this as the switch to it.
    reply->set_state(RpcSaslProto::SUCCESS);
    sasl_done_ = true;
    return std::nullopt;
  }
  reply->set_state(RpcSaslProto::NEGOTIATE);
  if (options_.allow_simple) {
    RpcSaslProto::SaslAuth* simple = reply->add_auths();
    simple->set_method("SIMPLE");
    simple->set_mechanism("");
  }
  return std::nullopt;
}

std::optional<RpcFailure> ServerNegotiation::Initiate(const RpcSaslProto& message, std::optional<RpcSaslProto>&) {
  if (message.auths_size() != 1) return Unauthorized(Code::kSasl, "Client mechanism is malformed");
  const std::string& method = message.auths(0).method();
  if (method == "SIMPLE" && options_.allow_simple) {
    sasl_done_ = true;  // no reply
    return std::nullopt;
  }
  return Unauthorized(Code::kAccessControl, method + " authentication is not enabled.  Available:" + EnabledMethods());
}

std::optional<RpcFailure> ServerNegotiation::Respond(const std::string&, std::optional<RpcSaslProto>&) {
  return Unauthorized(Code::kSasl, "Client sent unsupported state RESPONSE");
}

std::optional<RpcFailure> ServerNegotiation::OnContext(const wire::IpcConnectionContextProto& context) {
  if (sasl_ && !sasl_done_) return InvalidHeader("Connection header sent during SASL negotiation");
  if (context_read_) return InvalidHeader("Connection context already processed");
  const wire::UserInformationProto& info = context.userinfo();
  if (user_.method == AuthMethod::kToken) {
    if (!info.effectiveuser().empty() && info.effectiveuser() != user_.name) {
      return Unauthorized(Code::kAccessControl, "Authenticated user (" + user_.name +
                                                    ") doesn't match what the client claims to be (" +
                                                    info.effectiveuser() + ")");
    }
    context_read_ = true;
    return std::nullopt;
  }
  user_.name = info.effectiveuser();
  if (info.has_realuser() && !info.realuser().empty()) {
    user_.real_user = info.realuser();
    Status allowed = options_.authorize_proxy
                         ? options_.authorize_proxy(user_.real_user, user_.name, remote_host_)
                         : Status(Code::kAuthorization,
                                  "User: " + user_.real_user + " is not allowed to impersonate " + user_.name);
    if (!allowed.ok()) return Unauthorized(std::move(allowed));
  }
  context_read_ = true;
  return std::nullopt;
}

}  // namespace tusk::rpc
