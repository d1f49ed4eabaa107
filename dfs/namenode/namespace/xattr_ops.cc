// setXAttr, getXAttrs, listXAttrs, removeXAttr.
#include "dfs/namenode/namespace/xattr_ops.h"

#include <algorithm>

#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {
namespace {

// The one attribute of the namespace SECURITY that users may set: on files, without a value, for ever.
constexpr std::string_view kUnreadableBySuperuser = "security.hdfs.unreadable.by.superuser";
constexpr uint16_t kSticky = 01000;

Status CheckEnabled(const Namesystem& ns) {
  if (ns.limits().xattrs_enabled) return Status::Ok();
  return Status(Code::kIOError, "The XAttr operation has been rejected.  Support for XAttrs has been disabled by setting "
                                "dfs.namenode.xattrs.enabled to false.");
}

// "/.reserved/raw/...", where the namespace RAW may be seen.
bool IsRawPath(std::string_view path) { return path.starts_with("/.reserved/raw"); }

// Below /.reserved/raw only the superuser changes anything.
Status CheckRawChange(const Namesystem& ns, const Call& call, std::string_view path) {
  if (!IsRawPath(path) || call.caller.superuser || !ns.ChecksPermissions(call)) return Status::Ok();
  return Status(Code::kAccessControl, "Access denied for user " + call.caller.user + ". Superuser privilege is required");
}

// Whether users may name `attribute` at all.
Status CheckSpace(const Call& call, const XAttr& attribute, bool raw_path) {
  switch (attribute.space) {
    case XAttrNamespace::kUser: return Status::Ok();
    case XAttrNamespace::kTrusted:
      if (call.caller.superuser) return Status::Ok();
      break;
    case XAttrNamespace::kRaw:
      if (raw_path) return Status::Ok();
      break;
    default: break;
  }
  std::string name = PrefixedName(attribute);
  if (name == kUnreadableBySuperuser) {
    if (attribute.value.empty()) return Status::Ok();
    return Status(Code::kAccessControl, "Attempt to set a value for '" + name + "'. Values are not allowed for this xattr.");
  }
  return Status(Code::kAccessControl, "User doesn't have permission for xattr: " + name);
}

bool IsVisible(const Call& call, const XAttr& attribute, bool raw_path) {
  switch (attribute.space) {
    case XAttrNamespace::kUser: return true;
    case XAttrNamespace::kTrusted: return call.caller.superuser;
    case XAttrNamespace::kRaw: return raw_path;
    default: return PrefixedName(attribute) == kUnreadableBySuperuser;
  }
}

Status CheckMayChange(const Namesystem& ns, const Call& call, const ResolvedPath& path, const XAttr& attribute) {
  if (attribute.space != XAttrNamespace::kUser) return Status::Ok();
  InodeRef target = path.target();
  bool sticky = target != nullptr && target->is_directory() && (target->mode & kSticky) != 0;
  return sticky ? ns.CheckOwnerOfTarget(call, path) : ns.CheckTarget(call, path, kWriteAccess);
}

Result<InodeRef> Existing(const ResolvedPath& path) {
  if (!path.exists()) return Status(Code::kFileNotFound, "cannot find " + path.Path());
  return path.target();
}

// What is there, when the caller may set or remove `attribute` on it.
Result<InodeRef> TargetToChange(Namesystem& ns, const Call& call, const std::string& path_text, const XAttr& attribute) {
  RETURN_IF_ERROR(CheckSpace(call, attribute, IsRawPath(path_text)));
  RETURN_IF_ERROR(CheckRawChange(ns, call, path_text));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(CheckMayChange(ns, call, path, attribute));
  return Existing(path);
}

Status CheckSetFlags(const XAttr& attribute, bool exists, uint32_t flags) {
  if ((flags & (kXAttrCreate | kXAttrReplace)) == 0) {
    return Status(Code::kHadoopIllegalArgument, "A flag must be specified.");
  }
  if (exists && (flags & kXAttrReplace) == 0) {
    return Status(Code::kIOError, "XAttr: " + attribute.name + " already exists. The REPLACE flag must be specified.");
  }
  if (!exists && (flags & kXAttrCreate) == 0) {
    return Status(Code::kIOError, "XAttr: " + attribute.name + " does not exist. The CREATE flag must be specified.");
  }
  return Status::Ok();
}

size_t CountedOf(const std::vector<XAttr>& attributes) {
  return static_cast<size_t>(std::count_if(attributes.begin(), attributes.end(), [](const XAttr& attribute) {
    return attribute.space == XAttrNamespace::kUser || attribute.space == XAttrNamespace::kTrusted;
  }));
}

}  // namespace

bool IsUnreadableBySuperuser(const Inode& inode) {
  if (inode.xattrs.empty()) return false;
  for (const XAttr& attribute : DecodeXAttrs(inode.xattrs)) {
    if (PrefixedName(attribute) == kUnreadableBySuperuser) return true;
  }
  return false;
}

