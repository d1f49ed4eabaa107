// Taking TFile apart.
#include "yarn_like/common/aggregated_logs.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>

namespace tusk::yarn {
namespace {

constexpr uint64_t kMagicBytes = 16;
constexpr uint64_t kTailBytes = 8 + 4 + kMagicBytes;  // where the directory is, version, magic
constexpr uint64_t kDirectoryBytesMax = 64 << 20;
constexpr size_t kNameBytesMax = 64 << 10;
constexpr uint8_t kMagic[kMagicBytes] = {0xd1, 0x11, 0xd3, 0x68, 0x91, 0xb5, 0xd7, 0xb6,
                                         0x39, 0xdf, 0x41, 0x40, 0x92, 0xba, 0xe1, 0x50};

Status Bad(std::string_view what) { return Status(Code::kCorruption, "aggregated log: " + std::string(what)); }

// A cursor over a range of the file, through a buffer.
class Cursor {
 public:
  Cursor(const AggregatedLogReader::ReadAt& read, uint64_t begin, uint64_t end) : read_(read), at_(begin), end_(end) {}
  uint64_t left() const { return buffer_.size() - used_ + (end_ - at_); }

  Result<uint8_t> Byte() {
    uint8_t byte = 0;
    RETURN_IF_ERROR(Read(MutableByteView(&byte, 1)));
    return byte;
  }
  Status Read(MutableByteView out) {
    while (!out.empty()) {
      ASSIGN_OR_RETURN(ByteView piece, Piece(out.size()));
      std::memcpy(out.data(), piece.data(), piece.size());
      out = out.subspan(piece.size());
    }
    return Status::Ok();
  }
  // Some bytes, at most `size_max`; valid until the next call.
  Result<ByteView> Piece(uint64_t size_max) {
    if (used_ == buffer_.size()) {
      buffer_.resize(std::min<uint64_t>(256 << 10, end_ - at_));
      used_ = 0;
      if (buffer_.empty()) return Bad("ends too early");
      ASSIGN_OR_RETURN(size_t count, read_(at_, buffer_));
      if (count == 0) return Bad("ends too early");
      buffer_.resize(count);
      at_ += count;
    }
    ByteView piece = ByteView(buffer_).subspan(used_, std::min<uint64_t>(size_max, buffer_.size() - used_));
    used_ += piece.size();
    return piece;
  }
  // TFile's own variable-length integer.
  Result<int64_t> Int() {
    ASSIGN_OR_RETURN(uint8_t first, Byte());
    auto value = static_cast<int64_t>(static_cast<int8_t>(first));
    int more = 0;
    if (value >= -32) return value;
    if (value >= -72) {
      more = 1;
      value += 52;
    } else if (value >= -104) {
      more = 2;
      value += 88;
    } else if (value >= -120) {
      more = 3;
      value += 112;
    } else {
      more = static_cast<int>(value + 129);
      ASSIGN_OR_RETURN(uint8_t top, Byte());
      value = static_cast<int8_t>(top);
      --more;
    }
    for (int i = 0; i < more; ++i) {
      ASSIGN_OR_RETURN(uint8_t byte, Byte());
      value = static_cast<int64_t>(static_cast<uint64_t>(value) << 8 | byte);
    }
    return value;
  }
  Result<std::string> Text(uint64_t size) {
    if (size > left() || size > kNameBytesMax) return Bad("text too long");
    std::string text(size, '\0');
    RETURN_IF_ERROR(Read(MutableByteView(reinterpret_cast<uint8_t*>(text.data()), text.size())));
    return text;
  }
  Result<std::string> CountedText() {
    ASSIGN_OR_RETURN(int64_t size, Int());
    if (size < 0) return Bad("negative length");
    return Text(static_cast<uint64_t>(size));
  }

 private:
  const AggregatedLogReader::ReadAt& read_;
  uint64_t at_;
  uint64_t end_;
  std::vector<uint8_t> buffer_;
  size_t used_ = 0;
};

// A key or value of a record: chunks, the last of which has a length that is not negative.
class ChunkedPart {
 public:
  explicit ChunkedPart(Cursor& in) : in_(in) {}
  // Some bytes, at most `size_max`; empty at the end.
  Result<ByteView> Piece(uint64_t size_max) {
    while (left_ == 0) {
      if (last_) return ByteView();
      ASSIGN_OR_RETURN(int64_t size, in_.Int());
      last_ = size >= 0;
      left_ = static_cast<uint64_t>(size < 0 ? -size : size);
      if (left_ > in_.left()) return Bad("chunk too long");
    }
    ASSIGN_OR_RETURN(ByteView piece, in_.Piece(std::min(size_max, left_)));
    left_ -= piece.size();
    return piece;
  }
  Status Skip() {
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, Piece(UINT64_MAX));
      if (piece.empty()) return Status::Ok();
    }
  }
  Result<std::string> All() {
    std::string text;
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, Piece(kNameBytesMax));
      if (piece.empty()) return text;
      text += AsText(piece);
      if (text.size() > kNameBytesMax) return Bad("key too long");
    }
  }
  // Java's writeUTF; nothing at the end.
  Result<std::optional<std::string>> Utf() {
    std::string size_bytes;
    ASSIGN_OR_RETURN(bool there, Exactly(2, size_bytes));
    if (!there) return std::optional<std::string>();
    std::string text;
    ASSIGN_OR_RETURN(bool whole, Exactly(LoadBigEndian<uint16_t>(AsBytes(size_bytes).data()), text));
    if (!whole) return Bad("name cut off");
    return std::optional<std::string>(std::move(text));
  }

 private:
  // False if it has ended before the first byte.
  Result<bool> Exactly(size_t size, std::string& out) {
    while (out.size() < size) {
      ASSIGN_OR_RETURN(ByteView piece, Piece(size - out.size()));
      if (piece.empty() && out.empty()) return false;
      if (piece.empty()) return Bad("name cut off");
      out += AsText(piece);
    }
    return true;
  }

  Cursor& in_;
  uint64_t left_ = 0;
  bool last_ = false;
};

