// -find.
#include <algorithm>
#include <ostream>

#include "dfs/client/glob.h"
#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

class Find : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    recursive_ = true;
    size_t first = 0;
    while (first < args.size() && !args[first].starts_with('-')) ++first;
    std::vector<std::string> words(args.begin() + static_cast<ptrdiff_t>(first), args.end());
    args.resize(first);
    if (args.empty()) args.push_back(".");
    return ParseExpression(words);
  }
  Status ProcessPaths(const PathData* parent, Items& items) override {
    if (parent != nullptr) {
      std::sort(items.begin(), items.end(), [](const PathData& a, const PathData& b) { return a.path < b.path; });
    }
    return Command::ProcessPaths(parent, items);
  }
  Status ProcessPath(PathData& item) override {
    for (const Step& step : steps_) {
      if (step.prints) {
        out() << item.text << step.end;
      } else {
        std::string name = item.status->name();
        if (!step.pattern.Matches(step.any_case ? Lower(name) : name)) return Status::Ok();
      }
    }
    return Status::Ok();
  }

 private:
  struct Step {
    bool prints = false;
    std::string end;
    bool any_case = false;
    GlobPattern pattern;
  };
  Status ParseExpression(const std::vector<std::string>& words) {
    bool prints = false;
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      Step step;
      if (word == "-a" || word == "-and") continue;
      if (word == "-print" || word == "-print0") {
        step.prints = prints = true;
        step.end = word == "-print" ? std::string("\n") : std::string(1, '\0');
      } else if (word == "-name" || word == "-iname") {
        if (i + 1 == words.size()) {
          return Status(Code::kInvalidArgument, "Not enough arguments: expected 1 but got 0");
        }
        step.any_case = word == "-iname";
        std::string pattern = words[++i];
        ASSIGN_OR_RETURN(step.pattern, GlobPattern::Compile(step.any_case ? Lower(pattern) : pattern));
      } else {
        return Status(Code::kIOError, "Unexpected argument: " + word);
      }
      steps_.push_back(std::move(step));
    }
    if (!prints) {
      Step print;
      print.prints = true;
      print.end = "\n";
      steps_.push_back(std::move(print));
    }
    return Status::Ok();
  }
  std::vector<Step> steps_;
};

}  // namespace

void AddFindVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"find", "<path> ... <expression> ...",
                    "Shows the files that match, in folders and all below them.\n"
                    "  -name PATTERN, -iname PATTERN  by name; -iname in any case\n"
                    "  -print, -print0                ended by a newline, by a zero byte\n"
                    "  EXPR -a EXPR, EXPR EXPR        both",
                    ""},
                   [] { return std::make_unique<Find>(); }});
}

}  // namespace tusk::dfs
