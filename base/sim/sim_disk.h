// SimDisk: a Disk in memory that forgets what was not synced when the machine "crashes". Bytes survive from File::Sync
// on, names from SyncDir of their folder on, nothing else. It can fail any operation, pretend a sync without making
// it, and record after every operation what a crash at that moment would leave behind, so that a test can start from
// every prefix of a run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/env/clock.h"
#include "base/env/disk.h"

namespace tusk::sim {

enum class DiskOp { kCreate, kWrite, kTruncate, kSync, kMakeDir, kRemove, kRename, kLink, kSyncDir };

// One operation that changes something.
struct DiskEvent {
  DiskOp op = DiskOp::kCreate;
  std::string path;  // of the file at its opening
  uint64_t bytes = 0;
};
std::string_view NameOf(DiskOp op);

enum class CrashMode {
  kKeepAll,       // the process was killed, not the machine: what it wrote is there
  kDropUnsynced,  // nothing that was not synced survives
  kTorn,          // of what was not synced, an arbitrary part survives, the last write perhaps cut short
};

// What is on the platter and what is on its way there. Cheap to copy.
struct DiskImage {
  struct Write {
    uint64_t offset;
    std::string bytes;   // or, for a truncation, nothing
    bool truncates = false;
  };
  struct Node {
    bool is_directory = false;
    int64_t mtime_wall_ms = 0;
    std::shared_ptr<const std::string> durable;          // of a file
    std::vector<std::shared_ptr<const Write>> unsynced;  // in order
    std::map<std::string, int> children_durable;         // of a directory: name -> node
    std::map<std::string, int> children_now;
  };
  std::map<int, Node> nodes;  // 0 is "/"
};

struct TraceEntry {
  DiskEvent event;
  uint64_t note = 0;  // SimDisk::set_note's at that moment: what the test knew to be acknowledged
  DiskImage image;
};

class SimDisk : public Disk {
 public:
  explicit SimDisk(const Clock& clock);
  // The disk as found after a crash that left `image`.
  SimDisk(const Clock& clock, const DiskImage& image, CrashMode mode, uint64_t seed = 1);
  ~SimDisk() override;

  // Asked before each operation that changes something; what it returns other than OK is the operation's outcome, and
  // nothing is changed. Called from any thread, one at a time, and may be set at any time but from within a fault.
  void set_fault(std::function<Status(const DiskEvent&)> fault);
  // Asked before each read of a file's bytes.
  void set_read_fault(std::function<Status(const std::string& path)> fault);
  // What Space answers.
  void set_space(DiskSpace space) { space_ = space; }
  // The platter changes one bit of the file, unnoticed. False where there is no such byte.
  bool Rot(const std::string& path, uint64_t offset, int bit = 0);
  // A sync (kSync, kSyncDir) for which this is true reports success and syncs nothing: one fsync taken out of the code.
  void set_skip_sync(std::function<bool(const DiskEvent&)> skip) { skip_sync_ = std::move(skip); }
  // From now on every change is recorded with what a crash right after it would leave.
  void StartTrace() { tracing_ = true; }
  const std::vector<TraceEntry>& trace() const { return trace_; }
  void set_note(uint64_t note) { note_ = note; }
  DiskImage Image() const;
  uint64_t event_count() const { return events_; }

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<FileStat> Stat(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status MakeDir(const std::string& path, uint32_t mode) override;
  Status MakeDirs(const std::string& path, uint32_t mode) override;
  Status RemoveFile(const std::string& path) override;
  Status RemoveDir(const std::string& path) override;
  Status RemoveTree(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status SyncDir(const std::string& path) override;
  Status SetMode(const std::string& path, uint32_t mode) override;
  Result<DiskSpace> Space(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  friend class SimFile;
  friend class SimLock;
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  NodePtr Find(const std::string& path) const;
  Result<NodePtr> FindParent(const std::string& path) const;
  Status Before(const DiskEvent& event);
  void After(const DiskEvent& event);
  DiskImage ImageLocked() const;
  void WriteLocked(Node& node, uint64_t offset, ByteView bytes);
  void TruncateLocked(Node& node, uint64_t size);

  const Clock& clock_;
  mutable std::mutex mutex_;
  NodePtr root_;
  int next_id_ = 1;
  std::set<std::string> locked_;
  std::function<Status(const DiskEvent&)> fault_;
  std::function<bool(const DiskEvent&)> skip_sync_;
  std::function<Status(const std::string&)> read_fault_;
  DiskSpace space_{uint64_t{1} << 40, uint64_t{1} << 39};
  bool tracing_ = false;
  std::vector<TraceEntry> trace_;
  std::atomic<uint64_t> note_ = 0;
  std::atomic<uint64_t> events_ = 0;
};

}  // namespace tusk::sim
