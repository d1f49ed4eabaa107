// SequenceFileAsText and Lazy.
#include "mapreduce/streaming/stream_formats.h"

#include "mapreduce/task/sequence_file.h"

namespace tusk::mapreduce {

namespace {

class AsTextReader : public RecordReader {
 public:
  AsTextReader(std::unique_ptr<SequenceReader> reader, const InputSplit& split)
      : reader_(std::move(reader)), start_(split.start), end_(split.start + split.length) {}

  Result<bool> Next(RecordView& record) override {
    if (start_ >= end_) return false;
    uint64_t before = reader_->position();
    ByteView key, value;
    ASSIGN_OR_RETURN(bool more, reader_->Next(key, value));
    if (!more || (before >= end_ && reader_->sync_seen())) return false;
    RETURN_IF_ERROR(Print(reader_->header().key_class, key, key_));
    RETURN_IF_ERROR(Print(reader_->header().value_class, value, value_));
    record = {AsBytes(key_), AsBytes(value_)};
    return true;
  }
  double progress() const override {
    if (end_ <= start_ || reader_->position() <= start_) return 0;
    return std::min(1.0, static_cast<double>(reader_->position() - start_) / static_cast<double>(end_ - start_));
  }
  uint64_t bytes_read() const override { return reader_->bytes_read(); }

 private:
  static Status Print(const std::string& java_class, ByteView framed, std::string& out) {
    out.clear();
    ByteView body = framed.subspan(FrameSizeOfClass(java_class, framed));
    return PrintOfClass(java_class, body, out) ? Status::Ok()
                                               : Status(Code::kUnsupported, "WritableName can't load class: " + java_class);
  }

  std::unique_ptr<SequenceReader> reader_;
  uint64_t start_, end_;
  std::string key_, value_;
};

class AsTextFormat : public InputFormat {
 public:
  AsTextFormat() : plain_(SequenceFileInputFormat()) {}
  std::string_view java_class() const override { return "org.apache.hadoop.mapred.SequenceFileAsTextInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override { return plain_->Splits(conf, files); }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(Location location, task.file_systems().Resolve(split.path));
    ASSIGN_OR_RETURN(std::unique_ptr<InputFile> file, location.fs->Open(location.path));
    ASSIGN_OR_RETURN(std::unique_ptr<SequenceReader> reader, SequenceReader::Open(std::move(file)));
    if (split.start > reader->position()) RETURN_IF_ERROR(reader->Sync(split.start));
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<AsTextReader>(std::move(reader), split));
  }

 private:
  std::unique_ptr<InputFormat> plain_;
};

class LazyWriter : public RecordWriter {
 public:
  LazyWriter(OutputFormat& format, Form form, Location path, OutputTypes types, const Configuration& conf)
      : RecordWriter(form), format_(format), path_(std::move(path)), types_(types), conf_(conf) {}
  Status Take(ByteView key, ByteView value) override {
    if (!writer_) {
      ASSIGN_OR_RETURN(writer_, format_.Open(path_, types_, conf_));
    }
    return writer_->Take(key, value);
  }
  Status Close() override { return writer_ ? writer_->Close() : Status::Ok(); }
  uint64_t bytes_written() const override { return writer_ ? writer_->bytes_written() : 0; }

 private:
  OutputFormat& format_;
  Location path_;
  OutputTypes types_;
  const Configuration& conf_;
  std::unique_ptr<RecordWriter> writer_;
};

class LazyFormat : public OutputFormat {
 public:
  LazyFormat(std::unique_ptr<OutputFormat> format, RecordSink::Form form) : format_(std::move(format)), form_(form) {}
  std::string_view java_class() const override { return "org.apache.hadoop.mapred.lib.LazyOutputFormat"; }
  Status Check(const Configuration& conf, FileSystems& files) override { return format_->Check(conf, files); }
  Result<std::unique_ptr<RecordWriter>> Open(const Location& path, OutputTypes types, const Configuration& conf) override {
    return Result<std::unique_ptr<RecordWriter>>(std::make_unique<LazyWriter>(*format_, form_, path, types, conf));
  }
  bool writes_files() const override { return format_->writes_files(); }
  Status JobCommitted(const Configuration& conf, FileSystems& files) override { return format_->JobCommitted(conf, files); }

 private:
  std::unique_ptr<OutputFormat> format_;
  RecordSink::Form form_;
};

}  // namespace

std::unique_ptr<InputFormat> SequenceFileAsTextInputFormat() { return std::make_unique<AsTextFormat>(); }
std::unique_ptr<OutputFormat> LazyOutputFormat(std::unique_ptr<OutputFormat> format, RecordSink::Form form) {
  return std::make_unique<LazyFormat>(std::move(format), form);
}

}  // namespace tusk::mapreduce
