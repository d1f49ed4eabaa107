// -du, -dus, -df, -count.
#include <algorithm>
#include <ostream>

#include <fmt/core.h>

#include "dfs/common/storage_types.h"
#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

// Columns joined by two blanks, each as wide as its widest cell.
class Table {
 public:
  Table(std::vector<std::string> heads, std::vector<bool> right, bool show_heads)
      : right_(std::move(right)), columns_(heads.size()) {
    if (show_heads) rows_.push_back(std::move(heads));
    show_heads_ = show_heads;
  }
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == (show_heads_ ? 1 : 0); }
  void Print(std::ostream& out) const {
    if (empty()) return;
    std::vector<size_t> widths(columns_);
    for (const auto& row : rows_) {
      for (size_t i = 0; i < columns_; ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows_) {
      std::string line;
      for (size_t i = 0; i < columns_; ++i) {
        if (i > 0) line += "  ";
        line += right_[i] ? fmt::format("{:>{}}", row[i], widths[i]) : fmt::format("{:<{}}", row[i], widths[i]);
      }
      out << line.substr(0, line.find_last_not_of(' ') + 1) << "\n";
    }
  }

 private:
  std::vector<bool> right_;
  size_t columns_;
  bool show_heads_ = false;
  std::vector<std::vector<std::string>> rows_;
};

class Df : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 0, .args_max = SIZE_MAX, .flags = {"h"}, .values = {}}, args));
    human_ = options.has("h");
    if (args.empty()) args.push_back("/");
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    table_.Print(out());
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    ASSIGN_OR_RETURN(FsUsage usage, item.fs.GetUsage(item.path));
    double percent = usage.capacity == 0 ? 0 : 100.0 * static_cast<double>(usage.used) / static_cast<double>(usage.capacity);
    std::string uri = item.fs.uri() == "file:" ? "file:///" : item.fs.uri();
    table_.Add({uri, Size(usage.capacity), Size(usage.used), Size(usage.remaining), fmt::format("{:.0f}%", percent)});
    return Status::Ok();
  }

 private:
  std::string Size(uint64_t bytes) const {
    return human_ ? HumanSize(static_cast<int64_t>(bytes)) : std::to_string(bytes);
  }
  bool human_ = false;
  Table table_{{"Filesystem", "Size", "Used", "Available", "Use%"}, {false, true, true, true, true}, true};
};

class Du : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 0,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"h", "s", "v", "x"},
                                                                 .values = {}},
                                                                args));
    human_ = options.has("h");
    summary_ = summary_ || options.has("s");
    heads_ = options.has("v");
    exclude_snapshots_ = options.has("x");
    if (args.empty()) args.push_back(".");
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    Table table({"SIZE", "DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS", "FULL_PATH_NAME"}, {false, false, false}, heads_);
    table_ = &table;
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    table.Print(out());
    return Status::Ok();
  }
  Status ProcessPathArgument(PathData& item) override {
    depth_ = 0;
    if (!summary_ && item.is_directory()) return RecursePath(item);
    return Command::ProcessPathArgument(item);
  }
  Status ProcessPaths(const PathData* parent, Items& items) override {
    if (parent != nullptr) {
      std::sort(items.begin(), items.end(), [](const PathData& a, const PathData& b) { return a.path < b.path; });
    }
    return Command::ProcessPaths(parent, items);
  }
  Status ProcessPath(PathData& item) override {
    ASSIGN_OR_RETURN(ContentSummary summary, item.fs.GetContentSummary(item.path));
    uint64_t length = summary.length - (exclude_snapshots_ ? summary.snapshot_length : 0);
    uint64_t consumed = summary.space_consumed - (exclude_snapshots_ ? summary.snapshot_space_consumed : 0);
    table_->Add({Size(length), Size(consumed), item.text});
    return Status::Ok();
  }
  bool summary_ = false;

 private:
  std::string Size(uint64_t bytes) const {
    return human_ ? HumanSize(static_cast<int64_t>(bytes)) : std::to_string(bytes);
  }
  bool human_ = false;
  bool heads_ = false;
  bool exclude_snapshots_ = false;
  Table* table_ = nullptr;
};

