// The codecs over zlib and lz4.
#include "mapreduce/task/codec.h"

#include <lz4.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

namespace tusk::mapreduce {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr size_t kLz4BlockBytes = 128 << 10;        // raw bytes per block that we write
constexpr uint32_t kLz4RawBytesMax = 64 << 20;      // per block that we read
constexpr std::string_view kPackage = "org.apache.hadoop.io.compress.";

class ZlibCompressSink : public CompressSink {
 public:
  ZlibCompressSink(ByteSink& out, bool gzip) : out_(out), buffer_(kBufferBytes) {
    int window = gzip ? MAX_WBITS + 16 : MAX_WBITS;
    ready_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~ZlibCompressSink() override { deflateEnd(&stream_); }
  Status Write(ByteView bytes) override {
    while (!bytes.empty()) {
      size_t part = std::min<size_t>(bytes.size(), 1 << 30);
      RETURN_IF_ERROR(Run(bytes.first(part), Z_NO_FLUSH));
      bytes = bytes.subspan(part);
    }
    return Status::Ok();
  }
  Status Finish() override { return Run({}, Z_FINISH); }

 private:
  Status Run(ByteView bytes, int flush) {
    if (!ready_) return Status(Code::kInternal, "zlib does not start");
    stream_.next_in = const_cast<uint8_t*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    int outcome = Z_OK;
    do {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      outcome = deflate(&stream_, flush);
      if (outcome == Z_STREAM_ERROR) return Status(Code::kInternal, "deflate failed");
      RETURN_IF_ERROR(out_.Write(ByteView(buffer_.data(), buffer_.size() - stream_.avail_out)));
    } while (stream_.avail_out == 0 || (flush == Z_FINISH && outcome != Z_STREAM_END));
    return Status::Ok();
  }

  ByteSink& out_;
  std::vector<uint8_t> buffer_;
  z_stream stream_{};
  bool ready_ = false;
};

class ZlibDecompressSource : public ByteSource {
 public:
  // Window bits + 32: zlib and gzip headers are told apart by zlib itself.
  explicit ZlibDecompressSource(ByteSource& in) : in_(in), buffer_(kBufferBytes) {
    ready_ = inflateInit2(&stream_, MAX_WBITS + 32) == Z_OK;
  }
  ~ZlibDecompressSource() override { inflateEnd(&stream_); }
  Result<size_t> Read(MutableByteView out) override {
    if (!ready_) return Status(Code::kInternal, "zlib does not start");
    if (out.empty()) return size_t{0};
    out = out.first(std::min<size_t>(out.size(), 1 << 30));
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out == out.size()) {
      if (stream_.avail_in == 0) {
        ASSIGN_OR_RETURN(size_t count, in_.Read(buffer_));
        if (count == 0) {
          if (between_streams_) return size_t{0};
          return Status(Code::kEndOfFile, "the compressed stream ends early");
        }
        stream_.next_in = buffer_.data();
        stream_.avail_in = static_cast<uInt>(count);
      }
      if (ended_) {
        inflateReset(&stream_);
        ended_ = false;
      }
      between_streams_ = false;
      int outcome = inflate(&stream_, Z_NO_FLUSH);
      if (outcome == Z_STREAM_END) {
        ended_ = between_streams_ = true;
      } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
        return Status(Code::kCorruption, std::string("not a zlib stream: ") + (stream_.msg ? stream_.msg : "bad data"));
      }
    }
    return out.size() - stream_.avail_out;
  }

 private:
  ByteSource& in_;
  std::vector<uint8_t> buffer_;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  bool between_streams_ = true;
};

