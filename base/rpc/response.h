// The bytes of every kind of answer that a server gives.
#pragma once

#include <string>
#include <string_view>

#include "base/core/status.h"
#include "base/rpc/frame.h"

namespace tusk::rpc {

using ErrorDetail = wire::RpcResponseHeaderProto::RpcErrorCodeProto;

// An error and how the header calls it.
struct RpcFailure {
  Status status;
  ErrorDetail detail = wire::RpcResponseHeaderProto::ERROR_APPLICATION;
};

// What of a request its answer repeats.
struct AnswerTo {
  int32_t call_id = kCallIdAuthorizationFailed;
  std::string_view client_id;
  int32_t retry_count = -1;
};

std::string EncodeSuccess(const AnswerTo& to, std::string_view response);
// The call failed; the connection goes on.
std::string EncodeError(const AnswerTo& to, const RpcFailure& failure);
// The connection ends after this.
std::string EncodeFatal(const AnswerTo& to, const RpcFailure& failure);
std::string EncodeSaslReply(const wire::RpcSaslProto& reply);
// For a client of IPC version 3 to 8.
std::string EncodeOldVersionAnswer(uint8_t client_version);
// For an HTTP client on this port.
std::string_view HttpAnswer();
Status VersionMismatch(uint8_t client_version);

}  // namespace tusk::rpc
