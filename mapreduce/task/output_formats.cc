// TextOutputFormat, SequenceFileOutputFormat, NullOutputFormat; SequenceFileInputFormat beside its counterpart.
#include "mapreduce/api/formats.h"
#include "mapreduce/task/sequence_split.h"

namespace tusk::mapreduce {

Status OutputFormat::Check(const Configuration& conf, FileSystems& files) {
  std::string path = conf.Get("mapreduce.output.fileoutputformat.outputdir", "");
  if (path.empty()) return Status(Code::kInvalidArgument, "Output directory not set.");
  ASSIGN_OR_RETURN(Location location, files.Resolve(path));
  ASSIGN_OR_RETURN(bool exists, location.fs->Exists(location.path));
  if (exists) return Status(Code::kFileAlreadyExists, "Output directory " + location.ToString() + " already exists");
  return Status::Ok();
}

namespace {

// mapreduce.output.fileoutputformat.compress and .codec.
Result<Codec> OutputCodec(const Configuration& conf) {
  ASSIGN_OR_RETURN(bool compress, conf.GetBool("mapreduce.output.fileoutputformat.compress", false));
  if (!compress) return Codec::kNone;
  return CodecOfClass(conf.Get("mapreduce.output.fileoutputformat.compress.codec", ClassOfCodec(Codec::kDeflate)));
}

class OutputFileSink : public ByteSink {
 public:
  explicit OutputFileSink(OutputFile& file) : file_(file) {}
  Status Write(ByteView bytes) override {
    written_ += bytes.size();
    return file_.Write(bytes);
  }
  uint64_t written() const { return written_; }

 private:
  OutputFile& file_;
  uint64_t written_ = 0;
};

class TextWriter : public RecordWriter {
 public:
  TextWriter(std::unique_ptr<OutputFile> file, Codec codec, OutputTypes types, std::string separator)
      : RecordWriter(Form::kText),
        file_(std::move(file)),
        raw_(*file_),
        packed_(codec == Codec::kNone ? nullptr : MakeCompressSink(codec, raw_)),
        separator_(types.key->is_null || types.value->is_null ? "" : std::move(separator)) {
    buffer_.reserve(kBufferBytes);
  }
  Status Take(ByteView key, ByteView value) override {
    if (buffer_.size() + key.size() + value.size() + separator_.size() + 1 > kBufferBytes) RETURN_IF_ERROR(Flush());
    buffer_.append(AsText(key)).append(separator_).append(AsText(value)).push_back('\n');
    return Status::Ok();
  }
  Status Close() override {
    RETURN_IF_ERROR(Flush());
    if (packed_) RETURN_IF_ERROR(packed_->Finish());
    return file_->Close();
  }
  uint64_t bytes_written() const override { return raw_.written(); }

 private:
  static constexpr size_t kBufferBytes = 256 << 10;
  Status Flush() {
    Status status = packed_ ? packed_->Write(AsBytes(buffer_)) : raw_.Write(AsBytes(buffer_));
    buffer_.clear();
    return status;
  }

  std::unique_ptr<OutputFile> file_;
  OutputFileSink raw_;
  std::unique_ptr<CompressSink> packed_;
  std::string separator_;
  std::string buffer_;
};

class TextOutput : public OutputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat"; }
  Result<std::unique_ptr<RecordWriter>> Open(const Location& path, OutputTypes types, const Configuration& conf) override {
    ASSIGN_OR_RETURN(Codec codec, OutputCodec(conf));
    ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, path.fs->Create(path.path + std::string(SuffixOfCodec(codec)), {.overwrite = false}));
    std::string separator = conf.Get("mapreduce.output.textoutputformat.separator", "\t");
    return Result<std::unique_ptr<RecordWriter>>(std::make_unique<TextWriter>(std::move(file), codec, types, std::move(separator)));
  }
};

class SequenceRecordWriter : public RecordWriter {
 public:
  explicit SequenceRecordWriter(std::unique_ptr<SequenceWriter> writer) : RecordWriter(Form::kFramed), writer_(std::move(writer)) {}
  Status Take(ByteView key, ByteView value) override { return writer_->Append(key, value); }
  Status Close() override { return writer_->Close(); }
  uint64_t bytes_written() const override { return writer_->bytes_written(); }

