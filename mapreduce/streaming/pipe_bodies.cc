// Records to lines and back.
#include "mapreduce/streaming/pipe_bodies.h"

#include <charconv>
#include <cstdio>

#include "base/cli/cli_context.h"
#include "base/log/log.h"
#include "mapreduce/client/form_encoding.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/streaming/pipe_process.h"
#include "mapreduce/streaming/stream_command.h"
#include "mapreduce/task/task_runner.h"

namespace tusk::mapreduce {

namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// The child of one task, and what its lines mean.
class StreamChild {
 public:
  // `kind`: "map" or "reduce", as in the names of keys.
  StreamChild(TaskContext& task, RecordSink& sink, const std::string& kind) : task_(task), context_(task, sink) {
    const Configuration& conf = task.configuration();
    input_separator_ = conf.Get("stream." + kind + ".input.field.separator", "\t");
    output_separator_ = conf.Get("stream." + kind + ".output.field.separator", "\t");
    reporter_ = conf.Get("stream.stderr.reporter.prefix", "reporter:");
    is_map_ = kind == "map";
  }

  Status Start(const char* command_key) {
    const Configuration& conf = task_.configuration();
    std::string kind = is_map_ ? "map" : "reduce";
    ASSIGN_OR_RETURN(key_fields_, conf.GetInt("stream.num." + kind + ".output.key.fields", 1));
    ASSIGN_OR_RETURN(failure_counts_, conf.GetBool("stream.non.zero.exit.is.failure", true));
    std::string folder = conf.Get(kTaskFolderKey, "");
    PipeRequest request;
    request.directory = folder;
    if (folder.empty()) folder = ProcessWorkingDirectory();
    request.argv = SplitCommand(FormDecode(conf.GetRaw(command_key).value_or("")));
    if (!request.argv.empty()) request.argv[0] = FindProgram(request.argv[0], folder);
    request.environment = ChildEnvironment(task_, folder, is_map_);
    PipeProcess::Readers readers;
    readers.output = [this](std::string_view line) { return TakeOutput(line); };
    readers.error = [this](std::string_view line) { return TakeError(line); };
    readers.check = [this] { return CheckWanted(); };
    Result<std::unique_ptr<PipeProcess>> started = PipeProcess::Start(request, std::move(readers));
    if (!started.ok()) {
      return Status(Code::kIOError, "java.lang.RuntimeException: configuration exception: java.io.IOException: " + std::string(started.status().message()));
    }
    child_ = std::move(started).value();
    return Status::Ok();
  }

  // `key` with the separator before the value, where there is a key.
  Status Write(const std::string* key, std::string_view value) {
    line_.clear();
    if (key != nullptr) line_.append(*key).append(input_separator_);
    line_.append(value).push_back('\n');
    Status written = child_->Write(line_);
    if (written.ok() || child_->input_is_open()) return written;
    // It does not read any more: its exit code says more than the pipe.
    Status ended = Finish();
    return ended.ok() ? Status(Code::kIOError, "java.io.IOException: " + std::string(written.message())) : ended;
  }

  Status Finish() {
    ASSIGN_OR_RETURN(int code, child_->Finish());
    if (code == 0) return Status::Ok();
    if (failure_counts_) {
      return Status(Code::kIOError, "java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code " + std::to_string(code));
    }
    std::fprintf(stderr, "PipeMapRed.waitOutputThreads(): subprocess exited with code %d in org.apache.hadoop.streaming.PipeMapRed\n", code);
    return Status::Ok();
  }

  // Nothing came in, so nothing goes out, whatever the program prints.
  void DropOutput() { drops_output_ = true; }

 private:
  Status CheckWanted() {
    auto* attempt = dynamic_cast<TaskAttempt*>(&task_);
    return attempt != nullptr && attempt->killed() ? Status(Code::kCancelled, "the attempt was killed") : Status::Ok();
  }

  // What the program prints shows that it lives; that it is there does not.
  Status TakeOutput(std::string_view line) {
    task_.Progress();
    if (drops_output_) return Status::Ok();
    size_t at = output_separator_.empty() ? std::string_view::npos : line.find(output_separator_);
    for (int64_t i = 1; i < key_fields_ && at != std::string_view::npos; ++i) at = line.find(output_separator_, at + output_separator_.size());
    if (at == std::string_view::npos) {
      context_.Emit(line, "");
    } else {
      context_.Emit(line.substr(0, at), line.substr(at + output_separator_.size()));
    }
    return task_.failed() ? task_.failure() : Status::Ok();
  }

  Status TakeError(std::string_view line) {
    task_.Progress();
    if (!line.starts_with(reporter_)) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
      return Status::Ok();
    }
    std::string_view report = line.substr(reporter_.size());
    if (report.starts_with("counter:")) {
      Count(Trimmed(report.substr(8)), line);
    } else if (report.starts_with("status:")) {
      task_.SetStatus(Trimmed(report.substr(7)));
    } else {
      LogWarn("streaming", "Cannot parse reporter line: {}", line);
    }
    return Status::Ok();
  }