Status WalkContainer(std::string_view container, ChunkedPart& value, const AggregatedLogReader::Visitor& visitor) {
  for (;;) {
    ASSIGN_OR_RETURN(auto name, value.Utf());
    if (!name) return Status::Ok();
    ASSIGN_OR_RETURN(auto length_text, value.Utf());
    uint64_t length = 0;
    if (!length_text || std::from_chars(length_text->data(), length_text->data() + length_text->size(), length).ec != std::errc()) {
      return Bad("length of " + *name);
    }
    bool wanted = visitor.wants(container, *name, length);
    while (length > 0) {
      ASSIGN_OR_RETURN(ByteView piece, value.Piece(length));
      if (piece.empty()) return Bad(*name + " is cut off");
      length -= piece.size();
      if (wanted) RETURN_IF_ERROR(visitor.on_bytes(piece));
    }
    if (wanted) RETURN_IF_ERROR(visitor.on_end());
  }
}

}  // namespace

Result<AggregatedLogReader> AggregatedLogReader::Open(ReadAt read, uint64_t size) {
  if (size < kMagicBytes + kTailBytes) return Bad("too short");
  uint8_t tail[kTailBytes];
  Cursor end(read, size - kTailBytes, size);
  RETURN_IF_ERROR(end.Read(tail));
  if (std::memcmp(tail + 12, kMagic, kMagicBytes) != 0) return Bad("not a TFile");
  auto directory_at = LoadBigEndian<uint64_t>(tail);
  if (directory_at < kMagicBytes || directory_at > size - kTailBytes || size - directory_at > kDirectoryBytesMax) {
    return Bad("directory outside the file");
  }
  Cursor directory(read, directory_at, size - kTailBytes);
  ASSIGN_OR_RETURN(int64_t count, directory.Int());
  for (int64_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(std::string name, directory.CountedText());
    ASSIGN_OR_RETURN(std::string compression, directory.CountedText());
    ASSIGN_OR_RETURN(int64_t offset, directory.Int());
    ASSIGN_OR_RETURN(int64_t length, directory.Int());
    ASSIGN_OR_RETURN(int64_t raw_length, directory.Int());
    if (name != "data:BCFile.index") continue;
    if (compression != "none" || length != raw_length) return Status(Code::kUnsupported, "compressed aggregated log: " + compression);
    if (offset < 0 || length < 0 || static_cast<uint64_t>(offset) + static_cast<uint64_t>(length) > size) return Bad("index outside the file");
    Cursor index(read, static_cast<uint64_t>(offset), static_cast<uint64_t>(offset + length));
    ASSIGN_OR_RETURN(std::string data_compression, index.CountedText());
    if (data_compression != "none") return Status(Code::kUnsupported, "compressed aggregated log: " + data_compression);
    ASSIGN_OR_RETURN(int64_t block_count, index.Int());
    std::vector<Block> blocks;
    for (int64_t b = 0; b < block_count; ++b) {
      ASSIGN_OR_RETURN(int64_t block_offset, index.Int());
      ASSIGN_OR_RETURN(int64_t block_size, index.Int());
      ASSIGN_OR_RETURN(int64_t block_raw_size, index.Int());
      bool inside = block_offset >= 0 && block_size >= 0 && block_size == block_raw_size &&
                    static_cast<uint64_t>(block_offset) + static_cast<uint64_t>(block_size) <= size;
      if (!inside) return Bad("block outside the file");
      blocks.push_back({static_cast<uint64_t>(block_offset), static_cast<uint64_t>(block_size)});
    }
    return AggregatedLogReader(std::move(read), std::move(blocks));
  }
  return Bad("no block index");
}

Status AggregatedLogReader::Walk(const Visitor& visitor) {
  for (const Block& block : blocks_) {
    Cursor in(read_, block.offset, block.offset + block.size);
    while (in.left() > 0) {
      ChunkedPart key_part(in);
      ASSIGN_OR_RETURN(std::string key, key_part.All());
      ChunkedPart value(in);
      std::string_view name = std::string_view(key).substr(std::min<size_t>(2, key.size()));
      if (name.starts_with("container_")) {
        RETURN_IF_ERROR(WalkContainer(name, value, visitor));
      }
      RETURN_IF_ERROR(value.Skip());
    }
  }
  return Status::Ok();
}

std::string LogDateText(int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %z %Y", &parts)};
}

std::vector<std::string> AggregatedLogFolders(const std::string& root, const std::string& suffix, const std::string& owner,
                                              const std::string& application) {
  // The last four digits of the number; shorter numbers have leading zeros.
  const size_t digits = application.rfind('_') + 1;
  std::string bucket = application.substr(digits);
  if (bucket.size() > 4) {
    bucket.erase(0, bucket.size() - 4);
  }
  bucket.insert(0, 4 - bucket.size(), '0');
  return {root + "/" + owner + "/bucket-" + suffix + "-tfile/" + bucket + "/" + application, root + "/" + owner + "/" + suffix + "/" + application};
}

}  // namespace tusk::yarn
