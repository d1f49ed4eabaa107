// The simulated disk: a tree of nodes, each with what is seen now and what is durable.
#include "base/sim/sim_disk.h"

#include <algorithm>
#include <cerrno>

namespace tusk::sim {

struct SimDisk::Node {
  int id = 0;
  bool is_directory = false;
  int64_t mtime_wall_ms = 0;
  uint32_t mode = 0644;
  // A file.
  std::string now;
  std::shared_ptr<std::string> durable = std::make_shared<std::string>();  // changed in place while no image has it
  std::vector<std::shared_ptr<const DiskImage::Write>> unsynced;
  // A directory.
  std::map<std::string, NodePtr> children_now;
  std::map<std::string, NodePtr> children_durable;
};

namespace {

void ApplyWrite(std::string& content, const DiskImage::Write& write, size_t bytes_kept) {
  if (write.truncates) {
    content.resize(write.offset, '\0');
    return;
  }
  if (bytes_kept == 0) return;
  if (content.size() < write.offset + bytes_kept) content.resize(write.offset + bytes_kept, '\0');
  std::copy_n(write.bytes.data(), bytes_kept, content.data() + write.offset);
}

uint64_t NextRandom(uint64_t& state) {  // splitmix64
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::vector<std::string> Components(const std::string& path) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (at < path.size()) {
    size_t slash = path.find('/', at);
    if (slash == std::string::npos) slash = path.size();
    if (slash > at) parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

}  // namespace

std::string_view NameOf(DiskOp op) {
  switch (op) {
    case DiskOp::kCreate: return "create";
    case DiskOp::kWrite: return "write";
    case DiskOp::kTruncate: return "truncate";
    case DiskOp::kSync: return "sync";
    case DiskOp::kMakeDir: return "mkdir";
    case DiskOp::kRemove: return "remove";
    case DiskOp::kRename: return "rename";
    case DiskOp::kLink: return "link";
    case DiskOp::kSyncDir: return "syncdir";
  }
  return "?";
}

class SimFile : public File {
 public:
  SimFile(SimDisk& disk, std::shared_ptr<SimDisk::Node> node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)) {}
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    std::lock_guard lock(disk_.mutex_);
    if (disk_.read_fault_) RETURN_IF_ERROR(disk_.read_fault_(path_));
    if (offset >= node_->now.size()) return size_t{0};
    size_t count = std::min<size_t>(out.size(), node_->now.size() - offset);
    std::copy_n(node_->now.data() + offset, count, reinterpret_cast<char*>(out.data()));
    return count;
  }
  Status WriteAt(uint64_t offset, ByteView bytes) override {
    std::lock_guard lock(disk_.mutex_);
    DiskEvent event{DiskOp::kWrite, path_, bytes.size()};
    RETURN_IF_ERROR(disk_.Before(event));
    disk_.WriteLocked(*node_, offset, bytes);
    disk_.After(event);
    return Status::Ok();
  }
  Status Truncate(uint64_t size) override {
    std::lock_guard lock(disk_.mutex_);
    DiskEvent event{DiskOp::kTruncate, path_, size};
    RETURN_IF_ERROR(disk_.Before(event));
    disk_.TruncateLocked(*node_, size);
    disk_.After(event);
    return Status::Ok();
  }
  Result<uint64_t> Size() override {
    std::lock_guard lock(disk_.mutex_);
    return static_cast<uint64_t>(node_->now.size());
  }
  Status Sync() override {
    std::lock_guard lock(disk_.mutex_);
    DiskEvent event{DiskOp::kSync, path_, 0};
    RETURN_IF_ERROR(disk_.Before(event));
    if (!disk_.skip_sync_ || !disk_.skip_sync_(event)) {
      if (!node_->unsynced.empty()) {
        if (node_->durable.use_count() > 1) node_->durable = std::make_shared<std::string>(*node_->durable);
        for (const auto& write : node_->unsynced) ApplyWrite(*node_->durable, *write, write->bytes.size());
      }
      node_->unsynced.clear();
    }
    disk_.After(event);
    return Status::Ok();
  }

