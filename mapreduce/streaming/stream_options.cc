// Parsing, checking, and the keys that they become.
#include "mapreduce/streaming/stream_options.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "mapreduce/client/form_encoding.h"
#include "mapreduce/streaming/pipe_bodies.h"
#include "mapreduce/streaming/stream_command.h"
#include "mapreduce/task/local_file_system.h"

namespace tusk::mapreduce {

namespace {

constexpr const char* kInputFormats[] = {"TextInputFormat", "KeyValueTextInputFormat", "SequenceFileInputFormat",
                                         "SequenceFileAsTextInputFormat", "NLineInputFormat"};
constexpr const char* kOutputFormats[] = {"TextOutputFormat", "SequenceFileOutputFormat", "NullOutputFormat"};
constexpr const char* kPartitioners[] = {"HashPartitioner", "KeyFieldBasedPartitioner"};

template <size_t N>
bool IsOneOf(const char* const (&names)[N], const std::string& name) {
  return std::any_of(std::begin(names), std::end(names), [&](const char* known) { return name == known; });
}

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// A name without package, or one of Hadoop's packages.
bool IsHadoopClass(const std::string& name) { return name.find('.') == std::string::npos || name.starts_with("org.apache.hadoop."); }

void Append(Configuration& conf, const char* key, const std::vector<std::string>& values) {
  std::string list = conf.GetRaw(key).value_or("");
  for (const std::string& value : values) list += (list.empty() ? "" : ",") + value;
  if (!list.empty()) conf.Set(key, list);
}

// "dir/map.py -x" of a shipped dir/map.py is "map.py -x" in the task's folder.
std::string CommandInTask(const std::string& command, const std::vector<std::string>& files, const std::string& working_folder) {
  size_t space = command.find(' ');
  std::string program = NormalPath(command.substr(0, space), working_folder);
  for (const std::string& file : files) {
    if (NormalPath(file, working_folder) != program) continue;
    return BaseName(program) + (space == std::string::npos ? "" : command.substr(space));
  }
  return command;
}

Status SetFormats(const StreamOptions& options, Configuration& conf) {
  std::string input = SimpleClassName(options.input_format);
  if (!options.input_reader.empty()) return Fail("-inputreader: class not found: " + options.input_reader.substr(0, options.input_reader.find(',')));
  if (!input.empty() && (!IsOneOf(kInputFormats, input) || !IsHadoopClass(options.input_format))) {
    return Fail("-inputformat : class not found : " + options.input_format);
  }
  conf.Set(kStreamInputKey, input.empty() ? "TextInputFormat" : input);
  std::string output = SimpleClassName(options.output_format);
  if (!output.empty() && (!IsOneOf(kOutputFormats, output) || !IsHadoopClass(options.output_format))) {
    return Fail("-outputformat : class not found : " + options.output_format);
  }
  conf.Set(kStreamOutputKey, output.empty() ? "TextOutputFormat" : output);
  conf.Set(kStreamLazyKey, options.lazy_output ? "true" : "false");
  if (!options.partitioner.empty()) {
    if (!IsOneOf(kPartitioners, SimpleClassName(options.partitioner)) || !IsHadoopClass(options.partitioner)) {
      return Fail("-partitioner : class not found : " + options.partitioner);
    }
    conf.Set(kStreamPartitionerKey, options.partitioner);
  }
  for (const char* key : {"stream.map.input", "stream.map.output", "stream.reduce.input", "stream.reduce.output"}) {
    std::string io = options.io.empty() ? conf.Get(key, "text") : options.io;
    if (io != "text") return Fail(std::string(key) + ": tusk's streaming speaks text, not " + io);
  }
  return Status::Ok();
}

Status SetCommands(const StreamOptions& options, const std::string& working_folder, Configuration& conf) {
  auto command = [&](const char* key, const std::string& text) {
    conf.Set(key, FormEncode(CommandInTask(text, options.files, working_folder)));
  };
  if (!options.mapper.empty() && !IsIdentityClass(options.mapper)) command(kMapCommandKey, options.mapper);
  if (!options.combiner.empty() && !IsIdentityClass(options.combiner)) command(kCombineCommandKey, options.combiner);
  if (!options.reduces.empty()) {
    if (options.reduces.find_first_not_of("0123456789") != std::string::npos) return Fail("For input string: \"" + options.reduces + "\"");
    conf.Set("mapreduce.job.reduces", options.reduces);
  }
  if (options.reducer == "NONE") conf.Set("mapreduce.job.reduces", "0");
  std::string lower = options.reducer;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "aggregate") {
    conf.Set(kStreamReducerKey, "aggregate");
  } else if (options.reducer.empty() || options.reducer == "NONE" || IsIdentityClass(options.reducer)) {
    conf.Set(kStreamReducerKey, "identity");
  } else {
    conf.Set(kStreamReducerKey, "command");
    command(kReduceCommandKey, options.reducer);
  }
  return Status::Ok();
}

}  // namespace

