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

constexpr const char* kTokenMethod = "TOKEN";
constexpr const char* kSimpleMethod = "SIMPLE";
constexpr const char* kDigestMechanism = "DIGEST-MD5";
constexpr const char* kServerId = "default";

}  // namespace

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
  if (context_read_) return Unauthorized(Code::kSasl, "SASL message after the connection context");
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
  if (Status started = StartDigest(); !started.ok()) return Unauthorized(std::move(started));
  RpcSaslProto::SaslAuth* token = reply->add_auths();
  token->set_method(kTokenMethod);
  token->set_mechanism(kDigestMechanism);
  token->set_protocol("");
  token->set_serverid(kServerId);
  token->set_challenge(digest_->challenge());
  if (options_.allow_simple) {
    RpcSaslProto::SaslAuth* simple = reply->add_auths();
    simple->set_method(kSimpleMethod);
    simple->set_mechanism("");
  }
  return std::nullopt;
}

Status ServerNegotiation::StartDigest() {
  ASSIGN_OR_RETURN(digest_, DigestMd5Server::Start([this](std::string_view identifier) {
    return options_.secret_manager->PasswordOf(identifier);
  }));
  return Status::Ok();
}

std::optional<RpcFailure> ServerNegotiation::Initiate(const RpcSaslProto& message, std::optional<RpcSaslProto>& reply) {
  if (message.auths_size() != 1) return Unauthorized(Code::kSasl, "Client mechanism is malformed");
  if (digest_asked_) return Unauthorized(Code::kSasl, "Client sent unsupported state INITIATE");
  const RpcSaslProto::SaslAuth& auth = message.auths(0);
  if (auth.method() == kSimpleMethod && options_.allow_simple) {
    sasl_done_ = true;  // no reply
    return std::nullopt;
  }
  if (auth.method() != kTokenMethod || auth.mechanism() != kDigestMechanism || options_.secret_manager == nullptr) {
    return Unauthorized(Code::kAccessControl,
                        auth.method() + " authentication is not enabled.  Available:" + EnabledMethods());
  }
  digest_asked_ = true;
  if (digest_ == nullptr) {
    if (Status started = StartDigest(); !started.ok()) return Unauthorized(std::move(started));
  }
  if (!message.token().empty()) return Respond(message.token(), reply);
  reply.emplace();
  reply->set_state(RpcSaslProto::CHALLENGE);
  reply->set_token(digest_->challenge());
  return std::nullopt;
}

std::optional<RpcFailure> ServerNegotiation::Respond(const std::string& token, std::optional<RpcSaslProto>& reply) {
  if (!digest_asked_ || sasl_done_) return Unauthorized(Code::kSasl, "Client sent unsupported state RESPONSE");
  Result<std::string> proof = digest_->Verify(token);
  if (!proof.ok()) return Unauthorized(proof.status());
  Result<CallUser> user = options_.secret_manager->UserOf(digest_->identifier());
  if (!user.ok()) return Unauthorized(user.status());
  user_ = std::move(user).value();
  user_.method = AuthMethod::kToken;
  user_.token_identifier = digest_->identifier();
  sasl_done_ = true;
  reply.emplace();
  reply->set_state(RpcSaslProto::SUCCESS);
  reply->set_token(*proof);
  return std::nullopt;
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