class Dus : public Du {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    summary_ = true;
    return Du::ProcessOptions(args);
  }
};

class Count : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 1,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"q", "h", "v", "u", "x", "e", "s"},
                                                                 .values = {"t"}},
                                                                args));
    if (args.empty()) args.push_back(".");
    quotas_ = options.has("q");
    human_ = options.has("h");
    only_quotas_ = options.has("u");
    types_ = options.has("t");
    exclude_snapshots_ = options.has("x");
    policy_ = options.has("e");
    snapshots_ = options.has("s");
    if (auto value = options.values.find("t"); value != options.values.end()) RETURN_IF_ERROR(TakeTypes(value->second));
    if (options.has("v")) out() << Heads() << "\n";
    return Status::Ok();
  }

  Status ProcessPath(PathData& item) override {
    ASSIGN_OR_RETURN(ContentSummary summary, item.fs.GetContentSummary(item.path));
    if (exclude_snapshots_) {
      summary.length -= summary.snapshot_length;
      summary.file_count -= summary.snapshot_file_count;
      summary.directory_count -= summary.snapshot_directory_count;
      summary.space_consumed -= summary.snapshot_space_consumed;
    }
    std::string line;
    if (types_ && (quotas_ || only_quotas_)) {
      line = TypeColumns(summary);
    } else if (only_quotas_) {
      line = QuotaColumns(summary);
    } else {
      if (quotas_) line = QuotaColumns(summary);
      line += fmt::format("{:>12} {:>12} {:>18} ", Number(summary.directory_count), Number(summary.file_count),
                          Number(summary.length));
      if (policy_) {
        line += fmt::format("{:>20} ", "EC:" + summary.erasure_policy);
      }
      if (snapshots_) {
        line += fmt::format("{:>18} {:>24} {:>24} {:>28} ", summary.snapshot_length, summary.snapshot_file_count,
                            summary.snapshot_directory_count, summary.snapshot_space_consumed);
      }
    }
    out() << line << item.text << "\n";
    return Status::Ok();
  }

 private:
  Status TakeTypes(const std::string& text) {
    size_t at = 0;
    while (at <= text.size()) {
      size_t end = std::min(text.find(',', at), text.size());
      std::string name = text.substr(at, end - at);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
      at = end + 1;
      if (name.empty() || name == "ALL") continue;
      bool known = false;
      for (int type = 1; type <= 6; ++type) {
        if (name != StorageTypeName(type)) continue;
        wanted_types_.push_back(type);
        known = true;
      }
      if (!known) return Status(Code::kInvalidArgument, "No enum constant org.apache.hadoop.fs.StorageType." + name);
    }
    return Status::Ok();
  }
  std::vector<int> WantedTypes() const {
    return wanted_types_.empty() ? std::vector<int>{4, 1, 2, 3, 5, 6} : wanted_types_;
  }
  std::string Number(uint64_t value) const {
    return human_ ? HumanSize(static_cast<int64_t>(value)) : std::to_string(value);
  }
  std::string Heads() const {
    std::string heads;
    if (types_ && (quotas_ || only_quotas_)) {
      for (int type : WantedTypes()) {
        std::string name = StorageTypeName(type);
        heads += fmt::format("{:>14} {:>18} ", name + "_QUOTA", "REM_" + name + "_QUOTA");
      }
      return heads + "PATHNAME";
    }
    if (quotas_ || only_quotas_) {
      heads += fmt::format("{:>12} {:>15} {:>15} {:>15} ", "QUOTA", "REM_QUOTA", "SPACE_QUOTA", "REM_SPACE_QUOTA");
    }
    if (!only_quotas_) heads += fmt::format("{:>12} {:>12} {:>18} ", "DIR_COUNT", "FILE_COUNT", "CONTENT_SIZE");
    if (policy_) heads += fmt::format("{:>20} ", "ERASURECODING_POLICY");
    if (snapshots_) {
      heads += fmt::format("{:>18} {:>24} {:>24} {:>28} ", "SNAPSHOT_LENGTH", "SNAPSHOT_FILE_COUNT",
                           "SNAPSHOT_DIR_COUNT", "SNAPSHOT_SPACE_CONSUMED");
    }
    return heads + "PATHNAME";
  }
  std::string QuotaColumns(const ContentSummary& summary) const {
    auto rest = [this](int64_t left) { return human_ ? HumanSize(left) : std::to_string(left); };
    std::string quota = "none";
    std::string quota_left = "inf";
    std::string space = "none";
    std::string space_left = "inf";
    if (summary.quota > 0) {
      quota = rest(summary.quota);
      quota_left = rest(summary.quota - static_cast<int64_t>(summary.file_count + summary.directory_count));
    }
    if (summary.space_quota >= 0) {
      space = rest(summary.space_quota);
      space_left = rest(summary.space_quota - static_cast<int64_t>(summary.space_consumed));
    }
    return fmt::format("{:>12} {:>15} {:>15} {:>15} ", quota, quota_left, space, space_left);
  }
  std::string TypeColumns(const ContentSummary& summary) const {
    std::string line;
    for (int type : WantedTypes()) {
      std::string quota = "none";
      std::string left = "inf";
      for (const TypeQuota& known : summary.type_quotas) {
        if (known.storage_type != type || known.quota < 0) continue;
        quota = human_ ? HumanSize(known.quota) : std::to_string(known.quota);
        int64_t rest = known.quota - known.consumed;
        left = human_ ? HumanSize(rest) : std::to_string(rest);
      }
      line += fmt::format("{:>14} {:>18} ", quota, left);
    }
    return line;
  }

  bool quotas_ = false;
  bool human_ = false;
  bool only_quotas_ = false;
  bool types_ = false;
  bool exclude_snapshots_ = false;
  bool policy_ = false;
  bool snapshots_ = false;
  std::vector<int> wanted_types_;
};

}  // namespace

void AddUsageVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"df", "[-h] [<path> ...]", "Shows capacity and free space of filesystems.\n  -h  sizes as 1.5 K, 64 M", ""},
                   [] { return std::make_unique<Df>(); }});
  verbs.push_back({{"du", "[-s] [-h] [-v] [-x] <path> ...",
                    "Shows the bytes of files, and of all replicas; one line for each entry of a folder.\n"
                    "  -s  one line for each path\n"
                    "  -h  sizes as 1.5 K, 64 M\n"
                    "  -v  with column heads\n"
                    "  -x  without snapshots",
                    ""},
                   [] { return std::make_unique<Du>(); }});
  verbs.push_back({{"dus", "", "(DEPRECATED) Same as 'du -s'", "du -s"}, [] { return std::make_unique<Dus>(); }});
  verbs.push_back({{"count", "[-q] [-h] [-v] [-t [<storage type>]] [-u] [-x] [-e] [-s] <path> ...",
                    "Counts folders, files and bytes: DIR_COUNT FILE_COUNT CONTENT_SIZE PATHNAME.\n"
                    "  -q  before them QUOTA REM_QUOTA SPACE_QUOTA REM_SPACE_QUOTA\n"
                    "  -u  quotas only\n"
                    "  -t  quotas of storage types (with -q or -u)\n"
                    "  -h  sizes as 1.5 K, 64 M\n"
                    "  -v  with column heads\n"
                    "  -x  without snapshots\n"
                    "  -e  with the erasure coding policy\n"
                    "  -s  with snapshot counts",
                    ""},
                   [] { return std::make_unique<Count>(); }});
}

}  // namespace tusk::dfs
