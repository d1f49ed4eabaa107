// Reads a .jhist: "Avro-Binary" or "Avro-Json", the schema in JSON, then bare records of events (shared facts,
// mapreduce §2). The schema of the file counts, so files of any Hadoop that writes these events are read.
#pragma once

#include <string_view>

#include "base/core/result.h"
#include "mapreduce/history/job_record.h"

namespace tusk::mapreduce {

// Larger files are refused.
inline constexpr uint64_t kHistoryBytesMax = 512 << 20;

// kCorruption says where it ends. A file that ends within an event is a job whose master died: what came counts.
Result<JobRecord> ReadHistoryFile(std::string_view bytes);

}  // namespace tusk::mapreduce
