// The options of the streaming jar.
#pragma once

#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::mapreduce {

struct StreamOptions {
  bool help = false, info = false, verbose = false, background = false, lazy_output = false;
  std::vector<std::string> inputs, files, cache_files, cache_archives, jobconf, environment;
  std::string output, mapper, combiner, reducer, input_format, output_format, partitioner, input_reader, io, reduces, dfs, additional_conf;
  std::vector<std::string> deprecated;  // "-file option is deprecated, …"
};

// kInvalidArgument with Hadoop's text.
Result<StreamOptions> ParseStreamOptions(const std::vector<std::string>& arguments);

// Puts the options into `conf`; `working_folder` is what names of -file are below.
Status ApplyStreamOptions(const StreamOptions& options, Disk& disk, const std::string& working_folder, Configuration& conf);

// The usage, with `detailed` also the tips.
void PrintStreamUsage(bool detailed);

// Keys of our own for what is a Java class in Hadoop's configuration.
inline constexpr char kStreamInputKey[] = "tusk.stream.input.format";
inline constexpr char kStreamOutputKey[] = "tusk.stream.output.format";
inline constexpr char kStreamLazyKey[] = "tusk.stream.output.lazy";
inline constexpr char kStreamReducerKey[] = "tusk.stream.reducer";  // identity, aggregate; else a command
inline constexpr char kStreamPartitionerKey[] = "mapreduce.job.partitioner.class";
inline constexpr char kStreamComparatorKey[] = "mapreduce.job.output.key.comparator.class";

// "TextInputFormat" of "org.apache.hadoop.mapred.TextInputFormat".
std::string SimpleClassName(const std::string& java_class);
// Whether a command is in truth the name of one of Hadoop's identity classes.
bool IsIdentityClass(const std::string& command);

}  // namespace tusk::mapreduce
