// -chmod, -chown, -chgrp, -setrep.
#include <cstdlib>
#include <ostream>
#include <thread>

#include <fmt/core.h>

#include "dfs/shell/command.h"
#include "dfs/shell/mode.h"

namespace tusk::dfs {
namespace {

class Chmod : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {"R"}, .values = {}}, args));
    recursive_ = options.has("R");
    auto mode = ModeChange::Parse(args[0]);
    if (!mode.ok()) {
      return Status(Code::kInvalidArgument, "chmod : mode '" + args[0] + "' does not match the expected pattern.");
    }
    mode_ = std::move(mode).value();
    args.erase(args.begin());
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    uint32_t wanted = mode_.Apply(item.status->permission, item.is_directory());
    if (wanted == item.status->permission) return Status::Ok();
    Status set = item.fs.SetPermission(item.path, wanted);
    if (set.ok()) return set;
    return Status(Code::kIOError, "changing permissions of '" + item.text + "': " + std::string(set.message()));
  }

 private:
  ModeChange mode_;
};

bool IsNameText(std::string_view text) {
  for (char c : text) {
    bool fine = std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_./@ ").find(c) != std::string_view::npos;
    if (!fine) return false;
  }
  return true;
}

class Chown : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {"R"}, .values = {}}, args));
    recursive_ = options.has("R");
    std::string text = std::move(args[0]);
    args.erase(args.begin());
    return ParseOwner(text);
  }
  virtual Status ParseOwner(const std::string& text) {
    size_t colon = text.find(':');
    owner_ = text.substr(0, colon);
    if (colon != std::string::npos) group_ = text.substr(colon + 1);
    if ((owner_.empty() && group_.empty()) || !IsNameText(owner_) || !IsNameText(group_)) {
      return Status(Code::kInvalidArgument, "'" + text + "' does not match expected pattern for [owner][:group].");
    }
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    std::string owner = owner_ == item.status->owner ? "" : owner_;
    std::string group = group_ == item.status->group ? "" : group_;
    if (owner.empty() && group.empty()) return Status::Ok();
    Status set = item.fs.SetOwner(item.path, owner, group);
    if (set.ok()) return set;
    return Status(Code::kIOError, "changing ownership of '" + item.text + "': " + std::string(set.message()));
  }
  std::string owner_;
  std::string group_;
};

class Chgrp : public Chown {
 protected:
  Status ParseOwner(const std::string& text) override {
    if (text.empty() || !IsNameText(text)) {
      return Status(Code::kInvalidArgument, "'" + text + "' does not match expected pattern for group");
    }
    group_ = text;
    return Status::Ok();
  }
};

class Setrep : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {"R", "w"}, .values = {}}, args));
    wait_ = options.has("w");
    recursive_ = true;
    char* end = nullptr;
    long value = std::strtol(args[0].c_str(), &end, 10);
    if (args[0].empty() || *end != 0 || value > 32767 || value < -32768) {
      err() << "setrep: Illegal replication, a positive integer expected\n";
      return Status(Code::kInvalidArgument, "For input string: \"" + args[0] + "\"");
    }
    if (value < 1) return Status(Code::kInvalidArgument, "replication must be >= 1");
    replication_ = static_cast<uint32_t>(value);
    args.erase(args.begin());
    return Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    for (const PathData& item : waiting_) RETURN_IF_ERROR(Wait(item));
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (!item.status->is_file()) return Status::Ok();
    if (item.status->erasure_coded) {
      out() << "Did not set replication for: " << item.text << ", because it's an erasure coded file.\n";
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(bool set, item.fs.SetReplication(item.path, replication_));
    if (!set) return Status(Code::kIOError, "Could not set replication for: " + item.text);
    out() << "Replication " << replication_ << " set: " << item.text << "\n";
    if (wait_) waiting_.push_back(item);
    return Status::Ok();
  }

 private:
  Status Wait(const PathData& item) {
    out() << "Waiting for " << item.text << " ...";
    out().flush();
    bool warned = false;
    // Looked at soon and then ever more seldom; a dot each ten seconds, as users of Hadoop expect.
    auto pause = std::chrono::milliseconds(10);
    auto since_dot = std::chrono::milliseconds(0);
    for (;;) {
      ASSIGN_OR_RETURN(auto blocks, item.fs.GetBlockLocations(item.path, 0, item.status->length));
      bool done = true;
      for (const BlockLocation& block : blocks) {
        if (block.hosts.size() == replication_) continue;
        done = false;
        if (!warned && block.hosts.size() > replication_) {
          out() << "\nWARNING: the waiting time may be long for DECREASING the number of replications.\n";
          warned = true;
        }
      }
      if (done) break;
      std::this_thread::sleep_for(pause);
      since_dot += pause;
      if (pause < std::chrono::milliseconds(1000)) pause *= 2;
      if (since_dot >= std::chrono::seconds(10)) {
        out() << ".";
        out().flush();
        since_dot = std::chrono::milliseconds(0);
      }
    }
    out() << " done\n";
    return Status::Ok();
  }
  uint32_t replication_ = 1;
  bool wait_ = false;
  Items waiting_;
};

}  // namespace

void AddPermissionVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"chmod", "[-R] <MODE[,MODE]... | OCTALMODE> PATH...",
                    "Changes permissions: octal (755, 1777) or symbolic (u+x,go-w, +X, +t).\n  -R  folders with all in them", ""},
                   [] { return std::make_unique<Chmod>(); }});
  verbs.push_back({{"chown", "[-R] [OWNER][:[GROUP]] PATH...", "Changes owner and group.\n  -R  folders with all in them", ""},
                   [] { return std::make_unique<Chown>(); }});
  verbs.push_back({{"chgrp", "[-R] GROUP PATH...", "Changes the group; same as -chown :GROUP.", ""},
                   [] { return std::make_unique<Chgrp>(); }});
  verbs.push_back({{"setrep", "[-R] [-w] <rep> <path> ...",
                    "Changes how many replicas files have; of a folder: of all files in it.\n"
                    "  -w  waits until they are there\n"
                    "  -R  accepted",
                    ""},
                   [] { return std::make_unique<Setrep>(); }});
}

}  // namespace tusk::dfs
