// Namesystem: the namespace's state (inodes, leases, retry cache, counters) and what every operation needs of it:
// resolving and checking paths, and Commit, which turns an Edit into one edit log record and makes it visible. A
// synchronous state machine: no I/O but reads of the record store, no clock, no waiting. The operations themselves are
// the functions in *_ops.h; the driver (dfs/namenode/driver) makes their records durable before they are answered.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/editlog/edit_record.h"
#include "dfs/namenode/lease/lease_table.h"
#include "dfs/namenode/namespace/edit.h"
#include "dfs/namenode/namespace/inode_tree.h"
#include "dfs/namenode/namespace/path.h"
#include "dfs/namenode/namespace/quota_table.h"
#include "dfs/namenode/permission/permission.h"
#include "dfs/namenode/retry/answer_cache.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

struct NamesystemLimits {
  int component_bytes_max = 255;               // dfs.namenode.fs-limits.max-component-length
  uint64_t directory_items_max = 1024 * 1024;  // dfs.namenode.fs-limits.max-directory-items
  int64_t block_size_min = 1 << 20;            // dfs.namenode.fs-limits.min-block-size
  int blocks_per_file_max = 10'000;            // dfs.namenode.fs-limits.max-blocks-per-file
  int replication_min = 1;                     // dfs.namenode.replication.min
  int replication_max = 512;                   // dfs.replication.max
  int64_t access_time_precision_ms = 3'600'000;  // dfs.namenode.accesstime.precision; 0: never updated
  int listing_max = 1000;                      // dfs.ls.limit
  bool permissions_enabled = true;             // dfs.permissions.enabled
  bool acls_enabled = true;                    // dfs.namenode.acls.enabled
  bool posix_acl_inheritance = true;           // dfs.namenode.posix.acl.inheritance.enabled
  bool xattrs_enabled = true;                  // dfs.namenode.xattrs.enabled
  int xattrs_max = 32;                         // dfs.namenode.fs-limits.max-xattrs-per-inode
  int xattr_bytes_max = 16384;                 // dfs.namenode.fs-limits.max-xattr-size
  size_t cached_inodes_max = 500'000;          // tusk.namenode.inode.cache.size
};

// Where listings of large directories were left off, so that the number of entries that remain need not be counted for
// each page. A hint: the directory may have changed meanwhile, and the last page says 0 in any case.
class ListingHints {
 public:
  struct Hint {
    InodeId directory = 0;
    std::string after;         // the last name given
    uint64_t child_count = 0;  // of the directory at that moment
    uint64_t remaining = 0;
  };
  const Hint* Find(InodeId directory, std::string_view after) const {
    for (const Hint& hint : hints_) {
      if (hint.directory == directory && hint.after == after) return &hint;
    }
    return nullptr;
  }
  void Add(Hint hint) { hints_[next_++ % hints_.size()] = std::move(hint); }

 private:
  std::array<Hint, 64> hints_;
  size_t next_ = 0;
};

struct NamesystemIdentity {
  std::string block_pool_id;
  std::string process_user;                    // owner of "/"
  std::string supergroup = "supergroup";       // dfs.permissions.superusergroup
  std::string host_name;                       // for safe mode's texts
};

// Who calls, and when.
struct Call {
  const Caller& caller;
  TimePoint now;
  int64_t now_ms;  // wall time, for mtime
};

// What a file in the middle of a path means: an access error, or one of creating.
enum class PathUse { kRead, kWrite, kCreate };

struct ResolvedPath {
  std::vector<std::string> names;
  std::vector<InodeRef> inodes;  // root first, as far as they exist; never empty

  bool exists() const { return inodes.size() == names.size() + 1; }
  InodeRef target() const { return exists() ? inodes.back() : nullptr; }
  // The directory that has, or would have, the target; null for the root and where it is missing.
  InodeRef parent() const {
    return names.empty() || inodes.size() < names.size() ? nullptr : inodes[names.size() - 1];
  }
  bool is_root() const { return names.empty(); }
  std::string Path() const { return JoinComponents(names); }
  std::string PathOf(size_t inode_index) const { return JoinComponents(names, inode_index); }
  std::string ParentPath() const { return JoinComponents(names, names.empty() ? 0 : names.size() - 1); }
};

// How the answer to a call is remembered and logged.
struct CommitNote {
  std::string_view operation;  // "mkdirs"
  RetryKey key;                // of an at-most-once call
  std::string response;        // its serialized answer
};

// Records that wait to be written, in the payload format of a frame.
struct RecordGroup {
  Txid first_txid = 0;
  uint32_t count = 0;
  std::string payload;
  Txid last_txid() const { return first_txid + count - 1; }
};

class Namesystem {
 public:
  Namesystem(RecordStore& store, BlockManager& blocks, NamesystemLimits limits, LeaseLimits lease_limits,
             NamesystemIdentity identity);

  // ---- Start. Restore once, then Replay for each edit log record, then Load once. Records that the store has already
  // (txid <= `stored`) only fill the retry cache.
  void BeginReplay(Txid stored) { last_txid_ = stored; }
  void Replay(EditRecord record, int64_t now_wall_ms);
  // A record without changes: the txid grows with every start, and the log tells when the namenode started.
  void CommitStart(uint64_t epoch, int64_t now_wall_ms);
  // Reads counters, open files and blocks. A fresh namespace gets its root by an edit of its own.
  Status Load(TimePoint now, int64_t now_wall_ms);

