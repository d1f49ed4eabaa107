// Gunzip through zlib, reading the source piece by piece.
#include "mlkit/data/gzip.h"

#include <zlib.h>

namespace tusk::ml {
namespace {

constexpr size_t kPiece = 1 << 20;

// inflateEnd on every way out.
struct Inflater {
  z_stream stream = {};
  bool ready = false;
  Inflater() { ready = inflateInit2(&stream, 15 + 16) == Z_OK; }
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
};

Status Damaged(std::string_view what, uint64_t offset, const char* why) {
  return Status(Code::kCorruption, std::string(what) + ": damaged gzip data before byte " + std::to_string(offset) + ": " +
                                       (why == nullptr ? "invalid data" : why));
}

}  // namespace

bool LooksGzipped(ByteView start) { return start.size() >= 3 && start[0] == 0x1f && start[1] == 0x8b && start[2] == 8; }

Result<std::vector<uint8_t>> Gunzip(ByteSource& source, std::string_view what, uint64_t bytes_max) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  if (!inflater.ready) return Status(Code::kInternal, "zlib does not start");
  std::vector<uint8_t> input(kPiece), output;
  uint64_t offset = 0;
  size_t filled = 0;
  bool member_open = true;  // an empty file is no gzip file
  while (true) {
    if (stream.avail_in == 0) {
      ASSIGN_OR_RETURN(const size_t count, source.ReadAt(offset, input));
      offset += count;
      stream.next_in = input.data();
      stream.avail_in = static_cast<uInt>(count);
      if (count == 0) break;
    }
    if (!member_open) {
      if (*stream.next_in == 0) {  // padding behind the last member, as gzip(1) takes it
        ++stream.next_in;
        --stream.avail_in;
        continue;
      }
      if (inflateReset(&stream) != Z_OK) return Status(Code::kInternal, "zlib does not reset");
      member_open = true;
    }
    if (filled == output.size()) {
      if (filled >= bytes_max) {
        return Status(Code::kResourceExhausted, std::string(what) + ": more than " + std::to_string(bytes_max) +
                                                    " bytes when decompressed; decompress it, so that it can be cut into shards");
      }
      output.resize(std::min<uint64_t>(bytes_max, std::max<size_t>(kPiece, filled * 2)));
    }
    stream.next_out = output.data() + filled;
    const size_t room = std::min<size_t>(output.size() - filled, size_t{1} << 30);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    if (code == Z_STREAM_END) {
      member_open = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return Damaged(what, offset - stream.avail_in, stream.msg);
    }
  }
  if (member_open) {
    return Status(Code::kCorruption, std::string(what) + ": truncated gzip file: it ends at byte " + std::to_string(offset) +
                                         " inside the compressed data");
  }
  output.resize(filled);
  output.shrink_to_fit();
  return output;
}

}  // namespace tusk::ml
