// Compression codecs as Hadoop frames them: DefaultCodec (zlib stream), GzipCodec, and Lz4Codec (blocks of
// [4 bytes raw length][4 bytes chunk length][chunk]..., big-endian).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mapreduce/task/byte_stream.h"

namespace tusk::mapreduce {

enum class Codec { kNone, kDeflate, kGzip, kLz4 };

// By Java class name, e.g. org.apache.hadoop.io.compress.Lz4Codec. kInvalidArgument for one that we lack.
Result<Codec> CodecOfClass(std::string_view java_class);
std::string_view ClassOfCodec(Codec codec);
// By a file's name: ".gz", ".deflate", ".lz4"; kNone for others. kUnsupported for compressed ones that we lack.
Result<Codec> CodecOfFileName(std::string_view name);
std::string_view SuffixOfCodec(Codec codec);

// A sink that compresses into `out`. Finish writes the end and may be called once.
class CompressSink : public ByteSink {
 public:
  virtual Status Finish() = 0;
};
std::unique_ptr<CompressSink> MakeCompressSink(Codec codec, ByteSink& out);

// Decompresses `in` to its end; concatenated streams are one. kCorruption for bytes that are not of the codec.
std::unique_ptr<ByteSource> MakeDecompressSource(Codec codec, ByteSource& in);

// Whole buffers; the result of Decompress is refused above `bytes_max`.
Result<std::string> Compress(Codec codec, ByteView bytes);
Result<std::string> Decompress(Codec codec, ByteView bytes, size_t bytes_max);

}  // namespace tusk::mapreduce
