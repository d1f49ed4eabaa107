// The streaming program: its driver, and the parts that a configuration names.
#include "mapreduce/streaming/stream_job.h"

#include <cstdio>

#include "base/cli/cli_context.h"
#include "base/env/real_env.h"
#include "mapreduce/client/console.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/streaming/key_fields.h"
#include "mapreduce/streaming/pipe_bodies.h"
#include "mapreduce/streaming/stream_formats.h"
#include "mapreduce/streaming/stream_options.h"

namespace tusk::mapreduce {

namespace {

constexpr char kLogger[] = "streaming.StreamJob";

std::string_view TextBody(ByteView framed) { return AsText(framed.subspan(Text::FrameSize(framed))); }

class KeyFieldPartitioner : public PartitionBody {
 public:
  Status Setup(TaskContext& task) override {
    ASSIGN_OR_RETURN(fields_, KeyFields::ForPartitioning(task.configuration()));
    return Status::Ok();
  }
  int PartitionOf(ByteView key, ByteView, int partitions) override { return fields_.PartitionOf(TextBody(key), partitions); }

 private:
  KeyFields fields_;
};

Status SetFormats(Job& job) {
  const Configuration& conf = job.configuration();
  std::string input = conf.Get(kStreamInputKey, "TextInputFormat");
  if (input == "KeyValueTextInputFormat") job.SetInputFormat(KeyValueTextInputFormat());
  if (input == "NLineInputFormat") job.SetInputFormat(NLineInputFormat());
  if (input.starts_with("SequenceFile")) job.SetInputFormat(SequenceFileAsTextInputFormat());
  std::string output = conf.Get(kStreamOutputKey, "TextOutputFormat");
  RecordSink::Form form = output == "TextOutputFormat" ? RecordSink::Form::kText : RecordSink::Form::kFramed;
  std::unique_ptr<OutputFormat> format = output == "SequenceFileOutputFormat" ? SequenceFileOutputFormat()
                                         : output == "NullOutputFormat"       ? NullOutputFormat()
                                                                              : TextOutputFormat();
  ASSIGN_OR_RETURN(bool lazy, conf.GetBool(kStreamLazyKey, false));
  job.SetOutputFormat(lazy ? LazyOutputFormat(std::move(format), form) : std::move(format));
  return Status::Ok();
}

Status SetKeyOrders(const Configuration& conf, JobParts& parts) {
  if (SimpleClassName(conf.Get(kStreamPartitionerKey, "")) == "KeyFieldBasedPartitioner") {
    parts.partitioner = [] { return std::make_unique<KeyFieldPartitioner>(); };
  }
  std::string comparator = SimpleClassName(conf.Get(kStreamComparatorKey, ""));
  if (comparator.empty()) return Status::Ok();
  if (comparator != "KeyFieldBasedComparator") return Status(Code::kInvalidArgument, std::string(kStreamComparatorKey) + ": class not found: " + comparator);
  ASSIGN_OR_RETURN(KeyFields fields, KeyFields::ForComparing(conf));
  parts.sort_compare = [fields](ByteView a, ByteView b) { return fields.Compare(TextBody(a), TextBody(b)); };
  // A program sees each record's own key, also where the order finds it equal to its neighbour's.
  parts.group_compare = [](ByteView a, ByteView b) { return internal::CompareBytes(a, b); };
  return Status::Ok();
}

Status ConfigureStreaming(Job& job, const Arguments&) {
  const Configuration& conf = job.configuration();
  RETURN_IF_ERROR(SetFormats(job));
  std::string input = conf.Get(kStreamInputKey, "TextInputFormat");
  bool offsets = input == "TextInputFormat" || input == "NLineInputFormat";
  bool mapper_is_command = conf.GetRaw(kMapCommandKey).has_value();
  std::string reducer = conf.Get(kStreamReducerKey, "identity");
  JobParts parts;
  // An identity mapper over plain text hands on the lines' offsets.
  bool offset_keys = offsets && !mapper_is_command;
  if (mapper_is_command) {
    // Of NLineInputFormat a program gets the offsets, too, as in Hadoop.
    parts.mapper = [ignorable = input == "TextInputFormat", offsets]() -> std::unique_ptr<MapBody> {
      return MakePipeMapper(offsets, ignorable);
    };
  } else {
    parts.mapper = [offsets] { return MakeIdentityMapper(offsets); };
  }
  parts.map_key = offset_keys ? &TypeOf<LongWritable>() : &TypeOf<Text>();
  parts.map_value = &TypeOf<Text>();
  if (conf.GetRaw(kCombineCommandKey)) {
    parts.combiner = [] { return MakePipeReducer(kCombineCommandKey); };
    parts.combine_sorted = true;
    parts.combine_in_key = parts.combine_out_key = &TypeOf<Text>();
    parts.combine_in_value = parts.combine_out_value = &TypeOf<Text>();
  }
  bool identity = reducer == "identity";
  parts.reduce_key = identity ? parts.map_key : &TypeOf<Text>();
  parts.reduce_value = &TypeOf<Text>();
  parts.output_key = parts.reduce_key;
  parts.output_value = &TypeOf<Text>();
  if (identity) {
    parts.reducer = [offset_keys] { return MakeIdentityReducer(offset_keys); };
  } else if (reducer == "aggregate") {
    parts.reducer = [] { return MakeAggregateReducer(); };
  } else {
    parts.reducer = [] { return MakePipeReducer(kReduceCommandKey); };
  }
  if (!offset_keys) RETURN_IF_ERROR(SetKeyOrders(conf, parts));
  job.SetParts(std::move(parts));
  return Status::Ok();
}

int Usage(const Status& status) {
  std::fprintf(stderr, "%s\nTry -help for more information\n", std::string(status.message()).c_str());
  return 1;
}

int Submit(Session& session, Console& console, const StreamOptions& options) {
  Result<JobResult> result = session.Run("streaming", {});
  if (!result.ok()) {
    std::string text(result.status().message());
    bool input_is_missing = text.starts_with("Input ");  // an IOException in Hadoop
    if (result.code() == Code::kInvalidArgument && !input_is_missing) {
      console.Error(kLogger, "Error launching job , Invalid job conf : " + text);
      return 3;
    }
    if (result.code() == Code::kFileAlreadyExists) {
      console.Error(kLogger, "Error launching job , Output path already exists : " + text);
      return 4;
    }
    console.Error(kLogger, "Error Launching job : " + text);
    return 5;
  }
  if (options.background) {
    console.Info(kLogger, "Job is running in background.");
  } else if (!result->succeeded) {
    console.Error(kLogger, "Job not successful!");
    return 1;
  }
  console.Info(kLogger, "Output directory: " + options.output);
  return 0;
}

int Drive(Session& session, const Arguments& arguments) {
  std::unique_ptr<Clock> clock = MakeSystemClock();
  std::unique_ptr<Disk> disk = MakePosixDisk();
  Console console(*clock);
  Result<StreamOptions> options = ParseStreamOptions(arguments);
  int code = 0;
  if (!options.ok()) {
    code = Usage(options.status());
  } else if (options->help || options->info) {
    PrintStreamUsage(options->info);
    return 0;
  } else {
    for (const std::string& text : options->deprecated) console.Warn(kLogger, text);
    Configuration& conf = session.configuration();
    if (options->background) conf.Set(kBackgroundKey, "true");
    Status applied = ApplyStreamOptions(*options, *disk, ProcessWorkingDirectory(), conf);
    if (options->verbose) {
      for (const auto& [key, entry] : conf.entries()) std::fprintf(stdout, "STREAM: %s=%s\n", key.c_str(), entry.value.c_str());
    }
    code = applied.ok() ? Submit(session, console, *options) : Usage(applied);
  }
  if (code != 0) std::fputs("Streaming Command Failed!\n", stderr);
  return code;
}

}  // namespace

int RunStreaming(const Arguments& arguments, const Arguments& launch_arguments) {
  Program program;
  program.AddJob("streaming", ConfigureStreaming);
  program.SetDriver(Drive);
  program.SetLaunchArguments(launch_arguments);
  return RunProgram(program, arguments);
}

}  // namespace tusk::mapreduce
