// -createSnapshot, -deleteSnapshot, -renameSnapshot: the namenode decides whether there are any.
#include <ostream>

#include "base/async/loop_thread.h"
#include "dfs/client/admin/dfs_admin.h"
#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

// One folder, with names behind it.
class SnapshotCommand : public Command {
 protected:
  Status ProcessPath(PathData& item) override {
    return item.is_directory() ? Status::Ok() : NotDirectory(item.text);
  }
  template <typename T>
  T Run(Task<T> task) {
    return file_systems().thread().Run(std::move(task));
  }
};

class CreateSnapshotVerb : public SnapshotCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    if (args.empty()) return WrongArguments("<snapshotDir> is missing.");
    if (args.size() > 2) return WrongArguments("Too many arguments.");
    if (args.size() == 2) {
      name_ = args[1];
      args.pop_back();
    }
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    if (failed() || items.empty()) return Status::Ok();
    ASSIGN_OR_RETURN(std::string made, Run(CreateSnapshot(*items[0].fs.async(), items[0].path, name_)));
    out() << "Created snapshot " << made << "\n";
    return Status::Ok();
  }

 private:
  std::string name_;
};

class DeleteSnapshotVerb : public SnapshotCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    if (args.size() != 2) return WrongArguments("Incorrect number of arguments.");
    name_ = args[1];
    args.pop_back();
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    if (failed() || items.empty()) return Status::Ok();
    RETURN_IF_ERROR(Run(DeleteSnapshot(*items[0].fs.async(), items[0].path, name_)));
    out() << "Deleted snapshot " << name_ << " under " << items[0].qualified() << "\n";
    return Status::Ok();
  }

 private:
  std::string name_;
};

class RenameSnapshotVerb : public SnapshotCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    if (args.size() != 3) return WrongArguments("Incorrect number of arguments.");
    from_ = args[1];
    to_ = args[2];
    args.resize(1);
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    if (failed() || items.empty()) return Status::Ok();
    RETURN_IF_ERROR(Run(RenameSnapshot(*items[0].fs.async(), items[0].path, from_, to_)));
    out() << "Renamed snapshot " << from_ << " to " << to_ << " under " << items[0].qualified() << "\n";
    return Status::Ok();
  }

 private:
  std::string from_;
  std::string to_;
};

}  // namespace

void AddSnapshotVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"createSnapshot", "<snapshotDir> [<snapshotName>]", "Makes a snapshot of a folder that allows it.", ""},
                   [] { return std::make_unique<CreateSnapshotVerb>(); }});
  verbs.push_back({{"deleteSnapshot", "<snapshotDir> <snapshotName>", "Deletes a snapshot of a folder.", ""},
                   [] { return std::make_unique<DeleteSnapshotVerb>(); }});
  verbs.push_back({{"renameSnapshot", "<snapshotDir> <oldName> <newName>", "Gives a snapshot another name.", ""},
                   [] { return std::make_unique<RenameSnapshotVerb>(); }});
}

}  // namespace tusk::dfs
