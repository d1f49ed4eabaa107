// Counters as MRClientProtocol and the umbilical carry them. Include from .cc files only.
#pragma once

#include "mapreduce/api/context.h"
#include "mapreduce/proto/mr_protos.pb.h"

namespace tusk::mapreduce {

void CountersToProto(const Counters& counters, hadoop::mapreduce::CountersProto* proto);
Counters CountersFromProto(const hadoop::mapreduce::CountersProto& proto);

// For messages with `repeated umbilical.Counter counters`.
template <typename Message>
void AddCounters(const Counters& counters, Message& message) {
  for (const auto& [key, value] : counters.Values()) {
    auto* counter = message.add_counters();
    counter->set_group(key.first);
    counter->set_name(key.second);
    counter->set_value(value);
  }
}

}  // namespace tusk::mapreduce
