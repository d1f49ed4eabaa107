// Mapper, Reducer (also as combiner) and Partitioner: the classes that a job derives from, and the untyped bodies
// through which the engine runs them.
#pragma once

#include <exception>
#include <memory>

#include "mapreduce/api/context.h"
#include "mapreduce/api/formats.h"

namespace tusk::mapreduce {

// One object per map task. Exceptions that user code throws fail the attempt with their what().
template <typename KIn, typename VIn, typename KOut, typename VOut>
class Mapper {
 public:
  using InKey = KIn;
  using InValue = VIn;
  using OutKey = KOut;
  using OutValue = VOut;
  using Context = mapreduce::Context<KOut, VOut>;
  virtual ~Mapper() = default;
  virtual void Setup(Context&) {}
  virtual void Map(typename KIn::View key, typename VIn::View value, Context& context) = 0;
  virtual void Cleanup(Context&) {}
};

// One object per reduce task; as a combiner one per map task, where KIn, VIn and KOut, VOut are the same and the
// emitted key is the given one. A combiner may run any number of times for a key, also never.
template <typename KIn, typename VIn, typename KOut, typename VOut>
class Reducer {
 public:
  using InKey = KIn;
  using InValue = VIn;
  using OutKey = KOut;
  using OutValue = VOut;
  using Context = mapreduce::Context<KOut, VOut>;
  using Values = mapreduce::Values<VIn>;
  virtual ~Reducer() = default;
  virtual void Setup(Context&) {}
  virtual void Reduce(typename KIn::View key, Values& values, Context& context) = 0;
  virtual void Cleanup(Context&) {}
};

// Which reduce a record goes to, in [0, partitions). One object per map task.
template <typename K, typename V>
class Partitioner {
 public:
  using Key = K;
  using Value = V;
  virtual ~Partitioner() = default;
  virtual Status Setup(TaskContext&) { return Status::Ok(); }
  virtual int PartitionOf(typename K::View key, typename V::View value, int partitions) = 0;
};

class MapBody {
 public:
  virtual ~MapBody() = default;
  virtual Status Run(RecordReader& reader, RecordSink& sink, TaskContext& task, Counter& records) = 0;
};

class ReduceBody {
 public:
  virtual ~ReduceBody() = default;
  virtual Status Start(RecordSink& sink, TaskContext& task) = 0;
  // `key` is framed and outlives the call.
  virtual Status Reduce(ByteView key, ValueStream& values) = 0;
  virtual Status Reduce(ByteView key, ValueRun values) = 0;
  virtual Status Finish() = 0;
};

class PartitionBody {
 public:
  virtual ~PartitionBody() = default;
  virtual Status Setup(TaskContext& task) = 0;
  virtual int PartitionOf(ByteView key, ByteView value, int partitions) = 0;  // framed
};

namespace internal {

// Runs user code; what it throws becomes a Status.
template <typename Work>
Status Guard(TaskContext& task, Work work) {
  try {
    work();
  } catch (const std::exception& thrown) {
    return Status(Code::kIOError, thrown.what());
  } catch (...) {
    return Status(Code::kIOError, "the task threw something that is not a std::exception");
  }
  return task.failed() ? task.failure() : Status::Ok();
}

template <typename M>
class TypedMapBody : public MapBody {
 public:
  Status Run(RecordReader& reader, RecordSink& sink, TaskContext& task, Counter& records) override {
    typename M::Context context(task, sink);
    return Guard(task, [&] {
      M mapper;
      mapper.Setup(context);
      RecordView record;
      typename M::InKey::View key{};
      typename M::InValue::View value{};
      while (!task.failed()) {
        Result<bool> more = reader.Next(record);
        if (!more.ok()) return task.Fail(std::move(more).status());
        if (!*more) break;
        records.Increment();
        if (!M::InKey::Read(record.key, key) || !M::InValue::Read(record.value, value)) {
          return task.Fail(Status(Code::kInvalidArgument, "the input's records are not (" + std::string(M::InKey::kJavaClass) +
                                                              ", " + std::string(M::InValue::kJavaClass) + ")"));
        }
        mapper.Map(key, value, context);
      }
      if (!task.failed()) mapper.Cleanup(context);
    });
  }
};

template <typename R>
class TypedReduceBody : public ReduceBody {
 public:
  Status Start(RecordSink& sink, TaskContext& task) override {
    task_ = &task;
    context_ = std::make_unique<typename R::Context>(task, sink);
    return Guard(task, [&] {
      reducer_ = std::make_unique<R>();
      reducer_->Setup(*context_);
    });
  }
  Status Reduce(ByteView key, ValueStream& values) override {
    typename R::Values typed(*task_, values);
    return ReduceGroup(key, typed);
  }
  Status Reduce(ByteView key, ValueRun values) override {
    typename R::Values typed(*task_, values);
    return ReduceGroup(key, typed);
  }
  Status Finish() override {
    return Guard(*task_, [&] { reducer_->Cleanup(*context_); });
  }

 private:
  Status ReduceGroup(ByteView framed, typename R::Values& values) {
    typename R::InKey::View key{};
    if (!R::InKey::Read(BodyOf<typename R::InKey>(framed), key)) {
      return Status(Code::kCorruption, "a key is not a " + std::string(R::InKey::kJavaClass));
    }
    return Guard(*task_, [&] { reducer_->R::Reduce(key, values, *context_); });
  }

  TaskContext* task_ = nullptr;
  std::unique_ptr<typename R::Context> context_;
  std::unique_ptr<R> reducer_;
};

template <typename P>
class TypedPartitionBody : public PartitionBody {
 public:
  Status Setup(TaskContext& task) override { return partitioner_.Setup(task); }
  int PartitionOf(ByteView framed_key, ByteView framed_value, int partitions) override {
    typename P::Key::View key{};
    typename P::Value::View value{};
    if (!P::Key::Read(BodyOf<typename P::Key>(framed_key), key) ||
        !P::Value::Read(BodyOf<typename P::Value>(framed_value), value)) {
      return -1;
    }
    return partitioner_.PartitionOf(key, value, partitions);
  }

 private:
  P partitioner_;
};

}  // namespace internal
}  // namespace tusk::mapreduce
