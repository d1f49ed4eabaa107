// -mkdir, -touchz, -touch, -truncate, -concat: verbs that make or change whole entries.
#include <ctime>
#include <ostream>
#include <thread>

#include <fmt/core.h>

#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

std::string ParentOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

class Mkdir : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1, .args_max = SIZE_MAX, .flags = {"p"}, .values = {}}, args));
    create_parents_ = options.has("p");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (!item.is_directory()) return NotDirectory(item.text);
    return create_parents_ ? Status::Ok() : PathExists(item.text);
  }
  Status ProcessNonexistentPath(PathData& item) override {
    if (!create_parents_) {
      ASSIGN_OR_RETURN(bool parent, item.ParentExists());
      if (!parent) return NoSuchPath(item.fs.Qualify(ParentOf(item.path)));
    }
    return item.fs.Mkdirs(item.path);
  }

 private:
  bool create_parents_ = false;
};

// A missing file whose folder is missing too: the message names the whole path.
Status RequireParent(const PathData& item) {
  ASSIGN_OR_RETURN(bool parent, item.ParentExists());
  if (parent) return Status::Ok();
  std::string text = "`" + item.text + "': No such file or directory";
  if (item.qualified() != item.text) text += ": `" + item.qualified() + "'";
  return Status(Code::kIOError, text);
}

class Touchz : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    return Parse({.args_min = 1, .args_max = SIZE_MAX, .flags = {}, .values = {}}, args);
  }
  Status ProcessPath(PathData& item) override {
    if (item.is_directory()) return IsDirectory(item.text);
    if (item.status->length != 0) return PathError(item.text, "Not a zero-length file");
    return Create(item);
  }
  Status ProcessNonexistentPath(PathData& item) override {
    RETURN_IF_ERROR(RequireParent(item));
    return Create(item);
  }
  Status Parse(const CommandSyntax& syntax, std::vector<std::string>& args) {
    ASSIGN_OR_RETURN(options_, ParseCommandOptions(syntax, args));
    return Status::Ok();
  }
  static Status Create(const PathData& item) {
    ASSIGN_OR_RETURN(auto stream, item.fs.Create(item.path));
    return stream->Close();
  }
  ParsedOptions options_;
};

class Touch : public Touchz {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    RETURN_IF_ERROR(Parse({.args_min = 1, .args_max = SIZE_MAX, .flags = {"a", "m", "c"}, .values = {"t"}}, args));
    wall_ms_ = context().clock.WallMillis();
    if (!options_.has("t")) return Status::Ok();
    auto value = options_.values.find("t");
    std::tm parts{};
    std::string text = value == options_.values.end() ? "" : value->second;
    if (text.size() != 15 || ::strptime(text.c_str(), "%Y%m%d:%H%M%S", &parts) == nullptr) {
      return Status(Code::kInvalidArgument, "Unable to parse the specified timestamp " + text +
                                                ". The expected format is yyyyMMdd:HHmmss");
    }
    parts.tm_isdst = -1;
    wall_ms_ = static_cast<int64_t>(std::mktime(&parts)) * 1000;
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override { return SetTimes(item); }
  Status ProcessNonexistentPath(PathData& item) override {
    if (options_.has("c")) return Status::Ok();
    RETURN_IF_ERROR(RequireParent(item));
    RETURN_IF_ERROR(Create(item));
    return options_.has("t") || options_.has("a") || options_.has("m") ? SetTimes(item) : Status::Ok();
  }

 private:
  Status SetTimes(const PathData& item) {
    bool only_one = options_.has("a") != options_.has("m");
    int64_t mtime = only_one && options_.has("a") ? -1 : wall_ms_;
    int64_t atime = only_one && options_.has("m") ? -1 : wall_ms_;
    return item.fs.SetTimes(item.path, mtime, atime);
  }
  int64_t wall_ms_ = 0;
};