class Lz4CompressSink : public CompressSink {
 public:
  explicit Lz4CompressSink(ByteSink& out) : out_(out), packed_(8 + LZ4_compressBound(kLz4BlockBytes)) {
    raw_.reserve(kLz4BlockBytes);
  }
  Status Write(ByteView bytes) override {
    while (!bytes.empty()) {
      size_t part = std::min(bytes.size(), kLz4BlockBytes - raw_.size());
      raw_.insert(raw_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(part));
      bytes = bytes.subspan(part);
      if (raw_.size() == kLz4BlockBytes) RETURN_IF_ERROR(Flush());
    }
    return Status::Ok();
  }
  Status Finish() override { return raw_.empty() ? Status::Ok() : Flush(); }

 private:
  Status Flush() {
    int count = LZ4_compress_default(reinterpret_cast<const char*>(raw_.data()), reinterpret_cast<char*>(packed_.data()) + 8,
                                     static_cast<int>(raw_.size()), static_cast<int>(packed_.size() - 8));
    if (count <= 0) return Status(Code::kInternal, "lz4 failed");
    StoreBigEndian<uint32_t>(packed_.data(), static_cast<uint32_t>(raw_.size()));
    StoreBigEndian<uint32_t>(packed_.data() + 4, static_cast<uint32_t>(count));
    raw_.clear();
    return out_.Write(ByteView(packed_.data(), static_cast<size_t>(count) + 8));
  }

  ByteSink& out_;
  std::vector<uint8_t> raw_, packed_;
};

