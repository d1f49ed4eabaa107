// -rm, -rmdir, -expunge and their old names.
#include <istream>
#include <ostream>

#include "dfs/shell/command.h"
#include "dfs/shell/trash.h"

namespace tusk::dfs {
namespace {

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
    safely_ = options.has("safely");
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
    ASSIGN_OR_RETURN(bool wanted, !safely_ ? Result<bool>(true) : Confirm(item));
    if (!wanted) return Status::Ok();
    if (!skip_trash_) {
      auto moved = Trash(context()).Move(item);
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
  // Asks where more files would go than hadoop.shell.safely.delete.limit.num.files. The end of the input is a no.
  Result<bool> Confirm(const PathData& item) {
    ASSIGN_OR_RETURN(int64_t limit, context().configuration.GetInt("hadoop.shell.safely.delete.limit.num.files", 100));
    if (limit <= 0) return true;
    ASSIGN_OR_RETURN(ContentSummary summary, item.fs.GetContentSummary(item.path));
    if (summary.file_count <= static_cast<uint64_t>(limit)) return true;
    std::string answer;
    for (;;) {
      out().flush();
      err() << "Proceed deleting " << summary.file_count << " files? (Y or N) ";
      err().flush();
      bool answered = static_cast<bool>(std::getline(context().in, answer));
      for (char& c : answer) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (answer == "y" || answer == "yes") return true;
      if (!answered || answer == "n" || answer == "no") break;
      err() << "Invalid input: " << answer << "\n";
    }
    err() << "Delete aborted at user request.\n\n";
    return false;
  }
  bool ignore_missing_ = false;
  bool skip_trash_ = false;
  bool safely_ = false;
};

class Rmr : public Rm {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    delete_folders_ = true;
    return Rm::ProcessOptions(args);
  }
};

class Expunge : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 0,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"immediate"},
                                                                 .values = {"fs"}},
                                                                args));
    immediately_ = options.has("immediate");
    if (auto value = options.values.find("fs"); value != options.values.end()) place_ = value->second;
    args.clear();
    return Status::Ok();
  }
  Status ProcessArguments(Items&) override {
    if (place_.empty()) {
      ASSIGN_OR_RETURN(BlockingFileSystem fs, file_systems().Default());
      return Trash(context()).Expunge(fs, immediately_);
    }
    ASSIGN_OR_RETURN(BlockingFileSystems::Place place, file_systems().Resolve(place_));
    return Trash(context()).Expunge(place.fs, immediately_);
  }

 private:
  bool immediately_ = false;
  std::string place_;
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
                    "  -safely     asks before more than 100 files are deleted",
                    ""},
                   [] { return std::make_unique<Rm>(); }});
  verbs.push_back({{"rmr", "", "(DEPRECATED) Same as '-rm -r'", "-rm -r"}, [] { return std::make_unique<Rmr>(); }});
  verbs.push_back({{"expunge", "[-immediate] [-fs <path>]",
                    "Deletes old checkpoints of the trash, and makes one of what is in it now.\n"
                    "  -immediate  deletes all that is in the trash\n"
                    "  -fs         the trash of this filesystem",
                    ""},
                   [] { return std::make_unique<Expunge>(); }});
  verbs.push_back({{"rmdir", "[--ignore-fail-on-non-empty] <dir> ...", "Deletes empty folders.", ""},
                   [] { return std::make_unique<Rmdir>(); }});
}

}  // namespace tusk::dfs