  // ---- For operations.
  // kAccessControl where `call`'s user may not pass a directory.
  Result<ResolvedPath> Resolve(const Call& call, std::string_view path, PathUse use) const;
  // By inode id where the client sent one (the file may have been renamed), else by path.
  Result<ResolvedPath> ResolveOpenFile(const Call& call, std::string_view path, InodeId id, PathUse use) const;
  // Nothing to check for superusers and where permissions are off.
  bool ChecksPermissions(const Call& call) const { return limits_.permissions_enabled && !call.caller.superuser; }
  Status CheckTarget(const Call& call, const ResolvedPath& path, uint8_t access) const;
  // The parent, with the sticky bit's rule for the target.
  Status CheckParent(const Call& call, const ResolvedPath& path, uint8_t access) const;
  // The deepest directory above the target that exists.
  Status CheckAncestor(const Call& call, const ResolvedPath& path, uint8_t access) const;
  Status CheckOwnerOfTarget(const Call& call, const ResolvedPath& path) const;
  // kSafeMode "Cannot <operation>. Name node is in safe mode...." while it is on.
  Status RefuseInSafeMode(const std::string& operation, TimePoint now) const;
  Status CheckNewName(const Inode& parent, std::string_view name, const std::string& parent_path) const;
  // Whether the directories above the target allow so much more.
  Status CheckQuota(const ResolvedPath& path, const Usage& delta) const;
  Status CheckQuotaOfMove(const ResolvedPath& source, const ResolvedPath& target) const;
  // `bytes` of the file will have another number of replicas.
  Status CheckQuotaOfFile(const InodeRef& file, int64_t bytes, int64_t replicas_before, int64_t replicas_after) const;
  // The id of the storage policy that holds for `inode`: its own or the nearest one above; 0 where none is set. With
  // `edit`, as it will be after that.
  uint8_t EffectivePolicy(const Inode& inode, const Edit* edit = nullptr) const;

  // Makes `edit` visible and puts its record into the pending group. Returns its txid; 0 where nothing changed.
  Txid Commit(Edit edit, CommitNote note, const Call& call);
  // What `key` was answered, if it is remembered.
  const RememberedAnswer* Remembered(const RetryKey& key) const { return answers_.Find(key); }

  int64_t answers_kept_ms() const { return answers_.kept_ms(); }

  // ---- For the driver.
  bool HasPending() const { return pending_.count > 0; }
  RecordGroup TakePending();
  // Records up to `txid` are on disk: what must not happen before (deleting replicas) happens.
  void Durable(Txid txid, TimePoint now);
  Txid last_txid() const { return last_txid_; }

  const Counters& counters() const { return counters_; }
  InodeTree& tree() { return tree_; }
  const InodeTree& tree() const { return tree_; }
  const QuotaTable& quotas() const { return quotas_; }
  LeaseTable& leases() { return leases_; }
  // Whether this namenode has not run for long yet: a datanode that no one has heard of since its start may come, and
  // hold what nobody else has.
  bool ReplicasMayBeUnreported(TimePoint now) const { return now - loaded_at_ < lease_limits_.hard; }
  const LeaseTable& leases() const { return leases_; }
  BlockManager& blocks() { return blocks_; }
  const BlockManager& blocks() const { return blocks_; }
  ListingHints& listing_hints() const { return listing_hints_; }
  const NamesystemLimits& limits() const { return limits_; }
  const NamesystemIdentity& identity() const { return identity_; }
  RecordStore& store() { return store_; }

 private:
  struct Deferred {
    Txid txid;
    std::vector<int64_t> removed_blocks;
    std::vector<std::pair<int64_t, uint16_t>> replications;
  };
  void NoteBlockChanges(const Edit::Pair& pair, Deferred& deferred);
  void UpdateLease(const Edit::Pair& pair, TimePoint now);
  Status LoadOpenFiles(TimePoint now, std::vector<int64_t>& open_blocks);
  Status LoadBlocks(const std::vector<int64_t>& open_blocks);
  Status LoadQuotas();
  // `policy` holds for `top`.
  Result<Usage> SubtreeUsage(const Inode& top, uint8_t policy) const;
  void AddUsageAbove(InodeId parent, const Usage& delta);
  // Before and after an edit becomes visible: what hangs where. The usages are those of the pairs' `after`.
  std::vector<Usage> SubtractUsages(const Edit& edit);
  void AddUsages(const Edit& edit, const std::vector<Usage>& added);
  Status CreateRoot(TimePoint now, int64_t now_wall_ms);

  RecordStore& store_;
  BlockManager& blocks_;
  const NamesystemLimits limits_;
  const NamesystemIdentity identity_;
  InodeTree tree_;
  const LeaseLimits lease_limits_;
  LeaseTable leases_;
  TimePoint loaded_at_{};
  QuotaTable quotas_;
  bool recount_quotas_ = false;  // a directory has got another storage policy
  AnswerCache answers_;
  mutable ListingHints listing_hints_;  // a cache
  Counters counters_;
  Txid last_txid_ = 0;
  RecordGroup pending_;
  std::deque<Deferred> deferred_;
};

}  // namespace tusk::dfs
