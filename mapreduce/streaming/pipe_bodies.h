// What runs in a streaming job's tasks: mapper, combiner and reducer that hand their records to a program, and the ones
// that hand them on.
#pragma once

#include <memory>

#include "mapreduce/api/job.h"

namespace tusk::mapreduce {

// Keys of the configuration that hold the commands, encoded.
inline constexpr char kMapCommandKey[] = "stream.map.streamprocessor";
inline constexpr char kCombineCommandKey[] = "stream.combine.streamprocessor";
inline constexpr char kReduceCommandKey[] = "stream.reduce.streamprocessor";

// `key_is_offset`: the input's keys are positions in a file. `ignores_key` is what stream.map.input.ignoreKey is unless it
// is set: whether the program gets values only.
std::unique_ptr<MapBody> MakePipeMapper(bool key_is_offset, bool ignores_key);
// Key and value as they are.
std::unique_ptr<MapBody> MakeIdentityMapper(bool key_is_offset);
// Of the command in `command_key`; as a combiner it emits framed pairs for the shuffle.
std::unique_ptr<ReduceBody> MakePipeReducer(const char* command_key);
std::unique_ptr<ReduceBody> MakeIdentityReducer(bool key_is_offset);
// Keys "LongValueSum:name" and the like, as Hadoop's aggregate package writes and sums them.
std::unique_ptr<ReduceBody> MakeAggregateReducer();

}  // namespace tusk::mapreduce
