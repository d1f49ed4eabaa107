// Words, encodings, environments.
#include "mapreduce/streaming/stream_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <map>

#include "base/env/disk.h"
#include "mapreduce/client/process.h"

extern char** environ;

namespace tusk::mapreduce {

namespace {

// Names of Hadoop 1 that scripts still read, by today's.
constexpr std::array<std::pair<const char*, const char*>, 16> kOldNames = {{
    {"mapreduce.input.fileinputformat.inputdir", "mapred_input_dir"},
    {"mapreduce.output.fileoutputformat.outputdir", "mapred_output_dir"},
    {"mapreduce.job.cache.files", "mapred_cache_files"},
    {"mapreduce.job.id", "mapred_job_id"},
    {"mapreduce.job.maps", "mapred_map_tasks"},
    {"mapreduce.job.name", "mapred_job_name"},
    {"mapreduce.job.queuename", "mapred_job_queue_name"},
    {"mapreduce.job.reduces", "mapred_reduce_tasks"},
    {"mapreduce.job.user.name", "user_name"},
    {"mapreduce.map.input.file", "map_input_file"},
    {"mapreduce.map.input.length", "map_input_length"},
    {"mapreduce.map.input.start", "map_input_start"},
    {"mapreduce.task.attempt.id", "mapred_task_id"},
    {"mapreduce.task.id", "mapred_tip_id"},
    {"mapreduce.task.ismap", "mapred_task_is_map"},
    {"mapreduce.task.partition", "mapred_task_partition"},
}};

bool IsLetterOrDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string VariableName(std::string_view key) {
  std::string name(key);
  for (char& c : name) c = IsLetterOrDigit(c) ? c : '_';
  return name;
}

// attempt_1_0001_m_000000_0 -> task_1_0001_m_000000 and job_1_0001.
std::string PartsOf(const std::string& attempt, const char* kind, int parts) {
  std::string id = attempt.size() > 8 ? attempt.substr(8) : attempt;
  size_t end = id.size();
  for (int i = 0; i < parts && end != std::string::npos; ++i) end = id.rfind('_', end - 1);
  return kind + id.substr(0, end);
}

bool IsExecutable(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<std::string> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  auto end = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (char c : command) {
    // A quote begins and ends a word, as Hadoop has it: a'b c'd are three.
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? 0 : c;
      end();
    } else if (c == ' ' && quote == 0) {
      end();
    } else {
      word.push_back(c);
    }
  }
  end();
  return words;
}

std::vector<std::string> ChildEnvironment(const TaskContext& task, const std::string& folder, bool is_map) {
  const Configuration& conf = task.configuration();
  std::map<std::string, std::string> settings;
  for (const auto& [key, entry] : conf.entries()) settings[key] = conf.Get(key, "");
  settings["mapreduce.job.id"] = PartsOf(task.attempt_id(), "job_", 3);
  settings["mapreduce.task.id"] = PartsOf(task.attempt_id(), "task_", 1);
  settings["mapreduce.task.attempt.id"] = task.attempt_id();
  settings["mapreduce.task.ismap"] = is_map ? "true" : "false";
  settings["mapreduce.task.partition"] = std::to_string(task.task_index());
  if (is_map) {
    settings["mapreduce.map.input.file"] = task.input_path();
    settings["mapreduce.map.input.start"] = std::to_string(task.input_start());
    settings["mapreduce.map.input.length"] = std::to_string(task.input_length());
  }
  std::map<std::string, std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view setting(*at);
    size_t equals = setting.find('=');
    if (equals != std::string_view::npos) variables[std::string(setting.substr(0, equals))] = setting.substr(equals + 1);
  }
  Result<int64_t> limit = conf.GetInt("stream.jobconf.truncate.limit", -1);
  size_t length_max = limit.ok() && *limit >= 0 ? static_cast<size_t>(*limit) : std::string::npos;
  for (const auto& [key, value] : settings) variables[VariableName(key)] = value.substr(0, length_max);
  for (const auto& [key, name] : kOldNames) {
    auto known = settings.find(key);
    if (known != settings.end()) variables[name] = known->second.substr(0, length_max);
  }
  for (const std::string& setting : SplitCommand(conf.GetRaw("stream.addenvironment").value_or(""))) {
    size_t equals = setting.find('=');
    if (equals != std::string::npos) variables[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  std::string temporary = JoinPath(folder, "tmp");  // a container has one
  variables["TMPDIR"] = ::access(temporary.c_str(), W_OK) == 0 ? temporary : "/tmp";
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  return environment;
}

std::string FindProgram(const std::string& program, const std::string& folder) {
  if (program.empty() || program.front() == '/') return program;
  std::string here = JoinPath(folder, program);
  if (IsExecutable(here)) return here;
  struct stat status;
  if (::stat(here.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    // Shipped scripts need not be executable where they come from.
    if (::chmod(here.c_str(), (status.st_mode & 07777) | 0111) == 0) return here;
  }
  std::string path = Process::Variable("PATH");
  for (size_t at = 0; at < path.size();) {
    size_t colon = std::min(path.find(':', at), path.size());
    std::string candidate = JoinPath(path.substr(at, colon - at), program);
    if (colon > at && IsExecutable(candidate)) return candidate;
    at = colon + 1;
  }
  return program;
}

}  // namespace tusk::mapreduce
