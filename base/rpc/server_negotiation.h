// ServerNegotiation: who a connection's user is. A state machine over the messages that are not calls: SASL (call id
// -33) and the connection context (-3). Wire: hdfs-wire §1.3.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/rpc/response.h"
#include "base/rpc/server.h"
#include "base/security/digest_md5.h"

namespace tusk::rpc {

class ServerNegotiation {
 public:
  // `options` outlives it.
  ServerNegotiation(const ServerOptions& options, std::string remote_host);
  ~ServerNegotiation();

  // The third byte of the preamble's tail. A failure ends the connection, here and below.
  std::optional<RpcFailure> OnAuthByte(uint8_t auth);
  // `reply` stays empty where none is due.
  std::optional<RpcFailure> OnSasl(const wire::RpcSaslProto& message, std::optional<wire::RpcSaslProto>& reply);
  std::optional<RpcFailure> OnContext(const wire::IpcConnectionContextProto& context);

  // Calls are welcome.
  bool ready() const { return context_read_; }
  const CallUser& user() const { return user_; }

 private:
  std::optional<RpcFailure> Negotiate(std::optional<wire::RpcSaslProto>& reply);
  std::optional<RpcFailure> Initiate(const wire::RpcSaslProto& message, std::optional<wire::RpcSaslProto>& reply);
  std::optional<RpcFailure> Respond(const std::string& token, std::optional<wire::RpcSaslProto>& reply);
  Status StartDigest();
  std::string EnabledMethods() const;

  const ServerOptions& options_;
  std::string remote_host_;
  bool sasl_ = false;       // asked for by the preamble
  bool sasl_done_ = false;  // by token, or by falling back to SIMPLE
  bool negotiate_sent_ = false;
  bool digest_asked_ = false;  // the client has chosen TOKEN
  bool context_read_ = false;
  std::unique_ptr<DigestMd5Server> digest_;  // one per connection, used once
  CallUser user_;
};

}  // namespace tusk::rpc
