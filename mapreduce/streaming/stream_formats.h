// Input and output formats that streaming adds to the built-in ones.
#pragma once

#include <memory>

#include "mapreduce/api/formats.h"

namespace tusk::mapreduce {

// Records of SequenceFiles as the texts that their classes print.
std::unique_ptr<InputFormat> SequenceFileAsTextInputFormat();

// Makes a file of `format` when its first record comes: tasks that emit nothing leave none.
std::unique_ptr<OutputFormat> LazyOutputFormat(std::unique_ptr<OutputFormat> format, RecordSink::Form form);

}  // namespace tusk::mapreduce
