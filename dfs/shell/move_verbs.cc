// -mv.
#include "dfs/shell/copy_command.h"

namespace tusk::dfs {
namespace {

class Mv : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    RETURN_IF_ERROR(ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {}, .values = {}}, args));
    return TakeRemoteDestination(args);
  }
  Status ProcessPathTo(PathData& source, PathData& target) override {
    if (!(source.fs == target.fs)) return PathError(source.text, "Does not match target filesystem");
    if (target.exists()) return PathExists(target.text);
    ASSIGN_OR_RETURN(bool renamed, target.fs.Rename(source.path, target.path));
    return renamed ? Status::Ok() : PathErrorWith("rename", source.text, target.text);
  }
};

}  // namespace

void AddMoveVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"mv", "<src> ... <dst>", "Moves within one filesystem; several sources need a folder.", ""},
                   [] { return std::make_unique<Mv>(); }});
}

}  // namespace tusk::dfs
