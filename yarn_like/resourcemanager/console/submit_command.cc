// The words of each kind.
#include "yarn_like/resourcemanager/console/submit_command.h"

#include <algorithm>
#include <array>

namespace tusk::yarn {
namespace {

using web::JsonBody;

constexpr size_t kWordMax = 4096;
constexpr size_t kWordsMax = 2000;
constexpr int64_t kCountMax = int64_t{1} << 50;

Status Bad(std::string_view field, std::string_view why) {
  return {Code::kInvalidArgument, std::string(field) + ": " + std::string(why)};
}

// Fit for argv: bounded, without control characters, and never taken for an option.
Status CheckWord(std::string_view field, std::string_view word) {
  if (word.empty()) return Bad(field, "is empty");
  if (word.size() > kWordMax) return Bad(field, "is longer than 4096 bytes");
  if (word.starts_with('-')) return Bad(field, "begins with '-'");
  if (std::any_of(word.begin(), word.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return Bad(field, "has control characters");
  }
  return Status::Ok();
}

bool IsName(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  });
}

// Settings of jobs that may come from the page: what tasks do, not where the client goes.
constexpr std::array kSettingPrefixes = std::to_array<std::string_view>(
    {"mapreduce.job.", "mapreduce.map.", "mapreduce.reduce.", "mapreduce.task.", "mapreduce.input.", "mapreduce.output.",
     "mapreduce.partition.", "mapreduce.fieldsel.", "mapreduce.terasort.", "stream.", "mapred.text.key."});
// Parts of a name that lead to files, servers or programs of this machine.
constexpr std::array kSettingsRefused = std::to_array<std::string_view>(
    {"dir", "path", "cache", "jar", "credential", "token", "hdfs-servers", "notification", "url", "address", "class", "user",
     "keytab", "principal", "file.", "files", "archives", "spill-encrypt", "acl"});

Status CheckSetting(std::string_view name, std::string_view value) {
  const std::string field = "properties." + std::string(name.substr(0, 200));
  if (!IsName(name, "._-")) return Bad(field, "is no name of a setting");
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (std::none_of(kSettingPrefixes.begin(), kSettingPrefixes.end(), begins)) return Bad(field, "may not be set from here");
  const auto holds = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  // File formats' own names are harmless: "mapreduce.input.fileinputformat.split.maxsize".
  if (std::any_of(kSettingsRefused.begin(), kSettingsRefused.end(), holds)) return Bad(field, "may not be set from here");
  if (value.empty()) return Bad(field, "is empty");
  if (value.size() > kWordMax || value.find("${") != std::string_view::npos || value.find("file:") != std::string_view::npos) {
    return Bad(field, "has a value that is refused");
  }
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), control)) return Bad(field, "has control characters");
  return Status::Ok();
}

// `tusk ml`'s own options, and what names files of this machine: no settings of an algorithm.
constexpr std::array kMlOptions = std::to_array<std::string_view>(
    {"a", "i", "o", "f", "m", "t", "h", "q", "algorithm", "input", "test", "output", "fitness", "model", "models", "quantize",
     "format", "label", "labels", "weight", "categorical", "header", "no_header", "delimiter", "task", "shard_bytes", "threads",
     "seed", "checkpoint_dir", "checkpoint_every", "workers", "workers_min", "gpus", "vcores", "memory", "master_memory", "wait",
     "queue", "name", "rows", "shards", "resume", "json", "quiet", "help", "cluster", "probabilities", "config", "data", "train",
     "valid", "valid_data", "test_data", "output_model", "input_model", "num_threads", "label_column", "weight_column",
     "categorical_feature", "random_state", "file", "path", "final"});

class Builder {
 public:
  Builder(const JsonBody& fields, const SubmitContext& context) : fields_(fields), context_(context) {}

  std::vector<std::string> argv{"tusk"};

  void Add(std::string word) { argv.push_back(std::move(word)); }
  bool Has(std::string_view field) const { return fields_.Has(field); }

