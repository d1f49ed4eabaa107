// truncate and concat.
#include <algorithm>

#include "dfs/namenode/namespace/file_ops.h"

namespace tusk::dfs {
namespace {

Result<InodeRef> FileAt(const ResolvedPath& path, const std::string& text) {
  InodeRef file = path.target();
  if (file == nullptr) return Status(Code::kFileNotFound, "File does not exist: " + text);
  if (!file->is_file()) return Status(Code::kFileNotFound, "Path is not a file: " + text);
  return file;
}

// How many blocks hold the first `length` bytes, and how long the last of them is then.
struct Cut {
  size_t blocks = 0;
  int64_t last_length = 0;
  bool on_boundary = true;
};
Cut CutAt(const Inode& file, int64_t length) {
  Cut cut;
  int64_t at = 0;
  while (cut.blocks < file.blocks.size() && at < length) {
    const BlockSpec& block = file.blocks[cut.blocks++];
    cut.last_length = std::min(block.length, length - at);
    cut.on_boundary = cut.last_length == block.length;
    at += block.length;
  }
  return cut;
}

}  // namespace

Result<bool> Truncate(Namesystem& ns, const Call& call, const std::string& path_text, int64_t new_length,
                      const std::string& client_name, const std::string& client_machine, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("truncate for " + path_text, call.now));
  if (new_length < 0) {
    return Status(Code::kHadoopIllegalArgument,
                  "Cannot truncate to a negative file size: " + std::to_string(new_length) + ".");
  }
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  ASSIGN_OR_RETURN(InodeRef file, FileAt(path, path_text));
  if (file->truncating && file->Length() == new_length) return false;  // the client asks how far it is
  bool closed = true;
  RETURN_IF_ERROR(TakeOverLease(ns, call, path, "TRUNCATE_FILE", client_name, client_machine, false, closed, edit));
  int64_t old_length = file->Length();
  if (old_length == new_length) return true;
  if (old_length < new_length) {
    return Status(Code::kHadoopIllegalArgument, "Cannot truncate to a larger file size. Current size: " +
                                                    std::to_string(old_length) + ", truncate size: " +
                                                    std::to_string(new_length) + ".");
  }
  Cut cut = CutAt(*file, new_length);
  int64_t stamp = 0;
  if (!cut.on_boundary) {
    const BlockSpec& last = file->blocks[cut.blocks - 1];
    RETURN_IF_ERROR(ns.blocks().Reopen(last.id));
    stamp = edit.NewStamp();
    ns.blocks().SetNextStamp(stamp + 1);
    RETURN_IF_ERROR(ns.blocks().StartRecovery(last.id, stamp, cut.last_length, call.now));
  }
  Inode& changed = edit.Change(file);
  changed.blocks.resize(cut.blocks);
  changed.mtime_ms = call.now_ms;
  if (cut.on_boundary) return true;
  changed.blocks.back().length = cut.last_length;
  changed.last_block_complete = false;
  changed.truncating = true;
  changed.under_construction = true;
  changed.client_name = client_name;
  changed.client_machine = client_machine;
  return false;
}

namespace {

Status CheckSource(const ResolvedPath& path, const std::string& text, const InodeRef& source, const InodeRef& target,
                   const std::string& target_text) {
  if (source->parent != target->parent) {
    return Status(Code::kHadoopIllegalArgument,
                  "Source file " + text + " is not in the same directory with the target " + target_text);
  }
  if (source->id == target->id) {
    return Status(Code::kHadoopIllegalArgument,
                  "concat: the src file " + text + " is the same with the target file " + target_text);
  }
  if (source->under_construction || source->blocks.empty()) {
    return Status(Code::kHadoopIllegalArgument,
                  "concat: source file " + text + " is invalid or empty or underConstruction");
  }
  if (source->block_size > target->block_size) {
    return Status(Code::kHadoopIllegalArgument,
                  "concat: source file " + path.Path() + " has preferred block size " + std::to_string(source->block_size) +
                      " which is greater than the target file's preferred block size " +
                      std::to_string(target->block_size));
  }
  return Status::Ok();
}

}  // namespace

Status Concat(Namesystem& ns, const Call& call, const std::string& target_text, const std::vector<std::string>& sources,
              Edit& edit) {
  if (target_text.empty()) return Status(Code::kInvalidArgument, "Target file name is empty");
  if (sources.empty()) return Status(Code::kInvalidArgument, "No sources given");
  RETURN_IF_ERROR(ns.RefuseInSafeMode("concat " + target_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, target_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  ASSIGN_OR_RETURN(InodeRef target, FileAt(path, target_text));
  if (target->under_construction) {
    return Status(Code::kHadoopIllegalArgument, "concat: target file " + target_text + " is under construction");
  }
  std::vector<InodeRef> files;
  for (const std::string& text : sources) {
    ASSIGN_OR_RETURN(ResolvedPath source_path, ns.Resolve(call, text, PathUse::kRead));
    RETURN_IF_ERROR(ns.CheckTarget(call, source_path, kReadAccess));
    RETURN_IF_ERROR(ns.CheckParent(call, source_path, kWriteAccess));
    ASSIGN_OR_RETURN(InodeRef source, FileAt(source_path, text));
    RETURN_IF_ERROR(CheckSource(source_path, text, source, target, target_text));
    for (const InodeRef& other : files) {
      if (other->id != source->id) continue;
      return Status(Code::kHadoopIllegalArgument, "concat: at least two of the source files are the same");
    }
    files.push_back(source);
  }
  for (const InodeRef& source : files) edit.Remove(source);
  Inode& changed = edit.Change(target);
  changed.mtime_ms = call.now_ms;
  for (const InodeRef& source : files) {
    changed.blocks.insert(changed.blocks.end(), source->blocks.begin(), source->blocks.end());
  }
  Inode& parent = edit.Change(path.parent());
  parent.child_count -= files.size();
  parent.mtime_ms = call.now_ms;
  return Status::Ok();
}

}  // namespace tusk::dfs
