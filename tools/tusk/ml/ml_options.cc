// One table of options; LightGBM's names of the same things lead to it.
#include "tools/tusk/ml/ml_options.h"

#include <charconv>
#include <functional>
#include <limits>

namespace tusk::tools {

const char* const kDataOptionsHelp =
    "Data: PATH is a file, a folder or a pattern, local or hdfs://, gzip or not; given several times, all of them\n"
    "  --format auto|csv|libsvm|idx|npy     (auto: by content)\n"
    "  --label COLUMN       name, or number from 0 (CSV: label, target, class or y, else the first); none: no labels\n"
    "  --labels PATH        labels of IDX or .npy data (default: images -> labels, X -> y in the file's name)\n"
    "  --weight COLUMN      weights of rows (CSV)\n"
    "  --categorical A,B    columns of texts (CSV)\n"
    "  --header true|false, --delimiter CHARACTER    (default: by the first line)\n"
    "  --task classification|regression              (default: by algorithm and labels)\n"
    "  --shard-bytes N      size of the pieces that sums go over (default: 1/32 of the data, 64 KiB to 16 MiB)\n";

namespace {

constexpr uint64_t kConfigMax = 1 << 20;

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, why); }

template <typename Int>
Status ReadInteger(const std::string& name, const std::string& text, Int low, Int high, Int& out) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return Bad(name + "=" + text + ": an integer from " + std::to_string(low) + " to " + std::to_string(high) + " is wanted");
  }
  out = value;
  return Status::Ok();
}

Status ReadBool(const std::string& name, const std::string& text, bool& out) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return Bad(name + "=" + text + ": true or false is wanted");
  out = text == "true" || text == "1";
  return Status::Ok();
}

void AddList(const std::string& text, std::vector<std::string>& out) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    if (comma > begin) out.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
}

Status ReadTask(const std::string& text, ml::LabelKind& out) {
  if (text == "classification") out = ml::LabelKind::kClassification;
  else if (text == "regression") out = ml::LabelKind::kRegression;
  else if (text == "any" || text == "auto") out = ml::LabelKind::kAny;
  else return Bad("task=" + text + ": classification or regression is wanted");
  return Status::Ok();
}

Status ReadDelimiter(const std::string& text, char& out) {
  if (text == "tab" || text == "\\t") out = '\t';
  else if (text == "space") out = ' ';
  else if (text.size() == 1) out = text[0];
  else return Bad("delimiter=" + text + ": one character, tab or space is wanted");
  return Status::Ok();
}

using Setter = std::function<Status(MlOptions&, const std::string&)>;

Setter Text(std::string MlOptions::*field) {
  return [field](MlOptions& o, const std::string& v) { o.*field = v; return Status::Ok(); };
}
Setter DataText(std::string ml::DataOptions::*field) {
  return [field](MlOptions& o, const std::string& v) { o.data.*field = v; return Status::Ok(); };
}
template <typename Int>
Setter Integer(const char* name, Int MlOptions::*field, Int low, Int high = std::numeric_limits<Int>::max()) {
  return [=](MlOptions& o, const std::string& v) { return ReadInteger(name, v, low, high, o.*field); };
}

