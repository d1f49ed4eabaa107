// The templates behind generated services and clients (*.rpc.cc, the only files that include this): from bytes to a
// typed handler and back.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rpc/client.h"
#include "base/rpc/service.h"

namespace tusk::rpc {

// Which fields of a message, or of messages in it, are required: the lite runtime knows that one is missing, but not
// its name, and Hadoop's clients show the name.
struct RequiredFields {
  struct Field {
    int number;
    const char* name;
    bool required;
    bool repeated;
    const RequiredFields* child;  // null: nothing in it is required
  };
  std::vector<Field> fields;
};

// kInvalidProtobuf with Hadoop's text for bytes that are no such message, or that lack a required field.
Status ParseRequest(ByteView bytes, const RequiredFields* required, google::protobuf::MessageLite& request);
// kInvalidProtobuf where a required field is not set.
Result<std::string> SerializeMessage(const google::protobuf::MessageLite& message);
// The error, or the message's bytes.
Result<std::string> SerializeOutcome(const Status& status, const google::protobuf::MessageLite* message);
// "Message missing required fields: a, b.c, d[1].e"
std::string DescribeMissingFields(ByteView bytes, const RequiredFields* required);
// What a server answers for a method that it does not have.
Status UnknownMethod(std::string_view protocol, std::string_view method);
struct MethodId {
  std::string_view protocol;
  std::string_view method;
  RetryPolicy retry = RetryPolicy::kNever;
};

// The error in `answer`, or that its bytes are not the message expected.
Status ParseResponse(const Result<std::string>& answer, const MethodId& id, google::protobuf::MessageLite& response);

// The call itself, on bytes.
Task<Result<std::string>> CallBytes(Channel channel, MethodId id, Result<std::string> request, CallOptions options);
Task<Result<std::string>> FailWith(Status status);

// One coroutine for every response type, since each costs compile time: ends as `bytes` does, with a message.
template <typename Resp>
Task<Result<Resp>> ParseAnswer(Task<Result<std::string>> bytes, MethodId id) {
  Result<std::string> answer = co_await std::move(bytes);
  Result<Resp> response{Resp()};
  if (Status parsed = ParseResponse(answer, id, *response); !parsed.ok()) response = Result<Resp>(std::move(parsed));
  co_return response;
}

template <typename Resp>
Task<Result<Resp>> NotServed(CallContext& call) {
  return ParseAnswer<Resp>(FailWith(UnknownMethod(call.protocol, call.method)), {});
}

template <typename Resp>
Task<Result<Resp>> CallTyped(Channel channel, MethodId id, Result<std::string> request, CallOptions options) {
  return ParseAnswer<Resp>(CallBytes(std::move(channel), id, std::move(request), options), id);
}

namespace internal {

template <typename Member>
struct HandlerTraits;
template <typename ServiceT, typename Req, typename Resp>
struct HandlerTraits<Task<Result<Resp>> (ServiceT::*)(CallContext&, const Req&)> {
  using Service = ServiceT;
  using Request = Req;
};

template <auto kHandler, typename ServiceT, typename Req>
Task<Result<std::string>> Serve(ServiceT& service, const RequiredFields* required, CallContext& call, ByteView bytes) {
  Req request;
  Status parsed = ParseRequest(bytes, required, request);
  if (!parsed.ok()) co_return parsed;
  auto response = co_await (service.*kHandler)(call, request);
  co_return SerializeOutcome(response.status(), response.ok() ? &*response : nullptr);
}

}  // namespace internal

template <auto kHandler>
Method TypedMethod(typename internal::HandlerTraits<decltype(kHandler)>::Service& service, const char* name,
                   RetryPolicy retry, const RequiredFields* required) {
  using Traits = internal::HandlerTraits<decltype(kHandler)>;
  return {name, retry, [&service, required](CallContext& call, ByteView bytes) {
            return internal::Serve<kHandler, typename Traits::Service, typename Traits::Request>(service, required,
                                                                                                 call, bytes);
          }};
}

}  // namespace tusk::rpc
