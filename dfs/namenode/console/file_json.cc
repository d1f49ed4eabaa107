// Field by field.
#include "dfs/namenode/console/file_json.h"

#include <array>
#include <cstdio>

#include "dfs/common/acl.h"
#include "dfs/common/xattr.h"
#include "dfs/namenode/namespace/storage_policies.h"
#include "base/env/network.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;
using web::JsonArray;
using web::JsonObject;

namespace {

constexpr uint32_t kStickyBit = 01000;

const char* TypeName(wire::HdfsFileStatusProto::FileType type) {
  switch (type) {
    case wire::HdfsFileStatusProto::IS_DIR: return "directory";
    case wire::HdfsFileStatusProto::IS_SYMLINK: return "symlink";
    case wire::HdfsFileStatusProto::IS_FILE: break;
  }
  return "file";
}

}  // namespace

std::string ChildPath(std::string_view folder, std::string_view name) {
  return std::string(folder) + (folder.ends_with('/') ? "" : "/") + std::string(name);
}

std::string OctalPermission(uint32_t permission) {
  std::array<char, 8> text;
  const int size = std::snprintf(text.data(), text.size(), (permission & kStickyBit) != 0 ? "%04o" : "%03o", permission & 01777u);
  return {text.data(), static_cast<size_t>(size)};
}

JsonObject FileEntryJson(const wire::HdfsFileStatusProto& status, const std::string& path) {
  const bool is_directory = status.filetype() == wire::HdfsFileStatusProto::IS_DIR;
  JsonObject entry;
  entry.Set("name", path == "/" ? std::string() : path.substr(path.rfind('/') + 1)).Set("path", path);
  entry.Set("type", TypeName(status.filetype())).Set("size", status.length());
  entry.Set("replication", status.block_replication()).Set("blockSize", status.blocksize());
  entry.Set("owner", status.owner()).Set("group", status.group()).Set("permission", OctalPermission(status.permission().perm()));
  entry.Set("modifiedAt", status.modification_time()).Set("accessedAt", status.access_time());
  if (is_directory && status.childrennum() >= 0) entry.Set("children", status.childrennum());
  else entry.SetNull("children");
  entry.Set("hasAcl", (status.flags() & wire::HdfsFileStatusProto::HAS_ACL) != 0).Set("id", status.fileid());
  return entry;
}

std::string AclJson(const wire::AclStatusProto& status) {
  const uint32_t bits = status.permission().perm();
  std::vector<AclEntry> access, defaults;
  for (const wire::AclEntryProto& entry : status.entries()) {
    AclEntry parsed{static_cast<AclScope>(entry.scope()), static_cast<AclType>(entry.type()), entry.name(), static_cast<uint8_t>(entry.permissions())};
    (parsed.scope == AclScope::kAccess ? access : defaults).push_back(std::move(parsed));
  }
  const auto bits_at = [bits](int shift) { return static_cast<uint8_t>(bits >> shift & 7); };
  JsonArray list;
  list.Add(ToString(AclEntry{AclScope::kAccess, AclType::kUser, "", bits_at(6)}));
  for (const AclEntry& entry : access) list.Add(ToString(entry));
  // Where there are named entries the group's bits are the mask, and the group's own entry is among them.
  list.Add(ToString(AclEntry{AclScope::kAccess, access.empty() ? AclType::kGroup : AclType::kMask, "", bits_at(3)}));
  list.Add(ToString(AclEntry{AclScope::kAccess, AclType::kOther, "", bits_at(0)}));
  for (const AclEntry& entry : defaults) list.Add(ToString(entry));
  return list.Done();
}

std::string XAttrsJson(const wire::GetXAttrsResponseProto& response) {
  JsonArray list;
  for (const wire::XAttrProto& attribute : response.xattrs()) {
    XAttr named{static_cast<XAttrNamespace>(attribute.namespace_()), attribute.name(), attribute.value()};
    JsonObject json;
    json.Set("name", PrefixedName(named));
    const bool printable = attribute.value().find_first_not_of(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos;
    json.Set("value", EncodeXAttrValue(attribute.value(), printable ? XAttrCodec::kText : XAttrCodec::kHex));
    list.Add(json);
  }
  return list.Done();
}

std::string BlockJson(const wire::LocatedBlockProto& block) {
  JsonArray replicas;
  for (int i = 0; i < block.locs_size(); ++i) {
    const wire::DatanodeInfoProto& node = block.locs(i);
    JsonObject replica;
    replica.Set("datanode", node.id().ipaddr() + ":" + std::to_string(node.id().xferport())).Set("host", node.id().hostname());
    replica.Set("httpAddress", HostPort{node.id().hostname(), static_cast<uint16_t>(node.id().infoport())}.ToString());
    replica.Set("rack", node.location());
    replica.Set("storageType", StorageTypeName(i < block.storagetypes_size() ? static_cast<int>(block.storagetypes(i)) : static_cast<int>(kDisk)));
    replica.Set("storageId", i < block.storageids_size() ? block.storageids(i) : std::string());
    replicas.Add(replica);
  }
  JsonObject json;
  json.Set("id", "blk_" + std::to_string(static_cast<int64_t>(block.b().blockid()))).Set("generationStamp", block.b().generationstamp());
  json.Set("offset", block.offset()).Set("length", block.b().numbytes()).Set("corrupt", block.corrupt()).SetJson("replicas", replicas.Done());
  return json.Done();
}

}  // namespace tusk::dfs
