// SequenceFileAsText and Lazy.
#include "mapreduce/streaming/stream_formats.h"

#include "mapreduce/task/sequence_split.h"

namespace tusk::mapreduce {

namespace {

class AsTextReader : public RecordReader {
 public:
  explicit AsTextReader(std::unique_ptr<SequenceSplit> records) : records_(std::move(records)) {}

  Result<bool> Next(RecordView& record) override {
    ByteView key, value;
    ASSIGN_OR_RETURN(bool more, records_->Next(key, value));
    if (!more) return false;
    RETURN_IF_ERROR(Print(records_->header().key_class, key, key_));
    RETURN_IF_ERROR(Print(records_->header().value_class, value, value_));
    record = {AsBytes(key_), AsBytes(value_)};
    return true;
  }
  double progress() const override { return records_->progress(); }
  uint64_t bytes_read() const override { return records_->bytes_read(); }

 private:
  static Status Print(const std::string& java_class, ByteView framed, std::string& out) {
    out.clear();
    ByteView body = framed.subspan(FrameSizeOfClass(java_class, framed));
    return PrintOfClass(java_class, body, out) ? Status::Ok()
                                               : Status(Code::kUnsupported, "WritableName can't load class: " + java_class);
  }

  std::unique_ptr<SequenceSplit> records_;
  std::string key_, value_;
};

class AsTextFormat : public InputFormat {
 public:
  AsTextFormat() : plain_(SequenceFileInputFormat()) {}
  std::string_view java_class() const override { return "org.apache.hadoop.mapred.SequenceFileAsTextInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) override { return plain_->Splits(conf, files); }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) override {
    ASSIGN_OR_RETURN(auto records, SequenceSplit::Open(split, task));
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<AsTextReader>(std::move(records)));
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