std::string EncodeXAttrs(const std::vector<XAttr>& attributes) {
  std::string bytes;
  for (const XAttr& attribute : attributes) {
    bytes.push_back(static_cast<char>(attribute.space));
    AppendBytes(bytes, attribute.name);
    AppendBytes(bytes, attribute.value);
  }
  return bytes;
}

std::vector<XAttr> DecodeXAttrs(std::string_view bytes) {
  std::vector<XAttr> attributes;
  RecordReader reader(bytes);
  while (!reader.AtEnd() && reader.ok()) {
    std::string_view space = reader.Take(1);
    XAttr attribute;
    attribute.name = reader.Bytes();
    attribute.value = reader.Bytes();
    if (!reader.ok()) break;
    attribute.space = static_cast<XAttrNamespace>(space.front());
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

Status SetXAttr(Namesystem& ns, const Call& call, const std::string& path_text, const XAttr& attribute, uint32_t flags,
                Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set XAttr on " + path_text, call.now));
  RETURN_IF_ERROR(CheckEnabled(ns));
  const size_t bytes = attribute.name.size() + attribute.value.size();
  const size_t bytes_max = static_cast<size_t>(ns.limits().xattr_bytes_max);
  if (bytes > bytes_max) {
    return Status(Code::kHadoopIllegalArgument, "The XAttr is too big. The maximum combined size of the name and value is " +
                                                    std::to_string(bytes_max) + ", but the total size is " +
                                                    std::to_string(bytes));
  }
  ASSIGN_OR_RETURN(InodeRef target, TargetToChange(ns, call, path_text, attribute));
  std::vector<XAttr> attributes = DecodeXAttrs(target->xattrs);
  auto known = std::find_if(attributes.begin(), attributes.end(), [&](const XAttr& other) { return other.SameKey(attribute); });
  RETURN_IF_ERROR(CheckSetFlags(attribute, known != attributes.end(), flags));
  if (known != attributes.end()) attributes.erase(known);
  attributes.insert(attributes.begin(), attribute);
  if (CountedOf(attributes) > static_cast<size_t>(ns.limits().xattrs_max)) {
    return Status(Code::kIOError, "Cannot add additional XAttr to inode, would exceed limit of " +
                                      std::to_string(ns.limits().xattrs_max));
  }
  if (!target->is_file() && PrefixedName(attribute) == kUnreadableBySuperuser) {
    return Status(Code::kIOError, "Can only set '" + std::string(kUnreadableBySuperuser) + "' on a file.");
  }
  edit.Change(target).xattrs = EncodeXAttrs(attributes);
  return Status::Ok();
}

Status RemoveXAttr(Namesystem& ns, const Call& call, const std::string& path_text, const XAttr& attribute, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("remove XAttr entry on " + path_text, call.now));
  RETURN_IF_ERROR(CheckEnabled(ns));
  ASSIGN_OR_RETURN(InodeRef target, TargetToChange(ns, call, path_text, attribute));
  std::vector<XAttr> attributes = DecodeXAttrs(target->xattrs);
  if (!attributes.empty() && PrefixedName(attribute) == kUnreadableBySuperuser) {
    return Status(Code::kAccessControl, "The xattr '" + std::string(kUnreadableBySuperuser) + "' can not be deleted.");
  }
  if (std::erase_if(attributes, [&](const XAttr& other) { return other.SameKey(attribute); }) == 0) {
    return Status(Code::kIOError, "No matching attributes found for remove operation");
  }
  edit.Change(target).xattrs = EncodeXAttrs(attributes);
  return Status::Ok();
}

Result<std::vector<XAttr>> GetXAttrs(const Namesystem& ns, const Call& call, const std::string& path_text,
                                     const std::vector<XAttr>& wanted) {
  RETURN_IF_ERROR(CheckEnabled(ns));
  const bool raw = IsRawPath(path_text);
  for (const XAttr& attribute : wanted) RETURN_IF_ERROR(CheckSpace(call, attribute, raw));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kReadAccess));
  ASSIGN_OR_RETURN(InodeRef target, Existing(path));
  std::vector<XAttr> visible = DecodeXAttrs(target->xattrs);
  std::erase_if(visible, [&](const XAttr& attribute) { return !IsVisible(call, attribute, raw); });
  if (wanted.empty()) return visible;
  std::vector<XAttr> found;
  for (const XAttr& name : wanted) {
    auto at = std::find_if(visible.begin(), visible.end(), [&](const XAttr& attribute) { return attribute.SameKey(name); });
    if (at == visible.end()) {
      return Status(Code::kXAttrNotFound, "At least one of the attributes provided was not found.");
    }
    found.push_back(*at);
  }
  return found;
}

Result<std::vector<XAttr>> ListXAttrs(const Namesystem& ns, const Call& call, const std::string& path_text) {
  RETURN_IF_ERROR(CheckEnabled(ns));
  const bool raw = IsRawPath(path_text);
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kReadAccess));
  ASSIGN_OR_RETURN(InodeRef target, Existing(path));
  std::vector<XAttr> visible = DecodeXAttrs(target->xattrs);
  std::erase_if(visible, [&](const XAttr& attribute) { return !IsVisible(call, attribute, raw); });
  return visible;
}

}  // namespace tusk::dfs
