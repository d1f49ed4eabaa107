// TextInputFormat, KeyValueTextInputFormat and NLineInputFormat: Hadoop's record readers over LineReader.
//
// A split owns the lines that begin at start+1 .. end (of the file's first split: 0 .. end): each split but the first
// drops what comes before its first line end, and each reads on until a line would begin behind its end.
#include "mapreduce/api/formats.h"
#include "mapreduce/task/codec.h"
#include "mapreduce/task/line_reader.h"

namespace tusk::mapreduce {
namespace {

class LineRecordReader : public RecordReader {
 public:
  static Result<std::unique_ptr<LineRecordReader>> Open(const InputSplit& split, TaskContext& task) {
    ASSIGN_OR_RETURN(Location location, task.file_systems().Resolve(split.path));
    auto reader = std::make_unique<LineRecordReader>();
    ASSIGN_OR_RETURN(reader->file_, location.fs->Open(location.path));
    ASSIGN_OR_RETURN(Codec codec, CodecOfFileName(location.path));
    reader->start_ = codec == Codec::kNone ? split.start : 0;
    reader->end_ = split.start + split.length;
    reader->compressed_ = codec != Codec::kNone;
    reader->raw_ = std::make_unique<InputFileSource>(*reader->file_, reader->start_, reader->end_);
    if (reader->compressed_) reader->plain_ = MakeDecompressSource(codec, *reader->raw_);
    ByteSource& source = reader->compressed_ ? *reader->plain_ : static_cast<ByteSource&>(*reader->raw_);
    std::string delimiter = task.configuration().Get("textinputformat.record.delimiter", "");
    reader->delimiter_size_ = delimiter.empty() ? 1 : delimiter.size();
    reader->lines_ = std::make_unique<LineReader>(source, reader->start_, delimiter);
    ASSIGN_OR_RETURN(int64_t line_max, task.configuration().GetInt("mapreduce.input.linerecordreader.line.maxlength", INT32_MAX));
    reader->lines_->set_line_bytes_max(static_cast<size_t>(std::max<int64_t>(line_max, 0)));
    if (reader->start_ > 0) {
      ByteView dropped;
      bool too_long = false;
      RETURN_IF_ERROR(reader->lines_->Next(dropped, too_long));
    }
    return reader;
  }

  // The next line, with its offset.
  Result<bool> NextLine(uint64_t& offset, ByteView& line) {
    for (;;) {
      uint64_t position = lines_->position();
      if (!compressed_ && !OwnsLineAt(position)) return false;
      bool too_long = false;
      ASSIGN_OR_RETURN(bool more, lines_->Next(line, too_long));
      if (!more) return false;
      if (too_long) continue;
      offset = position;
      if (position == 0 && line.size() >= 3 && line[0] == 0xef && line[1] == 0xbb && line[2] == 0xbf) line = line.subspan(3);
      return true;
    }
  }

  Result<bool> Next(RecordView& record) override {
    uint64_t offset = 0;
    ASSIGN_OR_RETURN(bool more, NextLine(offset, record.value));
    if (!more) return false;
    StoreBigEndian<uint64_t>(key_, offset);
    record.key = key_;
    return true;
  }
  double progress() const override {
    if (end_ <= start_) return 1;
    uint64_t read = compressed_ ? raw_->bytes_read() : lines_->position() - start_;
    return std::min(1.0, static_cast<double>(read) / static_cast<double>(end_ - start_));
  }
  uint64_t bytes_read() const override { return raw_->bytes_read(); }

 private:
  // With one-byte ends: position <= end. With longer delimiters the one before the line must begin inside.
  bool OwnsLineAt(uint64_t position) const {
    if (delimiter_size_ == 1 || position == start_) return position <= end_;
    return lines_->last_end() < end_;
  }

  std::unique_ptr<InputFile> file_;
  std::unique_ptr<InputFileSource> raw_;
  std::unique_ptr<ByteSource> plain_;
  std::unique_ptr<LineReader> lines_;
  uint64_t start_ = 0, end_ = 0;
  size_t delimiter_size_ = 1;
  bool compressed_ = false;
  uint8_t key_[8];
};

class KeyValueReader : public RecordReader {
 public:
  KeyValueReader(std::unique_ptr<LineRecordReader> lines, char separator) : lines_(std::move(lines)), separator_(separator) {}
  Result<bool> Next(RecordView& record) override {
    uint64_t offset = 0;
    ByteView line;
    ASSIGN_OR_RETURN(bool more, lines_->NextLine(offset, line));
    if (!more) return false;
    size_t cut = AsText(line).find(separator_);
    record.key = cut == std::string_view::npos ? line : line.first(cut);
    record.value = cut == std::string_view::npos ? ByteView() : line.subspan(cut + 1);
    return true;
  }
  double progress() const override { return lines_->progress(); }
  uint64_t bytes_read() const override { return lines_->bytes_read(); }

 private:
  std::unique_ptr<LineRecordReader> lines_;
  char separator_;
};

// Custom delimiters and uncompressed files split; gzip files do not. SplitInputFiles looks at the names.
class TextFormat : public InputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.input.TextInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override {
    return SplitInputFiles(conf, files, true);
  }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(std::unique_ptr<LineRecordReader> reader, LineRecordReader::Open(split, task));
    return Result<std::unique_ptr<RecordReader>>(std::move(reader));
  }
};

class KeyValueFormat : public TextFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.input.KeyValueTextInputFormat"; }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(std::unique_ptr<LineRecordReader> lines, LineRecordReader::Open(split, task));
    std::string separator = task.configuration().Get("mapreduce.input.keyvaluelinerecordreader.key.value.separator", "\t");
    return Result<std::unique_ptr<RecordReader>>(
        std::make_unique<KeyValueReader>(std::move(lines), separator.empty() ? '\t' : separator[0]));
  }
};

class NLineFormat : public TextFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.input.NLineInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override {
    ASSIGN_OR_RETURN(int64_t per_map, conf.GetInt("mapreduce.input.lineinputformat.linespermap", 1));
    if (per_map < 1) return Status(Code::kInvalidArgument, "mapreduce.input.lineinputformat.linespermap must be positive");
    ASSIGN_OR_RETURN(std::vector<InputFileStatus> inputs, ListInputFiles(conf, files));
    std::vector<InputSplit> splits;
    for (const InputFileStatus& input : inputs) {
      ASSIGN_OR_RETURN(std::unique_ptr<InputFile> file, input.location.fs->Open(input.location.path));
      InputFileSource source(*file, 0, file->length());
      LineReader lines(source, 0, "");
      uint64_t start = 0;
      int64_t count = 0;
      ByteView line;
      bool too_long = false;
      auto add = [&](uint64_t end) {
        // As Hadoop: a later split begins one byte early, since its reader drops the first line end.
        uint64_t begin = start == 0 ? 0 : start - 1;
        uint64_t length = start == 0 ? end - 1 : end - start;
        splits.push_back({input.location.ToString(), begin, length, {}});
        start = end;
        count = 0;
      };
      for (;;) {
        ASSIGN_OR_RETURN(bool more, lines.Next(line, too_long));
        if (!more) break;
        if (++count == per_map) add(lines.position());
      }
      if (count > 0) add(lines.position());
    }
    return splits;
  }
};

}  // namespace

std::unique_ptr<InputFormat> TextInputFormat() { return std::make_unique<TextFormat>(); }
std::unique_ptr<InputFormat> KeyValueTextInputFormat() { return std::make_unique<KeyValueFormat>(); }
std::unique_ptr<InputFormat> NLineInputFormat() { return std::make_unique<NLineFormat>(); }

}  // namespace tusk::mapreduce