class Truncate : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {"w"}, .values = {}}, args));
    char* end = nullptr;
    length_ = std::strtoll(args[0].c_str(), &end, 10);
    if (*end != 0) return Status(Code::kInvalidArgument, "Illegal length, a non-negative integer expected");
    if (length_ < 0) return Status(Code::kInvalidArgument, "length must be >= 0");
    args.erase(args.begin());
    wait_ = options.has("w");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (!refused_.ok()) return Status::Ok();
    if (item.is_directory()) return IsDirectory(item.text);
    auto size = static_cast<int64_t>(item.status->length);
    if (length_ > size) {  // the whole command ends with it, as with Hadoop's
      refused_ = WrongArguments(fmt::format("Cannot truncate to a larger file size. Current size: {}, truncate size: {}.", size, length_));
      return Status::Ok();
    }
    if (size == length_) {
      out() << "Truncated " << item.text << " to length: " << length_ << "\n";
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(bool done, item.fs.Truncate(item.path, static_cast<uint64_t>(length_)));
    if (done) {
      out() << "Truncated " << item.text << " to length: " << length_ << "\n";
    } else if (wait_) {
      waiting_.push_back(item);
    } else {
      out() << "Truncating " << item.text << " to length: " << length_
            << ". Wait for block recovery to complete before further updating this file.\n";
    }
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    RETURN_IF_ERROR(refused_);
    for (PathData& item : waiting_) RETURN_IF_ERROR(Wait(item));
    return Status::Ok();
  }

 private:
  Status Wait(PathData& item) {
    out() << "Waiting for " << item.text << " ...\n";
    out().flush();
    for (;;) {
      RETURN_IF_ERROR(item.Refresh());
      if (!item.exists()) return NoSuchPath(item.text);
      ASSIGN_OR_RETURN(bool closed, item.fs.IsClosed(item.path));
      if (closed && item.status->length == static_cast<uint64_t>(length_)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    out() << "Truncated " << item.text << " to length: " << length_ << "\n";
    return Status::Ok();
  }
  Items waiting_;
  Status refused_;
  int64_t length_ = 0;
  bool wait_ = false;
};

constexpr const char* kConcatUsage = "<target path> <src path> <src path> ...";

class Concat : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    return ParseCommandOptions({.args_min = 1, .args_max = SIZE_MAX, .flags = {}, .values = {}}, args).status();
  }
  Status ProcessArguments(Items& items) override {
    if (items.empty()) return Status(Code::kIOError, std::string("Target path not specified. ") + kConcatUsage);
    if (items.size() < 3) return Status(Code::kIOError, std::string("The number of source paths is less than 2. ") + kConcatUsage);
    std::vector<std::string> sources;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!items[i].exists() || !items[i].status->is_file()) {
        return Status(Code::kFileNotFound,
                      (i == 0 ? "Target path " : "") + items[i].qualified() + " does not exist or is not file.");
      }
      if (i > 0) sources.push_back(items[i].path);
    }
    return items[0].fs.Concat(items[0].path, sources);
  }
};

}  // namespace

void AddMakeVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"mkdir", "[-p] <path> ...",
                    "Makes folders.\n  -p  missing parents too, and no error for what exists", ""},
                   [] { return std::make_unique<Mkdir>(); }});
  verbs.push_back({{"touchz", "<path> ...", "Makes empty files; an error where a file is not empty.", ""},
                   [] { return std::make_unique<Touchz>(); }});
  verbs.push_back({{"touch", "[-a] [-m] [-t TIMESTAMP (yyyyMMdd:HHmmss) ] [-c] <path> ...",
                    "Sets the times of files, which are made if they are missing.\n"
                    "  -a  only the time of access\n"
                    "  -m  only the time of modification\n"
                    "  -t  this time instead of now\n"
                    "  -c  makes no files",
                    ""},
                   [] { return std::make_unique<Touch>(); }});
  verbs.push_back({{"truncate", "[-w] <length> <path> ...",
                    "Shortens files to a length.\n  -w  waits until it is done", ""},
                   [] { return std::make_unique<Truncate>(); }});
  verbs.push_back({{"concat", kConcatUsage,
                    "Moves the blocks of the sources to the end of the target.", ""},
                   [] { return std::make_unique<Concat>(); }});
}

}  // namespace tusk::dfs
