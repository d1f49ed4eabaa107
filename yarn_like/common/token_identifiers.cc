// Identifiers to and from their protobuf bytes.
#include "yarn_like/common/token_identifiers.h"

#include <fmt/format.h>

#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/yarn_security_token.pb.h"

namespace tusk::yarn {
namespace {

template <typename Proto>
Result<Proto> ParseIdentifier(std::string_view bytes, std::string_view kind) {
  Proto proto;
  if (bytes.size() > kTokenIdentifierBytesMax ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::kInvalidToken, fmt::format("an identifier of {} bytes is not a {}", bytes.size(), kind));
  }
  return proto;
}

}  // namespace

std::string AmRmTokenIdentifier::Serialize() const {
  hadoop::yarn::AMRMTokenIdentifierProto proto;
  ToProto(attempt, proto.mutable_appattemptid());
  proto.set_keyid(key_id);
  return proto.SerializeAsString();
}

Result<AmRmTokenIdentifier> AmRmTokenIdentifier::Parse(std::string_view bytes) {
  ASSIGN_OR_RETURN(auto proto, ParseIdentifier<hadoop::yarn::AMRMTokenIdentifierProto>(bytes, kAmRmTokenKind));
  return AmRmTokenIdentifier{FromProto(proto.appattemptid()), proto.keyid()};
}

std::string NmTokenIdentifier::Serialize() const {
  hadoop::yarn::NMTokenIdentifierProto proto;
  ToProto(attempt, proto.mutable_appattemptid());
  ToProto(node, proto.mutable_nodeid());
  proto.set_appsubmitter(submitter);
  proto.set_keyid(key_id);
  return proto.SerializeAsString();
}

Result<NmTokenIdentifier> NmTokenIdentifier::Parse(std::string_view bytes) {
  ASSIGN_OR_RETURN(auto proto, ParseIdentifier<hadoop::yarn::NMTokenIdentifierProto>(bytes, kNmTokenKind));
  return NmTokenIdentifier{FromProto(proto.appattemptid()), FromProto(proto.nodeid()), proto.appsubmitter(),
                           proto.keyid()};
}

std::string ContainerTokenIdentifier::Serialize(const ResourceTypes& types) const {
  hadoop::yarn::ContainerTokenIdentifierProto proto;
  ToProto(container, proto.mutable_containerid());
  proto.set_nmhostaddr(node_address);
  proto.set_appsubmitter(submitter);
  ToProto(resource, types, proto.mutable_resource());
  proto.set_expirytimestamp(expiry_wall_ms);
  proto.set_masterkeyid(key_id);
  proto.set_rmidentifier(rm_identifier);
  proto.mutable_priority()->set_priority(priority);
  proto.set_creationtime(creation_wall_ms);
  if (!log_aggregation_context.empty()) {
    // Bytes that are not such a message would have been refused at submission.
    (void)proto.mutable_logaggregationcontext()->ParseFromString(log_aggregation_context);
  }
  proto.set_nodelabelexpression(node_label);
  proto.set_containertype(static_cast<hadoop::yarn::ContainerTypeProto>(type));
  proto.set_executiontype(static_cast<hadoop::yarn::ExecutionTypeProto>(execution));
  proto.set_version(version);
  proto.set_allocation_request_id(allocation_request_id);
  for (const std::string& tag : allocation_tags) proto.add_allocation_tags(tag);
  return proto.SerializeAsString();
}

Result<ContainerTokenIdentifier> ContainerTokenIdentifier::Parse(std::string_view bytes, const ResourceTypes& types) {
  ASSIGN_OR_RETURN(auto proto,
                   ParseIdentifier<hadoop::yarn::ContainerTokenIdentifierProto>(bytes, kContainerTokenKind));
  ContainerTokenIdentifier id;
  id.container = FromProto(proto.containerid());
  id.node_address = proto.nmhostaddr();
  id.submitter = proto.appsubmitter();
  id.resource = FromProto(proto.resource(), types);
  id.expiry_wall_ms = proto.expirytimestamp();
  id.key_id = proto.masterkeyid();
  id.rm_identifier = proto.rmidentifier();
  id.priority = proto.priority().priority();
  id.creation_wall_ms = proto.creationtime();
  if (proto.has_logaggregationcontext()) {
    id.log_aggregation_context = proto.logaggregationcontext().SerializeAsString();
  }
  id.node_label = proto.nodelabelexpression();
  id.type = static_cast<ContainerType>(proto.containertype());
  id.execution = static_cast<ExecutionType>(proto.executiontype());
  id.version = proto.version();
  id.allocation_request_id = proto.allocation_request_id();
  for (const std::string& tag : proto.allocation_tags()) id.allocation_tags.push_back(tag);
  return id;
}

std::string ClientToAmTokenIdentifier::Serialize() const {
  hadoop::yarn::ClientToAMTokenIdentifierProto proto;
  ToProto(attempt, proto.mutable_appattemptid());
  proto.set_clientname(client);
  return proto.SerializeAsString();
}

Result<ClientToAmTokenIdentifier> ClientToAmTokenIdentifier::Parse(std::string_view bytes) {
  ASSIGN_OR_RETURN(auto proto,
                   ParseIdentifier<hadoop::yarn::ClientToAMTokenIdentifierProto>(bytes, kClientToAmTokenKind));
  return ClientToAmTokenIdentifier{FromProto(proto.appattemptid()), proto.clientname()};
}

}  // namespace tusk::yarn
