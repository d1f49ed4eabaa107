// The decoders: zlib, libbz2, libzstd, liblz4 and libsnappy behind one face.
#include "dfs/shell/text_decoder.h"

#include <bzlib.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>


namespace tusk::dfs {
namespace {

constexpr size_t kPlainBytes = 256 << 10;
constexpr uint32_t kBlockBytesMax = 256 << 20;  // of a lz4 or snappy block

Status Damaged(const char* what) { return Status(Code::kIOError, what); }
Status Truncated() { return Status(Code::kEndOfFile, "Unexpected end of input stream"); }

// gzip and zlib: streams may follow each other.
class ZlibDecoder : public TextDecoder {
 public:
  explicit ZlibDecoder(int window_bits) : plain_(kPlainBytes) { usable_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  ~ZlibDecoder() override {
    if (usable_) inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  Status Feed(ByteView compressed, const Sink& sink) override {
    if (!usable_) return Damaged("cannot start inflating");
    stream_.next_in = const_cast<uint8_t*>(compressed.data());
    stream_.avail_in = static_cast<uInt>(compressed.size());
    bool full = false;
    while (stream_.avail_in > 0 || full) {
      if (ended_) {
        inflateReset(&stream_);
        ended_ = false;
      }
      stream_.next_out = plain_.data();
      stream_.avail_out = static_cast<uInt>(plain_.size());
      int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_BUF_ERROR && stream_.avail_in == 0) break;
      if (result != Z_OK && result != Z_STREAM_END) return Damaged("incorrect data check");
      RETURN_IF_ERROR(sink(ByteView(plain_).first(plain_.size() - stream_.avail_out)));
      ended_ = result == Z_STREAM_END;
      full = stream_.avail_out == 0 && !ended_;
    }
    return Status::Ok();
  }
  Status Finish() override { return ended_ ? Status::Ok() : Truncated(); }

 private:
  z_stream stream_{};
  bool usable_ = false;
  bool ended_ = false;
  std::vector<uint8_t> plain_;
};

class Bzip2Decoder : public TextDecoder {
 public:
  Bzip2Decoder() : plain_(kPlainBytes) { usable_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK; }
  ~Bzip2Decoder() override {
    if (usable_) BZ2_bzDecompressEnd(&stream_);
  }
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Status Feed(ByteView compressed, const Sink& sink) override {
    if (!usable_) return Damaged("cannot start bzip2");
    stream_.next_in = reinterpret_cast<char*>(const_cast<uint8_t*>(compressed.data()));
    stream_.avail_in = static_cast<unsigned>(compressed.size());
    bool full = false;
    while (stream_.avail_in > 0 || full) {
      if (ended_) RETURN_IF_ERROR(StartNext());
      stream_.next_out = reinterpret_cast<char*>(plain_.data());
      stream_.avail_out = static_cast<unsigned>(plain_.size());
      int result = BZ2_bzDecompress(&stream_);
      if (result != BZ_OK && result != BZ_STREAM_END) return Damaged("bad block header");
      RETURN_IF_ERROR(sink(ByteView(plain_).first(plain_.size() - stream_.avail_out)));
      ended_ = result == BZ_STREAM_END;
      full = stream_.avail_out == 0 && !ended_;
    }
    return Status::Ok();
  }
  Status Finish() override { return ended_ ? Status::Ok() : Truncated(); }

