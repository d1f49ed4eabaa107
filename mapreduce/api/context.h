// What user code is given while a task runs: where to emit, counters, configuration, status.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"
#include "mapreduce/api/file_system.h"
#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

class Counter {
 public:
  // From one thread at a time; others may read the value meanwhile.
  void Increment(int64_t by = 1) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Named sums: (group, name) as Hadoop names them, e.g. ("org.apache.hadoop.mapreduce.TaskCounter",
// "MAP_INPUT_RECORDS").
class Counters {
 public:
  using Key = std::pair<std::string, std::string>;
  Counters() = default;
  Counters(const Counters& other) { Add(other); }
  Counters& operator=(const Counters& other);
  // Made with 0 where absent; the reference stays valid.
  Counter& Find(std::string_view group, std::string_view name);
  int64_t Value(std::string_view group, std::string_view name) const;
  void Add(const Counters& other);
  std::map<Key, int64_t> Values() const;

 private:
  mutable std::mutex mutex_;
  std::map<Key, Counter> counters_;
};

// The task, shared by its mapper's or reducer's contexts. Implemented by the engine.
class TaskContext {
 public:
  virtual ~TaskContext() = default;
  const Configuration& configuration() const { return *configuration_; }
  Counter& GetCounter(std::string_view group, std::string_view name) { return counters_->Find(group, name); }
  Counters& counters() { return *counters_; }
  // Seen in job reports.
  virtual void SetStatus(std::string_view text) = 0;
  // Tells the app master that the task is alive although it emits nothing.
  virtual void Progress() = 0;
  // The file systems of the job's paths.
  virtual FileSystems& file_systems() = 0;
  // Ends the task with this error after the current Map or Reduce returns.
  void Fail(Status error) {
    if (failure_.ok()) failure_ = std::move(error);
    failed_ = true;
  }
  void Fail(std::string message) { Fail(Status(Code::kIOError, std::move(message))); }
  bool failed() const { return failed_; }
  const Status& failure() const { return failure_; }

  const std::string& attempt_id() const { return attempt_id_; }  // attempt_1700000000000_0001_m_000003_0
  int task_index() const { return task_index_; }                 // 3 of task ..._m_000003
  int reduces() const { return reduces_; }
  const std::string& input_path() const { return input_path_; }  // of a file split; else empty
  uint64_t input_start() const { return input_start_; }
  uint64_t input_length() const { return input_length_; }

 protected:
  const Configuration* configuration_ = nullptr;
  Counters* counters_ = nullptr;
  std::string attempt_id_;
  std::string input_path_;
  uint64_t input_start_ = 0, input_length_ = 0;
  int task_index_ = 0;
  int reduces_ = 0;

 private:
  Status failure_;
  bool failed_ = false;
};

// Where emitted records go: the sort buffer of a map task, or an output file.
class RecordSink {
 public:
  enum class Form { kFramed, kText };
  virtual ~RecordSink() = default;
  explicit RecordSink(Form form) : form_(form) {}
  Form form() const { return form_; }
  // Both in form(). Copies what it keeps.
  virtual Status Take(ByteView key, ByteView value) = 0;

 private:
  Form form_;
};

// What Mapper::Map and Reducer::Reduce get.
template <typename K, typename V>
class Context {
 public:
  Context(TaskContext& task, RecordSink& sink) : task_(task), sink_(sink), text_(sink.form() == RecordSink::Form::kText) {}
  Context(const Context&) = delete;

  void Emit(typename K::View key, typename V::View value) {
    key_.clear();
    value_.clear();
    if (text_) {
      K::Print(key, key_);
      V::Print(value, value_);
    } else {
      K::Write(key, key_);
      V::Write(value, value_);
    }
    Status taken = sink_.Take(AsBytes(key_), AsBytes(value_));
    if (!taken.ok()) [[unlikely]] task_.Fail(std::move(taken));
  }

  TaskContext& task() { return task_; }
  const Configuration& configuration() const { return task_.configuration(); }
  Counter& GetCounter(std::string_view group, std::string_view name) { return task_.GetCounter(group, name); }
  void SetStatus(std::string_view text) { task_.SetStatus(text); }
  void Progress() { task_.Progress(); }
  void Fail(std::string message) { task_.Fail(std::move(message)); }
  void Fail(Status error) { task_.Fail(std::move(error)); }

 private:
  TaskContext& task_;
  RecordSink& sink_;
  const bool text_;
  std::string key_, value_;  // reused, so that emitting allocates nothing
};

// One group's values in framed form, once through.
class ValueStream {
 public:
  virtual ~ValueStream() = default;
  // False at the end of the group; `value` is valid until the next call.
  virtual bool Next(ByteView& value) = 0;
};
// Or, from the combiner's table, a run of (vint length, framed bytes) in memory.
struct ValueRun {
  const uint8_t* at = nullptr;
  const uint8_t* end = nullptr;
};

// for (int32_t count : values) ...; one pass. A view is valid until the next step.
template <typename V>
class Values {
 public:
  Values(TaskContext& task, ValueStream& stream) : task_(task), stream_(&stream) {}
  Values(TaskContext& task, ValueRun run) : task_(task), run_(run) {}
  Values(const Values&) = delete;

  bool Next(typename V::View& view) {
    ByteView framed;
    if (stream_ != nullptr) {
      if (!stream_->Next(framed)) return false;
    } else {
      if (run_.at == run_.end) return false;
      int64_t size = 0;
      const uint8_t* start = ReadVLong(run_.at, run_.end, &size);
      framed = ByteView(start, static_cast<size_t>(size));
      run_.at = start + size;
    }
    if (V::Read(framed.subspan(V::FrameSize(framed)), view)) return true;
    task_.Fail(Status(Code::kCorruption, "a value is not a " + std::string(V::kJavaClass)));
    return false;
  }

  class iterator {
   public:
    explicit iterator(Values* values) : values_(values) { ++*this; }
    const typename V::View& operator*() const { return view_; }
    iterator& operator++() {
      if (!values_->Next(view_)) values_ = nullptr;
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return values_ != nullptr; }

   private:
    Values* values_;
    typename V::View view_{};
  };
  iterator begin() { return iterator(this); }
  std::nullptr_t end() { return nullptr; }

 private:
  TaskContext& task_;
  ValueStream* stream_ = nullptr;
  ValueRun run_;
};

}  // namespace tusk::mapreduce
