// Tar (ustar, GNU long names, pax path, linkpath and size), plain or gzipped.
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "yarn_like/nodemanager/localize/archive.h"
#include "yarn_like/nodemanager/localize/unpack_target_internal.h"

namespace tusk::yarn {
namespace {

constexpr size_t kBlock = 512;
constexpr uint64_t kLongNameMax = 64 << 10;

Status Bad(std::string_view what) { return Status(Code::kCorruption, "tar: " + std::string(what)); }

// The archive's plain bytes in order.
class PlainReader {
 public:
  PlainReader(File& file, bool gzip) : file_(file), gzip_(gzip), in_(64 << 10) {
    if (gzip_) ready_ = ::inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
  }
  ~PlainReader() {
    if (gzip_ && ready_) ::inflateEnd(&stream_);
  }
  // Fewer bytes only at the end.
  Result<size_t> Read(MutableByteView out) {
    if (!gzip_) {
      ASSIGN_OR_RETURN(size_t count, file_.ReadAt(offset_, out));
      offset_ += count;
      return count;
    }
    if (!ready_) return Bad("no memory for inflate");
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out > 0) {
      if (stream_.avail_in == 0) {
        ASSIGN_OR_RETURN(size_t count, file_.ReadAt(offset_, in_));
        if (count == 0) break;
        offset_ += count;
        stream_.next_in = in_.data();
        stream_.avail_in = static_cast<uInt>(count);
      }
      if (member_ended_) {  // gzip files may be concatenated
        if (::inflateReset(&stream_) != Z_OK) return Bad("gzip");
        member_ended_ = false;
      }
      int code = ::inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        member_ended_ = true;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return Bad("gzip data");
      }
    }
    return out.size() - stream_.avail_out;
  }

 private:
  File& file_;
  bool gzip_;
  bool ready_ = true;
  bool member_ended_ = false;
  uint64_t offset_ = 0;
  std::vector<uint8_t> in_;
  z_stream stream_{};
};

std::string TextField(const uint8_t* at, size_t size) {
  const auto* end = std::find(at, at + size, uint8_t{0});
  return {reinterpret_cast<const char*>(at), static_cast<size_t>(end - at)};
}

// Octal, or base 256 with the top bit set.
Result<uint64_t> NumberField(const uint8_t* at, size_t size) {
  uint64_t value = 0;
  if ((at[0] & 0x80) != 0) {
    for (size_t i = 0; i < size; ++i) {
      if (value >> 55 != 0) return Bad("number too large");
      value = value << 8 | (i == 0 ? at[i] & 0x7fU : at[i]);
    }
    return value;
  }
  for (size_t i = 0; i < size && at[i] != 0; ++i) {
    if (at[i] == ' ') continue;
    if (at[i] < '0' || at[i] > '7' || value >> 60 != 0) return Bad("number");
    value = value * 8 + (at[i] - '0');
  }
  return value;
}

bool ChecksumHolds(const uint8_t* header) {
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : header[i];
  Result<uint64_t> stored = NumberField(header + 148, 8);
  return stored.ok() && *stored == sum;
}

// What extension records said about the next member.
struct Pending {
  std::string path;
  std::string link;
  std::optional<uint64_t> size;
};

Status ParsePax(std::string_view records, Pending& pending) {
  while (!records.empty()) {
    size_t length = 0;
    auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    if (error != std::errc() || length == 0 || length > records.size()) return Bad("pax record");
    std::string_view record = records.substr(0, length);
    records.remove_prefix(length);
    size_t space = static_cast<size_t>(end - record.data());
    size_t equals = record.find('=', space);
    if (space >= record.size() || equals == std::string_view::npos || record.back() != '\n') return Bad("pax record");
    std::string_view key = record.substr(space + 1, equals - space - 1);
    std::string_view value = record.substr(equals + 1, record.size() - equals - 2);
    if (key == "path") pending.path = value;
    if (key == "linkpath") pending.link = value;
    if (key == "size") {
      uint64_t size = 0;
      if (std::from_chars(value.data(), value.data() + value.size(), size).ec != std::errc()) return Bad("pax size");
      pending.size = size;
    }
  }
  return Status::Ok();
}

class TarUnpacker {
 public:
  TarUnpacker(PlainReader& in, UnpackTarget& out) : in_(in), out_(out), buffer_(64 << 10) {}

