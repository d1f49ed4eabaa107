// Encoding answers.
#include "base/rpc/response.h"

namespace tusk::rpc {
namespace {

using wire::RpcResponseHeaderProto;

RpcResponseHeaderProto MakeHeader(const AnswerTo& to, RpcResponseHeaderProto::RpcStatusProto status) {
  RpcResponseHeaderProto header;
  header.set_callid(static_cast<uint32_t>(to.call_id));
  header.set_status(status);
  header.set_serveripcversionnum(kIpcVersion);
  header.set_clientid(std::string(to.client_id));
  header.set_retrycount(to.retry_count);
  return header;
}

std::string EncodeFailure(RpcResponseHeaderProto header, const RpcFailure& failure) {
  header.set_exceptionclassname(std::string(failure.status.java_class()));
  header.set_errormsg(std::string(failure.status.message()));
  header.set_errordetail(failure.detail);
  return EncodeFrame({&header});
}

}  // namespace

std::string EncodeSuccess(const AnswerTo& to, std::string_view response) {
  RpcResponseHeaderProto header = MakeHeader(to, RpcResponseHeaderProto::SUCCESS);
  return EncodeFrame({&header}, response);
}

std::string EncodeError(const AnswerTo& to, const RpcFailure& failure) {
  return EncodeFailure(MakeHeader(to, RpcResponseHeaderProto::ERROR), failure);
}

std::string EncodeFatal(const AnswerTo& to, const RpcFailure& failure) {
  return EncodeFailure(MakeHeader({to.call_id, "", to.retry_count}, RpcResponseHeaderProto::FATAL), failure);
}

std::string EncodeSaslReply(const wire::RpcSaslProto& reply) {
  RpcResponseHeaderProto header = MakeHeader({kCallIdSasl, "", -1}, RpcResponseHeaderProto::SUCCESS);
  return EncodeFrame({&header, &reply});
}

Status VersionMismatch(uint8_t client_version) {
  return Status(Code::kRpcVersionMismatch, "Server IPC version " + std::to_string(kIpcVersion) +
                                               " cannot communicate with client version " + std::to_string(client_version));
}

std::string EncodeOldVersionAnswer(uint8_t client_version) {
  Status status = VersionMismatch(client_version);
  std::string answer;
  auto put_int = [&answer](int32_t value) {
    uint8_t raw[4];
    StoreBigEndian(raw, value);
    answer.append(reinterpret_cast<const char*>(raw), sizeof(raw));
  };
  put_int(-1);
  put_int(-1);
  for (std::string_view text : {status.java_class(), status.message()}) {
    put_int(static_cast<int32_t>(text.size()));
    answer.append(text);
  }
  return answer;
}

std::string_view HttpAnswer() {
  return "HTTP/1.1 404 Not Found\r\nContent-type: text/plain\r\n\r\n"
         "It looks like you are making an HTTP request to a Hadoop IPC port. "
         "This is not the correct port for the web interface on this daemon.\r\n";
}

}  // namespace tusk::rpc
