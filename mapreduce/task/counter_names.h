// Hadoop's counter groups.
#pragma once

#include <string_view>

namespace tusk::mapreduce {

inline constexpr std::string_view kTaskCounters = "org.apache.hadoop.mapreduce.TaskCounter";
inline constexpr std::string_view kJobCounters = "org.apache.hadoop.mapreduce.JobCounter";
inline constexpr std::string_view kFileSystemCounters = "org.apache.hadoop.mapreduce.FileSystemCounter";
inline constexpr std::string_view kInputCounters = "org.apache.hadoop.mapreduce.lib.input.FileInputFormatCounter";
inline constexpr std::string_view kOutputCounters = "org.apache.hadoop.mapreduce.lib.output.FileOutputFormatCounter";
inline constexpr std::string_view kShuffleErrors = "Shuffle Errors";

}  // namespace tusk::mapreduce