  Status Run() {
    std::vector<uint8_t> header(kBlock);
    for (;;) {
      ASSIGN_OR_RETURN(size_t count, in_.Read(header));
      if (count == 0) return Status::Ok();
      if (count < kBlock) return Bad("file ends too early");
      if (std::all_of(header.begin(), header.end(), [](uint8_t b) { return b == 0; })) return Status::Ok();
      if (!ChecksumHolds(header.data())) return Bad("header checksum");
      RETURN_IF_ERROR(Member(header.data()));
    }
  }

 private:
  Status Member(const uint8_t* header) {
    ASSIGN_OR_RETURN(uint64_t size, NumberField(header + 124, 12));
    char type = static_cast<char>(header[156]);
    if (type == 'L' || type == 'K' || type == 'x' || type == 'g') return Extension(type, size);
    Pending pending = std::move(pending_);
    pending_ = {};
    if (pending.size) size = *pending.size;
    std::string name = pending.path;
    if (name.empty()) {
      name = TextField(header, 100);
      bool ustar = std::equal(header + 257, header + 262, "ustar");
      std::string prefix = ustar && header[262] == 0 ? TextField(header + 345, 155) : "";
      if (!prefix.empty()) name = prefix + "/" + name;
    }
    std::string link = pending.link.empty() ? TextField(header + 157, 100) : pending.link;
    ASSIGN_OR_RETURN(uint64_t mode, NumberField(header + 100, 8));
    ASSIGN_OR_RETURN(uint64_t mtime, NumberField(header + 136, 12));
    bool has_bytes = type == '0' || type == 0 || type == '7';
    if (!out_.Wanted(name)) return Copy(size, false);
    if (type == '5' || (has_bytes && name.ends_with('/'))) {
      RETURN_IF_ERROR(out_.MakeFolder(name));
      return Copy(size, false);
    }
    if (type == '2') return out_.MakeSymlink(name, link);
    if (type == '1') return out_.MakeLink(name, link);
    if (!has_bytes) return Status(Code::kIOError, "tar: " + name.substr(0, 200) + " is a device or of an unknown type");
    RETURN_IF_ERROR(out_.StartFile(name, static_cast<uint32_t>(mode)));
    RETURN_IF_ERROR(Copy(size, true));
    return out_.FinishFile(static_cast<int64_t>(std::min<uint64_t>(mtime, 1ULL << 40)) * 1000);
  }

  Status Extension(char type, uint64_t size) {
    if (size > kLongNameMax) return Bad("extension too long");
    std::vector<uint8_t> bytes((size + kBlock - 1) / kBlock * kBlock);
    ASSIGN_OR_RETURN(size_t count, in_.Read(bytes));
    if (count < bytes.size()) return Bad("file ends too early");
    if (type == 'L') pending_.path = TextField(bytes.data(), size);
    if (type == 'K') pending_.link = TextField(bytes.data(), size);
    if (type == 'x') return ParsePax(AsText(ByteView(bytes).first(size)), pending_);
    return Status::Ok();
  }

  // The member's bytes and the padding behind them.
  Status Copy(uint64_t size, bool keep) {
    uint64_t padding = (kBlock - size % kBlock) % kBlock;
    while (size > 0) {
      MutableByteView part(buffer_.data(), std::min<uint64_t>(size, buffer_.size()));
      ASSIGN_OR_RETURN(size_t count, in_.Read(part));
      if (count < part.size()) return Bad("file ends too early");
      if (keep) RETURN_IF_ERROR(out_.Write(part));
      size -= count;
    }
    if (padding == 0) return Status::Ok();
    ASSIGN_OR_RETURN(size_t count, in_.Read(MutableByteView(buffer_.data(), padding)));
    return count == padding ? Status::Ok() : Bad("file ends too early");
  }

  PlainReader& in_;
  UnpackTarget& out_;
  std::vector<uint8_t> buffer_;
  Pending pending_;
};

}  // namespace

Result<uint64_t> UnpackTar(Disk& disk, const std::string& archive, const std::string& target, bool gzip,
                           const UnpackOptions& options) {
  ASSIGN_OR_RETURN(auto file, disk.Open(archive, OpenMode::kRead));
  PlainReader reader(*file, gzip);
  UnpackTarget unpack(disk, target, options);
  TarUnpacker unpacker(reader, unpack);
  RETURN_IF_ERROR(unpacker.Run());
  return unpack.bytes();
}

}  // namespace tusk::yarn
