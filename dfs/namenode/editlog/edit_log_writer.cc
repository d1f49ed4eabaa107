// Segments are created, header and name synced, before the first frame; a frame is one write and one fdatasync.
#include "dfs/namenode/editlog/edit_log_writer.h"

#include "base/core/check.h"

namespace tusk::dfs {

EditLogWriter::EditLogWriter(Disk& disk, std::string folder, EditLogOptions options, Random& random)
    : disk_(disk), folder_(std::move(folder)), options_(options), random_(random) {}

Status EditLogWriter::Fail(Status status) {
  failure_ = status.WithContext("edit log");
  return failure_;
}

Status EditLogWriter::StartSegment(Txid first_txid) {
  RETURN_IF_ERROR(failure_);
  header_ = SegmentHeader{kEditLogLevel, options_.namespace_id, options_.epoch, first_txid, random_.Next64()};
  path_ = JoinPath(folder_, SegmentName(first_txid));
  Result<std::unique_ptr<File>> opened = disk_.Open(path_, OpenMode::kCreateTruncate);
  if (!opened.ok()) return Fail(opened.status());
  file_ = std::move(opened).value();
  std::string bytes = EncodeSegmentHeader(header_);
  if (Status written = file_->WriteAt(0, AsBytes(bytes)); !written.ok()) return Fail(written);
  offset_ = bytes.size();
  allocated_ = offset_;
  if (Status grown = Preallocate(offset_ + 1); !grown.ok()) return Fail(grown);
  if (Status synced = file_->Sync(); !synced.ok()) return Fail(synced);
  if (Status synced = disk_.SyncDir(folder_); !synced.ok()) return Fail(synced);
  return Status::Ok();
}

Status EditLogWriter::Preallocate(uint64_t end) {
  if (options_.preallocate_bytes == 0 || end <= allocated_) return Status::Ok();
  uint64_t step = options_.preallocate_bytes;
  uint64_t target = (end + step - 1) / step * step;
  std::string zeros(target - allocated_, '\0');
  RETURN_IF_ERROR(file_->WriteAt(allocated_, AsBytes(zeros)));
  allocated_ = target;
  return Status::Ok();
}

Status EditLogWriter::Append(const Frame& frame) {
  RETURN_IF_ERROR(failure_);
  TUSK_CHECK(file_ != nullptr) << "no segment";
  buffer_.clear();
  AppendFrame(buffer_, header_, frame);
  if (Status grown = Preallocate(offset_ + buffer_.size()); !grown.ok()) return Fail(grown);
  if (Status written = file_->WriteAt(offset_, AsBytes(buffer_)); !written.ok()) return Fail(written);
  if (Status synced = file_->Sync(); !synced.ok()) return Fail(synced);
  offset_ += buffer_.size();
  return MakeRoom();
}

Status EditLogWriter::MakeRoom() {
  RETURN_IF_ERROR(failure_);
  if (file_ == nullptr || options_.preallocate_bytes == 0) return Status::Ok();
  if (allocated_ - offset_ >= options_.preallocate_bytes / 2) return Status::Ok();
  Status grown = Preallocate(allocated_ + 1);
  const bool full = grown.code() == Code::kNoSpace;
  low_on_room_ = full;
  return grown.ok() || full ? Status::Ok() : Fail(grown);
}

}  // namespace tusk::dfs