 private:
  SimDisk& disk_;
  std::shared_ptr<SimDisk::Node> node_;
  std::string path_;
};

class SimLock : public FileLock {
 public:
  SimLock(SimDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~SimLock() override {
    std::lock_guard lock(disk_.mutex_);
    disk_.locked_.erase(path_);
  }

 private:
  SimDisk& disk_;
  std::string path_;
};

SimDisk::SimDisk(const Clock& clock) : clock_(clock), root_(std::make_shared<Node>()) { root_->is_directory = true; }

SimDisk::SimDisk(const Clock& clock, const DiskImage& image, CrashMode mode, uint64_t seed) : SimDisk(clock) {
  std::map<int, NodePtr> nodes;
  for (const auto& [id, from] : image.nodes) {
    NodePtr node = id == 0 ? root_ : std::make_shared<Node>();
    node->id = id;
    node->is_directory = from.is_directory;
    node->mtime_wall_ms = from.mtime_wall_ms;
    if (from.durable != nullptr) node->now = *from.durable;
    if (mode == CrashMode::kKeepAll) {
      for (const auto& write : from.unsynced) ApplyWrite(node->now, *write, write->bytes.size());
    }
    if (mode == CrashMode::kTorn) {
      // Writes reach the platter in any order; each is whole, cut short, or lost.
      for (const auto& write : from.unsynced) {
        uint64_t fate = NextRandom(seed) % 4;
        if (fate == 0) continue;
        size_t kept = fate == 1 && !write->bytes.empty() ? NextRandom(seed) % write->bytes.size() : write->bytes.size();
        ApplyWrite(node->now, *write, kept);
      }
    }
    node->durable = std::make_shared<std::string>(node->now);
    nodes[id] = node;
    next_id_ = std::max(next_id_, id + 1);
  }
  for (const auto& [id, from] : image.nodes) {
    bool newer = mode == CrashMode::kKeepAll || (mode == CrashMode::kTorn && NextRandom(seed) % 2 == 0);
    for (const auto& [name, child] : newer ? from.children_now : from.children_durable) {
      nodes[id]->children_now[name] = nodes[child];
      nodes[id]->children_durable[name] = nodes[child];
    }
  }
}

SimDisk::~SimDisk() = default;

Status SimDisk::Before(const DiskEvent& event) {
  ++events_;
  return fault_ ? fault_(event) : Status::Ok();
}

// Under the lock: threads of a store or a pool may be about to ask.
void SimDisk::set_fault(std::function<Status(const DiskEvent&)> fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void SimDisk::set_read_fault(std::function<Status(const std::string& path)> fault) {
  std::lock_guard lock(mutex_);
  read_fault_ = std::move(fault);
}

void SimDisk::After(const DiskEvent& event) {
  if (tracing_) trace_.push_back({event, note_, ImageLocked()});
}

DiskImage SimDisk::Image() const {
  std::lock_guard lock(mutex_);
  return ImageLocked();
}

DiskImage SimDisk::ImageLocked() const {
  DiskImage image;
  std::vector<NodePtr> waiting{root_};
  while (!waiting.empty()) {
    NodePtr node = waiting.back();
    waiting.pop_back();
    if (image.nodes.contains(node->id)) continue;
    DiskImage::Node& copy = image.nodes[node->id];
    copy.is_directory = node->is_directory;
    copy.mtime_wall_ms = node->mtime_wall_ms;
    copy.durable = node->durable;
    copy.unsynced = node->unsynced;
    for (const auto& [name, child] : node->children_now) {
      copy.children_now[name] = child->id;
      waiting.push_back(child);
    }
    for (const auto& [name, child] : node->children_durable) {
      copy.children_durable[name] = child->id;
      waiting.push_back(child);
    }
  }
  return image;
}

void SimDisk::WriteLocked(Node& node, uint64_t offset, ByteView bytes) {
  auto write = std::make_shared<DiskImage::Write>();
  write->offset = offset;
  write->bytes = AsText(bytes);
  ApplyWrite(node.now, *write, bytes.size());
  node.unsynced.push_back(std::move(write));
  node.mtime_wall_ms = clock_.WallMillis();
}

void SimDisk::TruncateLocked(Node& node, uint64_t size) {
  auto write = std::make_shared<DiskImage::Write>();
  write->offset = size;
  write->truncates = true;
  node.now.resize(size, '\0');
  node.unsynced.push_back(std::move(write));
  node.mtime_wall_ms = clock_.WallMillis();
}

SimDisk::NodePtr SimDisk::Find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : Components(path)) {
    if (!node->is_directory) return nullptr;
    auto child = node->children_now.find(part);
    if (child == node->children_now.end()) return nullptr;
    node = child->second;
  }
  return node;
}

Result<SimDisk::NodePtr> SimDisk::FindParent(const std::string& path) const {
  NodePtr parent = Find(ParentPath(path));
  if (parent == nullptr) return Status::FromErrno(ENOENT, "open", path);
  if (!parent->is_directory) return Status::FromErrno(ENOTDIR, "open", path);
  return parent;
}

Result<std::unique_ptr<File>> SimDisk::Open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  bool creates = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew || mode == OpenMode::kCreateTruncate;
  if (node == nullptr && !creates) return Status::FromErrno(ENOENT, "open", path);
  if (node != nullptr && mode == OpenMode::kCreateNew) return Status::FromErrno(EEXIST, "open", path);
  if (node != nullptr && node->is_directory) return Status::FromErrno(EISDIR, "open", path);
  if (node == nullptr) {
    ASSIGN_OR_RETURN(NodePtr parent, FindParent(path));
    DiskEvent event{DiskOp::kCreate, path, 0};
    RETURN_IF_ERROR(Before(event));
    node = std::make_shared<Node>();
    node->id = next_id_++;
    node->mtime_wall_ms = clock_.WallMillis();
    parent->children_now[BaseName(path)] = node;
    After(event);
  } else if (mode == OpenMode::kCreateTruncate) {
    DiskEvent event{DiskOp::kTruncate, path, 0};
    RETURN_IF_ERROR(Before(event));
    TruncateLocked(*node, 0);
    After(event);
  }
  return std::unique_ptr<File>(std::make_unique<SimFile>(*this, std::move(node), path));
}