std::string SimpleClassName(const std::string& java_class) { return java_class.substr(java_class.rfind('.') + 1); }

bool IsIdentityClass(const std::string& command) {
  return command == "org.apache.hadoop.mapred.lib.IdentityMapper" || command == "org.apache.hadoop.mapred.lib.IdentityReducer" ||
         command == "org.apache.hadoop.mapreduce.Mapper" || command == "org.apache.hadoop.mapreduce.Reducer";
}

Result<StreamOptions> ParseStreamOptions(const std::vector<std::string>& arguments) {
  StreamOptions options;
  const std::map<std::string, bool*> flags = {{"help", &options.help},           {"info", &options.info},
                                              {"verbose", &options.verbose},     {"background", &options.background},
                                              {"debug", nullptr},                {"lazyOutput", &options.lazy_output}};
  std::string ignored;
  const std::map<std::string, std::string*> single = {
      {"output", &options.output},           {"mapper", &options.mapper},           {"combiner", &options.combiner},
      {"reducer", &options.reducer},         {"inputformat", &options.input_format}, {"outputformat", &options.output_format},
      {"partitioner", &options.partitioner}, {"numReduceTasks", &options.reduces},  {"inputreader", &options.input_reader},
      {"io", &options.io},                   {"dfs", &options.dfs},                 {"additionalconfspec", &options.additional_conf},
      {"mapdebug", &ignored},                {"reducedebug", &ignored}};
  // Those with `true` take every argument up to the next option.
  const std::map<std::string, std::pair<std::vector<std::string>*, bool>> lists = {
      {"input", {&options.inputs, true}},           {"file", {&options.files, true}},     {"cacheFile", {&options.cache_files, true}},
      {"cacheArchive", {&options.cache_archives, true}}, {"jobconf", {&options.jobconf, false}}, {"cmdenv", {&options.environment, false}}};
  auto is_option = [&](const std::string& text) {
    std::string name = text.starts_with("-") ? text.substr(1) : "";
    return flags.contains(name) || single.contains(name) || lists.contains(name);
  };
  std::vector<std::string> extra;
  for (size_t at = 0; at < arguments.size(); ++at) {
    const std::string& argument = arguments[at];
    if (!is_option(argument)) {
      if (argument.size() > 1 && argument.front() == '-') return Fail("Unrecognized option: " + argument);
      extra.push_back(argument);
      continue;
    }
    std::string name = argument.substr(1);
    if (auto flag = flags.find(name); flag != flags.end()) {
      if (flag->second != nullptr) *flag->second = true;
      continue;
    }
    if (at + 1 == arguments.size() || is_option(arguments[at + 1])) return Fail("Missing argument for option: " + name);
    if (auto one = single.find(name); one != single.end()) {
      if (one->second->empty()) *one->second = arguments[at + 1];
      ++at;
      continue;
    }
    auto [values, many] = lists.at(name);
    values->push_back(arguments[++at]);
    while (many && at + 1 < arguments.size() && !is_option(arguments[at + 1]) && !arguments[at + 1].starts_with("-")) values->push_back(arguments[++at]);
  }
  for (const auto& [name, instead, used] : {std::tuple("-file", "generic option -files", !options.files.empty()),
                                            std::tuple("-dfs", "-fs", !options.dfs.empty()),
                                            std::tuple("-additionalconfspec", "-conf", !options.additional_conf.empty()),
                                            std::tuple("-cacheArchive", "-archives", !options.cache_archives.empty()),
                                            std::tuple("-cacheFile", "-files", !options.cache_files.empty()),
                                            std::tuple("-jobconf", "-D", !options.jobconf.empty())}) {
    if (used) options.deprecated.push_back(std::string(name) + " option is deprecated, please use " + instead + " instead.");
  }
  if (options.help || options.info) return options;
  if (!extra.empty()) {
    std::string list;
    for (const std::string& one : extra) list += (list.empty() ? "" : ", ") + one;
    return Fail("Found " + std::to_string(extra.size()) + " unexpected arguments on the command line [" + list + "]");
  }
  if (options.inputs.empty()) return Fail("Required argument: -input <name>");
  if (options.output.empty()) return Fail("Required argument: -output ");
  return options;
}

