// TextDecoder: undoes the compression of a file for -text, piece by piece. Formats as Hadoop's codecs write them: gzip,
// zlib (.deflate), bzip2, zstd, and its block framing of lz4 and snappy.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::dfs {

class TextDecoder {
 public:
  using Sink = std::function<Status(ByteView)>;
  virtual ~TextDecoder() = default;
  virtual Status Feed(ByteView compressed, const Sink& sink) = 0;
  // kEndOfFile where the input stops in the middle of something.
  virtual Status Finish() = 0;
};

std::unique_ptr<TextDecoder> MakeGzipDecoder();
// By the end of the file's name; null where it is none of a codec.
std::unique_ptr<TextDecoder> MakeDecoderFor(std::string_view path);

}  // namespace tusk::dfs
