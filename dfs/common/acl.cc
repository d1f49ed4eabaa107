// Text of access control lists.
#include "dfs/common/acl.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace tusk::dfs {
namespace {

constexpr std::array<std::string_view, 4> kTypeNames = {"user", "group", "mask", "other"};

// As Java's String.split(":"): empty pieces at the end are dropped.
std::vector<std::string_view> SplitAtColons(std::string_view text) {
  std::vector<std::string_view> pieces;
  size_t at = 0;
  while (at <= text.size()) {
    size_t colon = std::min(text.find(':', at), text.size());
    pieces.push_back(text.substr(at, colon - at));
    at = colon + 1;
  }
  while (!pieces.empty() && pieces.back().empty()) pieces.pop_back();
  return pieces;
}

bool ParseType(std::string_view text, AclType& type) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (lower == kTypeNames[i]) {
      type = static_cast<AclType>(i);
      return true;
    }
  }
  return false;
}

bool ParsePermission(std::string_view text, uint8_t& permission) {
  for (uint8_t bits = 0; bits < 8; ++bits) {
    if (text == AclPermissionText(bits)) {
      permission = bits;
      return true;
    }
  }
  return false;
}

Status Invalid(std::string_view what, std::string_view entry) {
  return Status(Code::kHadoopIllegalArgument, std::string(what) + std::string(entry));
}

Result<AclEntry> ParseEntry(std::string_view text, bool with_permission) {
  constexpr std::string_view kInvalidSpec = "Invalid <aclSpec> : ";
  std::vector<std::string_view> pieces = SplitAtColons(text);
  AclEntry entry;
  size_t at = 0;
  if (!pieces.empty() && pieces[0] == "default") {
    entry.scope = AclScope::kDefault;
    ++at;
  }
  if (pieces.size() <= at) return Invalid(kInvalidSpec, text);
  if (!ParseType(pieces[at++], entry.type)) return Invalid("Invalid type of acl in <aclSpec> :", text);
  if (pieces.size() > at) entry.name = pieces[at++];
  if (with_permission) {
    if (pieces.size() <= at) return Invalid(kInvalidSpec, text);
    if (!ParsePermission(pieces[at++], entry.permission)) return Invalid("Invalid permission in <aclSpec> : ", text);
  }
  if (pieces.size() > at) return Invalid(kInvalidSpec, text);
  return entry;
}

}  // namespace

bool AclKeyLess(const AclEntry& a, const AclEntry& b) {
  return std::tie(a.scope, a.type, a.name) < std::tie(b.scope, b.type, b.name);
}

std::string AclPermissionText(uint8_t permission) {
  std::string text = "---";
  for (size_t i = 0; i < 3; ++i) {
    if (((permission >> (2 - i)) & 1) != 0) text[i] = "rwx"[i];
  }
  return text;
}

std::string ToString(const AclEntry& entry) {
  return (entry.scope == AclScope::kDefault ? "default:" : "") +
         std::string(kTypeNames[static_cast<size_t>(entry.type) & 3]) + ":" + entry.name + ":" +
         AclPermissionText(entry.permission);
}

Result<std::vector<AclEntry>> ParseAclSpec(std::string_view spec, bool with_permissions) {
  std::vector<AclEntry> entries;
  size_t at = 0;
  while (at < spec.size()) {
    size_t comma = std::min(spec.find(',', at), spec.size());
    if (comma > at) {
      ASSIGN_OR_RETURN(AclEntry entry, ParseEntry(spec.substr(at, comma - at), with_permissions));
      entries.push_back(std::move(entry));
    }
    at = comma + 1;
  }
  return entries;
}

}  // namespace tusk::dfs