class Lz4DecompressSource : public ByteSource {
 public:
  explicit Lz4DecompressSource(ByteSource& in) : in_(in) {}
  Result<size_t> Read(MutableByteView out) override {
    while (at_ == chunk_.size()) {
      ASSIGN_OR_RETURN(bool more, NextChunk());
      if (!more) return size_t{0};
    }
    size_t count = std::min(out.size(), chunk_.size() - at_);
    std::memcpy(out.data(), chunk_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  // False at the end, which may come only before a block.
  Result<bool> ReadExactly(MutableByteView out, bool may_end) {
    size_t filled = 0;
    while (filled < out.size()) {
      ASSIGN_OR_RETURN(size_t count, in_.Read(out.subspan(filled)));
      if (count == 0) {
        if (filled == 0 && may_end) return false;
        return Status(Code::kEndOfFile, "the lz4 stream ends early");
      }
      filled += count;
    }
    return true;
  }
  Result<bool> NextChunk() {
    uint8_t number[4];
    if (block_left_ == 0) {
      ASSIGN_OR_RETURN(bool more, ReadExactly(number, true));
      if (!more) return false;
      block_left_ = LoadBigEndian<uint32_t>(number);
      if (block_left_ > kLz4RawBytesMax) return Status(Code::kCorruption, "an lz4 block claims too many bytes");
      if (block_left_ == 0) return true;
    }
    RETURN_IF_ERROR(ReadExactly(number, false));
    uint32_t packed_size = LoadBigEndian<uint32_t>(number);
    if (packed_size > static_cast<uint32_t>(LZ4_compressBound(static_cast<int>(block_left_)))) {
      return Status(Code::kCorruption, "an lz4 chunk claims too many bytes");
    }
    packed_.resize(packed_size);
    RETURN_IF_ERROR(ReadExactly(packed_, false));
    chunk_.resize(block_left_);
    int count = LZ4_decompress_safe(reinterpret_cast<const char*>(packed_.data()), reinterpret_cast<char*>(chunk_.data()),
                                    static_cast<int>(packed_size), static_cast<int>(block_left_));
    if (count <= 0) return Status(Code::kCorruption, "not an lz4 chunk");
    chunk_.resize(static_cast<size_t>(count));
    block_left_ -= static_cast<uint32_t>(count);
    at_ = 0;
    return true;
  }

  ByteSource& in_;
  std::vector<uint8_t> packed_, chunk_;
  size_t at_ = 0;
  uint32_t block_left_ = 0;
};

class PlainSink : public CompressSink {
 public:
  explicit PlainSink(ByteSink& out) : out_(out) {}
  Status Write(ByteView bytes) override { return out_.Write(bytes); }
  Status Finish() override { return Status::Ok(); }

 private:
  ByteSink& out_;
};

class PlainSource : public ByteSource {
 public:
  explicit PlainSource(ByteSource& in) : in_(in) {}
  Result<size_t> Read(MutableByteView out) override { return in_.Read(out); }

 private:
  ByteSource& in_;
};

}  // namespace

Result<Codec> CodecOfClass(std::string_view java_class) {
  if (java_class.starts_with(kPackage)) {
    std::string_view name = java_class.substr(kPackage.size());
    if (name == "DefaultCodec" || name == "DeflateCodec") return Codec::kDeflate;
    if (name == "GzipCodec") return Codec::kGzip;
    if (name == "Lz4Codec") return Codec::kLz4;
  }
  return Status(Code::kInvalidArgument, "Compression codec " + std::string(java_class) + " not found.");
}

std::string_view ClassOfCodec(Codec codec) {
  switch (codec) {
    case Codec::kDeflate: return "org.apache.hadoop.io.compress.DefaultCodec";
    case Codec::kGzip: return "org.apache.hadoop.io.compress.GzipCodec";
    case Codec::kLz4: return "org.apache.hadoop.io.compress.Lz4Codec";
    case Codec::kNone: break;
  }
  return "";
}

Result<Codec> CodecOfFileName(std::string_view name) {
  if (name.ends_with(".gz")) return Codec::kGzip;
  if (name.ends_with(".deflate")) return Codec::kDeflate;
  if (name.ends_with(".lz4")) return Codec::kLz4;
  for (std::string_view lacking : {".bz2", ".snappy", ".zst"}) {
    if (name.ends_with(lacking)) return Status(Code::kUnsupported, std::string(name) + ": no codec for " + std::string(lacking));
  }
  return Codec::kNone;
}

std::string_view SuffixOfCodec(Codec codec) {
  switch (codec) {
    case Codec::kDeflate: return ".deflate";
    case Codec::kGzip: return ".gz";
    case Codec::kLz4: return ".lz4";
    case Codec::kNone: break;
  }
  return "";
}

std::unique_ptr<CompressSink> MakeCompressSink(Codec codec, ByteSink& out) {
  switch (codec) {
    case Codec::kDeflate: return std::make_unique<ZlibCompressSink>(out, false);
    case Codec::kGzip: return std::make_unique<ZlibCompressSink>(out, true);
    case Codec::kLz4: return std::make_unique<Lz4CompressSink>(out);
    case Codec::kNone: break;
  }
  return std::make_unique<PlainSink>(out);
}

std::unique_ptr<ByteSource> MakeDecompressSource(Codec codec, ByteSource& in) {
  switch (codec) {
    case Codec::kDeflate:
    case Codec::kGzip: return std::make_unique<ZlibDecompressSource>(in);
    case Codec::kLz4: return std::make_unique<Lz4DecompressSource>(in);
    case Codec::kNone: break;
  }
  return std::make_unique<PlainSource>(in);
}

Result<std::string> Compress(Codec codec, ByteView bytes) {
  std::string out;
  StringSink sink(out);
  std::unique_ptr<CompressSink> compress = MakeCompressSink(codec, sink);
  RETURN_IF_ERROR(compress->Write(bytes));
  RETURN_IF_ERROR(compress->Finish());
  return out;
}

Result<std::string> Decompress(Codec codec, ByteView bytes, size_t bytes_max) {
  MemorySource source(bytes);
  std::unique_ptr<ByteSource> plain = MakeDecompressSource(codec, source);
  std::string out;
  for (;;) {
    size_t before = out.size();
    out.resize(before + kBufferBytes);
    ASSIGN_OR_RETURN(size_t count, plain->Read({reinterpret_cast<uint8_t*>(out.data()) + before, kBufferBytes}));
    out.resize(before + count);
    if (count == 0) return out;
    if (out.size() > bytes_max) return Status(Code::kCorruption, "decompresses to more than " + std::to_string(bytes_max) + " bytes");
  }
}

}  // namespace tusk::mapreduce
