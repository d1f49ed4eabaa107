// Command: one verb of the shell. The base class parses options, expands patterns, descends into folders and counts
// errors; a verb overrides the step that is its own. Each call of a step prints its own error, and the others go on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "dfs/shell/path_data.h"
#include "dfs/shell/shell.h"

namespace tusk::dfs {

// What a verb accepts: options are whole words after one dash.
struct CommandSyntax {
  size_t args_min = 0;
  size_t args_max = SIZE_MAX;
  std::vector<std::string> flags;
  std::vector<std::string> values;  // options that take the next word
};

struct ParsedOptions {
  std::set<std::string> flags;
  std::map<std::string, std::string> values;
  bool has(const std::string& flag) const { return flags.contains(flag); }
};

// kInvalidArgument: the usage is printed after it.
Status WrongArguments(std::string text);
// For verbs whose options may leave one path and nothing else.
Status ExactlyOnePath(const std::vector<std::string>& args);
// Takes the options off the front of `args`. kInvalidArgument: "Illegal option -x", "Not enough arguments: ...".
Result<ParsedOptions> ParseCommandOptions(const CommandSyntax& syntax, std::vector<std::string>& args);

struct CommandInfo {
  std::string name;         // without dash
  std::string usage;        // what follows the name
  std::string description;  // for -help
  std::string replaced_by;  // deprecated: "-ls -R"
};

class Command {
 public:
  virtual ~Command() = default;
  // Returns the exit code; `usage_wanted` is set where the arguments are wrong (the caller prints the usage).
  int Run(ShellContext& context, BlockingFileSystems& file_systems, const CommandInfo& info,
          std::vector<std::string> args, Status& wrong_arguments);

 protected:
  using Items = std::vector<PathData>;
  // ---- the steps, in order ----
  // Takes options (and destinations) from `args`. kInvalidArgument: wrong usage.
  virtual Status ProcessOptions(std::vector<std::string>& args) = 0;
  virtual Status ProcessRawArguments(std::vector<std::string>& args);
  virtual Result<Items> ExpandArgument(const std::string& arg);
  virtual Status ProcessArguments(Items& items);
  virtual Status ProcessArgument(PathData& item);
  virtual Status ProcessNonexistentPath(PathData& item) { return NoSuchPath(item.text); }
  virtual Status ProcessPathArgument(PathData& item);
  virtual Status ProcessPaths(const PathData* parent, Items& items);
  virtual Status ProcessPath(PathData& item);
  virtual Status RecursePath(PathData& item);
  virtual Status PostProcessPath(PathData&) { return Status::Ok(); }

  // Prints "verb: message" and makes the exit code 1.
  void Error(const Status& status);
  void Error(const std::string& text);

  ShellContext& context() { return *context_; }
  BlockingFileSystems& file_systems() { return *file_systems_; }
  std::ostream& out() { return context_->out; }
  std::ostream& err() { return context_->err; }
  const CommandInfo& info() const { return *info_; }
  bool recursive_ = false;
  int depth_ = 0;
  int exit_code_ = 0;
  bool failed() const { return errors_ > 0 || exit_code_ != 0; }

 private:
  ShellContext* context_ = nullptr;
  BlockingFileSystems* file_systems_ = nullptr;
  const CommandInfo* info_ = nullptr;
  std::mutex error_mutex_;  // copies may run side by side
  int errors_ = 0;
};

struct Verb {
  CommandInfo info;
  std::function<std::unique_ptr<Command>()> make;
};

// All verbs, sorted by name.
const std::vector<Verb>& Verbs();
// Null if there is none of that name.
const Verb* FindVerb(std::string_view name);

// Each family's verbs; called by Verbs().
void AddListVerbs(std::vector<Verb>& verbs);
void AddMakeVerbs(std::vector<Verb>& verbs);
void AddCopyVerbs(std::vector<Verb>& verbs);
void AddMoveVerbs(std::vector<Verb>& verbs);
void AddDisplayVerbs(std::vector<Verb>& verbs);
void AddDeleteVerbs(std::vector<Verb>& verbs);
void AddUsageVerbs(std::vector<Verb>& verbs);
void AddStatVerbs(std::vector<Verb>& verbs);
void AddPermissionVerbs(std::vector<Verb>& verbs);
void AddFindVerbs(std::vector<Verb>& verbs);
void AddSnapshotVerbs(std::vector<Verb>& verbs);
void AddAclVerbs(std::vector<Verb>& verbs);
void AddXAttrVerbs(std::vector<Verb>& verbs);

// "512", "1.5 K", "64 M"
std::string HumanSize(int64_t bytes);
// "2026-11-21 18:05", in local time
std::string LocalMinute(int64_t wall_ms);
// "rwxr-x--t"
std::string PermissionText(uint32_t permission);

}  // namespace tusk::dfs
