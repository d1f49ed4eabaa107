// The four quota verbs of `hdfs dfsadmin`.
#include <algorithm>
#include <ostream>

#include "dfs/client/admin/dfs_admin.h"
#include "dfs/common/storage_types.h"
#include "dfs/shell/admin/admin_internal.h"
#include "dfs/shell/path_data.h"

namespace tusk::dfs {
namespace {

// "-storageType NAME" anywhere in `args`; 0 where it is not. kInvalidArgument for an unknown name.
Result<int> TakeStorageType(AdminArgs& args) {
  auto option = std::find(args.begin(), args.end(), "-storageType");
  if (option == args.end()) return 0;
  if (option + 1 == args.end()) return Status(Code::kInvalidArgument, "option -storageType requires 1 argument");
  std::string name = *(option + 1);
  args.erase(option, option + 2);
  int type = StorageTypeOf(name);
  if (type != 0) return type;
  return Status(Code::kInvalidArgument, "Storage type " + name +
                                            " is not available. Available storage types are [SSD, DISK, ARCHIVE, PROVIDED, NVDIMM]");
}

Result<int64_t> ParseQuota(const std::string& text) {
  auto value = ParseBinaryNumber(text);
  if (!value.ok() && value.status().message().starts_with("Invalid size prefix")) return value.status();
  if (!value.ok()) return Status(Code::kInvalidArgument, "\"" + text + "\" is not a valid value for a quota.");
  return value;
}

Status NotEnough(size_t wanted, size_t got) {
  return Status(Code::kInvalidArgument,
                "Not enough arguments: expected " + std::to_string(wanted) + " but got " + std::to_string(got));
}

}  // namespace

// Every folder is tried; each one that fails prints its own error.
Result<int> AdminQuota(AdminSession& session, AdminArgs args) {
  bool of_bytes = session.verb.find("Space") != std::string::npos;
  int storage_type = 0;
  if (of_bytes) {
    ASSIGN_OR_RETURN(storage_type, TakeStorageType(args));
  }
  int64_t quota = kQuotaNone;
  if (session.verb.starts_with("-set")) {
    if (args.size() < 2) return NotEnough(2, args.size());
    ASSIGN_OR_RETURN(quota, ParseQuota(args[0]));
    args.erase(args.begin());
  }
  if (args.empty()) return NotEnough(1, 0);
  int code = 0;
  for (const std::string& arg : args) {
    ASSIGN_OR_RETURN(std::vector<PathData> items, ExpandGlob(session.file_systems, arg));
    for (const PathData& item : items) {
      Status set = session.Run(SetQuota(*item.fs.async(), item.path, of_bytes ? kQuotaUnchanged : quota,
                                        of_bytes ? quota : kQuotaUnchanged, storage_type));
      if (set.ok()) continue;
      if (set.code() == Code::kInvalidArgument) return set;
      std::string_view message = set.message();
      session.err() << session.verb.substr(1) << ": " << message.substr(0, message.find('\n')) << "\n";
      code = 255;
    }
  }
  return code;
}

}  // namespace tusk::dfs
