// Reading a SequenceFile's records. Format: "SEQ", version 6, class names, flags, metadata, sync marker; then records
// of int32 length, int32 key length, key, value, with -1 and the marker now and then.
#include "dfs/shell/sequence_text.h"

#include <zlib.h>

#include <bit>

#include <fmt/core.h>

#include "base/core/writable.h"

namespace tusk::dfs {
namespace {

constexpr size_t kSyncBytes = 16;
constexpr int32_t kRecordBytesMax = 256 << 20;
constexpr uint64_t kPlainBytesMax = 1u << 30;

// What -text shows of one Writable.
Result<std::string> Show(std::string_view type, std::string_view bytes) {
  constexpr std::string_view kPrefix = "org.apache.hadoop.io.";
  std::string_view name = type.starts_with(kPrefix) ? type.substr(kPrefix.size()) : type;
  WritableReader reader(bytes);
  if (name == "Text") return reader.Text();
  if (name == "NullWritable") return std::string("(null)");
  if (name == "IntWritable") {
    ASSIGN_OR_RETURN(int32_t value, reader.Int());
    return std::to_string(value);
  }
  if (name == "LongWritable") {
    ASSIGN_OR_RETURN(int64_t value, reader.Long());
    return std::to_string(value);
  }
  if (name == "VIntWritable" || name == "VLongWritable") {
    ASSIGN_OR_RETURN(int64_t value, reader.VLong());
    return std::to_string(value);
  }
  if (name == "BooleanWritable") {
    ASSIGN_OR_RETURN(bool value, reader.Bool());
    return std::string(value ? "true" : "false");
  }
  if (name == "BytesWritable") {
    ASSIGN_OR_RETURN(int32_t count, reader.Int());
    ASSIGN_OR_RETURN(std::string_view raw, reader.Raw(static_cast<size_t>(std::max(count, 0))));
    std::string out;
    for (char c : raw) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", static_cast<unsigned char>(c));
    return out;
  }
  if (name == "DoubleWritable") {
    ASSIGN_OR_RETURN(int64_t raw, reader.Long());
    return fmt::format("{}", std::bit_cast<double>(raw));
  }
  if (name == "FloatWritable") {
    ASSIGN_OR_RETURN(int32_t raw, reader.Int());
    return fmt::format("{}", std::bit_cast<float>(raw));
  }
  return Status(Code::kUnsupported, "-text does not know the class " + std::string(type));
}

Result<std::string> Inflate(std::string_view bytes) {
  std::string plain;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return Status(Code::kIOError, "cannot start inflating");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int result = Z_OK;
  while (result == Z_OK && plain.size() < kPlainBytesMax) {
    size_t before = plain.size();
    plain.resize(before + (64 << 10));
    stream.next_out = reinterpret_cast<Bytef*>(plain.data() + before);
    stream.avail_out = 64 << 10;
    result = inflate(&stream, Z_NO_FLUSH);
    plain.resize(plain.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) return Status(Code::kCorruption, "compressed value does not inflate");
  return plain;
}

class SequenceFile {
 public:
  explicit SequenceFile(BlockingInputStream& stream) : stream_(stream) {}

  Status ReadHeader() {
    ASSIGN_OR_RETURN(std::string magic, Take(4));
    if (magic.substr(0, 3) != "SEQ" || magic[3] != 6) return Status(Code::kUnsupported, "not a SequenceFile of version 6");
    ASSIGN_OR_RETURN(key_type_, TakeText());
    ASSIGN_OR_RETURN(value_type_, TakeText());
    ASSIGN_OR_RETURN(std::string flags, Take(2));
    compressed_ = flags[0] != 0;
    if (flags[1] != 0) return Status(Code::kUnsupported, "-text does not read block-compressed SequenceFiles");
    if (compressed_) {
      ASSIGN_OR_RETURN(std::string codec, TakeText());
      if (codec != "org.apache.hadoop.io.compress.DefaultCodec") {
        return Status(Code::kUnsupported, "-text does not know the codec " + codec);
      }
    }
    ASSIGN_OR_RETURN(int32_t pairs, TakeInt());
    for (int32_t i = 0; i < 2 * pairs; ++i) RETURN_IF_ERROR(TakeText());
    return Take(kSyncBytes).status();
  }

  // False at the end.
  Result<bool> Next(std::string& line) {
    if (stream_.position() >= stream_.length()) return false;
    ASSIGN_OR_RETURN(int32_t length, TakeInt());
    if (length == -1) {
      RETURN_IF_ERROR(Take(kSyncBytes));
      if (stream_.position() >= stream_.length()) return false;
      ASSIGN_OR_RETURN(length, TakeInt());
    }
    ASSIGN_OR_RETURN(int32_t key_length, TakeInt());
    if (length < 0 || length > kRecordBytesMax || key_length < 0 || key_length > length) {
      return Status(Code::kCorruption, "record with impossible lengths");
    }
    ASSIGN_OR_RETURN(std::string record, Take(static_cast<size_t>(length)));
    std::string_view bytes = record;
    ASSIGN_OR_RETURN(line, Show(key_type_, bytes.substr(0, static_cast<size_t>(key_length))));
    std::string_view raw = bytes.substr(static_cast<size_t>(key_length));
    std::string plain;
    if (compressed_) {
      ASSIGN_OR_RETURN(plain, Inflate(raw));
      raw = plain;
    }
    ASSIGN_OR_RETURN(std::string value, Show(value_type_, raw));
    line += "\t" + value + "\n";
    return true;
  }

 private:
  Result<std::string> Take(size_t count) {
    std::string bytes(count, '\0');
    size_t done = 0;
    while (done < count) {
      MutableByteView rest(reinterpret_cast<uint8_t*>(bytes.data()) + done, count - done);
      ASSIGN_OR_RETURN(size_t got, stream_.Read(rest));
      if (got == 0) return Status(Code::kEndOfFile, "the SequenceFile ends in a record");
      done += got;
    }
    return bytes;
  }
  Result<int32_t> TakeInt() {
    ASSIGN_OR_RETURN(std::string bytes, Take(4));
    return LoadBigEndian<int32_t>(reinterpret_cast<const uint8_t*>(bytes.data()));
  }
  Result<std::string> TakeText() {
    ASSIGN_OR_RETURN(std::string encoded, Take(1));
    size_t size = VLongSizeFromFirst(static_cast<uint8_t>(encoded[0]));
    if (size > 1) {
      ASSIGN_OR_RETURN(std::string rest, Take(size - 1));
      encoded += rest;
    }
    int64_t length = DecodeVLong(reinterpret_cast<const uint8_t*>(encoded.data()));
    if (length < 0 || length > (1 << 20)) return Status(Code::kCorruption, "name with impossible length");
    return Take(static_cast<size_t>(length));
  }

  BlockingInputStream& stream_;
  std::string key_type_;
  std::string value_type_;
  bool compressed_ = false;
};

}  // namespace

Status PrintSequenceFile(BlockingInputStream& stream, const std::function<Status(std::string_view)>& print) {
  SequenceFile file(stream);
  RETURN_IF_ERROR(file.ReadHeader());
  std::string line;
  for (;;) {
    ASSIGN_OR_RETURN(bool more, file.Next(line));
    if (!more) return Status::Ok();
    RETURN_IF_ERROR(print(line));
  }
}

}  // namespace tusk::dfs
