// Operations on files being written: create, addBlock, abandonBlock, complete, fsync, the pipeline's changes, append,
// leases. Each checks everything first and then fills `edit`; the caller commits what is in `edit` whatever the outcome
// (an error may come with the start of a lease recovery). The block
// map is told what it must know at once; replicas are deleted only when the edit is durable (Namesystem::Durable).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

// Bits of CreateFlag on the wire.
enum CreateFlags : uint32_t { kFlagCreate = 1, kFlagOverwrite = 2, kFlagAppend = 4, kFlagLazyPersist = 0x10, kFlagNewBlock = 0x20 };

struct CreateRequest {
  std::string path;
  uint16_t mode = 0644;              // after the client's umask
  std::optional<uint16_t> unmasked;  // before it; counts under a default ACL
  std::string client_name;
  std::string client_machine;
  uint32_t flags = kFlagCreate;
  bool create_parent = true;
  uint32_t replication = 3;
  int64_t block_size = 128 << 20;
  std::string storage_policy;        // empty: the one from above
};
// The new file.
Result<InodeRef> Create(Namesystem& ns, const Call& call, const CreateRequest& request, Edit& edit);

struct AddBlockRequest {
  std::string path;
  std::string client_name;
  std::optional<BlockSpec> previous;
  InodeId file_id = 0;
  std::vector<DatanodeIndex> excluded;
  std::vector<std::string> favored;
  bool avoid_local = false;
  bool ignore_locality = false;
};
struct AllocatedBlock {
  BlockSpec block;
  int64_t offset = 0;  // in the file
  std::vector<StorageIndex> targets;
};
Result<AllocatedBlock> AddBlock(Namesystem& ns, const Call& call, const AddBlockRequest& request, Edit& edit);
Status AbandonBlock(Namesystem& ns, const Call& call, const std::string& path, InodeId file_id,
                    const std::string& client_name, const BlockSpec& block, Edit& edit);
// False while the last blocks have too few replicas: the client asks again.
Result<bool> Complete(Namesystem& ns, const Call& call, const std::string& path, InodeId file_id,
                      const std::string& client_name, std::optional<BlockSpec> last, Edit& edit);
Status Fsync(Namesystem& ns, const Call& call, const std::string& path, InodeId file_id, const std::string& client_name,
             int64_t last_block_length, Edit& edit);

// The block with a stamp that no replica has yet.
Result<BlockSpec> UpdateBlockForPipeline(Namesystem& ns, const Call& call, const BlockSpec& block,
                                         const std::string& client_name, Edit& edit);
Status UpdatePipeline(Namesystem& ns, const Call& call, const std::string& client_name, const BlockSpec& old_block,
                      const BlockSpec& new_block, const std::vector<StorageIndex>& targets, Edit& edit);

struct Appended {
  InodeRef file;
  std::optional<AllocatedBlock> last_block;  // where the last block has room
};
Result<Appended> Append(Namesystem& ns, const Call& call, const std::string& path, const std::string& client_name,
                        const std::string& client_machine, bool new_block, Edit& edit);

// True: the file has that length now. False: its last block is being cut by the datanodes; the file is open until then.
Result<bool> Truncate(Namesystem& ns, const Call& call, const std::string& path, int64_t new_length,
                      const std::string& client_name, const std::string& client_machine, Edit& edit);
// Moves the blocks of `sources` to the end of `target`; the sources are gone then.
Status Concat(Namesystem& ns, const Call& call, const std::string& target, const std::vector<std::string>& sources,
              Edit& edit);

// ---- For operations in other files.

// The open file that `holder` writes; the errors say what is wrong in Hadoop's words. `holder` empty: anyone.
Result<InodeRef> CheckLease(Namesystem& ns, const ResolvedPath& path, InodeId file_id, const std::string& holder);
// Files that are to be opened must not be open: kAlreadyBeingCreated, or the recovery of a lease whose holder has been
// silent (kRecoveryInProgress unless the file could be closed at once, in `edit`). `operation` is CREATE_FILE, ....
Status TakeOverLease(Namesystem& ns, const Call& call, const ResolvedPath& path, std::string_view operation,
                     const std::string& holder, const std::string& machine, bool force, bool& closed, Edit& edit);
Status CheckReplication(const Namesystem& ns, const std::string& path, uint32_t replication,
                        const std::string& client_machine);
// "blk_1073741825_1001"
std::string BlockName(const BlockSpec& block);

}  // namespace tusk::dfs