Result<FileStat> SimDisk::Stat(const std::string& path) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "stat", path);
  FileStat stat;
  stat.is_directory = node->is_directory;
  stat.size = node->now.size();
  stat.mtime_wall_ms = node->mtime_wall_ms;
  stat.mode = node->mode;
  return stat;
}

Result<std::vector<std::string>> SimDisk::List(const std::string& path) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "list", path);
  if (!node->is_directory) return Status::FromErrno(ENOTDIR, "list", path);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->children_now) names.push_back(name);
  return names;
}

Status SimDisk::MakeDir(const std::string& path, uint32_t mode) {
  std::lock_guard lock(mutex_);
  if (Find(path) != nullptr) return Status::FromErrno(EEXIST, "mkdir", path);
  ASSIGN_OR_RETURN(NodePtr parent, FindParent(path));
  DiskEvent event{DiskOp::kMakeDir, path, 0};
  RETURN_IF_ERROR(Before(event));
  auto node = std::make_shared<Node>();
  node->id = next_id_++;
  node->is_directory = true;
  node->mode = mode;
  parent->children_now[BaseName(path)] = node;
  After(event);
  return Status::Ok();
}

Status SimDisk::MakeDirs(const std::string& path, uint32_t mode) {
  std::string at = "/";
  for (const std::string& part : Components(path)) {
    std::string parent = at;
    at = JoinPath(at, part);
    Status made = MakeDir(at, mode);
    if (made.code() == Code::kAlreadyExists) continue;
    RETURN_IF_ERROR(made);
    RETURN_IF_ERROR(SyncDir(parent));
  }
  return Status::Ok();
}

