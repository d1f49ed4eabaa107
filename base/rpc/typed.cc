// Parsing and serializing for generated services, with Hadoop's words for what is wrong.
#include "base/rpc/typed.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <map>

namespace tusk::rpc {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::internal::WireFormatLite;

constexpr int kDepthMax = 20;

// Java's order: the message's own missing fields first, then those of the messages in it.
void FindMissing(ByteView bytes, const RequiredFields& required, const std::string& prefix, int depth,
                 std::vector<std::string>& missing) {
  std::map<int, std::vector<ByteView>> seen;
  CodedInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  while (uint32_t tag = in.ReadTag()) {
    int number = WireFormatLite::GetTagFieldNumber(tag);
    std::vector<ByteView>& values = seen[number];
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return;
      values.emplace_back();
      continue;
    }
    uint32_t length = 0;
    if (!in.ReadVarint32(&length)) return;
    auto at = static_cast<size_t>(in.CurrentPosition());
    if (length > bytes.size() - at || !in.Skip(static_cast<int>(length))) return;
    values.push_back(bytes.subspan(at, length));
  }
  for (const RequiredFields::Field& field : required.fields) {
    if (field.required && !seen.contains(field.number)) missing.push_back(prefix + field.name);
  }
  if (depth >= kDepthMax) return;
  for (const RequiredFields::Field& field : required.fields) {
    auto values = seen.find(field.number);
    if (field.child == nullptr || values == seen.end()) continue;
    size_t index = 0;
    for (ByteView value : values->second) {
      std::string name = prefix + field.name;
      if (field.repeated) name += "[" + std::to_string(index++) + "]";
      FindMissing(value, *field.child, name + ".", depth + 1, missing);
    }
  }
}

}  // namespace

std::string DescribeMissingFields(ByteView bytes, const RequiredFields* required) {
  std::vector<std::string> missing;
  if (required != nullptr) FindMissing(bytes, *required, "", 0, missing);
  std::string text = "Message missing required fields: ";
  for (size_t i = 0; i < missing.size(); ++i) text += (i == 0 ? "" : ", ") + missing[i];
  return text;
}

Status ParseRequest(ByteView bytes, const RequiredFields* required, google::protobuf::MessageLite& request) {
  if (!request.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::kInvalidProtobuf, "Protocol message contained an invalid tag or was truncated.");
  }
  if (request.IsInitialized()) return Status::Ok();
  return Status(Code::kInvalidProtobuf, DescribeMissingFields(bytes, required));
}

Result<std::string> SerializeMessage(const google::protobuf::MessageLite& message) {
  if (!message.IsInitialized()) {
    return Status(Code::kInvalidProtobuf, message.GetTypeName() + ": a required field is not set");
  }
  std::string bytes;
  if (!message.SerializePartialToString(&bytes)) {
    return Status(Code::kInvalidProtobuf, message.GetTypeName() + " is too large");
  }
  return bytes;
}

Status UnknownMethod(std::string_view protocol, std::string_view method) {
  return Status(Code::kRpcNoSuchMethod,
                "Unknown method " + std::string(method) + " called on " + std::string(protocol) + " protocol.");
}

Result<std::string> SerializeOutcome(const Status& status, const google::protobuf::MessageLite* message) {
  if (message == nullptr) return status;
  return SerializeMessage(*message);
}

Status ParseResponse(const Result<std::string>& answer, const MethodId& id, google::protobuf::MessageLite& response) {
  if (!answer.ok()) return answer.status();
  if (response.ParsePartialFromString(*answer) && response.IsInitialized()) return Status::Ok();
  return Status(Code::kInvalidProtobuf, "the answer of " + std::string(id.protocol) + "." + std::string(id.method) +
                                            " is not the message expected");
}

Task<Result<std::string>> FailWith(Status status) { co_return status; }

Task<Result<std::string>> CallBytes(Channel channel, MethodId id, Result<std::string> request, CallOptions options) {
  if (!request.ok()) co_return std::move(request).status();
  co_return co_await channel.client().Call(channel, id.protocol, id.method, id.retry, std::move(request).value(), options);
}

}  // namespace tusk::rpc
