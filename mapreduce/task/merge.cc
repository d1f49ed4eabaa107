// A binary heap of readers, and groups over it.
#include "mapreduce/task/merge.h"

namespace tusk::mapreduce {

MergeReader::MergeReader(std::vector<std::unique_ptr<IFileReader>> inputs, KeyOrder order) : order_(std::move(order)) {
  inputs_.reserve(inputs.size());
  for (auto& input : inputs) inputs_.push_back({std::move(input), 0});
}

bool MergeReader::Before(uint32_t a, uint32_t b) const {
  const Input& left = inputs_[a];
  const Input& right = inputs_[b];
  int order = order_.Compare(left.prefix, left.reader->key(), right.prefix, right.reader->key());
  return order != 0 ? order < 0 : a < b;
}

void MergeReader::SiftDown(size_t at) {
  uint32_t moving = heap_[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && Before(heap_[child + 1], heap_[child])) ++child;
    if (!Before(heap_[child], moving)) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = moving;
}

Result<bool> MergeReader::Advance(Input& input) {
  ASSIGN_OR_RETURN(bool more, input.reader->Next());
  if (more) input.prefix = order_.PrefixOf(input.reader->key());
  return more;
}

Result<bool> MergeReader::Next() {
  if (!started_) {
    started_ = true;
    for (uint32_t i = 0; i < inputs_.size(); ++i) {
      ASSIGN_OR_RETURN(bool more, Advance(inputs_[i]));
      if (more) heap_.push_back(i);
    }
    for (size_t i = heap_.size() / 2; i-- > 0;) SiftDown(i);
    return !heap_.empty();
  }
  if (heap_.empty()) return false;
  ASSIGN_OR_RETURN(bool more, Advance(inputs_[heap_.front()]));
  if (!more) {
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return false;
  }
  SiftDown(0);
  return true;
}

GroupReader::GroupReader(MergeReader& merge, KeyOrder order, KeyCompare group_compare)
    : merge_(merge), order_(std::move(order)), group_compare_(std::move(group_compare)) {}

bool GroupReader::SameGroup() const {
  ByteView key = AsBytes(key_);
  if (group_compare_) return group_compare_(key, merge_.key()) == 0;
  return order_.Compare(prefix_, key, merge_.prefix(), merge_.key()) == 0;
}

Result<bool> GroupReader::NextGroup() {
  ByteView skipped;
  while (state_ == State::kFirst || state_ == State::kInside) {
    if (!Next(skipped)) break;
  }
  if (!status_.ok()) return status_;
  if (state_ == State::kEnd) return false;
  if (state_ == State::kStart) {
    ASSIGN_OR_RETURN(bool more, merge_.Next());
    if (!more) {
      state_ = State::kEnd;
      return false;
    }
  }
  key_.assign(AsText(merge_.key()));
  prefix_ = merge_.prefix();
  state_ = State::kFirst;
  return true;
}

bool GroupReader::Next(ByteView& value) {
  if (state_ == State::kFirst) {
    state_ = State::kInside;
  } else if (state_ == State::kInside) {
    Result<bool> more = merge_.Next();
    if (!more.ok()) {
      status_ = std::move(more).status();
      state_ = State::kEnd;
      return false;
    }
    if (!*more) {
      state_ = State::kEnd;
      return false;
    }
    if (!SameGroup()) {
      state_ = State::kNextGroup;
      return false;
    }
  } else {
    return false;
  }
  value = merge_.value();
  ++values_;
  return true;
}

}  // namespace tusk::mapreduce