  // "group,name,amount"
  void Count(std::string_view text, std::string_view line) {
    size_t first = text.find(','), second = first == std::string_view::npos ? first : text.find(',', first + 1);
    if (second == std::string_view::npos || text.find(',', second + 1) != std::string_view::npos) {
      LogWarn("streaming", "Cannot parse counter line: {}", line);
      return;
    }
    std::string_view digits = text.substr(second + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int64_t amount = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      LogWarn("streaming", "Cannot parse counter increment '{}' from line: {}", digits, line);
      return;
    }
    task_.GetCounter(text.substr(0, first), text.substr(first + 1, second - first - 1)).Increment(amount);
  }

  TaskContext& task_;
  Context<Text, Text> context_;
  std::unique_ptr<PipeProcess> child_;
  std::string input_separator_, output_separator_, reporter_, line_;
  int64_t key_fields_ = 1;
  bool is_map_ = true;
  bool failure_counts_ = true;
  bool drops_output_ = false;
};

void PrintOffset(ByteView body, std::string& out) {
  int64_t offset = 0;
  if (LongWritable::Read(body, offset)) LongWritable::Print(offset, out);
}

class PipeMapper : public MapBody {
 public:
  PipeMapper(bool key_is_offset, bool ignores_key) : key_is_offset_(key_is_offset), ignores_key_(ignores_key) {}
  Status Run(RecordReader& reader, RecordSink& sink, TaskContext& task, Counter& records) override {
    ASSIGN_OR_RETURN(bool ignores_key, task.configuration().GetBool("stream.map.input.ignoreKey", ignores_key_));
    StreamChild child(task, sink, "map");
    RETURN_IF_ERROR(child.Start(kMapCommandKey));
    RecordView record;
    std::string key;
    for (;;) {
      ASSIGN_OR_RETURN(bool more, reader.Next(record));
      if (!more) break;
      records.Increment();
      key.clear();
      if (key_is_offset_ && !ignores_key) {
        PrintOffset(record.key, key);
      } else {
        key.append(AsText(record.key));
      }
      RETURN_IF_ERROR(child.Write(ignores_key ? nullptr : &key, AsText(record.value)));
    }
    return child.Finish();
  }

 private:
  bool key_is_offset_, ignores_key_;
};

class IdentityMapper : public MapBody {
 public:
  explicit IdentityMapper(bool key_is_offset) : key_is_offset_(key_is_offset) {}
  Status Run(RecordReader& reader, RecordSink& sink, TaskContext& task, Counter& records) override {
    RecordView record;
    Context<LongWritable, Text> offsets(task, sink);
    Context<Text, Text> texts(task, sink);
    while (!task.failed()) {
      ASSIGN_OR_RETURN(bool more, reader.Next(record));
      if (!more) return Status::Ok();
      records.Increment();
      int64_t offset = 0;
      if (key_is_offset_ && LongWritable::Read(record.key, offset)) {
        offsets.Emit(offset, AsText(record.value));
      } else {
        texts.Emit(AsText(record.key), AsText(record.value));
      }
    }
    return task.failure();
  }

 private:
  bool key_is_offset_;
};

// Values of a group in either form.
template <typename Take>
Status ForEachValue(ValueStream& values, Take take) {
  ByteView framed;
  while (values.Next(framed)) RETURN_IF_ERROR(take(framed));
  return Status::Ok();
}
template <typename Take>
Status ForEachValue(ValueRun values, Take take) {
  while (values.at != values.end) {
    int64_t size = 0;
    const uint8_t* start = ReadVLong(values.at, values.end, &size);
    RETURN_IF_ERROR(take(ByteView(start, static_cast<size_t>(size))));
    values.at = start + size;
  }
  return Status::Ok();
}

std::string_view TextBody(ByteView framed) { return AsText(framed.subspan(Text::FrameSize(framed))); }

class PipeReducer : public ReduceBody {
 public:
  explicit PipeReducer(const char* command_key) : command_key_(command_key) {}
  Status Start(RecordSink& sink, TaskContext& task) override {
    // A combiner reads and writes as the mapper does not: Hadoop gives it the reducer's separators.
    child_ = std::make_unique<StreamChild>(task, sink, "reduce");
    return child_->Start(command_key_);
  }
  Status Reduce(ByteView key, ValueStream& values) override { return Send(key, values); }
  Status Reduce(ByteView key, ValueRun values) override { return Send(key, values); }
  Status Finish() override {
    if (!any_) child_->DropOutput();
    return child_->Finish();
  }

 private:
  template <typename Group>
  Status Send(ByteView key, Group&& values) {
    any_ = true;
    key_ = TextBody(key);
    return ForEachValue(values, [this](ByteView value) { return child_->Write(&key_, TextBody(value)); });
  }

  const char* command_key_;
  std::unique_ptr<StreamChild> child_;
  std::string key_;
  bool any_ = false;
};

