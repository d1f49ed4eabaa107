// MasterEvents: what has happened in a job, as its master's status tells it: the newest ones, numbered from 0. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace tusk::mapreduce {

class MasterEvents {
 public:
  void Happened(int64_t wall_ms, std::string message);
  // {"events": [{"time_ms", "message"}, …], "next": M}: those from number `from` on that are still known.
  std::string Json(uint64_t from) const;

 private:
  static constexpr size_t kEventsMax = 1000;
  struct Event {
    int64_t wall_ms = 0;
    std::string message;
  };
  std::deque<Event> events_;
  uint64_t first_ = 0;   // number of events_[0]
};

}  // namespace tusk::mapreduce
