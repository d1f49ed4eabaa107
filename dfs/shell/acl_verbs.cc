// -getfacl and -setfacl.
#include <ostream>

#include "dfs/shell/command.h"
#include "dfs/shell/whole_acl.h"

namespace tusk::dfs {
namespace {

class GetFacl : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 0, .args_max = SIZE_MAX, .flags = {"R"}, .values = {}}, args));
    recursive_ = options.has("R");
    return ExactlyOnePath(args);
  }
  Status ProcessPath(PathData& item) override {
    const FileStatus& status = *item.status;
    out() << "# file: " << item.text << "\n# owner: " << status.owner << "\n# group: " << status.group << "\n";
    if (status.permission & 01000) out() << "# flags: --" << (status.permission & 1 ? "t" : "T") << "\n";
    std::vector<AclEntry> listed;
    if (status.has_acl) {
      ASSIGN_OR_RETURN(AclStatus acl, item.fs.GetAclStatus(item.path));
      listed = std::move(acl.entries);
    }
    std::vector<AclEntry> access;
    std::vector<AclEntry> of_new_children;
    for (AclEntry& entry : WholeAcl(std::move(listed), status.permission)) {
      (entry.scope == AclScope::kAccess ? access : of_new_children).push_back(std::move(entry));
    }
    Print(access);
    Print(of_new_children);
    out() << "\n";
    return Status::Ok();
  }

 private:
  // The mask limits named entries and the owning group; what is left is shown where it is less.
  void Print(const std::vector<AclEntry>& entries) {
    uint8_t mask = 7;
    for (const AclEntry& entry : entries) {
      if (entry.type == AclType::kMask) mask = entry.permission;
    }
    for (const AclEntry& entry : entries) {
      out() << ToString(entry);
      bool masked = !entry.name.empty() || entry.type == AclType::kGroup;
      auto effective = static_cast<uint8_t>(entry.permission & mask);
      if (masked && effective != entry.permission) out() << "\t#effective:" << AclPermissionText(effective);
      out() << "\n";
    }
  }
};

class SetFacl : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(options_, ParseCommandOptions({.args_min = 0,
                                                    .args_max = SIZE_MAX,
                                                    .flags = {"b", "k", "R", "m", "x", "-set"},
                                                    .values = {}},
                                                   args));
    recursive_ = options_.has("R");
    bool removes = options_.has("b") || options_.has("k");
    bool modifies = options_.has("m") || options_.has("x");
    bool both = (options_.has("b") && options_.has("k")) || (options_.has("m") && options_.has("x"));
    if (both || (removes && modifies) || (options_.has("-set") && (removes || modifies))) {
      return WrongArguments("Specified flags contains both remove and modify flags");
    }
    if (modifies || options_.has("-set")) {
      if (args.size() < 2) return WrongArguments("<acl_spec> is missing");
      auto entries = ParseAclSpec(args[0], !options_.has("x"));
      if (!entries.ok()) return WrongArguments(std::string(entries.status().message()));
      entries_ = std::move(entries).value();
      args.erase(args.begin());
    }
    RETURN_IF_ERROR(ExactlyOnePath(args));
    for (const AclEntry& entry : entries_) {
      if (entry.scope == AclScope::kAccess) access_entries_.push_back(entry);
    }
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (options_.has("b")) return item.fs.RemoveAcl(item.path);
    if (options_.has("k")) return item.fs.RemoveDefaultAcl(item.path);
    // On the way down, files take the entries that files may have.
    const auto& entries = recursive_ && !item.is_directory() ? access_entries_ : entries_;
    if (entries.empty()) return Status::Ok();
    if (options_.has("m")) return item.fs.ModifyAclEntries(item.path, entries);
    if (options_.has("x")) return item.fs.RemoveAclEntries(item.path, entries);
    if (options_.has("-set")) return item.fs.SetAcl(item.path, entries);
    return Status::Ok();
  }

 private:
  ParsedOptions options_;
  std::vector<AclEntry> entries_;
  std::vector<AclEntry> access_entries_;
};

}  // namespace

void AddAclVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"getfacl", "[-R] <path>",
                    "Shows the access control list of a file or folder, and a folder's default list.\n"
                    "  -R  folders with all in them",
                    ""},
                   [] { return std::make_unique<GetFacl>(); }});
  verbs.push_back({{"setfacl", "[-R] [{-b|-k} {-m|-x <acl_spec>} <path>]|[--set <acl_spec> <path>]",
                    "Changes access control lists.\n"
                    "  -b     leaves only owner, group and other\n"
                    "  -k     takes the default list away\n"
                    "  -m     adds or changes entries\n"
                    "  -x     takes entries away\n"
                    "  --set  replaces the list; user::, group:: and other:: must be in it\n"
                    "  -R     folders with all in them\n"
                    "  An acl_spec is entries with commas between them: user:bob:rw-,default:group::r-x",
                    ""},
                   [] { return std::make_unique<SetFacl>(); }});
}

}  // namespace tusk::dfs
