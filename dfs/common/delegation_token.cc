// Identifiers of delegation tokens.
#include "dfs/common/delegation_token.h"

#include "base/core/writable.h"

namespace tusk::dfs {
namespace {

constexpr uint8_t kVersion = 0;
constexpr size_t kIdentifierBytesMax = 64 << 10;

Status Cut() { return Status(Code::kEndOfFile, ""); }

Result<DelegationTokenIdentifier> Read(WritableReader& in) {
  DelegationTokenIdentifier id;
  ASSIGN_OR_RETURN(id.owner, in.Text());
  ASSIGN_OR_RETURN(id.renewer, in.Text());
  ASSIGN_OR_RETURN(id.real_user, in.Text());
  ASSIGN_OR_RETURN(id.issue_wall_ms, in.VLong());
  ASSIGN_OR_RETURN(id.max_wall_ms, in.VLong());
  ASSIGN_OR_RETURN(id.sequence, in.VInt());
  ASSIGN_OR_RETURN(id.key_id, in.VInt());
  return id;
}

}  // namespace

std::string EncodeDelegationTokenIdentifier(const DelegationTokenIdentifier& identifier) {
  WritableWriter out;
  out.Byte(kVersion);
  out.Text(identifier.owner);
  out.Text(identifier.renewer);
  out.Text(identifier.real_user);
  out.VLong(identifier.issue_wall_ms);
  out.VLong(identifier.max_wall_ms);
  out.VInt(identifier.sequence);
  out.VInt(identifier.key_id);
  return std::move(out).bytes();
}

Result<DelegationTokenIdentifier> DecodeDelegationTokenIdentifier(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kIdentifierBytesMax) return Cut();
  if (static_cast<uint8_t>(bytes[0]) != kVersion) {
    return Status(Code::kIOError,
                  "Unknown version of delegation token " + std::to_string(static_cast<int8_t>(bytes[0])));
  }
  WritableReader in(bytes.substr(1));
  Result<DelegationTokenIdentifier> id = Read(in);
  if (!id.ok()) return Cut();
  return id;
}

std::string DescribeDelegationToken(const DelegationTokenIdentifier& id) {
  return "token for " + id.owner + ": " + std::string(kDelegationTokenKind) + " owner=" + id.owner + ", renewer=" +
         id.renewer + ", realUser=" + id.real_user + ", issueDate=" + std::to_string(id.issue_wall_ms) + ", maxDate=" +
         std::to_string(id.max_wall_ms) + ", sequenceNumber=" + std::to_string(id.sequence) + ", masterKeyId=" +
         std::to_string(id.key_id);
}

}  // namespace tusk::dfs
