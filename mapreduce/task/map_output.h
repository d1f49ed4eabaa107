// MapOutput: what a map task emits, gathered in memory, sorted by (partition, key), spilled to IFiles when memory is
// full, and merged to one file with a segment per partition. With a combiner, values are combined in a hash table as
// they are emitted.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/env/disk.h"
#include "mapreduce/api/mapper.h"
#include "mapreduce/task/merge.h"

namespace tusk::mapreduce {

struct MapOutputOptions {
  Disk* disk = nullptr;
  std::string folder;  // spill*.out are made here, and file.out, file.out.index
  int partitions = 1;
  size_t buffer_bytes = 100 << 20;  // mapreduce.task.io.sort.mb
  int merge_factor = 10;            // mapreduce.task.io.sort.factor
  Codec codec = Codec::kLz4;
  KeyOrder order;
  PartitionBody* partitioner = nullptr;  // null: Java's HashPartitioner
  std::function<std::unique_ptr<ReduceBody>()> combiner;
  bool combine_sorted = false;  // JobParts::combine_sorted
  TaskContext* task = nullptr;
};

struct MapOutputFile {
  std::string path;  // beside it path + ".index"
  std::vector<SegmentIndex> segments;
};

// Sorted records of one spill, as the two kinds of buffer give them.
class MapOutput : public RecordSink {
 public:
  MapOutput() : RecordSink(Form::kFramed) {}
  // Sorts, spills and merges the rest.
  virtual Result<MapOutputFile> Finish() = 0;
};

Result<std::unique_ptr<MapOutput>> MakeMapOutput(MapOutputOptions options);

}  // namespace tusk::mapreduce
