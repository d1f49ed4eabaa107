// Records, their recovery and the rewriting of the journal.
#include "base/store/durable_map.h"

#include <algorithm>

#include "base/core/bytes.h"
#include "base/core/crc32c.h"

namespace tusk {
namespace {

constexpr std::string_view kMagic = "TUSKKV1\n";
constexpr uint32_t kRecordMagic = 0x7265630a;
constexpr size_t kHeadBytes = 12;
constexpr uint64_t kFileBytesMax = uint64_t{1} << 30;
// The journal is rewritten when it is larger than this and than so many times what is live.
constexpr uint64_t kRewriteAboveBytes = 1 << 20;
constexpr uint64_t kRewriteRatio = 4;
// A rewritten journal's records hold about this much.
constexpr size_t kRewriteRecordBytes = 1 << 20;

void PutU32(std::string* to, uint32_t value) {
  uint8_t raw[4];
  StoreBigEndian(raw, value);
  to->append(reinterpret_cast<const char*>(raw), sizeof(raw));
}

void PutText(std::string* to, const std::string& text) {
  PutU32(to, static_cast<uint32_t>(text.size()));
  to->append(text);
}

std::string EncodeRecord(const std::vector<DurableMap::Change>& changes) {
  std::string body;
  for (const DurableMap::Change& change : changes) {
    body.push_back(change.value ? 1 : 0);
    PutText(&body, change.key);
    if (change.value) PutText(&body, *change.value);
  }
  std::string record;
  PutU32(&record, kRecordMagic);
  PutU32(&record, static_cast<uint32_t>(body.size()));
  PutU32(&record, Crc32c(0, AsBytes(body)));
  return record + body;
}

uint32_t U32At(std::string_view bytes, size_t at) {
  return LoadBigEndian<uint32_t>(reinterpret_cast<const uint8_t*>(bytes.data()) + at);
}

bool TakeText(std::string_view* body, std::string* text) {
  if (body->size() < 4) return false;
  const uint32_t length = U32At(*body, 0);
  if (length > body->size() - 4) return false;
  *text = body->substr(4, length);
  body->remove_prefix(4 + size_t{length});
  return true;
}

// The record at `at`; its whole length, or 0 where there is none.
size_t DecodeRecord(std::string_view file, size_t at, std::vector<DurableMap::Change>* changes) {
  changes->clear();
  if (file.size() - at < kHeadBytes || U32At(file, at) != kRecordMagic) return 0;
  const uint32_t length = U32At(file, at + 4);
  if (length > file.size() - at - kHeadBytes) return 0;
  std::string_view body = file.substr(at + kHeadBytes, length);
  if (Crc32c(0, AsBytes(body)) != U32At(file, at + 8)) return 0;
  while (!body.empty()) {
    const char kind = body[0];
    body.remove_prefix(1);
    DurableMap::Change change;
    if (!TakeText(&body, &change.key)) return 0;
    if (kind == 1) {
      change.value.emplace();
      if (!TakeText(&body, &*change.value)) return 0;
    }
    changes->push_back(std::move(change));
  }
  return kHeadBytes + length;
}

// A commit that a crash cut short has nothing behind it. A whole record further on means damage.
bool AnyRecordAfter(std::string_view file, size_t at) {
  std::string magic;
  PutU32(&magic, kRecordMagic);
  std::vector<DurableMap::Change> ignored;
  for (size_t next = file.find(magic, at + 1); next != std::string_view::npos; next = file.find(magic, next + 1)) {
    if (DecodeRecord(file, next, &ignored) > 0) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<DurableMap>> DurableMap::Open(Disk& disk, const std::string& folder) {
  RETURN_IF_ERROR(disk.MakeDirs(folder, 0700));
  std::unique_ptr<DurableMap> map(new DurableMap(disk, folder));
  ASSIGN_OR_RETURN(map->lock_, disk.Lock(folder + "/in_use.lock"));
  RETURN_IF_ERROR(map->Load());
  return map;
}

Status DurableMap::Load() {
  if (!disk_.Exists(path())) return Rewrite();
  ASSIGN_OR_RETURN(const std::string file, disk_.ReadFile(path(), kFileBytesMax));
  if (!file.starts_with(kMagic)) return {Code::kCorruption, path() + " is not a journal of this version of tusk"};
  size_t at = kMagic.size();
  std::vector<Change> changes;
  while (at < file.size()) {
    const size_t length = DecodeRecord(file, at, &changes);
    if (length == 0) break;
    Apply(changes);
    at += length;
  }
  if (at < file.size() && AnyRecordAfter(file, at)) {
    return {Code::kCorruption, path() + " is damaged at byte " + std::to_string(at)};
  }
  // Rewritten rather than cut: it is read once, and small.
  return Rewrite();
}

void DurableMap::Apply(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (const auto at = entries_.find(change.key); at != entries_.end()) {
      live_bytes_ -= at->first.size() + at->second.size();
      entries_.erase(at);
    }
    if (!change.value) continue;
    live_bytes_ += change.key.size() + change.value->size();
    entries_[change.key] = *change.value;
  }
}

Status DurableMap::Rewrite() {
  std::string bytes(kMagic);
  std::vector<Change> changes;
  size_t gathered = 0;
  for (const auto& [key, value] : entries_) {
    changes.push_back({key, value});
    gathered += key.size() + value.size();
    if (gathered < kRewriteRecordBytes) continue;
    bytes += EncodeRecord(changes);
    changes.clear();
    gathered = 0;
  }
  if (!changes.empty()) bytes += EncodeRecord(changes);
  file_.reset();
  broken_ = true;
  const std::string fresh = path() + ".tmp";
  {
    ASSIGN_OR_RETURN(const auto file, disk_.Open(fresh, OpenMode::kCreateTruncate));
    RETURN_IF_ERROR(disk_.SetMode(fresh, 0600));
    RETURN_IF_ERROR(file->WriteAt(0, AsBytes(bytes)));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(disk_.Rename(fresh, path()));
  RETURN_IF_ERROR(disk_.SyncDir(folder_));
  ASSIGN_OR_RETURN(file_, disk_.Open(path(), OpenMode::kReadWrite));
  size_ = bytes.size();
  broken_ = false;
  return Status::Ok();
}

Status DurableMap::Commit(const std::vector<Change>& changes) {
  if (broken_ || size_ > std::max(kRewriteAboveBytes, kRewriteRatio * live_bytes_)) RETURN_IF_ERROR(Rewrite());
  const std::string record = EncodeRecord(changes);
  if (size_ + record.size() > kFileBytesMax) return {Code::kResourceExhausted, path() + " would grow too large"};
  Status written = file_->WriteAt(size_, AsBytes(record));
  if (written.ok()) written = file_->Sync();
  if (!written.ok()) {
    // Part of it may be there; a rewrite without it comes first.
    broken_ = true;
    return written;
  }
  size_ += record.size();
  Apply(changes);
  return Status::Ok();
}

}  // namespace tusk
