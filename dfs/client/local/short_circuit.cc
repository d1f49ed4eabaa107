// Asking for files, keeping them, and reading them with their checksums.
#include "dfs/client/local/short_circuit.h"

#include <algorithm>
#include <utility>

#include "base/async/blocking_pool.h"
#include "base/env/local_sockets.h"
#include "base/env/page_cache.h"
#include "base/log/log.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

namespace {

constexpr const char* kModule = "dfs-client";
constexpr uint32_t kBlockFormatVersion = 1;
constexpr size_t kPieceBytes = 512 << 10;  // in the second-level cache still when it is verified

// One datanode's answer, read to its last byte and not further: the next byte carries the files.
Task<Status> ReadAnswer(Stream& stream, pb::BlockOpResponseProto* answer, TimePoint deadline) {
  size_t length = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = 0;
    CO_RETURN_IF_ERROR(co_await stream.ReadExactly(MutableByteView(&byte, 1), deadline));
    if (shift > 21) co_return Status(Code::kCorruption, "an answer of no sensible length");
    length |= static_cast<size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (length > kOpMessageBytesMax) co_return Status(Code::kCorruption, "an answer of no sensible length");
  std::vector<uint8_t> bytes(length);
  if (length > 0) CO_RETURN_IF_ERROR(co_await stream.ReadExactly(bytes, deadline));
  if (!answer->ParseFromArray(bytes.data(), static_cast<int>(length))) co_return Status(Code::kCorruption, "an answer that does not parse");
  co_return Status::Ok();
}

class LocalReader : public BlockSource {
 public:
  LocalReader(Env env, std::shared_ptr<LocalReplica> replica, ShortCircuit::Range range)
      : env_(env), replica_(std::move(replica)), position_(range.offset), end_(range.offset + range.length), verify_(range.verify) {}

  bool local() const override { return true; }
  bool reads_into() const override { return true; }

  Task<Result<ByteView>> Next() override {
    const uint64_t chunk = replica_->checksum.bytes_per_checksum;
    const uint64_t begin = position_ - position_ % chunk;
    if (position_ >= end_) co_return ByteView();
    uint64_t end = std::min(end_, begin + std::max<uint64_t>(chunk, kPieceBytes / chunk * chunk));
    const uint64_t wanted = end;
    end = std::min(replica_->length, (end + chunk - 1) / chunk * chunk);  // whole chunks are verified
    buffer_.resize(end - begin);
    CO_RETURN_IF_ERROR(co_await Read(begin, buffer_));
    ByteView bytes = ByteView(buffer_).subspan(position_ - begin, wanted - position_);
    position_ = wanted;
    co_return bytes;
  }

  Task<Result<size_t>> ReadInto(MutableByteView out) override {
    const uint64_t chunk = replica_->checksum.bytes_per_checksum;
    uint64_t count = std::min<uint64_t>({out.size(), end_ - position_, kPieceBytes});
    // Straight to its place where whole chunks are wanted, or all up to the end.
    if (position_ + count != replica_->length) count -= count % chunk;
    if (position_ % chunk == 0 && count > 0) {
      CO_RETURN_IF_ERROR(co_await Read(position_, out.first(count)));
      position_ += count;
      co_return count;
    }
    if (position_ >= end_) co_return size_t{0};
    const uint64_t end = std::exchange(end_, std::min<uint64_t>(end_, position_ + out.size()));
    Result<ByteView> piece = co_await Next();
    end_ = end;
    if (!piece.ok()) co_return piece.status();
    std::memcpy(out.data(), piece->data(), piece->size());
    co_return piece->size();
  }

