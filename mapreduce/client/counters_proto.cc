// Counters in protobuf.
#include "mapreduce/client/counters_proto.h"

#include "mapreduce/client/console.h"

namespace tusk::mapreduce {

void CountersToProto(const Counters& counters, hadoop::mapreduce::CountersProto* proto) {
  hadoop::mapreduce::CounterGroupProto* group = nullptr;
  std::string current;
  for (const auto& [key, value] : counters.Values()) {
    if (group == nullptr || key.first != current) {
      current = key.first;
      auto* entry = proto->add_counter_groups();
      entry->set_key(current);
      group = entry->mutable_value();
      group->set_name(current);
      group->set_display_name(GroupDisplayName(current));
    }
    auto* entry = group->add_counters();
    entry->set_key(key.second);
    entry->mutable_value()->set_name(key.second);
    entry->mutable_value()->set_display_name(key.second);
    entry->mutable_value()->set_value(value);
  }
}

Counters CountersFromProto(const hadoop::mapreduce::CountersProto& proto) {
  Counters counters;
  for (const auto& group : proto.counter_groups()) {
    for (const auto& counter : group.value().counters()) counters.Find(group.key(), counter.key()).Set(counter.value().value());
  }
  return counters;
}

}  // namespace tusk::mapreduce
