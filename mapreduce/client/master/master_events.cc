// Events as JSON.
#include "mapreduce/client/master/master_events.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tusk::mapreduce {

void MasterEvents::Happened(int64_t wall_ms, std::string message) {
  events_.push_back({wall_ms, std::move(message)});
  if (events_.size() <= kEventsMax) return;
  events_.pop_front();
  ++first_;
}

std::string MasterEvents::Json(uint64_t from) const {
  nlohmann::json events = nlohmann::json::array();
  const uint64_t end = first_ + events_.size();
  for (uint64_t i = std::max(from, first_); i < end; ++i) {
    const Event& event = events_[i - first_];
    events.push_back({{"time_ms", event.wall_ms}, {"message", event.message}});
  }
  const nlohmann::json json = {{"events", std::move(events)}, {"next", end}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tusk::mapreduce
