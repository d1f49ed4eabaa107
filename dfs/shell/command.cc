// What all verbs share: option parsing, pattern expansion, recursion, errors.
#include "dfs/shell/command.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <ostream>

#include <fmt/core.h>

namespace tusk::dfs {
Status WrongArguments(std::string text) { return Status(Code::kInvalidArgument, std::move(text)); }

Status ExactlyOnePath(const std::vector<std::string>& args) {
  if (args.empty()) return WrongArguments("<path> is missing");
  return args.size() > 1 ? WrongArguments("Too many arguments") : Status::Ok();
}

Result<ParsedOptions> ParseCommandOptions(const CommandSyntax& syntax, std::vector<std::string>& args) {
  ParsedOptions parsed;
  size_t at = 0;
  std::vector<std::string> rest;
  while (at < args.size()) {
    const std::string& word = args[at];
    if (word.empty() || word[0] != '-' || word == "-") break;  // "-" is a file
    if (word == "--") {
      ++at;
      break;
    }
    std::string option = word.substr(1);
    if (std::find(syntax.flags.begin(), syntax.flags.end(), option) != syntax.flags.end()) {
      parsed.flags.insert(option);
      ++at;
    } else if (std::find(syntax.values.begin(), syntax.values.end(), option) != syntax.values.end()) {
      ++at;
      bool has_value = at < args.size() && !args[at].starts_with('-') && args.size() - at > syntax.args_min;
      parsed.flags.insert(option);
      if (has_value) parsed.values[option] = args[at++];
    } else {
      return WrongArguments("Illegal option " + word);
    }
  }
  rest.assign(args.begin() + static_cast<ptrdiff_t>(at), args.end());
  args = std::move(rest);
  if (args.size() < syntax.args_min) {
    return WrongArguments(fmt::format("Not enough arguments: expected {} but got {}", syntax.args_min, args.size()));
  }
  if (args.size() > syntax.args_max) {
    return WrongArguments(fmt::format("Too many arguments: expected {} but got {}", syntax.args_max, args.size()));
  }
  return parsed;
}

int Command::Run(ShellContext& context, BlockingFileSystems& file_systems, const CommandInfo& info,
                 std::vector<std::string> args, Status& wrong_arguments) {
  context_ = &context;
  file_systems_ = &file_systems;
  info_ = &info;
  if (!info.replaced_by.empty()) {
    err() << info.name << ": DEPRECATED: Please use '" << info.replaced_by << "' instead.\n";
  }
  Status status = ProcessOptions(args);
  if (status.ok()) status = ProcessRawArguments(args);
  if (status.code() == Code::kInvalidArgument) {
    wrong_arguments = status;
    return 255;
  }
  if (!status.ok()) Error(status);
  if (errors_ == 0) return exit_code_;
  return exit_code_ != 0 ? exit_code_ : 1;
}

void Command::Error(const Status& status) {
  std::string_view message = status.message();
  Error(std::string(message.substr(0, message.find('\n'))));
}

void Command::Error(const std::string& text) {
  std::lock_guard lock(error_mutex_);
  out().flush();
  ++errors_;
  err() << info_->name << ": " << text << "\n";
}

Status Command::ProcessRawArguments(std::vector<std::string>& args) {
  Items items;
  for (const std::string& arg : args) {
    auto expanded = ExpandArgument(arg);
    if (!expanded.ok()) {
      // A pattern that does not parse concerns the whole command line.
      if (expanded.code() == Code::kInvalidArgument) return expanded.status();
      Error(expanded.status());
      continue;
    }
    for (PathData& item : *expanded) items.push_back(std::move(item));
  }
  return ProcessArguments(items);
}

Result<Command::Items> Command::ExpandArgument(const std::string& arg) {
  ASSIGN_OR_RETURN(Items items, ExpandGlob(*file_systems_, arg));
  if (items.empty()) return NoSuchPath(arg);
  return items;
}

Status Command::ProcessArguments(Items& items) {
  for (PathData& item : items) {
    Status status = ProcessArgument(item);
    if (!status.ok()) Error(status);
  }
  return Status::Ok();
}

Status Command::ProcessArgument(PathData& item) {
  return item.exists() ? ProcessPathArgument(item) : ProcessNonexistentPath(item);
}

Status Command::ProcessPathArgument(PathData& item) {
  depth_ = 0;
  Items one{item};
  return ProcessPaths(nullptr, one);
}

Status Command::ProcessPaths(const PathData*, Items& items) {
  for (PathData& item : items) {
    Status status = ProcessPath(item);
    if (status.ok() && recursive_ && item.is_directory()) status = RecursePath(item);
    if (status.ok()) status = PostProcessPath(item);
    if (!status.ok()) Error(status);
  }
  return Status::Ok();
}

Status Command::ProcessPath(PathData& item) {
  return Status(Code::kUnsupported, "processPath() is not implemented: " + item.text);
}

Status Command::RecursePath(PathData& item) {
  ASSIGN_OR_RETURN(Items children, item.Children());
  ++depth_;
  Status status = ProcessPaths(&item, children);
  --depth_;
  return status;
}

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb> verbs = [] {
    std::vector<Verb> all;
    AddListVerbs(all);
    AddMakeVerbs(all);
    AddCopyVerbs(all);
    AddMoveVerbs(all);
    AddDisplayVerbs(all);
    AddDeleteVerbs(all);
    AddUsageVerbs(all);
    AddStatVerbs(all);
    AddPermissionVerbs(all);
    AddFindVerbs(all);
    AddSnapshotVerbs(all);
    AddAclVerbs(all);
    AddXAttrVerbs(all);
    std::sort(all.begin(), all.end(), [](const Verb& a, const Verb& b) { return a.info.name < b.info.name; });
    return all;
  }();
  return verbs;
}

const Verb* FindVerb(std::string_view name) {
  for (const Verb& verb : Verbs()) {
    if (verb.info.name == name) return &verb;
  }
  return nullptr;
}

std::string HumanSize(int64_t bytes) {
  constexpr const char* kUnits[] = {"", " K", " M", " G", " T", " P", " E"};
  double value = std::fabs(static_cast<double>(bytes));
  int unit = 0;
  while (value >= 1024 && unit < 6) {
    value /= 1024;
    ++unit;
  }
  // What would be printed as 1024.0 belongs to the next unit.
  if (unit > 0 && unit < 6 && value >= 1023.95) {
    value /= 1024;
    ++unit;
  }
  const char* sign = bytes < 0 ? "-" : "";
  if (unit == 0) return std::to_string(bytes);
  std::string number = value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
  return sign + number + kUnits[unit];
}

std::string LocalMinute(int64_t wall_ms) {
  std::time_t seconds = wall_ms >= 0 ? wall_ms / 1000 : (wall_ms - 999) / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min);
}

std::string PermissionText(uint32_t permission) {
  std::string text;
  for (int shift : {6, 3, 0}) {
    uint32_t bits = permission >> shift & 7;
    text += bits & 4 ? 'r' : '-';
    text += bits & 2 ? 'w' : '-';
    text += bits & 1 ? 'x' : '-';
  }
  if (permission & 01000) text[8] = permission & 1 ? 't' : 'T';
  return text;
}

}  // namespace tusk::dfs
