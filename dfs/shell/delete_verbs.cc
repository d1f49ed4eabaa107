// -rm, -rmdir and their old names; trash.
#include <ostream>

#include <fmt/core.h>

#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

// Moves to /user/NAME/.Trash/Current instead of deleting, where trash is on.
class Trash {
 public:
  explicit Trash(ShellContext& context) : context_(context) {}

  // True if the item was moved. False: trash is off, or the item is in the trash already.
  Result<bool> Move(const PathData& item, std::ostream& err) {
    ASSIGN_OR_RETURN(uint64_t interval, Interval(item.fs));
    if (interval == 0) return false;
    std::string trash = item.fs.home_directory() + "/.Trash";
    if (item.path == trash || item.path.starts_with(trash + "/")) return false;
    if (trash.starts_with(item.path == "/" ? "/" : item.path + "/")) {
      return Status(Code::kIOError, "Cannot move \"" + item.qualified() + "\" to the trash, as it contains the trash");
    }
    std::string current = trash + "/Current";
    std::string target = current + item.path;
    std::string folder = target.substr(0, target.rfind('/'));
    RETURN_IF_ERROR(item.fs.Mkdirs(folder, 0700));
    ASSIGN_OR_RETURN(bool taken, item.fs.Exists(target));
    if (taken) target += std::to_string(context_.clock.WallMillis());
    ASSIGN_OR_RETURN(bool moved, item.fs.Rename(item.path, target));
    if (!moved) {
      return Status(Code::kIOError, "Failed to move to trash: " + item.qualified());
    }
    err << "Moved: '" << item.qualified() << "' to trash at: " << item.fs.Qualify(target) << "\n";
    return true;
  }

 private:
  // fs.trash.interval of the server, or of the client where the server has none. In minutes.
  Result<uint64_t> Interval(const BlockingFileSystem& fs) {
    auto defaults = fs.GetServerDefaults();
    if (defaults.ok() && defaults->trash_interval_minutes > 0) return defaults->trash_interval_minutes;
    ASSIGN_OR_RETURN(int64_t interval, context_.configuration.GetInt("fs.trash.interval", 0));
    return static_cast<uint64_t>(std::max<int64_t>(interval, 0));
  }
  ShellContext& context_;
};

class Rm : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1,
                                          .args_max = SIZE_MAX,
                                          .flags = {"f", "r", "R", "skipTrash", "safely"},
                                          .values = {}},
                                         args));
    ignore_missing_ = options.has("f");
    delete_folders_ = delete_folders_ || options.has("r") || options.has("R");
    skip_trash_ = options.has("skipTrash");
    return Status::Ok();
  }
  Result<Items> ExpandArgument(const std::string& arg) override {
    ASSIGN_OR_RETURN(Items items, ExpandGlob(file_systems(), arg));
    if (items.empty() && !ignore_missing_) return NoSuchPath(arg);
    return items;
  }
  Status ProcessNonexistentPath(PathData& item) override {
    return ignore_missing_ ? Status::Ok() : NoSuchPath(item.text);
  }
  Status ProcessPath(PathData& item) override {
    if (item.is_directory() && !delete_folders_) return IsDirectory(item.text);
    if (!skip_trash_) {
      auto moved = Trash(context()).Move(item, err());
      if (!moved.ok()) {
        return Status(Code::kIOError, std::string(moved.status().message()) + ". Consider using -skipTrash option");
      }
      if (*moved) return Status::Ok();
    }
    ASSIGN_OR_RETURN(bool deleted, item.fs.Delete(item.path, delete_folders_));
    if (!deleted) return PathError(item.text);
    out() << "Deleted " << item.text << "\n";
    return Status::Ok();
  }
  bool delete_folders_ = false;

 private:
  bool ignore_missing_ = false;
  bool skip_trash_ = false;
};

class Rmr : public Rm {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    delete_folders_ = true;
    return Rm::ProcessOptions(args);
  }
};

class Rmdir : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 1,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"-ignore-fail-on-non-empty"},
                                                                 .values = {}},
                                                                args));
    ignore_non_empty_ = options.has("-ignore-fail-on-non-empty");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (!item.is_directory()) return NotDirectory(item.text);
    ASSIGN_OR_RETURN(std::vector<FileStatus> children, item.fs.List(item.path));
    if (!children.empty()) {
      return ignore_non_empty_ ? Status::Ok() : PathError(item.text, "Directory is not empty");
    }
    ASSIGN_OR_RETURN(bool deleted, item.fs.Delete(item.path, false));
    return deleted ? Status::Ok() : PathError(item.text);
  }

 private:
  bool ignore_non_empty_ = false;
};

}  // namespace

void AddDeleteVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"rm", "[-f] [-r|-R] [-skipTrash] [-safely] <src> ...",
                    "Deletes files; moves them to /user/NAME/.Trash where trash is on.\n"
                    "  -f          no error for what does not exist\n"
                    "  -r, -R      folders with all that is in them\n"
                    "  -skipTrash  deletes at once\n"
                    "  -safely     accepted",
                    ""},
                   [] { return std::make_unique<Rm>(); }});
  verbs.push_back({{"rmr", "", "(DEPRECATED) Same as '-rm -r'", "-rm -r"}, [] { return std::make_unique<Rmr>(); }});
  verbs.push_back({{"rmdir", "[--ignore-fail-on-non-empty] <dir> ...", "Deletes empty folders.", ""},
                   [] { return std::make_unique<Rmdir>(); }});
}

}  // namespace tusk::dfs
