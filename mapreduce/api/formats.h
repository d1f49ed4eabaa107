// Input and output formats: how a job's files become records and back. Hadoop's own are built in (formats by name
// below); a job may bring others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapreduce/api/context.h"

namespace tusk::mapreduce {

// What one map task reads: a range of a file, or (path empty) whatever its format makes of the two numbers. Kept in
// job.split as Hadoop's FileSplit.
struct InputSplit {
  std::string path;  // complete URI
  uint64_t start = 0;
  uint64_t length = 0;
  std::vector<std::string> hosts;
};

// Key and value as bodies (writable.h), valid until the next Next.
struct RecordView {
  ByteView key;
  ByteView value;
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end of the split.
  virtual Result<bool> Next(RecordView& record) = 0;
  // 0 to 1.
  virtual double progress() const = 0;
  virtual uint64_t bytes_read() const { return 0; }
};

class InputFormat {
 public:
  virtual ~InputFormat() = default;
  virtual std::string_view java_class() const = 0;
  virtual Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems& files) = 0;
  virtual Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext& task) = 0;
};

// The types of a job's output, for formats that write them down.
struct OutputTypes {
  const TypeInfo* key = nullptr;
  const TypeInfo* value = nullptr;
};

class RecordWriter : public RecordSink {
 public:
  using RecordSink::RecordSink;
  virtual Status Close() = 0;
  virtual uint64_t bytes_written() const { return 0; }
};

class OutputFormat {
 public:
  virtual ~OutputFormat() = default;
  virtual std::string_view java_class() const = 0;
  // Before the job starts: kFileAlreadyExists where the output is there, and the like.
  virtual Status Check(const Configuration& conf, FileSystems& files);
  // A writer of the file `path`, which is in the attempt's own folder ("part-r-00000").
  virtual Result<std::unique_ptr<RecordWriter>> Open(const Location& path, OutputTypes types, const Configuration& conf) = 0;
  // False: no files at all (NullOutputFormat).
  virtual bool writes_files() const { return true; }
  // Once, on the machine that submits or runs the job, after all tasks' output was committed.
  virtual Status JobCommitted(const Configuration&, FileSystems&) { return Status::Ok(); }
};

// Lines: key LongWritable (offset), value Text. mapreduce.input.fileinputformat.{inputdir,split.minsize,
// split.maxsize}, textinputformat.record.delimiter, mapreduce.input.linerecordreader.line.maxlength.
std::unique_ptr<InputFormat> TextInputFormat();
// Lines cut at the first tab: Text, Text. mapreduce.input.keyvaluelinerecordreader.key.value.separator.
std::unique_ptr<InputFormat> KeyValueTextInputFormat();
// N lines per map. mapreduce.input.lineinputformat.linespermap.
std::unique_ptr<InputFormat> NLineInputFormat();
std::unique_ptr<InputFormat> SequenceFileInputFormat();

std::unique_ptr<OutputFormat> TextOutputFormat();
std::unique_ptr<OutputFormat> SequenceFileOutputFormat();
std::unique_ptr<OutputFormat> NullOutputFormat();

// mapreduce.input.fileinputformat.inputdir as files: globs expanded, hidden names (_x, .x) left out, folders listed
// one level deep (deeper with mapreduce.input.fileinputformat.input.dir.recursive).
struct InputFileStatus {
  Location location;
  FileStatus status;
};
Result<std::vector<InputFileStatus>> ListInputFiles(const Configuration& conf, FileSystems& files);
// Hadoop's FileInputFormat.getSplits over those files.
Result<std::vector<InputSplit>> SplitInputFiles(const Configuration& conf, FileSystems& files, bool splittable);

}  // namespace tusk::mapreduce
