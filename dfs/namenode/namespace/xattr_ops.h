// Operations on extended attributes, and their bytes in Inode::xattrs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dfs/common/xattr.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

std::string EncodeXAttrs(const std::vector<XAttr>& attributes);
// What Inode::xattrs holds; attributes up to the first damaged one.
std::vector<XAttr> DecodeXAttrs(std::string_view bytes);

// Its owner has shut superusers out of what it holds.
bool IsUnreadableBySuperuser(const Inode& inode);

// `flags`: kXAttrCreate, kXAttrReplace or both.
Status SetXAttr(Namesystem& ns, const Call& call, const std::string& path, const XAttr& attribute, uint32_t flags,
                Edit& edit);
Status RemoveXAttr(Namesystem& ns, const Call& call, const std::string& path, const XAttr& attribute, Edit& edit);
// Those of `wanted`, all that the caller may see where it is empty.
Result<std::vector<XAttr>> GetXAttrs(const Namesystem& ns, const Call& call, const std::string& path,
                                     const std::vector<XAttr>& wanted);
Result<std::vector<XAttr>> ListXAttrs(const Namesystem& ns, const Call& call, const std::string& path);

}  // namespace tusk::dfs
