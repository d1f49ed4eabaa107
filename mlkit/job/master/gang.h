// Gang: all containers of a job at once, from schedulers that grant them one by one. What is granted is held until it is the whole
// gang. A part of a gang that has not grown for a while is given back, and asked for again after a pause of a length of its
// own: of two jobs that hold what the other lacks, one gets it. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/core/time.h"

namespace tusk::ml {

struct GangLimits {
  int size = 1;
  Duration hold = std::chrono::seconds(10);        // without another grant; up to half as long again, by chance
  Duration pause = std::chrono::seconds(1);        // after giving back; doubled each time, up to half as long again, by chance
  Duration pause_max = std::chrono::seconds(20);
  uint64_t seed = 0;                               // of chance: another for every job
};

class Gang {
 public:
  Gang(GangLimits limits, TimePoint now);

  void Granted(const std::string& container, TimePoint now);
  // It ended before it was started.
  void Lost(const std::string& container) { held_.erase(container); }
  // All, once they are there: then the gang's work is done.
  std::vector<std::string> TakeWhole();
  bool done() const { return done_; }
  // What is to be given back now.
  std::vector<std::string> TakeBack(TimePoint now);
  // How many to ask for.
  int wanted(TimePoint now) const;
  Duration last_pause() const { return last_pause_; }
  int most_held() const { return most_held_; }

 private:
  Duration Stretched(Duration duration);

  const GangLimits limits_;
  std::set<std::string> held_;
  TimePoint grown_;              // the last grant
  TimePoint ask_from_;
  Duration hold_, pause_, last_pause_{};
  uint64_t draws_ = 0;
  int most_held_ = 0;
  bool done_ = false;
};

}  // namespace tusk::ml