 private:
  std::unique_ptr<SequenceWriter> writer_;
};

// 16 bytes that differ for every attempt's file: two FNV-1a hashes of its path, which holds the attempt's id.
std::string SyncMarkOf(const std::string& path) {
  std::string mark(16, '\0');
  for (int half = 0; half < 2; ++half) {
    uint64_t hash = 0xcbf29ce484222325u + static_cast<uint64_t>(half) * 0x9e3779b97f4a7c15u;
    for (char c : path) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    hash ^= hash >> 32;
    StoreBigEndian<uint64_t>(reinterpret_cast<uint8_t*>(mark.data()) + 8 * half, hash * 0x9e3779b97f4a7c15u);
  }
  return mark;
}

class SequenceOutput : public OutputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.output.SequenceFileOutputFormat"; }
  Result<std::unique_ptr<RecordWriter>> Open(const Location& path, OutputTypes types, const Configuration& conf) override {
    SequenceHeader header;
    header.key_class = types.key->java_class;
    header.value_class = types.value->java_class;
    ASSIGN_OR_RETURN(header.codec, OutputCodec(conf));
    if (header.codec != Codec::kNone) {
      std::string type = conf.Get("mapreduce.output.fileoutputformat.compress.type", "RECORD");
      header.compression = type == "BLOCK"  ? SequenceCompression::kBlock
                           : type == "NONE" ? SequenceCompression::kNone
                                            : SequenceCompression::kRecord;
    }
    header.sync = SyncMarkOf(path.path);
    ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, path.fs->Create(path.path, {.overwrite = false}));
    ASSIGN_OR_RETURN(std::unique_ptr<SequenceWriter> writer, SequenceWriter::Create(std::move(file), std::move(header)));
    return Result<std::unique_ptr<RecordWriter>>(std::make_unique<SequenceRecordWriter>(std::move(writer)));
  }
};

class NullWriter : public RecordWriter {
 public:
  NullWriter() : RecordWriter(Form::kFramed) {}
  Status Take(ByteView, ByteView) override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }
};

class NullOutput : public OutputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.output.NullOutputFormat"; }
  Status Check(const Configuration&, FileSystems&) override { return Status::Ok(); }
  Result<std::unique_ptr<RecordWriter>> Open(const Location&, OutputTypes, const Configuration&) override {
    return Result<std::unique_ptr<RecordWriter>>(std::make_unique<NullWriter>());
  }
  bool writes_files() const override { return false; }
};

class SequenceRecordReader : public RecordReader {
 public:
  explicit SequenceRecordReader(std::unique_ptr<SequenceSplit> records) : records_(std::move(records)) {}
  Result<bool> Next(RecordView& record) override {
    ByteView key, value;
    ASSIGN_OR_RETURN(bool more, records_->Next(key, value));
    if (!more) return false;
    record.key = key.subspan(FrameSizeOfClass(records_->header().key_class, key));
    record.value = value.subspan(FrameSizeOfClass(records_->header().value_class, value));
    return true;
  }
  double progress() const override { return records_->progress(); }
  uint64_t bytes_read() const override { return records_->bytes_read(); }

 private:
  std::unique_ptr<SequenceSplit> records_;
};

class SequenceInput : public InputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.input.SequenceFileInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override {
    return SplitInputFiles(conf, files, true);
  }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(auto records, SequenceSplit::Open(split, task));
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<SequenceRecordReader>(std::move(records)));
  }
};

}  // namespace

std::unique_ptr<InputFormat> SequenceFileInputFormat() { return std::make_unique<SequenceInput>(); }
std::unique_ptr<OutputFormat> TextOutputFormat() { return std::make_unique<TextOutput>(); }
std::unique_ptr<OutputFormat> SequenceFileOutputFormat() { return std::make_unique<SequenceOutput>(); }
std::unique_ptr<OutputFormat> NullOutputFormat() { return std::make_unique<NullOutput>(); }

}  // namespace tusk::mapreduce