// Options with a value.
const std::map<std::string, Setter>& Options() {
  static const std::map<std::string, Setter> options = {
      {"algorithm", Text(&MlOptions::algorithm)},
      {"input", [](MlOptions& o, const std::string& v) { o.data.paths.push_back(v); return Status::Ok(); }},
      {"test", [](MlOptions& o, const std::string& v) { o.tests.push_back(v); return Status::Ok(); }},
      {"output", Text(&MlOptions::output)},
      {"fitness", Text(&MlOptions::fitness)},
      {"model", Text(&MlOptions::model)},
      {"quantize", Text(&MlOptions::quantize)},
      {"format", DataText(&ml::DataOptions::format)},
      {"label", DataText(&ml::DataOptions::label)},
      {"labels", DataText(&ml::DataOptions::labels_path)},
      {"weight", DataText(&ml::DataOptions::weight)},
      {"categorical", [](MlOptions& o, const std::string& v) { AddList(v, o.data.categorical); return Status::Ok(); }},
      {"header", [](MlOptions& o, const std::string& v) { return ReadBool("header", v, o.data.header.emplace()); }},
      {"delimiter", [](MlOptions& o, const std::string& v) { return ReadDelimiter(v, o.data.delimiter); }},
      {"task", [](MlOptions& o, const std::string& v) { return ReadTask(v, o.data.task); }},
      {"shard-bytes", [](MlOptions& o, const std::string& v) {
         return ReadInteger<uint64_t>("shard-bytes", v, 1, uint64_t{1} << 40, o.data.shard_bytes);
       }},
      {"threads", Integer<size_t>("threads", &MlOptions::threads, 0, 1024)},
      {"seed", Integer<uint64_t>("seed", &MlOptions::seed, 0)},
      {"checkpoint-dir", Text(&MlOptions::checkpoint_dir)},
      {"checkpoint-every", Integer<uint64_t>("checkpoint-every", &MlOptions::checkpoint_every, 0)},
      {"workers", Integer<int>("workers", &MlOptions::workers, 1, 10000)},
      {"workers-min", Integer<int>("workers-min", &MlOptions::workers_min, 1, 10000)},
      {"gpus", Integer<int>("gpus", &MlOptions::gpus, 0, 64)},
      {"vcores", Integer<int>("vcores", &MlOptions::vcores, 1, 1024)},
      {"memory", Integer<int64_t>("memory", &MlOptions::memory_mb, 64, 1 << 24)},
      {"master-memory", Integer<int64_t>("master-memory", &MlOptions::master_memory_mb, 64, 1 << 24)},
      {"wait", Integer<int>("wait", &MlOptions::wait_seconds, 1, 7 * 86400)},
      {"queue", Text(&MlOptions::queue)},
      {"name", Text(&MlOptions::job_name)},
      {"rows", Integer<uint64_t>("rows", &MlOptions::rows, 1)},
      {"shards", Integer<uint64_t>("shards", &MlOptions::shards, 1, 100'000)},
  };
  return options;
}

const std::map<std::string, bool MlOptions::*>& Flags() {
  static const std::map<std::string, bool MlOptions::*> flags = {
      {"resume", &MlOptions::resume}, {"json", &MlOptions::json},       {"quiet", &MlOptions::quiet},
      {"help", &MlOptions::help},     {"cluster", &MlOptions::cluster}, {"probabilities", &MlOptions::probabilities},
  };
  return flags;
}

std::string LongName(const std::string& name) {
  static const std::map<std::string, std::string> names = {
      {"a", "algorithm"}, {"i", "input"}, {"o", "output"}, {"f", "fitness"}, {"m", "model"}, {"t", "test"}, {"h", "help"}, {"q", "quiet"},
      // LightGBM's
      {"data", "input"}, {"train", "input"}, {"valid", "test"}, {"valid_data", "test"}, {"test_data", "test"},
      {"output_model", "output"}, {"input_model", "model"}, {"num_threads", "threads"}, {"label_column", "label"},
      {"weight_column", "weight"}, {"categorical_feature", "categorical"}, {"random_state", "seed"},
  };
  std::string dashed = name;
  const auto it = names.find(name);
  if (it != names.end()) return it->second;
  for (char& c : dashed) c = c == '_' ? '-' : c;
  return Options().contains(dashed) || Flags().contains(dashed) ? dashed : name;
}

struct Parser {
  CliContext& context;
  MlOptions options;

  // True: `name` is ours and was set.
  Result<bool> SetOwn(const std::string& name, const std::string& value) {
    const std::string own = LongName(name);
    if (const auto it = Options().find(own); it != Options().end()) {
      RETURN_IF_ERROR(it->second(options, value.starts_with("name:") && (own == "label" || own == "weight") ? value.substr(5) : value));
      return true;
    }
    if (const auto it = Flags().find(own); it != Flags().end()) {
      RETURN_IF_ERROR(ReadBool(name, value, options.*(it->second)));
      return true;
    }
    return false;
  }

  Status SetParameter(std::string name, const std::string& value) {
    if (name.empty()) return Bad("a setting without name: '=" + value + "'");
    for (char& c : name) c = c == '-' ? '_' : c;
    options.parameters[name] = value;
    return Status::Ok();
  }

  // name=value without dashes, and lines of configuration files.
  Status Assign(const std::string& name, const std::string& value, int depth) {
    if (name == "config") return ReadConfig(value, depth + 1);
    // LightGBM's task=train says what the verb says already.
    if (name == "task" && (value == "train" || value == "predict")) return Status::Ok();
    ASSIGN_OR_RETURN(const bool own, SetOwn(name, value));
    return own ? Status::Ok() : SetParameter(name, value);
  }

  Status ReadConfig(const std::string& path, int depth) {
    if (depth > 4) return Bad(path + ": configuration files that name each other");
    const std::string full = path.starts_with('/') ? path : JoinPath(context.working_directory, path);
    ASSIGN_OR_RETURN(const std::string text, context.disk.ReadFile(full, kConfigMax));
    size_t number = 0;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      ++number;
      line = line.substr(0, line.find('#'));
      std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
      if (line.empty()) continue;
      const size_t equals = line.find('=');
      if (equals == std::string::npos) return Bad(path + ": line " + std::to_string(number) + ": name=value is wanted");
      const Status status = Assign(line.substr(0, equals), line.substr(equals + 1), depth);
      if (!status.ok()) return status.WithContext(path + ": line " + std::to_string(number));
    }
    return Status::Ok();
  }

  Status TakeDefinition(const std::string& definition) {
    const size_t equals = definition.find('=');
    if (equals == std::string::npos || equals == 0) return Bad("-D " + definition + ": NAME=VALUE is wanted");
    const std::string name = definition.substr(0, equals), value = definition.substr(equals + 1);
    if (name.find('.') == std::string::npos) return SetParameter(name, value);
    options.settings[name] = value;
    context.conf.Set(name, value);
    return Status::Ok();
  }

  Status TakeOption(const std::vector<std::string>& args, size_t& i) {
    std::string name = args[i].substr(args[i].starts_with("--") ? 2 : 1);
    const size_t equals = name.find('=');
    if (equals != std::string::npos) return Assign(name.substr(0, equals), name.substr(equals + 1), 0);
    const std::string own = LongName(name);
    if (const auto it = Flags().find(own); it != Flags().end()) {
      options.*(it->second) = true;
      return Status::Ok();
    }
    if (own == "no-header") {
      options.data.header = false;
      return Status::Ok();
    }
    if (!Options().contains(own)) {
      return Bad("unknown option " + args[i] + " (settings of the algorithm are --name=value)");
    }
    if (i + 1 >= args.size()) return Bad(args[i] + ": a value is missing");
    ASSIGN_OR_RETURN(const bool set, SetOwn(name, args[++i]));
    return set ? Status::Ok() : Bad("unknown option " + name);
  }

  Status Take(const std::vector<std::string>& args, size_t& i) {
    const std::string& word = args[i];
    if (word == "-D") {
      if (i + 1 >= args.size()) return Bad("-D: NAME=VALUE is missing");
      return TakeDefinition(args[++i]);
    }
    if (word.starts_with("-D") && word.size() > 2) return TakeDefinition(word.substr(2));
    if (word.size() > 1 && word[0] == '-') return TakeOption(args, i);
    const size_t equals = word.find('=');
    if (equals != std::string::npos) return Assign(word.substr(0, equals), word.substr(equals + 1), 0);
    options.words.push_back(word);
    return Status::Ok();
  }
};

}  // namespace

std::string CheckpointFolderOf(const MlOptions& options) {
  if (!options.checkpoint_dir.empty() || options.output.empty()) return options.checkpoint_dir;
  return options.output + ".checkpoints";
}

Result<MlOptions> ParseMlOptions(CliContext& context, const std::vector<std::string>& args) {
  Parser parser{.context = context, .options = {}};
  for (size_t i = 0; i < args.size(); ++i) RETURN_IF_ERROR(parser.Take(args, i));
  return std::move(parser.options);
}

}  // namespace tusk::tools
