// What all copying verbs share.
#include "dfs/shell/copy_command.h"

#include <algorithm>
#include <cstdlib>

#include "dfs/shell/interrupt.h"
#include "dfs/shell/whole_acl.h"

namespace tusk::dfs {
namespace {

constexpr long kThreadsOrQueueMax = 1 << 16;

}  // namespace

Status CopyCommand::TakeRemoteDestination(std::vector<std::string>& args) {
  if (args.size() < 2) {
    ASSIGN_OR_RETURN(destination_, LookUp(file_systems(), "."));
    return Status::Ok();
  }
  std::string text = std::move(args.back());
  args.pop_back();
  ASSIGN_OR_RETURN(Items items, ExpandGlob(file_systems(), text));
  if (items.empty()) return NoSuchPath(text);
  if (items.size() > 1) return PathError(text, "Too many matches");
  destination_ = std::move(items[0]);
  // A trailing slash says "folder" and is lost on the way through the pattern.
  if (!destination_.exists()) destination_.text = text;
  return Status::Ok();
}

Status CopyCommand::TakeLocalDestination(std::vector<std::string>& args) {
  std::string text = ".";
  if (args.size() >= 2) {
    text = std::move(args.back());
    args.pop_back();
  }
  ASSIGN_OR_RETURN(destination_, LookUpLocal(file_systems(), text));
  return Status::Ok();
}

Status CopyCommand::ProcessArguments(Items& items) {
  if (items.size() > 1) {
    if (!destination_.exists()) return NoSuchPath(destination_.text);
    if (!destination_.is_directory()) return NotDirectory(destination_.text);
  } else if (destination_.exists()) {
    if (!destination_.is_directory() && !overwrite_) return PathExists(destination_.text);
  } else {
    ASSIGN_OR_RETURN(bool parent, destination_.ParentExists());
    if (!parent) {
      std::string text = "`" + destination_.text + "': No such file or directory";
      if (destination_.qualified() != destination_.text) text += ": `" + destination_.qualified() + "'";
      return Status(Code::kIOError, text);
    }
  }
  InterruptGuard guard;
  bool many = items.size() > 1 || (items.size() == 1 && items[0].is_directory());
  if (threads_ > 1 && many) workers_ = std::make_unique<CopyThreads>(threads_, queue_max_);
  Status status = Command::ProcessArguments(items);
  if (workers_ != nullptr) workers_->Finish();
  if (InterruptGuard::interrupted()) exit_code_ = kInterruptedExitCode;
  return status;
}

Status CopyCommand::TakeThreads(const ParsedOptions& options) {
  auto number = [&options](const char* option, size_t otherwise, size_t* value) -> Status {
    auto given = options.values.find(option);
    if (given == options.values.end()) return Status::Ok();
    char* end = nullptr;
    long parsed = std::strtol(given->second.c_str(), &end, 10);
    if (*end != 0 || given->second.empty()) {
      return Status(Code::kInvalidArgument, "For input string: \"" + given->second + "\"");
    }
    *value = parsed < 1 ? otherwise : static_cast<size_t>(std::min(parsed, kThreadsOrQueueMax));
    return Status::Ok();
  };
  RETURN_IF_ERROR(number("t", 1, &threads_));
  return number("q", queue_max_, &queue_max_);
}

Result<PathData> CopyCommand::TargetOf(const PathData& source) {
  if (depth_ > 0 || destination_.is_directory() || destination_.looks_like_directory()) {
    return destination_.ChildLike(source);
  }
  return destination_;
}

Status CopyCommand::ProcessPathArgument(PathData& source) {
  if (source.is_directory() && source.fs == destination_.fs) {
    depth_ = 0;
    ASSIGN_OR_RETURN(PathData target, TargetOf(source));
    if (target.path == source.path) return PathErrorWith("", source.text, target.text, "are identical");
    std::string prefix = source.path == "/" ? "/" : source.path + "/";
    if (target.path.starts_with(prefix)) {
      return PathErrorWith("", source.text, target.text, "is a subdirectory of itself");
    }
  }
  return Command::ProcessPathArgument(source);
}

Status CopyCommand::ProcessPath(PathData& source) {
  ASSIGN_OR_RETURN(PathData target, TargetOf(source));
  return ProcessPathTo(source, target);
}

Status CopyCommand::ProcessPathTo(PathData& source, PathData& target) {
  if (source.status->is_file()) {
    if (workers_ == nullptr) return CopyFile(source, target);
    workers_->Submit([this, source, target] {
      PathData place = target;
      Status copied = CopyFile(source, place);
      if (!copied.ok()) Error(copied);
    });
    return Status::Ok();
  }
  if (source.is_directory() && !recursive_) return IsDirectory(source.text);
  return Status::Ok();
}

Status CopyCommand::RecursePath(PathData& source) {
  PathData saved = destination_;
  auto descend = [&]() -> Status {
    ASSIGN_OR_RETURN(destination_, TargetOf(source));
    if (destination_.exists()) {
      if (!destination_.is_directory()) return NotDirectory(destination_.text);
    } else {
      RETURN_IF_ERROR(destination_.fs.Mkdirs(destination_.path));
      RETURN_IF_ERROR(destination_.Refresh());
    }
    RETURN_IF_ERROR(Command::RecursePath(source));
    return preserve_ ? PreserveAttributes(source, destination_) : Status::Ok();
  };
  Status status = descend();
  destination_ = std::move(saved);
  return status;
}

Status CopyCommand::CopyFile(const PathData& source, PathData& target) {
  if (target.exists() && (target.is_directory() || !overwrite_)) return PathExists(target.text);
  ASSIGN_OR_RETURN(auto stream, source.fs.Open(source.path, verify_));
  RETURN_IF_ERROR(CopyPieces([&stream] { return stream->ReadPiece(); }, target));
  return preserve_ ? PreserveAttributes(source, target) : Status::Ok();
}

Status CopyCommand::CopyPieces(const std::function<Result<ByteView>()>& next, PathData& target) {
  if (target.exists() && (target.is_directory() || !overwrite_)) return PathExists(target.text);
  PathData temporary = direct_ ? target : target.WithSuffix("._COPYING_");
  auto copy = [&]() -> Status {
    CreateOptions options;
    options.lazy_persist = lazy_persist_;
    if (lazy_persist_) options.replication = 1;
    options.write_checksum = write_checksum_;
    ASSIGN_OR_RETURN(auto stream, temporary.fs.Create(temporary.path, options));
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, next());
      if (InterruptGuard::interrupted()) return Status(Code::kInterrupted, "Interrupted");
      if (piece.empty()) break;
      RETURN_IF_ERROR(stream->Write(piece));
    }
    return stream->Close();
  };
  Status copied = copy();
  if (copied.ok() && !direct_) {
    if (target.exists()) {
      ASSIGN_OR_RETURN(bool deleted, target.fs.Delete(target.path, false));
      if (!deleted) return PathErrorWith("delete", target.text, "");
    }
    auto renamed = temporary.fs.Rename(temporary.path, target.path);
    if (!renamed.ok()) return renamed.status();
    if (!*renamed) copied = PathErrorWith("rename", temporary.text, target.text);
  }
  if (!copied.ok() && !direct_) (void)temporary.fs.Delete(temporary.path, false);
  return copied;
}

Status CopyCommand::PreserveAttributes(const PathData& source, const PathData& target) {
  const FileStatus& status = *source.status;
  if (preserve_owner_) RETURN_IF_ERROR(target.fs.SetOwner(target.path, status.owner, status.group));
  if (preserve_permission_) RETURN_IF_ERROR(target.fs.SetPermission(target.path, status.permission));
  if (preserve_acl_ && status.has_acl) {
    ASSIGN_OR_RETURN(AclStatus acl, source.fs.GetAclStatus(source.path));
    RETURN_IF_ERROR(target.fs.SetAcl(target.path, WholeAcl(std::move(acl.entries), status.permission)));
  }
  if (preserve_xattr_) {
    ASSIGN_OR_RETURN(std::vector<XAttr> attributes, source.fs.GetXAttrs(source.path));
    for (const XAttr& attribute : attributes) {
      RETURN_IF_ERROR(target.fs.SetXAttr(target.path, attribute, kXAttrCreate | kXAttrReplace));
    }
  }
  if (preserve_times_) RETURN_IF_ERROR(target.fs.SetTimes(target.path, status.mtime_wall_ms, status.atime_wall_ms));
  return Status::Ok();
}

}  // namespace tusk::dfs
