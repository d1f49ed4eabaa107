// Tera rows and their formats.
#include "mapreduce/examples/tera_records.h"

#include "mapreduce/task/ifile.h"

namespace tusk::mapreduce {
namespace {

constexpr Uint128 Wide(uint64_t high, uint64_t low) { return static_cast<Uint128>(high) << 64 | low; }
constexpr Uint128 kMultiplier = Wide(0x2360ed051fc65da4, 0x4385df649fccf645);
constexpr Uint128 kIncrement = Wide(0x4a696d4772617952, 0x4950202020202001);

class TeraReader : public RecordReader {
 public:
  TeraReader(std::unique_ptr<InputFile> file, const InputSplit& split)
      : file_(std::move(file)), end_(split.start + split.length), buffer_(kTeraRecordBytes * 2560) {
    at_ = (split.start + kTeraRecordBytes - 1) / kTeraRecordBytes * kTeraRecordBytes;
    start_ = split.start;
  }
  Result<bool> Next(RecordView& record) override {
    if (at_ >= end_) return false;
    if (used_ == filled_) {
      RETURN_IF_ERROR(Fill());
      if (filled_ == 0) return false;
    }
    ByteView row = ByteView(buffer_).subspan(used_, kTeraRecordBytes);
    record = {row.first(kTeraKeyBytes), row.subspan(kTeraKeyBytes)};
    used_ += kTeraRecordBytes;
    at_ += kTeraRecordBytes;
    return true;
  }
  double progress() const override {
    return end_ <= start_ ? 1 : std::min(1.0, static_cast<double>(at_ - start_) / static_cast<double>(end_ - start_));
  }
  uint64_t bytes_read() const override { return bytes_read_; }

 private:
  // Whole records that begin before the split's end.
  Status Fill() {
    used_ = filled_ = 0;
    uint64_t records = (end_ - at_ + kTeraRecordBytes - 1) / kTeraRecordBytes;
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(records * kTeraRecordBytes, buffer_.size()));
    while (filled_ < wanted) {
      ASSIGN_OR_RETURN(size_t count, file_->ReadAt(at_ + filled_, MutableByteView(buffer_).subspan(filled_, wanted - filled_)));
      if (count == 0) break;
      filled_ += count;
    }
    bytes_read_ += filled_;
    if (filled_ % kTeraRecordBytes != 0) return Status(Code::kEndOfFile, "read past eof");
    return Status::Ok();
  }

  std::unique_ptr<InputFile> file_;
  uint64_t start_, at_, end_;
  std::vector<uint8_t> buffer_;
  size_t used_ = 0, filled_ = 0;
  uint64_t bytes_read_ = 0;
};

class TeraInput : public InputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.examples.terasort.TeraInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override {
    return SplitInputFiles(conf, files, true);
  }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(Location location, task.file_systems().Resolve(split.path));
    ASSIGN_OR_RETURN(std::unique_ptr<InputFile> file, location.fs->Open(location.path));
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<TeraReader>(std::move(file), split));
  }
};

class TeraWriter : public RecordWriter {
 public:
  explicit TeraWriter(std::unique_ptr<OutputFile> file) : RecordWriter(Form::kText), file_(std::move(file)) {}
  Status Take(ByteView key, ByteView value) override {
    written_ += key.size() + value.size();
    RETURN_IF_ERROR(file_->Write(key));
    return file_->Write(value);
  }
  Status Close() override { return file_->Close(); }
  uint64_t bytes_written() const override { return written_; }

 private:
  std::unique_ptr<OutputFile> file_;
  uint64_t written_ = 0;
};

class TeraOutput : public OutputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.examples.terasort.TeraOutputFormat"; }
  // An empty folder, or one with nothing but the partition file, may be written into.
  Status Check(const Configuration& conf, FileSystems& files) override {
    std::string path = conf.Get("mapreduce.output.fileoutputformat.outputdir", "");
    if (path.empty()) return Status(Code::kInvalidArgument, "Output directory not set in JobConf.");
    ASSIGN_OR_RETURN(Location location, files.Resolve(path));
    Result<std::vector<FileStatus>> entries = location.fs->List(location.path);
    if (!entries.ok()) return entries.code() == Code::kFileNotFound ? Status::Ok() : std::move(entries).status();
    for (const FileStatus& entry : *entries) {
      if (entry.path != location.path + "/_partition.lst") {
        return Status(Code::kFileAlreadyExists, "Output directory " + location.ToString() + " already exists");
      }
    }
    return Status::Ok();
  }
  Result<std::unique_ptr<RecordWriter>> Open(const Location& path, OutputTypes, const Configuration&) override {
    ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, path.fs->Create(path.path, {.overwrite = false}));
    return Result<std::unique_ptr<RecordWriter>>(std::make_unique<TeraWriter>(std::move(file)));
  }
};

}  // namespace

TeraRandom::TeraRandom(Uint128 steps) {
  // x after n steps is a^n x0 + c (a^n - 1)/(a - 1): square and multiply the map itself.
  Uint128 multiplier = kMultiplier, increment = kIncrement;
  while (steps != 0) {
    if (steps & 1) state_ = state_ * multiplier + increment;
    increment = multiplier * increment + increment;
    multiplier *= multiplier;
    steps >>= 1;
  }
}

Uint128 TeraRandom::Next() { return state_ = state_ * kMultiplier + kIncrement; }

void MakeTeraRow(Uint128 random, Uint128 number, uint8_t (&row)[kTeraRecordBytes]) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (int i = 0; i < 10; ++i) row[i] = static_cast<uint8_t>(random >> (120 - 8 * i));
  row[10] = 0x00;
  row[11] = 0x11;
  for (int i = 0; i < 32; ++i) row[12 + i] = static_cast<uint8_t>(kHex[static_cast<int>(number >> (124 - 4 * i)) & 15]);
  const uint8_t second_break[4] = {0x88, 0x99, 0xaa, 0xbb};
  std::memcpy(row + 44, second_break, 4);
  for (int i = 0; i < 12; ++i) std::memset(row + 48 + 4 * i, kHex[static_cast<int>(random >> (44 - 4 * i)) & 15], 4);
  const uint8_t end[4] = {0xcc, 0xdd, 0xee, 0xff};
  std::memcpy(row + 96, end, 4);
}

uint32_t TeraCrc(ByteView key, ByteView value) { return Crc32(Crc32(0, key), value); }

std::string ToHex(Uint128 value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[static_cast<int>(value & 15)]);
    value >>= 4;
  } while (value != 0);
  return digits;
}

bool FromHex(std::string_view text, Uint128& value) {
  value = 0;
  if (text.empty() || text.size() > 32) return false;
  for (char c : text) {
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return false;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return true;
}

std::unique_ptr<InputFormat> TeraInputFormat() { return std::make_unique<TeraInput>(); }
std::unique_ptr<OutputFormat> TeraOutputFormat() { return std::make_unique<TeraOutput>(); }

}  // namespace tusk::mapreduce
