// The rules of access control lists.
#include "dfs/namenode/permission/acl.h"

#include <algorithm>
#include <array>

#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {
namespace {

// The first byte of an entry: scope, type, whether a name follows, permission.
constexpr uint8_t kDefaultBit = 0x80;
constexpr int kTypeShift = 5;
constexpr uint8_t kNamedBit = 0x08;
constexpr std::array<AclType, 3> kBaseTypes = {AclType::kUser, AclType::kGroup, AclType::kOther};
constexpr uint16_t kAboveBits = 01000;  // sticky: not an ACL's matter

using Entries = std::vector<AclEntry>;

Status Invalid(std::string text) { return Status(Code::kAcl, std::move(text)); }

uint8_t OwnerBits(uint16_t mode) { return (mode >> 6) & 7; }
uint8_t GroupBits(uint16_t mode) { return (mode >> 3) & 7; }
uint8_t OtherBits(uint16_t mode) { return mode & 7; }
uint16_t WithBits(uint16_t mode, unsigned owner, unsigned group, unsigned other) {
  return static_cast<uint16_t>((mode & kAboveBits) | owner << 6 | group << 3 | other);
}

size_t Scope(const AclEntry& entry) { return static_cast<size_t>(entry.scope); }
bool SameKey(const AclEntry& a, const AclEntry& b) {
  return a.scope == b.scope && a.type == b.type && a.name == b.name;
}
const AclEntry* Find(const Entries& entries, const AclEntry& key) {
  for (const AclEntry& entry : entries) {
    if (SameKey(entry, key)) return &entry;
  }
  return nullptr;
}
const AclEntry* Find(const Entries& entries, AclScope scope, AclType type) {
  return Find(entries, AclEntry{scope, type, {}, 0});
}
void Sort(Entries& entries) { std::sort(entries.begin(), entries.end(), AclKeyLess); }

size_t CountOf(const Entries& entries, AclScope scope) {
  return static_cast<size_t>(
      std::count_if(entries.begin(), entries.end(), [scope](const AclEntry& entry) { return entry.scope == scope; }));
}
bool IsMinimal(const Entries& entries, AclScope scope) { return CountOf(entries, scope) == kBaseTypes.size(); }

Status CheckCount(const Entries& entries) {
  for (auto [scope, name] : {std::pair(AclScope::kAccess, " access"), std::pair(AclScope::kDefault, " default")}) {
    size_t count = CountOf(entries, scope);
    if (count > kAclEntriesMax) {
      return Invalid("Invalid ACL: ACL has " + std::to_string(count) + name +
                     " entries, which exceeds maximum of " + std::to_string(kAclEntriesMax) + ".");
    }
  }
  return Status::Ok();
}

Status CheckAcl(const Entries& entries) {
  RETURN_IF_ERROR(CheckCount(entries));
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && SameKey(entries[i - 1], entries[i])) {
      return Invalid("Invalid ACL: multiple entries with same scope, type and name.");
    }
    bool nameless = entries[i].type == AclType::kMask || entries[i].type == AclType::kOther;
    if (nameless && !entries[i].name.empty()) {
      return Invalid("Invalid ACL: this entry type must not have a name: " + ToString(entries[i]) + ".");
    }
  }
  bool has_default = CountOf(entries, AclScope::kDefault) > 0;
  for (AclType type : kBaseTypes) {
    if (Find(entries, AclScope::kAccess, type) == nullptr) {
      return Invalid("Invalid ACL: the user, group and other entries are required.");
    }
    if (has_default && Find(entries, AclScope::kDefault, type) == nullptr) {
      return Invalid("Invalid default ACL: the user, group and other entries are required.");
    }
  }
  return Status::Ok();
}

// A list on its way to a new ACL: masks are kept apart until all else is known.
struct Builder {
  struct Mask {
    std::optional<AclEntry> entry;  // the one that was there or is given
    bool touched = false;           // given or removed by the caller
    bool scope_touched = false;
  };
  Entries entries;
  std::array<Mask, 2> masks;

