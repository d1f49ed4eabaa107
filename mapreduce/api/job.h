// Job: what runs, on what, with which settings. A program's configure function fills it; the same function runs again
// in every task of the job, so it must depend on nothing but its arguments.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mapreduce/api/mapper.h"

namespace tusk::mapreduce {

// Below zero, zero, above zero: over framed keys.
using KeyCompare = std::function<int(ByteView a, ByteView b)>;

// Untyped parts, for the engine.
struct JobParts {
  std::function<std::unique_ptr<MapBody>()> mapper;
  std::function<std::unique_ptr<ReduceBody>()> combiner;
  std::function<std::unique_ptr<ReduceBody>()> reducer;
  std::function<std::unique_ptr<PartitionBody>()> partitioner;  // null: by hash
  const TypeInfo* map_key = nullptr;
  const TypeInfo* map_value = nullptr;
  const TypeInfo* reduce_key = nullptr;    // what the reducer reads
  const TypeInfo* reduce_value = nullptr;
  const TypeInfo* output_key = nullptr;
  const TypeInfo* output_value = nullptr;
  const TypeInfo* combine_in_key = nullptr;
  const TypeInfo* combine_out_key = nullptr;
  const TypeInfo* combine_in_value = nullptr;
  const TypeInfo* combine_out_value = nullptr;
  // Keys that compare equal here go to one Reduce call; null: as they sort.
  KeyCompare group_compare;
  // The order of reduce keys where it is not the type's own.
  KeyCompare sort_compare;
  // The combiner wants the records of a spill in order, each once, and may emit other keys: a program behind a pipe.
  bool combine_sorted = false;
};

class Job {
 public:
  explicit Job(Configuration conf);
  Job(Job&&) = default;
  Job& operator=(Job&&) = default;

  Configuration& configuration() { return conf_; }
  const Configuration& configuration() const { return conf_; }
  void SetName(std::string name);
  void AddInputPath(std::string path);
  void SetOutputPath(std::string path);
  // 0: the mappers' output is the job's.
  void SetReduces(int count);
  int reduces() const;
  std::string name() const;
  std::string output_path() const;

  template <typename M>
  void SetMapper() {
    parts_.mapper = [] { return std::make_unique<internal::TypedMapBody<M>>(); };
    parts_.map_key = &TypeOf<typename M::OutKey>();
    parts_.map_value = &TypeOf<typename M::OutValue>();
  }
  template <typename R>
  void SetCombiner() {
    parts_.combiner = [] { return std::make_unique<internal::TypedReduceBody<R>>(); };
    parts_.combine_in_key = &TypeOf<typename R::InKey>();
    parts_.combine_in_value = &TypeOf<typename R::InValue>();
    parts_.combine_out_key = &TypeOf<typename R::OutKey>();
    parts_.combine_out_value = &TypeOf<typename R::OutValue>();
  }
  template <typename R>
  void SetReducer() {
    parts_.reducer = [] { return std::make_unique<internal::TypedReduceBody<R>>(); };
    parts_.reduce_key = &TypeOf<typename R::InKey>();
    parts_.reduce_value = &TypeOf<typename R::InValue>();
    parts_.output_key = &TypeOf<typename R::OutKey>();
    parts_.output_value = &TypeOf<typename R::OutValue>();
  }
  template <typename P>
  void SetPartitioner() {
    parts_.partitioner = [] { return std::make_unique<internal::TypedPartitionBody<P>>(); };
  }
  // Order: a type with Compare(ByteView, ByteView) over bodies of K.
  template <typename K, typename Order>
  void SetSortOrder() {
    parts_.sort_compare = [](ByteView a, ByteView b) {
      return Order::Compare(internal::BodyOf<K>(a), internal::BodyOf<K>(b));
    };
  }
  template <typename K, typename Order>
  void SetGroupOrder() {
    parts_.group_compare = [](ByteView a, ByteView b) {
      return Order::Compare(internal::BodyOf<K>(a), internal::BodyOf<K>(b));
    };
  }
  void SetInputFormat(std::unique_ptr<InputFormat> format) { input_format_ = std::move(format); }
  void SetOutputFormat(std::unique_ptr<OutputFormat> format) { output_format_ = std::move(format); }

  const JobParts& parts() const { return parts_; }
  // Instead of the typed Set functions, for jobs that know their parts only when they run.
  void SetParts(JobParts parts) { parts_ = std::move(parts); }
  InputFormat& input_format() { return *input_format_; }
  OutputFormat& output_format() { return *output_format_; }

  // Before submission: are the parts there, do their types fit? Puts the types' Java names into the configuration.
  Status Validate();

 private:
  Configuration conf_;
  JobParts parts_;
  std::unique_ptr<InputFormat> input_format_;
  std::unique_ptr<OutputFormat> output_format_;
};

}  // namespace tusk::mapreduce
