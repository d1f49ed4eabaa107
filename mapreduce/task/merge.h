// Merging sorted segments, and walking the result group by group.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapreduce/api/job.h"
#include "mapreduce/task/ifile.h"

namespace tusk::mapreduce {

// The order of framed keys.
struct KeyOrder {
  const TypeInfo* type = nullptr;
  KeyCompare compare;  // not the type's own: prefixes say nothing

  static KeyOrder Of(const TypeInfo& type, KeyCompare other) { return {&type, std::move(other)}; }
  uint64_t PrefixOf(ByteView key) const { return compare ? 0 : type->prefix(key); }
  int Compare(uint64_t prefix_a, ByteView a, uint64_t prefix_b, ByteView b) const {
    if (compare) return compare(a, b);
    if (prefix_a != prefix_b) return prefix_a < prefix_b ? -1 : 1;
    return type->prefix_decides ? 0 : type->compare(a, b);
  }
};

// The records of all readers in order; equal keys in the order of the readers.
class MergeReader {
 public:
  MergeReader(std::vector<std::unique_ptr<IFileReader>> inputs, KeyOrder order);
  Result<bool> Next();
  ByteView key() const { return inputs_[heap_.front()].reader->key(); }
  ByteView value() const { return inputs_[heap_.front()].reader->value(); }
  uint64_t prefix() const { return inputs_[heap_.front()].prefix; }

 private:
  struct Input {
    std::unique_ptr<IFileReader> reader;
    uint64_t prefix = 0;
  };
  bool Before(uint32_t a, uint32_t b) const;
  void SiftDown(size_t at);
  // False where the input has ended.
  Result<bool> Advance(Input& input);

  std::vector<Input> inputs_;
  std::vector<uint32_t> heap_;  // indices of inputs, the smallest key first
  KeyOrder order_;
  bool started_ = false;
};

// Groups of a merge: NextGroup, then key() and the group itself as ValueStream. What a group's reader leaves unread is
// skipped.
class GroupReader : public ValueStream {
 public:
  // `group_compare` null: keys that the order finds equal are one group.
  GroupReader(MergeReader& merge, KeyOrder order, KeyCompare group_compare);
  Result<bool> NextGroup();
  ByteView key() const { return AsBytes(key_); }
  bool Next(ByteView& value) override;
  // An error that ended the values early.
  const Status& status() const { return status_; }
  uint64_t values() const { return values_; }

 private:
  bool SameGroup() const;

  MergeReader& merge_;
  KeyOrder order_;
  KeyCompare group_compare_;
  std::string key_;
  uint64_t prefix_ = 0;
  enum class State { kStart, kFirst, kInside, kNextGroup, kEnd } state_ = State::kStart;
  Status status_;
  uint64_t values_ = 0;
};

}  // namespace tusk::mapreduce