  void Keep(const AclEntry& entry) {
    if (entry.type == AclType::kMask) {
      masks[Scope(entry)].entry = entry;
    } else {
      entries.push_back(entry);
    }
  }
  void Put(const AclEntry& entry) {
    Touch(entry);
    Keep(entry);
  }
  void Touch(const AclEntry& entry) {
    masks[Scope(entry)].scope_touched = true;
    if (entry.type == AclType::kMask) masks[Scope(entry)].touched = true;
  }

  // A default ACL needs entries for owner, group and others: those of the access ACL.
  void FillDefaults() {
    if (CountOf(entries, AclScope::kDefault) == 0) return;
    for (AclType type : kBaseTypes) {
      if (Find(entries, AclScope::kDefault, type) != nullptr) continue;
      if (const AclEntry* access = Find(entries, AclScope::kAccess, type)) {
        entries.push_back({AclScope::kDefault, type, {}, access->permission});
      }
    }
  }

  Status AddMasks() {
    for (AclScope scope : {AclScope::kAccess, AclScope::kDefault}) {
      Mask& mask = masks[static_cast<size_t>(scope)];
      bool found = false;
      bool needed = false;
      uint8_t all = 0;
      for (const AclEntry& entry : entries) {
        if (entry.scope != scope) continue;
        found = true;
        needed = needed || !entry.name.empty();
        if (entry.type == AclType::kGroup || !entry.name.empty()) all |= entry.permission;
      }
      if (!found) continue;
      if (!mask.entry && needed && mask.touched) {
        return Invalid("Invalid ACL: mask is required and cannot be deleted.");
      }
      if (mask.entry && (!mask.scope_touched || mask.touched)) {
        entries.push_back(*mask.entry);
      } else if (needed || mask.entry) {
        entries.push_back({scope, AclType::kMask, {}, all});
      }
    }
    return Status::Ok();
  }

  Result<Entries> Build() {
    FillDefaults();
    RETURN_IF_ERROR(AddMasks());
    Sort(entries);
    RETURN_IF_ERROR(CheckAcl(entries));
    return std::move(entries);
  }
};

}  // namespace

std::string EncodeAcl(const Entries& entries) {
  std::string bytes;
  for (const AclEntry& entry : entries) {
    uint8_t head = static_cast<uint8_t>((entry.scope == AclScope::kDefault ? kDefaultBit : 0) |
                                        static_cast<unsigned>(entry.type) << kTypeShift |
                                        (entry.name.empty() ? 0 : kNamedBit) | (entry.permission & 7));
    bytes.push_back(static_cast<char>(head));
    if (!entry.name.empty()) AppendBytes(bytes, entry.name);
  }
  return bytes;
}

Entries DecodeAcl(std::string_view bytes) {
  Entries entries;
  RecordReader reader(bytes);
  while (!reader.AtEnd() && reader.ok()) {
    std::string_view head = reader.Take(1);
    if (head.empty()) break;
    auto bits = static_cast<uint8_t>(head[0]);
    AclEntry entry;
    entry.scope = (bits & kDefaultBit) != 0 ? AclScope::kDefault : AclScope::kAccess;
    entry.type = static_cast<AclType>((bits >> kTypeShift) & 3);
    entry.permission = bits & 7;
    if ((bits & kNamedBit) != 0) entry.name = reader.Bytes();
    if (reader.ok()) entries.push_back(std::move(entry));
  }
  return entries;
}

bool HasAccessAcl(const Inode& inode) {
  return !inode.acl.empty() && (static_cast<uint8_t>(inode.acl.front()) & kDefaultBit) == 0;
}

Entries WholeAcl(const Inode& inode) {
  Entries stored = DecodeAcl(inode.acl);
  Entries whole;
  bool extended = HasAccessAcl(inode);
  whole.push_back({AclScope::kAccess, AclType::kUser, {}, OwnerBits(inode.mode)});
  if (!extended) whole.push_back({AclScope::kAccess, AclType::kGroup, {}, GroupBits(inode.mode)});
  if (extended) whole.push_back({AclScope::kAccess, AclType::kMask, {}, GroupBits(inode.mode)});
  whole.push_back({AclScope::kAccess, AclType::kOther, {}, OtherBits(inode.mode)});
  whole.insert(whole.end(), stored.begin(), stored.end());
  Sort(whole);
  return whole;
}