Status SimDisk::RemoveFile(const std::string& path) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "remove", path);
  if (node->is_directory) return Status::FromErrno(EISDIR, "remove", path);
  DiskEvent event{DiskOp::kRemove, path, 0};
  RETURN_IF_ERROR(Before(event));
  Find(ParentPath(path))->children_now.erase(BaseName(path));
  After(event);
  return Status::Ok();
}

Status SimDisk::RemoveDir(const std::string& path) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "rmdir", path);
  if (!node->is_directory) return Status::FromErrno(ENOTDIR, "rmdir", path);
  if (!node->children_now.empty()) return Status::FromErrno(ENOTEMPTY, "rmdir", path);
  DiskEvent event{DiskOp::kRemove, path, 0};
  RETURN_IF_ERROR(Before(event));
  Find(ParentPath(path))->children_now.erase(BaseName(path));
  After(event);
  return Status::Ok();
}

Status SimDisk::RemoveTree(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (Find(path) == nullptr) return Status::Ok();
  DiskEvent event{DiskOp::kRemove, path, 0};
  RETURN_IF_ERROR(Before(event));
  Find(ParentPath(path))->children_now.erase(BaseName(path));
  After(event);
  return Status::Ok();
}

Status SimDisk::Rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(from);
  if (node == nullptr) return Status::FromErrno(ENOENT, "rename", from);
  ASSIGN_OR_RETURN(NodePtr parent, FindParent(to));
  DiskEvent event{DiskOp::kRename, to, 0};
  RETURN_IF_ERROR(Before(event));
  Find(ParentPath(from))->children_now.erase(BaseName(from));
  parent->children_now[BaseName(to)] = node;
  After(event);
  return Status::Ok();
}

Status SimDisk::Link(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(from);
  if (node == nullptr) return Status::FromErrno(ENOENT, "link", from);
  if (Find(to) != nullptr) return Status::FromErrno(EEXIST, "link", to);
  ASSIGN_OR_RETURN(NodePtr parent, FindParent(to));
  DiskEvent event{DiskOp::kLink, to, 0};
  RETURN_IF_ERROR(Before(event));
  parent->children_now[BaseName(to)] = node;
  After(event);
  return Status::Ok();
}

Status SimDisk::SyncDir(const std::string& path) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "sync", path);
  DiskEvent event{DiskOp::kSyncDir, path, 0};
  RETURN_IF_ERROR(Before(event));
  if (!skip_sync_ || !skip_sync_(event)) node->children_durable = node->children_now;
  After(event);
  return Status::Ok();
}

Status SimDisk::SetMode(const std::string& path, uint32_t mode) {
  std::lock_guard lock(mutex_);
  NodePtr node = Find(path);
  if (node == nullptr) return Status::FromErrno(ENOENT, "chmod", path);
  node->mode = mode;
  return Status::Ok();
}

Result<DiskSpace> SimDisk::Space(const std::string&) {
  std::lock_guard lock(mutex_);
  return space_;
}

bool SimDisk::Rot(const std::string& path, uint64_t offset, int bit) {
  std::lock_guard lock(mutex_);
  const NodePtr node = Find(path);
  if (node == nullptr || offset >= node->now.size()) return false;
  node->now[offset] = static_cast<char>(node->now[offset] ^ (1 << bit));
  if (offset < node->durable->size()) {
    node->durable = std::make_shared<std::string>(*node->durable);
    (*node->durable)[offset] = static_cast<char>((*node->durable)[offset] ^ (1 << bit));
  }
  return true;
}

Result<std::unique_ptr<FileLock>> SimDisk::Lock(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (!locked_.insert(path).second) return Status(Code::kAlreadyExists, path + " is locked");
  return std::unique_ptr<FileLock>(std::make_unique<SimLock>(*this, path));
}

}  // namespace tusk::sim