 private:
  Status StartNext() {
    char* next = stream_.next_in;
    unsigned left = stream_.avail_in;
    BZ2_bzDecompressEnd(&stream_);
    stream_ = bz_stream{};
    usable_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
    if (!usable_) return Damaged("cannot start bzip2");
    stream_.next_in = next;
    stream_.avail_in = left;
    ended_ = false;
    return Status::Ok();
  }
  bz_stream stream_{};
  bool usable_ = false;
  bool ended_ = false;
  std::vector<uint8_t> plain_;
};

class ZstdDecoder : public TextDecoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()), plain_(kPlainBytes) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  Status Feed(ByteView compressed, const Sink& sink) override {
    if (stream_ == nullptr) return Damaged("cannot start zstd");
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    bool full = false;
    while (in.pos < in.size || full) {
      ZSTD_outBuffer out{plain_.data(), plain_.size(), 0};
      wanted_ = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(wanted_)) return Damaged(ZSTD_getErrorName(wanted_));
      RETURN_IF_ERROR(sink(ByteView(plain_).first(out.pos)));
      full = out.pos == out.size;
    }
    return Status::Ok();
  }
  Status Finish() override { return wanted_ == 0 ? Status::Ok() : Truncated(); }

 private:
  ZSTD_DStream* stream_;
  size_t wanted_ = 1;  // 0 at the end of a frame
  std::vector<uint8_t> plain_;
};

// Hadoop's framing: int32 plain length of a block, then chunks of int32 compressed length and bytes until it is full.
class BlockDecoder : public TextDecoder {
 public:
  enum class Kind { kLz4, kSnappy };
  explicit BlockDecoder(Kind kind) : kind_(kind) {}
  Status Feed(ByteView compressed, const Sink& sink) override {
    buffered_.append(AsText(compressed));
    size_t at = 0;
    for (;;) {
      if (buffered_.size() - at < 4) break;
      uint32_t length = LoadBigEndian<uint32_t>(AsBytes(buffered_).data() + at);
      if (length > kBlockBytesMax) return Damaged("Compressed block is too large");
      if (block_left_ == 0) {
        block_left_ = length;
        at += 4;
        continue;
      }
      if (buffered_.size() - at - 4 < length) break;
      RETURN_IF_ERROR(Chunk(std::string_view(buffered_).substr(at + 4, length), sink));
      at += 4 + length;
    }
    buffered_.erase(0, at);
    return Status::Ok();
  }
  Status Finish() override { return buffered_.empty() && block_left_ == 0 ? Status::Ok() : Truncated(); }

 private:
  Status Chunk(std::string_view chunk, const Sink& sink) {
    plain_.resize(block_left_);
    size_t count = 0;
    if (kind_ == Kind::kLz4) {
      int result = LZ4_decompress_safe(chunk.data(), plain_.data(), static_cast<int>(chunk.size()), static_cast<int>(plain_.size()));
      if (result < 0) return Damaged("lz4 block is damaged");
      count = static_cast<size_t>(result);
    } else {
      count = plain_.size();
      if (snappy_uncompress(chunk.data(), chunk.size(), plain_.data(), &count) != SNAPPY_OK) {
        return Damaged("snappy block is damaged");
      }
    }
    block_left_ -= static_cast<uint32_t>(count);
    return sink(AsBytes(std::string_view(plain_).substr(0, count)));
  }
  Kind kind_;
  std::string buffered_;
  std::string plain_;
  uint32_t block_left_ = 0;  // plain bytes that the block still has
};

constexpr int kGzipWindow = 15 + 16;
constexpr int kZlibWindow = 15;

}  // namespace

std::unique_ptr<TextDecoder> MakeGzipDecoder() { return std::make_unique<ZlibDecoder>(kGzipWindow); }

std::unique_ptr<TextDecoder> MakeDecoderFor(std::string_view path) {
  if (path.ends_with(".gz")) return MakeGzipDecoder();
  if (path.ends_with(".deflate")) return std::make_unique<ZlibDecoder>(kZlibWindow);
  if (path.ends_with(".bz2")) return std::make_unique<Bzip2Decoder>();
  if (path.ends_with(".zst")) return std::make_unique<ZstdDecoder>();
  if (path.ends_with(".lz4")) return std::make_unique<BlockDecoder>(BlockDecoder::Kind::kLz4);
  if (path.ends_with(".snappy")) return std::make_unique<BlockDecoder>(BlockDecoder::Kind::kSnappy);
  return nullptr;
}

}  // namespace tusk::dfs
