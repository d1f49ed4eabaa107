// -stat and -test.
#include <ctime>
#include <ostream>

#include <fmt/core.h>

#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

std::string UtcSecond(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

class Stat : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1, .args_max = SIZE_MAX, .flags = {"R"}, .values = {}}, args));
    recursive_ = options.has("R");
    if (args[0].find('%') != std::string::npos) {
      format_ = args[0];
      args.erase(args.begin());
    }
    if (args.empty()) args.push_back(".");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    std::string line;
    for (size_t i = 0; i < format_.size(); ++i) {
      if (format_[i] != '%') {
        line += format_[i];
      } else if (++i < format_.size()) {
        line += Field(format_[i], item);
      }
    }
    out() << line << "\n";
    return Status::Ok();
  }

 private:
  static std::string Field(char letter, const PathData& item) {
    const FileStatus& status = *item.status;
    switch (letter) {
      case 'a': return fmt::format("{:o}", status.permission);
      case 'A': return PermissionText(status.permission);
      case 'b': return std::to_string(status.length);
      case 'F': return status.is_directory() ? "directory" : status.is_file() ? "regular file" : "symlink";
      case 'g': return status.group;
      case 'n': return status.name();
      case 'o': return std::to_string(status.block_size);
      case 'r': return std::to_string(status.replication);
      case 'u': return status.owner;
      case 'x': return UtcSecond(status.atime_wall_ms);
      case 'X': return std::to_string(status.atime_wall_ms);
      case 'y': return UtcSecond(status.mtime_wall_ms);
      case 'Y': return std::to_string(status.mtime_wall_ms);
      default: return std::string(1, letter);
    }
  }
  std::string format_ = "%y";
};

// The exit code is the answer.
class Test : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 1,
                                                                 .args_max = 1,
                                                                 .flags = {"e", "d", "f", "s", "z", "w", "r"},
                                                                 .values = {}},
                                                                args));
    if (options.flags.empty()) return Status(Code::kInvalidArgument, "No test flag given");
    if (options.flags.size() > 1) return Status(Code::kInvalidArgument, "Only one test flag is allowed");
    flag_ = (*options.flags.begin())[0];
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    const FileStatus& status = *item.status;
    bool holds = false;
    switch (flag_) {
      case 'e': holds = true; break;
      case 'd': holds = status.is_directory(); break;
      case 'f': holds = status.is_file(); break;
      case 's': holds = status.length > 0; break;
      case 'z': holds = status.length == 0; break;
      case 'w':
      case 'r': {
        ASSIGN_OR_RETURN(holds, Allowed(item, flag_ == 'w' ? 2 : 4));
        break;
      }
      default: break;
    }
    if (!holds) exit_code_ = 1;
    return Status::Ok();
  }
  Status ProcessNonexistentPath(PathData&) override {
    exit_code_ = 1;
    return Status::Ok();
  }

 private:
  // What the namenode says; by the bits that are shown where nobody can be asked (file:).
  Result<bool> Allowed(const PathData& item, uint32_t bit) {
    if (item.fs.uri() != "file:") {
      Status allowed = item.fs.CheckAccess(item.path, static_cast<uint8_t>(bit));
      if (allowed.ok()) return true;
      if (allowed.code() == Code::kAccessControl || allowed.code() == Code::kFileNotFound) return false;
      return allowed;
    }
    const FileStatus& status = *item.status;
    const std::string& user = context().user.name;
    if (user == status.owner) return (status.permission >> 6 & bit) != 0;
    return (status.permission & bit) != 0 || (status.permission >> 3 & bit) != 0;
  }
  char flag_ = 'e';
};

}  // namespace

void AddStatVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"stat", "[format] <path> ...",
                    "Shows what is known of a file.\n"
                    "  %a %A  permission, octal and as letters     %b  bytes\n"
                    "  %F     kind                                 %g  group\n"
                    "  %n     name                                 %o  block size\n"
                    "  %r     replication                          %u  owner\n"
                    "  %x %X  time of access, UTC and milliseconds\n"
                    "  %y %Y  time of modification, UTC (default) and milliseconds",
                    ""},
                   [] { return std::make_unique<Stat>(); }});
  verbs.push_back({{"test", "-[defswrz] <path>",
                    "Exit code 0 if it holds, else 1.\n"
                    "  -d  is a folder       -e  exists\n"
                    "  -f  is a file         -s  is not empty\n"
                    "  -w  may be written    -r  may be read\n"
                    "  -z  is empty",
                    ""},
                   [] { return std::make_unique<Test>(); }});
}

}  // namespace tusk::dfs