 private:
  // Whole chunks from a chunk's boundary on.
  Task<Status> Read(uint64_t offset, MutableByteView out) {
    sums_.resize(verify_ ? replica_->checksum.ChecksumBytesOf(out.size()) : 0);
    const uint64_t sums_at = kMetaHeaderBytes + offset / replica_->checksum.bytes_per_checksum * kChecksumBytes;
    if (!ReadIfInMemory(*replica_->data, offset, out) || !ReadIfInMemory(*replica_->meta, sums_at, sums_)) {
      Status read = co_await env_.disk_pool.Run([&]() -> Status {
        ASSIGN_OR_RETURN(size_t count, replica_->data->ReadAt(offset, out));
        if (count != out.size()) return Status(Code::kEndOfFile, "the replica is shorter than it was");
        ASSIGN_OR_RETURN(count, replica_->meta->ReadAt(sums_at, sums_));
        return count == sums_.size() ? Status::Ok() : Status(Code::kEndOfFile, "the meta file is too short");
      });
      CO_RETURN_IF_ERROR(read);
    }
    if (sums_.empty()) co_return Status::Ok();
    if (replica_->checksum.FindMismatch(out, sums_)) co_return Status(Code::kChecksumError, "a local replica does not match its checksums");
    co_return Status::Ok();
  }

  Env env_;
  std::shared_ptr<LocalReplica> replica_;
  uint64_t position_;
  uint64_t end_;
  bool verify_;
  std::vector<uint8_t> buffer_;
  std::vector<uint8_t> sums_;
};

}  // namespace

ShortCircuit::ShortCircuit(Env env, const DfsClientConfig& config)
    : env_(env), config_(config), sockets_(dynamic_cast<LocalSockets*>(&env.network)) {}

ShortCircuit::~ShortCircuit() = default;

void ShortCircuit::Clear() {
  replicas_.clear();
  connections_.clear();
}

ShortCircuit::Key ShortCircuit::KeyOf(const pb::LocatedBlockProto& block) {
  return {block.b().poolid(), block.b().blockid(), block.b().generationstamp()};
}

