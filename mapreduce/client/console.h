// What a running job prints on standard error: lines as Hadoop's log4j console writes them, which other tools parse.
#pragma once

#include <string>
#include <string_view>

#include "base/env/clock.h"
#include "mapreduce/api/context.h"

namespace tusk::mapreduce {

class Console {
 public:
  explicit Console(const Clock& clock) : clock_(clock) {}
  // "26/11/21 08:26:06 INFO mapreduce.Job: text"
  void Info(std::string_view logger, std::string_view text);
  void Warn(std::string_view logger, std::string_view text);
  void Error(std::string_view logger, std::string_view text);
  // " map 50% reduce 0%", when it has changed.
  void Progress(double map, double reduce);

 private:
  void Line(std::string_view level, std::string_view logger, std::string_view text);
  const Clock& clock_;
  std::string last_progress_;
};

// "Counters: 5\n\tFile System Counters\n\t\tFILE: Number of bytes read=230\n...": Hadoop's names, groups and order.
std::string PrintCounters(const Counters& counters);

// "Map-Reduce Framework" of "org.apache.hadoop.mapreduce.TaskCounter"; a group of its own name where Hadoop has none.
std::string GroupDisplayName(const std::string& group);
// "Map input records" of MAP_INPUT_RECORDS; a counter of its own name where Hadoop has none.
std::string CounterDisplayName(const std::string& group, const std::string& counter);

}  // namespace tusk::mapreduce
