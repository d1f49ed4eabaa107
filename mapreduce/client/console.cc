// Console lines and counters as Hadoop prints them.
#include "mapreduce/client/console.h"

#include <cstdio>
#include <ctime>
#include <iterator>
#include <vector>

#include "mapreduce/task/counter_names.h"

namespace tusk::mapreduce {
namespace {

struct Name {
  std::string_view name;
  std::string_view display;
};

// In the order of Hadoop's enumerations.
constexpr Name kTaskNames[] = {
    {"MAP_INPUT_RECORDS", "Map input records"},
    {"MAP_OUTPUT_RECORDS", "Map output records"},
    {"MAP_SKIPPED_RECORDS", "Map skipped records"},
    {"MAP_OUTPUT_BYTES", "Map output bytes"},
    {"MAP_OUTPUT_MATERIALIZED_BYTES", "Map output materialized bytes"},
    {"SPLIT_RAW_BYTES", "Input split bytes"},
    {"COMBINE_INPUT_RECORDS", "Combine input records"},
    {"COMBINE_OUTPUT_RECORDS", "Combine output records"},
    {"REDUCE_INPUT_GROUPS", "Reduce input groups"},
    {"REDUCE_SHUFFLE_BYTES", "Reduce shuffle bytes"},
    {"REDUCE_INPUT_RECORDS", "Reduce input records"},
    {"REDUCE_OUTPUT_RECORDS", "Reduce output records"},
    {"REDUCE_SKIPPED_GROUPS", "Reduce skipped groups"},
    {"REDUCE_SKIPPED_RECORDS", "Reduce skipped records"},
    {"SPILLED_RECORDS", "Spilled Records"},
    {"SHUFFLED_MAPS", "Shuffled Maps "},
    {"FAILED_SHUFFLE", "Failed Shuffles"},
    {"MERGED_MAP_OUTPUTS", "Merged Map outputs"},
    {"GC_TIME_MILLIS", "GC time elapsed (ms)"},
    {"CPU_MILLISECONDS", "CPU time spent (ms)"},
    {"PHYSICAL_MEMORY_BYTES", "Physical memory (bytes) snapshot"},
    {"VIRTUAL_MEMORY_BYTES", "Virtual memory (bytes) snapshot"},
    {"COMMITTED_HEAP_BYTES", "Total committed heap usage (bytes)"},
};
constexpr Name kJobNames[] = {
    {"NUM_FAILED_MAPS", "Failed map tasks"},
    {"NUM_FAILED_REDUCES", "Failed reduce tasks"},
    {"NUM_KILLED_MAPS", "Killed map tasks"},
    {"NUM_KILLED_REDUCES", "Killed reduce tasks"},
    {"TOTAL_LAUNCHED_MAPS", "Launched map tasks"},
    {"TOTAL_LAUNCHED_REDUCES", "Launched reduce tasks"},
    {"OTHER_LOCAL_MAPS", "Other local map tasks"},
    {"DATA_LOCAL_MAPS", "Data-local map tasks"},
    {"RACK_LOCAL_MAPS", "Rack-local map tasks"},
    {"MILLIS_MAPS", "Total time spent by all map tasks (ms)"},
    {"MILLIS_REDUCES", "Total time spent by all reduce tasks (ms)"},
};
constexpr Name kFileNames[] = {
    {"BYTES_READ", "Number of bytes read"},
    {"BYTES_WRITTEN", "Number of bytes written"},
    {"READ_OPS", "Number of read operations"},
    {"LARGE_READ_OPS", "Number of large read operations"},
    {"WRITE_OPS", "Number of write operations"},
};

using Group = std::map<std::string, int64_t>;

std::string Row(std::string_view display, int64_t value) {
  return "\t\t" + std::string(display) + "=" + std::to_string(value) + "\n";
}

template <size_t kCount>
std::string NamedRows(const Group& group, const Name (&names)[kCount]) {
  std::string rows;
  Group rest = group;
  for (const Name& name : names) {
    auto found = rest.find(std::string(name.name));
    if (found == rest.end()) continue;
    rows += Row(name.display, found->second);
    rest.erase(found);
  }
  for (const auto& [name, value] : rest) rows += Row(name, value);
  return rows;
}

// FILE_BYTES_READ and the like, all rows of one scheme together.
std::string FileSystemRows(const Group& group) {
  std::string rows;
  std::map<std::string, Group> schemes;
  for (const auto& [name, value] : group) {
    size_t cut = name.find('_');
    if (cut != std::string::npos) schemes[name.substr(0, cut)][name.substr(cut + 1)] = value;
  }
  for (const auto& [scheme, counters] : schemes) {
    for (const Name& name : kFileNames) {
      auto found = counters.find(std::string(name.name));
      rows += Row(scheme + ": " + std::string(name.display), found == counters.end() ? 0 : found->second);
    }
  }
  return rows;
}

}  // namespace

std::string GroupDisplayName(const std::string& group) {
  if (group == kFileSystemCounters) return "File System Counters";
  if (group == kJobCounters) return "Job Counters ";
  if (group == kTaskCounters) return "Map-Reduce Framework";
  if (group == kInputCounters) return "File Input Format Counters ";
  if (group == kOutputCounters) return "File Output Format Counters ";
  return group;
}

std::string CounterDisplayName(const std::string& group, const std::string& counter) {
  auto find = [&](const auto& names) {
    for (const Name& name : names) {
      if (name.name == counter) return std::string(name.display);
    }
    return counter;
  };
  if (group == kJobCounters) return find(kJobNames);
  if (group == kTaskCounters) return find(kTaskNames);
  if (group == kInputCounters && counter == "BYTES_READ") return "Bytes Read";
  if (group == kOutputCounters && counter == "BYTES_WRITTEN") return "Bytes Written";
  return counter;
}

namespace {

// Rows and the group's title.
std::pair<std::string, std::string> PrintGroup(const std::string& name, const Group& group) {
  constexpr Name kRead[] = {{"BYTES_READ", "Bytes Read"}};
  constexpr Name kWritten[] = {{"BYTES_WRITTEN", "Bytes Written"}};
  std::string title = GroupDisplayName(name);
  if (name == kFileSystemCounters) return {title, FileSystemRows(group)};
  if (name == kJobCounters) return {title, NamedRows(group, kJobNames)};
  if (name == kTaskCounters) return {title, NamedRows(group, kTaskNames)};
  if (name == kInputCounters) return {title, NamedRows(group, kRead)};
  if (name == kOutputCounters) return {title, NamedRows(group, kWritten)};
  std::string rows;
  for (const auto& [counter, value] : group) rows += Row(counter, value);
  return {title, rows};
}

}  // namespace

void Console::Line(std::string_view level, std::string_view logger, std::string_view text) {
  std::time_t seconds = static_cast<std::time_t>(clock_.WallMillis() / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof(stamp), "%y/%m/%d %H:%M:%S", &parts);
  std::fprintf(stderr, "%s %.*s %.*s: %.*s\n", stamp, static_cast<int>(level.size()), level.data(), static_cast<int>(logger.size()),
               logger.data(), static_cast<int>(text.size()), text.data());
}
void Console::Info(std::string_view logger, std::string_view text) { Line("INFO", logger, text); }
void Console::Warn(std::string_view logger, std::string_view text) { Line("WARN", logger, text); }
void Console::Error(std::string_view logger, std::string_view text) { Line("ERROR", logger, text); }

void Console::Progress(double map, double reduce) {
  std::string line = " map " + std::to_string(static_cast<int>(map * 100)) + "% reduce " + std::to_string(static_cast<int>(reduce * 100)) + "%";
  if (line == last_progress_) return;
  last_progress_ = line;
  Info("mapreduce.Job", line);
}

std::string PrintCounters(const Counters& counters) {
  std::map<std::string, Group> groups;
  for (const auto& [key, value] : counters.Values()) groups[key.first][key.second] = value;
  std::string text;
  auto print = [&](const std::string& name) {
    auto found = groups.find(name);
    if (found == groups.end()) return;
    auto [title, rows] = PrintGroup(name, found->second);
    text += "\t" + title + "\n" + rows;
    groups.erase(found);
  };
  for (std::string_view framework : {kFileSystemCounters, kJobCounters, kTaskCounters}) print(std::string(framework));
  while (!groups.empty()) print(groups.begin()->first);
  size_t count = 0;
  for (size_t at = text.find("\t\t"); at != std::string::npos; at = text.find("\t\t", at + 2)) ++count;
  text = "Counters: " + std::to_string(count) + "\n" + text;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace tusk::mapreduce