void ShortCircuit::Insert(Key key, std::shared_ptr<LocalReplica> replica) {
  if (config_.short_circuit_cached_max == 0 && replica != nullptr) return;
  if (replicas_.size() >= std::max<size_t>(config_.short_circuit_cached_max, 1)) {
    replicas_.erase(std::min_element(replicas_.begin(), replicas_.end(),
                                     [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  const Duration life = replica != nullptr ? config_.short_circuit_idle_max : config_.short_circuit_pause;
  replicas_[std::move(key)] = {std::move(replica), env_.clock.Now() + life, ++uses_};
}

void ShortCircuit::Distrust(const pb::LocatedBlockProto& block) {
  LogInfo(kModule, "block {} is read over the wire: its local files did not do", block.b().blockid());
  replicas_.erase(KeyOf(block));
  Insert(KeyOf(block), nullptr);
}

Task<std::unique_ptr<BlockSource>> ShortCircuit::Open(const pb::LocatedBlockProto& block, Range range) {
  if (!config_.short_circuit || sockets_ == nullptr || config_.domain_socket_path.empty()) co_return nullptr;
  const TimePoint now = env_.clock.Now();
  auto known = replicas_.find(KeyOf(block));
  if (known != replicas_.end() && known->second.expires <= now) {
    replicas_.erase(known);
    known = replicas_.end();
  }
  std::shared_ptr<LocalReplica> replica;
  if (known != replicas_.end()) {
    replica = known->second.replica;
    if (replica == nullptr) co_return nullptr;
    known->second.used = ++uses_;
    known->second.expires = now + config_.short_circuit_idle_max;
  } else {
    const pb::DatanodeIDProto& node = block.locs(range.node).id();
    auto own = own_addresses_.find(node.ipaddr());
    if (own == own_addresses_.end()) own = own_addresses_.emplace(node.ipaddr(), sockets_->IsOwnAddress(node.ipaddr())).first;
    if (!own->second) co_return nullptr;
    std::string path = DomainSocketPath(config_.domain_socket_path, static_cast<uint16_t>(node.xferport()));
    auto disabled = disabled_until_.find(path);
    if (disabled != disabled_until_.end() && disabled->second > now) co_return nullptr;
    auto asked = co_await Request(block, path);
    if (!asked.ok()) {
      LogInfo(kModule, "no short-circuit read of block {}: {}", block.b().blockid(), asked.status().ToString());
      if (asked.code() == Code::kUnsupported) disabled_until_[path] = now + config_.short_circuit_pause;
      co_return nullptr;
    }
    replica = std::move(asked).value();
    Insert(KeyOf(block), replica);
  }
  if (range.offset + range.length > replica->length) co_return nullptr;  // grown since
  if (config_.short_circuit_skip_checksum || replica->checksum.type == ChecksumType::kNull) range.verify = false;
  co_return std::make_unique<LocalReader>(env_, std::move(replica), range);
}

Task<Result<std::shared_ptr<LocalReplica>>> ShortCircuit::Request(const pb::LocatedBlockProto& block, std::string path) {
  const TimePoint deadline = env_.clock.Now() + config_.socket_timeout;
  if (auto kept = connections_.find(path); kept != connections_.end()) {
    std::unique_ptr<Stream> stream = std::move(kept->second);
    connections_.erase(kept);
    auto asked = co_await Ask(block, path, *stream);
    if (asked.ok()) connections_[path] = std::move(stream);
    if (asked.ok() || asked.code() == Code::kInvalidToken || asked.code() == Code::kUnsupported) co_return asked;
    // The datanode may just have closed it.
  }
  auto made = co_await sockets_->ConnectLocal(path, deadline);
  if (!made.ok()) co_return Status(Code::kUnsupported, made.status().ToString());
  auto asked = co_await Ask(block, path, **made);
  if (asked.ok()) connections_[path] = std::move(made).value();
  co_return asked;
}

Task<Result<std::shared_ptr<LocalReplica>>> ShortCircuit::Ask(const pb::LocatedBlockProto& block, std::string path, Stream& stream) {
  const TimePoint deadline = env_.clock.Now() + config_.socket_timeout;
  pb::OpRequestShortCircuitAccessProto op;
  *op.mutable_header()->mutable_block() = block.b();
  *op.mutable_header()->mutable_token() = block.blocktoken();
  op.set_maxversion(kBlockFormatVersion);
  std::string bytes = EncodeOp(Op::kRequestShortCircuitFds, op);
  CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(bytes), deadline));
  pb::BlockOpResponseProto answer;
  CO_RETURN_IF_ERROR(co_await ReadAnswer(stream, &answer, deadline));
  if (answer.status() != pb::SUCCESS) {
    Code code = answer.status() == pb::ERROR_UNSUPPORTED     ? Code::kUnsupported
                : answer.status() == pb::ERROR_ACCESS_TOKEN ? Code::kInvalidToken
                                                            : Code::kIOError;
    co_return Status(code, path + ": status " + std::to_string(answer.status()) + ": " + answer.message());
  }
  auto* passing = dynamic_cast<FilePassing*>(&stream);
  if (passing == nullptr) co_return Status(Code::kUnsupported, "this stream passes no files");
  CO_ASSIGN_OR_RETURN(FilePassing::Received received, co_await passing->ReceiveFiles(2, deadline));
  if (received.files.size() != 2) co_return Status(Code::kIOError, path + ": the block file and the meta file did not come");
  if (received.byte != 0) {  // it wants to know that they have arrived
    uint8_t receipt = 0;
    CO_RETURN_IF_ERROR(co_await stream.Write(ByteView(&receipt, 1), deadline));
  }
  auto replica = std::make_shared<LocalReplica>();
  replica->data = std::move(received.files[0]);
  replica->meta = std::move(received.files[1]);
  Status opened = co_await env_.disk_pool.Run([&]() -> Status {
    uint8_t head[kMetaHeaderBytes];
    ASSIGN_OR_RETURN(size_t count, replica->meta->ReadAt(0, head));
    ASSIGN_OR_RETURN(replica->checksum, DecodeMetaHeader({head, count}));
    ASSIGN_OR_RETURN(replica->length, replica->data->Size());
    return Status::Ok();
  });
  CO_RETURN_IF_ERROR(opened);
  co_return replica;
}

}  // namespace tusk::dfs
