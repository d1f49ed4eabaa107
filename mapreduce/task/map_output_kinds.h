// The two kinds of MapOutput and what they share. Private to this folder.
#pragma once

#include "mapreduce/task/map_output.h"

namespace tusk::mapreduce {

std::unique_ptr<MapOutput> MakeSortBuffer(MapOutputOptions options);
Result<std::unique_ptr<MapOutput>> MakeCombineTable(MapOutputOptions options);

// Negative where the partitioner gave none.
int PartitionOf(const MapOutputOptions& options, ByteView key, ByteView value);
Status BadPartition(ByteView key);

}  // namespace tusk::mapreduce