class IdentityReducer : public ReduceBody {
 public:
  explicit IdentityReducer(bool key_is_offset) : key_is_offset_(key_is_offset) {}
  Status Start(RecordSink& sink, TaskContext& task) override {
    task_ = &task;
    texts_ = std::make_unique<Context<Text, Text>>(task, sink);
    offsets_ = std::make_unique<Context<LongWritable, Text>>(task, sink);
    return Status::Ok();
  }
  Status Reduce(ByteView key, ValueStream& values) override { return Pass(key, values); }
  Status Reduce(ByteView key, ValueRun values) override { return Pass(key, values); }
  Status Finish() override { return Status::Ok(); }

 private:
  template <typename Group>
  Status Pass(ByteView key, Group&& values) {
    int64_t offset = 0;
    if (key_is_offset_) LongWritable::Read(key, offset);
    RETURN_IF_ERROR(ForEachValue(values, [&](ByteView value) {
      if (key_is_offset_) {
        offsets_->Emit(offset, TextBody(value));
      } else {
        texts_->Emit(TextBody(key), TextBody(value));
      }
      return Status::Ok();
    }));
    return task_->failed() ? task_->failure() : Status::Ok();
  }

  bool key_is_offset_;
  TaskContext* task_ = nullptr;
  std::unique_ptr<Context<Text, Text>> texts_;
  std::unique_ptr<Context<LongWritable, Text>> offsets_;
};

// One value of an aggregator's group after the other.
class Aggregator {
 public:
  explicit Aggregator(std::string_view kind) : kind_(kind) {}
  bool known() const {
    for (std::string_view kind : {"LongValueSum", "LongValueMax", "LongValueMin", "DoubleValueSum", "StringValueMax", "StringValueMin", "UniqValueCount"}) {
      if (kind_ == kind) return true;
    }
    return false;
  }
  void Add(std::string_view text) {
    int64_t number = std::strtoll(std::string(text).c_str(), nullptr, 10);
    if (kind_ == "LongValueSum") long_ += number;
    if (kind_ == "LongValueMax") long_ = first_ ? number : std::max(long_, number);
    if (kind_ == "LongValueMin") long_ = first_ ? number : std::min(long_, number);
    if (kind_ == "DoubleValueSum") double_ += std::strtod(std::string(text).c_str(), nullptr);
    if (kind_ == "StringValueMax" && (first_ || text > text_)) text_ = text;
    if (kind_ == "StringValueMin" && (first_ || text < text_)) text_ = text;
    if (kind_ == "UniqValueCount") unique_.try_emplace(std::string(text), 0);
    first_ = false;
  }
  std::string Report() const {
    if (kind_ == "UniqValueCount") return std::to_string(unique_.size());
    if (kind_.starts_with("String")) return text_;
    if (kind_ != "DoubleValueSum") return std::to_string(long_);
    std::string text;
    internal::PrintDouble(double_, text);
    return text;
  }

 private:
  std::string_view kind_;
  bool first_ = true;
  int64_t long_ = 0;
  double double_ = 0;
  std::string text_;
  std::map<std::string, int> unique_;
};

class AggregateReducer : public ReduceBody {
 public:
  Status Start(RecordSink& sink, TaskContext& task) override {
    task_ = &task;
    context_ = std::make_unique<Context<Text, Text>>(task, sink);
    return Status::Ok();
  }
  Status Reduce(ByteView key, ValueStream& values) override { return Sum(key, values); }
  Status Reduce(ByteView key, ValueRun values) override { return Sum(key, values); }
  Status Finish() override { return Status::Ok(); }

 private:
  template <typename Group>
  Status Sum(ByteView framed, Group&& values) {
    std::string_view key = TextBody(framed);
    size_t colon = key.find(':');
    Aggregator aggregator(key.substr(0, colon));
    if (colon == std::string_view::npos || !aggregator.known()) {
      return Status(Code::kInvalidArgument, "aggregate: no aggregator for the key \"" + std::string(key.substr(0, 100)) + "\"");
    }
    RETURN_IF_ERROR(ForEachValue(values, [&](ByteView value) {
      aggregator.Add(TextBody(value));
      return Status::Ok();
    }));
    context_->Emit(key.substr(colon + 1), aggregator.Report());
    return task_->failed() ? task_->failure() : Status::Ok();
  }

  TaskContext* task_ = nullptr;
  std::unique_ptr<Context<Text, Text>> context_;
};

}  // namespace

std::unique_ptr<MapBody> MakePipeMapper(bool key_is_offset, bool ignores_key) {
  return std::make_unique<PipeMapper>(key_is_offset, ignores_key);
}
std::unique_ptr<MapBody> MakeIdentityMapper(bool key_is_offset) { return std::make_unique<IdentityMapper>(key_is_offset); }
std::unique_ptr<ReduceBody> MakePipeReducer(const char* command_key) { return std::make_unique<PipeReducer>(command_key); }
std::unique_ptr<ReduceBody> MakeIdentityReducer(bool key_is_offset) { return std::make_unique<IdentityReducer>(key_is_offset); }
std::unique_ptr<ReduceBody> MakeAggregateReducer() { return std::make_unique<AggregateReducer>(); }

}  // namespace tusk::mapreduce
