// Counters.
#include "mapreduce/api/context.h"

namespace tusk::mapreduce {

Counters& Counters::operator=(const Counters& other) {
  if (this == &other) return *this;
  auto values = other.Values();
  std::lock_guard lock(mutex_);
  for (auto& [key, counter] : counters_) counter.Set(0);
  for (const auto& [key, value] : values) counters_[key].Set(value);
  return *this;
}

Counter& Counters::Find(std::string_view group, std::string_view name) {
  std::lock_guard lock(mutex_);
  return counters_[Key(group, name)];
}

int64_t Counters::Value(std::string_view group, std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto found = counters_.find(Key(group, name));
  return found == counters_.end() ? 0 : found->second.value();
}

void Counters::Add(const Counters& other) {
  for (const auto& [key, value] : other.Values()) Find(key.first, key.second).Increment(value);
}

std::map<Counters::Key, int64_t> Counters::Values() const {
  std::lock_guard lock(mutex_);
  std::map<Key, int64_t> values;
  for (const auto& [key, counter] : counters_) values[key] = counter.value();
  return values;
}

}  // namespace tusk::mapreduce
