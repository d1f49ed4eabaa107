// Operations on names: mkdirs, delete, rename. Each checks everything first and then fills `edit`; the
// caller commits what is in `edit` whatever the outcome (an error may come with the start of a lease recovery). Semantics and texts are Hadoop's (facts: hdfs-wire §2.5).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

// Adds the missing directories above `path` to `edit` and gives the target's parent, changed for one more child. Used by
// mkdirs and create. `mode` is that of the added directories.
Result<Inode*> AddAncestors(Namesystem& ns, const Call& call, const ResolvedPath& path, uint16_t mode,
                            std::optional<uint16_t> unmasked, Edit& edit);
// "Parent directory doesn't exist: /p" / "(is not a directory)" for calls that must not create it.
Status CheckParentExists(const ResolvedPath& path);

// `mode` is after the client's umask, `unmasked` before it, where the client says it: a default ACL above takes its place.
Result<bool> Mkdirs(Namesystem& ns, const Call& call, const std::string& path, uint16_t mode, bool create_parent,
                    Edit& edit, std::optional<uint16_t> unmasked = {});

// Whether the caller may delete the path with all below it: also asked before a move into the trash, which the
// superuser empties.
Status CheckDelete(Namesystem& ns, const Call& call, const std::string& path);
// False where nothing is there. A directory with many inodes in it is taken out of sight at once; DeleteSlice removes
// what was in it later.
Result<bool> Delete(Namesystem& ns, const Call& call, const std::string& path, bool recursive, Edit& edit);
// How far DeleteSlice is in each directory that it is emptying: what was removed leaves marks in the store that a scan
// from the start would have to pass each time. Forgetting it costs time only.
using DeleteCursor = std::unordered_map<InodeId, std::string>;
// Removes up to `inodes_max` inodes of deleted directories. True: more is left.
Result<bool> DeleteSlice(Namesystem& ns, size_t inodes_max, DeleteCursor& cursor, Edit& edit);

// The old rename of the shell: false for ordinary failures, and into a directory that exists.
Result<bool> Rename(Namesystem& ns, const Call& call, const std::string& source, const std::string& target, Edit& edit);
// rename2: errors, and overwriting where asked for.
Status Rename2(Namesystem& ns, const Call& call, const std::string& source, const std::string& target, bool overwrite,
               Edit& edit);

// Takes `path`'s target out of its parent in `edit`, whatever it is. For delete and for overwriting.
Status RemoveTarget(Namesystem& ns, const Call& call, const ResolvedPath& path, Edit& edit);

}  // namespace tusk::dfs