Status ApplyStreamOptions(const StreamOptions& options, Disk& disk, const std::string& working_folder, Configuration& conf) {
  if (!options.additional_conf.empty()) RETURN_IF_ERROR(conf.LoadFile(disk, options.additional_conf));
  if (!options.dfs.empty()) conf.Set("fs.defaultFS", options.dfs);
  for (const std::string& setting : options.jobconf) {
    size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) return Fail("-jobconf needs name=value, not " + setting);
    conf.Set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  std::vector<std::string> files;
  for (const std::string& file : options.files) {
    std::string path = NormalPath(CutPath(file).path, working_folder);
    if (!disk.Exists(path)) return Fail("File: file:" + path + " does not exist.");
    files.push_back("file:" + path);
  }
  Append(conf, "tmpfiles", files);
  Append(conf, "mapreduce.job.cache.files", options.cache_files);
  Append(conf, "mapreduce.job.cache.archives", options.cache_archives);
  Append(conf, "mapreduce.input.fileinputformat.inputdir", options.inputs);
  conf.Set("mapreduce.output.fileoutputformat.outputdir", options.output);
  std::string environment = "HADOOP_ROOT_LOGGER=";
  for (const std::string& setting : options.environment) environment += " " + setting;
  conf.Set("stream.addenvironment", environment);
  RETURN_IF_ERROR(SetFormats(options, conf));
  RETURN_IF_ERROR(SetCommands(options, working_folder, conf));
  if (!conf.Get("mapreduce.job.name")) conf.Set("mapreduce.job.name", "streamjob");
  // Jobs of the older API: part-00000.
  conf.Set("mapred.mapper.new-api", "false");
  conf.Set("mapred.reducer.new-api", "false");
  return Status::Ok();
}

void PrintStreamUsage(bool detailed) {
  std::fputs(
      "Usage: mapred streaming [generic options] [options]\n"
      "  -input <path>...          files or folders to read; patterns are allowed; may be repeated\n"
      "  -output <path>            folder to write\n"
      "  -mapper <cmd|class>       program that maps (default: identity)\n"
      "  -combiner <cmd>           program that combines what a map emits\n"
      "  -reducer <cmd|NONE|aggregate|class>\n"
      "  -file <file>...           ship a file to the tasks' folders (better: the generic option -files)\n"
      "  -inputformat <TextInputFormat|KeyValueTextInputFormat|SequenceFileInputFormat|\n"
      "                SequenceFileAsTextInputFormat|NLineInputFormat>\n"
      "  -outputformat <TextOutputFormat|SequenceFileOutputFormat|NullOutputFormat>\n"
      "  -partitioner <HashPartitioner|KeyFieldBasedPartitioner>\n"
      "  -numReduceTasks <n>       0 or -reducer NONE: what maps print is the output\n"
      "  -cmdenv <name>=<value>    a variable for the programs; may be repeated\n"
      "  -io text                  how programs read and write\n"
      "  -lazyOutput               no file for a task that prints nothing\n"
      "  -background               submit and return\n"
      "  -verbose, -info, -help\n"
      "Generic options come first: -D key=value, -conf file, -fs uri, -jt local|host:port, -files a,b#c, -archives a\n",
      stdout);
  if (!detailed) return;
  std::fputs(
      "\nKeys that change what programs see:\n"
      "  stream.non.zero.exit.is.failure=false       exit codes do not matter\n"
      "  stream.map.output.field.separator=,         ends the key in what a map prints (default: tab)\n"
      "  stream.num.map.output.key.fields=2          the key goes to the second separator\n"
      "  stream.reduce.input.field.separator, stream.reduce.output.field.separator, stream.num.reduce.output.key.fields\n"
      "  stream.map.input.ignoreKey=false            maps read \"key TAB value\"\n"
      "  mapreduce.partition.keypartitioner.options=-k1,2    with -partitioner KeyFieldBasedPartitioner\n"
      "  mapreduce.job.output.key.comparator.class=org.apache.hadoop.mapreduce.lib.partition.KeyFieldBasedComparator\n"
      "  mapreduce.partition.keycomparator.options=-k2,2nr\n"
      "Programs print reporter:counter:<group>,<name>,<n> and reporter:status:<text> on standard error.\n"
      "Every key of the configuration is a variable of their environment, with _ for what is no letter or digit.\n",
      stdout);
}

}  // namespace tusk::mapreduce
