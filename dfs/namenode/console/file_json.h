// Files of the wire as the console's JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/web/json.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"

namespace tusk::dfs {

// "/a" + "b" -> "/a/b"
std::string ChildPath(std::string_view folder, std::string_view name);
std::string OctalPermission(uint32_t permission);
// A FileEntry, open for more fields. `path`: the whole one.
web::JsonObject FileEntryJson(const hadoop::hdfs::HdfsFileStatusProto& status, const std::string& path);
// ["user::rwx","group::r-x","other::---"] as getfacl lists them.
std::string AclJson(const hadoop::hdfs::AclStatusProto& status);
std::string XAttrsJson(const hadoop::hdfs::GetXAttrsResponseProto& response);
std::string BlockJson(const hadoop::hdfs::LocatedBlockProto& block);

}  // namespace tusk::dfs
