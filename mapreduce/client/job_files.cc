// job.split, job.splitmetainfo, argument lists. Wire: shared facts, mapreduce §2.
#include "mapreduce/client/job_files.h"

#include "base/core/writable.h"
#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

namespace {
constexpr char kSplitClass[] = "org.apache.hadoop.mapreduce.lib.input.FileSplit";
constexpr std::string_view kSplitMagic("SPL\0\0\0\1", 7);
constexpr std::string_view kMetaMagic("META-SPL\1", 9);
constexpr int64_t kSplitsMax = 1'000'000;
constexpr int64_t kTextMax = 1 << 20;

// A reader over our own vints; `at` is null after the first error.
struct Cursor {
  const uint8_t* at;
  const uint8_t* end;

  int64_t Number() {
    int64_t value = 0;
    if (at != nullptr) at = ReadVLong(at, end, &value);
    return value;
  }
  std::string String() {
    int64_t size = Number();
    if (at == nullptr || size < 0 || size > kTextMax || size > end - at) {
      at = nullptr;
      return "";
    }
    std::string text(reinterpret_cast<const char*>(at), static_cast<size_t>(size));
    at += size;
    return text;
  }
  uint64_t Long() {
    if (at == nullptr || end - at < 8) {
      at = nullptr;
      return 0;
    }
    at += 8;
    return LoadBigEndian<uint64_t>(at - 8);
  }
};
}  // namespace

SplitFiles EncodeSplits(const std::vector<InputSplit>& splits) {
  SplitFiles files{std::string(kSplitMagic), std::string(kMetaMagic)};
  AppendVLong(files.meta, static_cast<int64_t>(splits.size()));
  for (const InputSplit& split : splits) {
    AppendVLong(files.meta, static_cast<int64_t>(split.hosts.size()));
    for (const std::string& host : split.hosts) Text::Write(host, files.meta);
    AppendVLong(files.meta, static_cast<int64_t>(files.split.size()));
    AppendVLong(files.meta, static_cast<int64_t>(split.length));
    Text::Write(kSplitClass, files.split);
    Text::Write(split.path, files.split);
    LongWritable::Write(static_cast<int64_t>(split.start), files.split);
    LongWritable::Write(static_cast<int64_t>(split.length), files.split);
  }
  return files;
}

Result<std::vector<InputSplit>> DecodeSplits(ByteView split, ByteView meta) {
  Status damaged(Code::kCorruption, "job.split or job.splitmetainfo is damaged");
  if (!AsText(split).starts_with(kSplitMagic) || !AsText(meta).starts_with(kMetaMagic)) return damaged;
  Cursor metas{meta.data() + kMetaMagic.size(), meta.data() + meta.size()};
  int64_t count = metas.Number();
  if (metas.at == nullptr || count < 0 || count > kSplitsMax) return damaged;
  std::vector<InputSplit> splits;
  for (int64_t i = 0; i < count; ++i) {
    InputSplit one;
    int64_t hosts = metas.Number();
    for (int64_t n = 0; n < hosts && metas.at != nullptr; ++n) one.hosts.push_back(metas.String());
    int64_t offset = metas.Number();
    metas.Number();
    if (metas.at == nullptr || offset < 0 || static_cast<size_t>(offset) > split.size()) return damaged;
    Cursor file{split.data() + offset, split.data() + split.size()};
    std::string java_class = file.String();
    one.path = file.String();
    one.start = file.Long();
    one.length = file.Long();
    if (file.at == nullptr || java_class != kSplitClass) return damaged;
    splits.push_back(std::move(one));
  }
  return splits;
}

std::string EncodeArguments(const std::vector<std::string>& arguments) {
  // Percent signs, commas and what XML cannot hold are escaped; each argument ends with a comma.
  std::string text;
  for (const std::string& argument : arguments) {
    for (char c : argument) {
      uint8_t byte = static_cast<uint8_t>(c);
      if (byte < 0x20 || byte == 0x7f || c == '%' || c == ',' || c == '$') {
        constexpr char kHex[] = "0123456789abcdef";
        text += {'%', kHex[byte >> 4], kHex[byte & 15]};
      } else {
        text.push_back(c);
      }
    }
    text.push_back(',');
  }
  return text;
}

Result<std::vector<std::string>> DecodeArguments(std::string_view text) {
  std::vector<std::string> arguments;
  std::string argument;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      arguments.push_back(std::move(argument));
      argument.clear();
    } else if (text[i] == '%') {
      int high = i + 2 < text.size() ? digit(text[i + 1]) : -1, low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Status(Code::kInvalidArgument, "a damaged list of arguments");
      argument.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      argument.push_back(text[i]);
    }
  }
  if (!argument.empty()) return Status(Code::kInvalidArgument, "a damaged list of arguments");
  return arguments;
}

std::string ApplicationIdOfJob(const std::string& job_id) {
  return job_id.starts_with("job_") ? "application_" + job_id.substr(4) : job_id;
}

}  // namespace tusk::mapreduce
