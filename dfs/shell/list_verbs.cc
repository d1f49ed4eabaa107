// -ls and its old name -lsr.
#include <algorithm>
#include <ostream>

#include <fmt/core.h>

#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

constexpr size_t kRecursiveGroup = 100;  // columns are widened once per so many entries

class Ls : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 0,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"C", "d", "h", "q", "R", "t", "S", "r", "u", "e"},
                                                                 .values = {}},
                                                                args));
    path_only_ = options.has("C");
    list_folders_ = !options.has("d");
    human_ = options.has("h");
    hide_ = options.has("q");
    reverse_ = options.has("r");
    by_time_ = options.has("t");
    by_size_ = !by_time_ && options.has("S");
    use_atime_ = options.has("u");
    show_policy_ = options.has("e");
    recursive_ = list_folders_ && (recursive_ || options.has("R"));
    if (args.empty()) args.push_back(".");
    return Status::Ok();
  }

  Status ProcessPathArgument(PathData& item) override {
    depth_ = 0;
    if (list_folders_ && item.is_directory()) return RecursePath(item);
    return Command::ProcessPathArgument(item);
  }

  Status RecursePath(PathData& item) override {
    if (!recursive_ || by_time_ || by_size_ || reverse_) return Command::RecursePath(item);
    ASSIGN_OR_RETURN(Items children, item.Children());
    ++depth_;
    for (size_t begin = 0; begin < children.size(); begin += kRecursiveGroup) {
      size_t end = std::min(begin + kRecursiveGroup, children.size());
      Items group(std::make_move_iterator(children.begin() + static_cast<ptrdiff_t>(begin)),
                  std::make_move_iterator(children.begin() + static_cast<ptrdiff_t>(end)));
      RETURN_IF_ERROR(ProcessPaths(&item, group));
    }
    --depth_;
    return Status::Ok();
  }

  Status ProcessPaths(const PathData* parent, Items& items) override {
    if (parent != nullptr && !recursive_ && !items.empty()) {
      if (!path_only_) out() << "Found " << items.size() << " items\n";
      Sort(items);  // what -R lists is not sorted, nor are the arguments: so is Hadoop's
    }
    if (!path_only_) Widen(items);
    return Command::ProcessPaths(parent, items);
  }

  Status ProcessPath(PathData& item) override {
    std::string shown = item.text;
    if (hide_) {
      for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
      }
    }
    if (path_only_) {
      out() << shown << "\n";
      return Status::Ok();
    }
    const FileStatus& status = *item.status;
    std::string line = fmt::format("{}{}{}", status.is_directory() ? 'd' : '-', PermissionText(status.permission),
                                   status.has_acl ? '+' : ' ');
    line += fmt::format("{:>{}} ", status.is_file() ? std::to_string(status.replication) : "-", replication_width_);
    line += owner_width_ > 0 ? fmt::format("{:<{}} ", status.owner, owner_width_) : status.owner;
    line += group_width_ > 0 ? fmt::format("{:<{}} ", status.group, group_width_) : status.group;
    if (show_policy_) {
      line += fmt::format("{:<{}} ", Policy(status), policy_width_);
    }
    line += fmt::format("{:>{}} ", Size(status), size_width_);
    line += LocalMinute(use_atime_ ? status.atime_wall_ms : status.mtime_wall_ms) + " " + shown + "\n";
    out() << line;
    return Status::Ok();
  }

 private:
  static std::string Policy(const FileStatus& status) {
    if (status.erasure_coded) return status.erasure_policy;
    return status.is_directory() ? "" : "Replicated";
  }
  std::string Size(const FileStatus& status) const {
    return human_ ? HumanSize(static_cast<int64_t>(status.length)) : std::to_string(status.length);
  }
  void Widen(const Items& items) {
    for (const PathData& item : items) {
      const FileStatus& status = *item.status;
      replication_width_ = std::max(replication_width_, std::to_string(status.replication).size());
      size_width_ = std::max(size_width_, Size(status).size());
      owner_width_ = std::max(owner_width_, status.owner.size());
      group_width_ = std::max(group_width_, status.group.size());
      policy_width_ = std::max(policy_width_, Policy(status).size());
    }
  }
  void Sort(Items& items) const {
    auto time = [&](const PathData& item) { return use_atime_ ? item.status->atime_wall_ms : item.status->mtime_wall_ms; };
    auto before = [&](const PathData& a, const PathData& b) {
      if (by_time_ && time(a) != time(b)) return time(a) > time(b);
      if (by_size_ && a.status->length != b.status->length) return a.status->length > b.status->length;
      return a.path < b.path;
    };
    std::sort(items.begin(), items.end(), [&](const PathData& a, const PathData& b) {
      return reverse_ ? before(b, a) : before(a, b);
    });
  }

  bool path_only_ = false;
  bool list_folders_ = true;
  bool human_ = false;
  bool hide_ = false;
  bool reverse_ = false;
  bool by_time_ = false;
  bool by_size_ = false;
  bool use_atime_ = false;
  bool show_policy_ = false;
  size_t replication_width_ = 3;
  size_t size_width_ = 10;
  size_t owner_width_ = 0;
  size_t group_width_ = 0;
  size_t policy_width_ = 0;
};

class Lsr : public Ls {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    recursive_ = true;
    return Ls::ProcessOptions(args);
  }
};

}  // namespace

void AddListVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"ls", "[-C] [-d] [-h] [-q] [-R] [-t] [-S] [-r] [-u] [-e] [<path> ...]",
                    "Lists files, and what is in folders; /user/NAME if no path is given.\n"
                    "  -C  paths only\n"
                    "  -d  a folder itself, not what is in it\n"
                    "  -h  sizes as 1.5 K, 64 M\n"
                    "  -q  ? for characters that do not print\n"
                    "  -R  folders within folders too\n"
                    "  -t  newest first\n"
                    "  -S  largest first\n"
                    "  -r  the other way round\n"
                    "  -u  time of last access, for showing and sorting\n"
                    "  -e  with the erasure coding policy",
                    ""},
                   [] { return std::make_unique<Ls>(); }});
  verbs.push_back({{"lsr", "", "(DEPRECATED) Same as 'ls -R'", "-ls -R"}, [] { return std::make_unique<Lsr>(); }});
  verbs.back().info.replaced_by = "ls -R";
}

}  // namespace tusk::dfs