Status StoreAcl(const Entries& whole, const std::string& path, Inode& inode) {
  if (CountOf(whole, AclScope::kDefault) > 0 && !inode.is_directory()) {
    return Invalid("Invalid ACL: only directories may have a default ACL. Path: " + path);
  }
  bool minimal = IsMinimal(whole, AclScope::kAccess);
  Entries stored;
  uint8_t owner = 0;
  uint8_t group = 0;
  uint8_t other = 0;
  for (const AclEntry& entry : whole) {
    bool access = entry.scope == AclScope::kAccess;
    if (!access) {
      stored.push_back(entry);
    } else if (entry.type == AclType::kUser && entry.name.empty()) {
      owner = entry.permission;
    } else if (entry.type == AclType::kOther) {
      other = entry.permission;
    } else if (entry.type == AclType::kMask || minimal) {
      group = entry.permission;
    } else {
      stored.push_back(entry);
    }
  }
  inode.mode = WithBits(inode.mode, owner, group, other);
  inode.acl = EncodeAcl(stored);
  return Status::Ok();
}

void DropAcl(Inode& inode) {
  if (HasAccessAcl(inode)) {
    const Entries stored = DecodeAcl(inode.acl);
    const AclEntry* group = Find(stored, AclScope::kAccess, AclType::kGroup);
    if (group != nullptr) inode.mode = WithBits(inode.mode, OwnerBits(inode.mode), group->permission, OtherBits(inode.mode));
  }
  inode.acl.clear();
}

Result<Entries> MergeAcl(Entries existing, Entries spec) {
  RETURN_IF_ERROR(CheckCount(spec));
  Sort(spec);
  Builder builder;
  for (const AclEntry& entry : existing) {
    if (Find(spec, entry) == nullptr) builder.Keep(entry);
  }
  for (const AclEntry& entry : spec) builder.Put(entry);
  return builder.Build();
}

Result<Entries> ReplaceAcl(Entries existing, Entries spec) {
  RETURN_IF_ERROR(CheckCount(spec));
  Sort(spec);
  Builder builder;
  for (const AclEntry& entry : spec) builder.Put(entry);
  for (const AclEntry& entry : existing) {
    if (!builder.masks[Scope(entry)].scope_touched) builder.Keep(entry);
  }
  return builder.Build();
}

Result<Entries> WithoutAclEntries(Entries existing, Entries spec) {
  RETURN_IF_ERROR(CheckCount(spec));
  Builder builder;
  for (const AclEntry& entry : existing) {
    if (Find(spec, entry) != nullptr) {
      builder.Touch(entry);
    } else {
      builder.Keep(entry);
    }
  }
  return builder.Build();
}

Result<Entries> WithoutDefaultAcl(Entries existing) {
  std::erase_if(existing, [](const AclEntry& entry) { return entry.scope == AclScope::kDefault; });
  RETURN_IF_ERROR(CheckAcl(existing));
  return existing;
}

void InheritAcl(const Inode& parent, std::optional<uint16_t> unmasked, Inode& child) {
  if (parent.acl.empty()) return;
  Entries defaults = DecodeAcl(parent.acl);
  std::erase_if(defaults, [](const AclEntry& entry) { return entry.scope != AclScope::kDefault; });
  if (defaults.empty()) return;
  const uint16_t mode = unmasked.value_or(child.mode);
  const bool minimal = IsMinimal(defaults, AclScope::kDefault);
  Entries whole;
  for (AclEntry entry : defaults) {
    entry.scope = AclScope::kAccess;
    // The mode that was asked for limits what owner, group class and others get.
    if (entry.type == AclType::kUser && entry.name.empty()) entry.permission &= OwnerBits(mode);
    if (entry.type == AclType::kMask || (entry.type == AclType::kGroup && minimal)) entry.permission &= GroupBits(mode);
    if (entry.type == AclType::kOther) entry.permission &= OtherBits(mode);
    whole.push_back(std::move(entry));
  }
  if (child.is_directory()) whole.insert(whole.end(), defaults.begin(), defaults.end());
  [[maybe_unused]] Status stored = StoreAcl(whole, "", child);  // fails for default entries of files only
}

}  // namespace tusk::dfs