  Result<std::string> Word(std::string_view field) const {
    ASSIGN_OR_RETURN(std::string word, fields_.Text(field));
    RETURN_IF_ERROR(CheckWord(field, word));
    return word;
  }
  Result<std::string> Path(std::string_view field) const {
    ASSIGN_OR_RETURN(const std::string path, fields_.Text(field));
    return WholeDfsPath(field, path, context_);
  }
  Result<std::vector<std::string>> Paths(std::string_view field) const {
    ASSIGN_OR_RETURN(std::vector<std::string> paths, fields_.Texts(field));
    if (paths.size() > 1000) return Bad(field, "has more than 1000 entries");
    for (std::string& path : paths) {
      ASSIGN_OR_RETURN(path, WholeDfsPath(field, path, context_));
    }
    return paths;
  }
  Result<std::string> Count(std::string_view field, int64_t min, int64_t max) const {
    ASSIGN_OR_RETURN(const int64_t count, fields_.Int(field, min, max));
    return std::to_string(count);
  }

  // "--name=value" where the field is there.
  Status Option(std::string_view option, std::string_view field) {
    if (!Has(field)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string word, Word(field));
    Add(std::string(option) + "=" + word);
    return Status::Ok();
  }
  Status NumberOption(std::string_view option, std::string_view field, int64_t min, int64_t max) {
    if (!Has(field)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string count, Count(field, min, max));
    Add(std::string(option) + "=" + count);
    return Status::Ok();
  }
  Status PathOption(std::string_view option, std::string_view field) {
    if (!Has(field)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string path, Path(field));
    Add(std::string(option) + "=" + path);
    return Status::Ok();
  }
  Status Flag(std::string_view option, std::string_view field) {
    ASSIGN_OR_RETURN(const bool set, fields_.Bool(field, false));
    if (set) Add(std::string(option));
    return Status::Ok();
  }
  Status Define(std::string name, const std::string& value) {
    Add("-D");
    Add(std::move(name) + "=" + value);
    return Status::Ok();
  }
  Status DefineNumber(std::string name, std::string_view field, int64_t min, int64_t max) {
    if (!Has(field)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string count, Count(field, min, max));
    return Define(std::move(name), count);
  }
  Status DefineWord(std::string name, std::string_view field) {
    if (!Has(field)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string word, Word(field));
    if (word.find("${") != std::string::npos) return Bad(field, "has ${");
    return Define(std::move(name), word);
  }
  // What all MapReduce jobs have.
  Status DefineJob() {
    RETURN_IF_ERROR(DefineWord("mapreduce.job.queuename", "queue"));
    RETURN_IF_ERROR(DefineWord("mapreduce.job.name", "name"));
    RETURN_IF_ERROR(DefineNumber("mapreduce.job.reduces", "reducers", 0, 100'000));
    ASSIGN_OR_RETURN(const JsonBody properties, fields_.Object("properties"));
    for (const std::string& name : properties.names()) {
      ASSIGN_OR_RETURN(const std::string value, properties.Text(name));
      RETURN_IF_ERROR(CheckSetting(name, value));
      RETURN_IF_ERROR(Define(name, value));
    }
    return Status::Ok();
  }
  // What all jobs of containers have.
  Status AddContainers() {
    Add("--cluster");
    RETURN_IF_ERROR(NumberOption("--workers", "workers", 1, 10'000));
    RETURN_IF_ERROR(NumberOption("--gpus", "gpus", 0, 64));
    RETURN_IF_ERROR(NumberOption("--vcores", "vcores", 1, 1024));
    RETURN_IF_ERROR(NumberOption("--memory", "memoryMb", 64, 1 << 24));
    RETURN_IF_ERROR(Option("--queue", "queue"));
    return Option("--name", "name");
  }
  const JsonBody& fields() const { return fields_; }

 private:
  const JsonBody& fields_;
  const SubmitContext& context_;
};

// The only input of programs that have one.
Status AddInputs(Builder& builder, bool several) {
  ASSIGN_OR_RETURN(const std::vector<std::string> inputs, builder.Paths("input"));
  if (inputs.empty()) return Bad("input", "is missing");
  if (!several && inputs.size() > 1) return Bad("input", "takes one path");
  for (const std::string& input : inputs) builder.Add(input);
  return Status::Ok();
}

Status AddOutput(Builder& builder) {
  ASSIGN_OR_RETURN(std::string output, builder.Path("output"));
  builder.Add(std::move(output));
  return Status::Ok();
}

Status BuildProgram(Builder& builder) {
  RETURN_IF_ERROR(builder.fields().OnlyHas({"program", "input", "output", "regex", "group", "maps", "samples", "rows", "reducers",
                                            "properties", "queue", "name"}));
  ASSIGN_OR_RETURN(const std::string program, builder.fields().Text("program"));
  constexpr std::array kPrograms = std::to_array<std::string_view>({"wordcount", "grep", "pi", "teragen", "terasort", "teravalidate"});
  if (std::find(kPrograms.begin(), kPrograms.end(), program) == kPrograms.end()) return Bad("program", "is none that tusk has");
  builder.Add("examples");
  builder.Add(program);
  RETURN_IF_ERROR(builder.DefineJob());
  if (program == "pi") {
    ASSIGN_OR_RETURN(std::string maps, builder.Count("maps", 1, 100'000));
    ASSIGN_OR_RETURN(std::string samples, builder.Count("samples", 1, kCountMax));
    builder.Add(std::move(maps));
    builder.Add(std::move(samples));
    return Status::Ok();
  }
  if (program == "teragen") {
    RETURN_IF_ERROR(builder.DefineNumber("mapreduce.job.maps", "maps", 1, 100'000));
    ASSIGN_OR_RETURN(std::string rows, builder.Count("rows", 0, kCountMax));
    builder.Add(std::move(rows));
    return AddOutput(builder);
  }
  RETURN_IF_ERROR(AddInputs(builder, program == "wordcount"));
  RETURN_IF_ERROR(AddOutput(builder));
  if (program != "grep") return Status::Ok();
  ASSIGN_OR_RETURN(std::string regex, builder.Word("regex"));
  builder.Add(std::move(regex));
  if (!builder.Has("group")) return Status::Ok();
  ASSIGN_OR_RETURN(std::string group, builder.Count("group", 0, 100));
  builder.Add(std::move(group));
  return Status::Ok();
}

Status AddStreamingWord(Builder& builder, const char* option, std::string_view field) {
  if (!builder.Has(field)) return Status::Ok();
  ASSIGN_OR_RETURN(std::string word, builder.Word(field));
  builder.Add(option);
  builder.Add(std::move(word));
  return Status::Ok();
}

Status BuildStreaming(Builder& builder) {
  RETURN_IF_ERROR(builder.fields().OnlyHas({"input", "output", "mapper", "combiner", "reducer", "files", "inputFormat", "outputFormat",
                                            "reducers", "environment", "properties", "queue", "name"}));
  builder.Add("streaming");
  RETURN_IF_ERROR(builder.DefineJob());
  ASSIGN_OR_RETURN(const std::vector<std::string> files, builder.Paths("files"));
  std::string list;
  for (const std::string& file : files) {
    if (file.find(',') != std::string::npos) return Bad("files", "a name with a comma");
    list += (list.empty() ? "" : ",") + file;
  }
  if (!list.empty()) {
    builder.Add("-files");
    builder.Add(list);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> inputs, builder.Paths("input"));
  if (inputs.empty()) return Bad("input", "is missing");
  for (const std::string& input : inputs) {
    builder.Add("-input");
    builder.Add(input);
  }
  builder.Add("-output");
  RETURN_IF_ERROR(AddOutput(builder));
  if (!builder.Has("mapper")) return Bad("mapper", "is missing");
  RETURN_IF_ERROR(AddStreamingWord(builder, "-mapper", "mapper"));
  RETURN_IF_ERROR(AddStreamingWord(builder, "-combiner", "combiner"));
  RETURN_IF_ERROR(AddStreamingWord(builder, "-reducer", "reducer"));
  for (const auto& [option, field] : {std::pair("-inputformat", "inputFormat"), {"-outputformat", "outputFormat"}}) {
    if (!builder.Has(field)) continue;
    ASSIGN_OR_RETURN(const std::string name, builder.Word(field));
    if (!IsName(name, "")) return Bad(field, "is no format's name");
    builder.Add(option);
    builder.Add(name);
  }
  ASSIGN_OR_RETURN(const JsonBody environment, builder.fields().Object("environment"));
  for (const std::string& name : environment.names()) {
    ASSIGN_OR_RETURN(const std::string value, environment.Text(name));
    if (!IsName(name, "_")) return Bad("environment", "a name that is none");
    RETURN_IF_ERROR(CheckWord("environment." + name, value));
    builder.Add("-cmdenv");
    builder.Add(name + "=" + value);
  }
  return Status::Ok();
}

Status BuildMl(Builder& builder) {
  RETURN_IF_ERROR(builder.fields().OnlyHas({"algorithm", "input", "output", "test", "format", "label", "task", "seed", "settings",
                                            "checkpointEvery", "resume", "workersMin", "waitSeconds", "workers", "gpus", "vcores",
                                            "memoryMb", "queue", "name"}));
  ASSIGN_OR_RETURN(const std::string algorithm, builder.Word("algorithm"));
  if (!IsName(algorithm, "_-")) return Bad("algorithm", "is no algorithm's name");
  if (algorithm == "voting" || algorithm == "stacking") return Bad("algorithm", "reads models of this machine: submit it from a shell");
  for (const char* word : {"ml", "train", "-a"}) builder.Add(word);
  builder.Add(algorithm);
  ASSIGN_OR_RETURN(const std::vector<std::string> inputs, builder.Paths("input"));
  if (inputs.empty()) return Bad("input", "is missing");
  for (const std::string& input : inputs) builder.Add("--input=" + input);
  if (!builder.Has("output")) return Bad("output", "is missing");
  RETURN_IF_ERROR(builder.PathOption("--output", "output"));
  RETURN_IF_ERROR(builder.PathOption("--test", "test"));
  for (const auto& [option, field] : {std::pair("--format", "format"), {"--label", "label"}, {"--task", "task"}}) {
    RETURN_IF_ERROR(builder.Option(option, field));
  }
  RETURN_IF_ERROR(builder.NumberOption("--seed", "seed", 0, INT64_MAX));
  RETURN_IF_ERROR(builder.NumberOption("--checkpoint-every", "checkpointEvery", 0, kCountMax));
  RETURN_IF_ERROR(builder.Flag("--resume", "resume"));
  RETURN_IF_ERROR(builder.AddContainers());
  RETURN_IF_ERROR(builder.NumberOption("--workers-min", "workersMin", 1, 10'000));
  RETURN_IF_ERROR(builder.NumberOption("--wait", "waitSeconds", 1, 7 * 86400));
  ASSIGN_OR_RETURN(const JsonBody settings, builder.fields().Object("settings"));
  for (const std::string& name : settings.names()) {
    std::string plain = name;
    std::replace(plain.begin(), plain.end(), '-', '_');
    if (!IsName(plain, "_") || std::find(kMlOptions.begin(), kMlOptions.end(), plain) != kMlOptions.end()) {
      return Bad("settings." + name.substr(0, 200), "is no setting of an algorithm");
    }
    ASSIGN_OR_RETURN(const std::string value, settings.Text(name));
    if (value.empty() || value.size() > kWordMax || value.find('/') != std::string::npos) {
      return Bad("settings." + name, "has a value that is refused");
    }
    builder.Add("--" + name + "=" + value);
  }
  return Status::Ok();
}

Status BuildQuant(Builder& builder) {
  RETURN_IF_ERROR(builder.fields().OnlyHas({"input", "output", "type", "imatrix", "exclude", "tensorTypes", "outputTensorType",
                                            "tokenEmbeddingType", "budget", "pure", "allowRequantize", "restart", "workers", "gpus",
                                            "vcores", "memoryMb", "queue", "name"}));
  builder.Add("quant");
  ASSIGN_OR_RETURN(std::string input, builder.Path("input"));
  builder.Add(std::move(input));
  RETURN_IF_ERROR(AddOutput(builder));
  if (!builder.Has("type")) return Bad("type", "is missing");
  RETURN_IF_ERROR(builder.Option("--type", "type"));
  RETURN_IF_ERROR(builder.PathOption("--imatrix", "imatrix"));
  ASSIGN_OR_RETURN(const std::vector<std::string> excluded, builder.fields().Texts("exclude"));
  if (excluded.size() > 100) return Bad("exclude", "has more than 100 entries");
  for (const std::string& pattern : excluded) {
    RETURN_IF_ERROR(CheckWord("exclude", pattern));
    builder.Add("--exclude=" + pattern);
  }
  ASSIGN_OR_RETURN(const JsonBody types, builder.fields().Object("tensorTypes"));
  for (const std::string& pattern : types.names()) {
    ASSIGN_OR_RETURN(const std::string type, types.Text(pattern));
    RETURN_IF_ERROR(CheckWord("tensorTypes", pattern));
    if (!IsName(type, "_")) return Bad("tensorTypes", "a type that is none");
    builder.Add("--tensor-type=" + pattern + "=" + type);
  }
  for (const auto& [option, field] : {std::pair("--output-tensor-type", "outputTensorType"),
                                      {"--token-embedding-type", "tokenEmbeddingType"},
                                      {"--budget", "budget"}}) {
    RETURN_IF_ERROR(builder.Option(option, field));
  }
  for (const auto& [option, field] : {std::pair("--pure", "pure"), {"--allow-requantize", "allowRequantize"}, {"--restart", "restart"}}) {
    RETURN_IF_ERROR(builder.Flag(option, field));
  }
  return builder.AddContainers();
}

}  // namespace

Result<std::string> WholeDfsPath(std::string_view field, std::string_view path, const SubmitContext& context) {
  constexpr std::string_view kScheme = "hdfs://";
  RETURN_IF_ERROR(CheckWord(field, path));
  if (!context.default_fs.starts_with(kScheme)) return Bad(field, "this cluster's fs.defaultFS is no hdfs://, so nothing can be submitted");
  std::string root = context.default_fs;
  while (root.ends_with('/')) root.pop_back();
  if (path.starts_with(kScheme)) {
    const std::string_view rest = path.substr(kScheme.size());
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return Bad(field, "has no path behind its server");
    if (slash > 0 && rest.substr(0, slash) != std::string_view(root).substr(kScheme.size())) {
      return Bad(field, "is not on this cluster's filesystem " + root);
    }
    path = rest.substr(slash);
  }
  if (!path.starts_with('/')) return Bad(field, "is a path on the DFS: /a/b or hdfs://…");
  for (const std::string_view part : {"/../", "/./"}) {
    if ((std::string(path) + "/").find(part) != std::string::npos) return Bad(field, "has . or .. in it");
  }
  return root + std::string(path);
}

std::string ShellQuoted(std::string_view word) {
  if (IsName(word, "_-./:=,@%+")) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string SubmitCommand::Line() const {
  std::string line;
  for (const std::string& word : argv) line += (line.empty() ? "" : " ") + ShellQuoted(word);
  return line;
}

Result<SubmitCommand> MakeSubmitCommand(const web::JsonBody& body, const SubmitContext& context) {
  RETURN_IF_ERROR(body.OnlyHas({"kind", "fields"}));
  SubmitCommand command;
  ASSIGN_OR_RETURN(command.kind, body.Text("kind"));
  ASSIGN_OR_RETURN(const JsonBody fields, body.Object("fields"));
  Builder builder(fields, context);
  if (command.kind == "program") {
    RETURN_IF_ERROR(BuildProgram(builder));
  } else if (command.kind == "streaming") {
    RETURN_IF_ERROR(BuildStreaming(builder));
  } else if (command.kind == "ml") {
    RETURN_IF_ERROR(BuildMl(builder));
  } else if (command.kind == "quant") {
    RETURN_IF_ERROR(BuildQuant(builder));
  } else {
    return Bad("kind", "is none of program, streaming, ml, quant");
  }
  if (builder.argv.size() > kWordsMax) return Bad("fields", "too many words");
  command.argv = std::move(builder.argv);
  return command;
}

}  // namespace tusk::yarn
