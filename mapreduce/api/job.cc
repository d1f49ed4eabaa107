// Job's settings as Hadoop's configuration keys, and the checks before submission.
#include "mapreduce/api/job.h"

namespace tusk::mapreduce {

namespace {
constexpr char kInputPaths[] = "mapreduce.input.fileinputformat.inputdir";
constexpr char kOutputPath[] = "mapreduce.output.fileoutputformat.outputdir";
constexpr char kReduces[] = "mapreduce.job.reduces";
constexpr char kName[] = "mapreduce.job.name";

// A comma in a path is written "\," in the list of input paths.
std::string EscapeCommas(const std::string& path) {
  std::string escaped;
  for (char c : path) {
    if (c == ',' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

Status Mismatch(std::string_view what, std::string_view expected, std::string_view got) {
  return Status(Code::kInvalidArgument,
                "Type mismatch in " + std::string(what) + ": expected " + std::string(expected) + ", received " + std::string(got));
}
}  // namespace

Job::Job(Configuration conf) : conf_(std::move(conf)), input_format_(TextInputFormat()), output_format_(TextOutputFormat()) {}

void Job::SetName(std::string name) { conf_.Set(kName, std::move(name)); }
std::string Job::name() const { return conf_.Get(kName, ""); }

void Job::AddInputPath(std::string path) {
  std::string escaped = EscapeCommas(path);
  std::optional<std::string> before = conf_.GetRaw(kInputPaths);
  conf_.Set(kInputPaths, before && !before->empty() ? *before + "," + escaped : escaped);
}

void Job::SetOutputPath(std::string path) { conf_.Set(kOutputPath, std::move(path)); }
std::string Job::output_path() const { return conf_.Get(kOutputPath, ""); }
void Job::SetReduces(int count) { conf_.Set(kReduces, std::to_string(count)); }

int Job::reduces() const {
  Result<int64_t> count = conf_.GetInt(kReduces, 1);
  return count.ok() && *count >= 0 && *count <= 100'000 ? static_cast<int>(*count) : 1;
}

Status Job::Validate() {
  RETURN_IF_ERROR(conf_.GetInt(kReduces, 1));
  if (!parts_.mapper) return Status(Code::kInvalidArgument, "the job has no mapper");
  bool map_only = reduces() == 0;
  if (!map_only && !parts_.reducer) return Status(Code::kInvalidArgument, "the job has reduces and no reducer");
  if (map_only) {
    parts_.output_key = parts_.map_key;
    parts_.output_value = parts_.map_value;
  } else {
    if (parts_.reduce_key != parts_.map_key)
      return Mismatch("key from map", parts_.reduce_key->java_class, parts_.map_key->java_class);
    if (parts_.reduce_value != parts_.map_value)
      return Mismatch("value from map", parts_.reduce_value->java_class, parts_.map_value->java_class);
    if (parts_.combiner) {
      if (parts_.combine_in_key != parts_.map_key || parts_.combine_out_key != parts_.map_key)
        return Mismatch("key of the combiner", parts_.map_key->java_class, parts_.combine_out_key->java_class);
      if (parts_.combine_in_value != parts_.map_value || parts_.combine_out_value != parts_.map_value)
        return Mismatch("value of the combiner", parts_.map_value->java_class, parts_.combine_out_value->java_class);
    }
  }
  conf_.Set("mapreduce.map.output.key.class", std::string(parts_.map_key->java_class));
  conf_.Set("mapreduce.map.output.value.class", std::string(parts_.map_value->java_class));
  conf_.Set("mapreduce.job.output.key.class", std::string(parts_.output_key->java_class));
  conf_.Set("mapreduce.job.output.value.class", std::string(parts_.output_value->java_class));
  conf_.Set("mapreduce.job.inputformat.class", std::string(input_format_->java_class()));
  conf_.Set("mapreduce.job.outputformat.class", std::string(output_format_->java_class()));
  return Status::Ok();
}

}  // namespace tusk::mapreduce
