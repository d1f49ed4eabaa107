// JobFigures: how much of their time workers were at work, and what they took. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/core/time.h"

namespace tusk::quant {

// What a worker says of itself, since it began.
struct WorkerFigures {
  Duration at_work{0}, cpu{0};
  uint64_t peak_bytes = 0;
};

class JobFigures {
 public:
  void Hear(const std::string& worker, const WorkerFigures& figures, TimePoint now);
  // The worker is gone: its time ended when it was last heard of.
  void Lose(const std::string& worker);

  // Nobody was heard of yet.
  bool nobody() const { return workers_.empty(); }

  struct Sum {
    double at_work = 0, computing = 0;   // of workers' time between 0 and 1; processor seconds a second
    uint64_t peak_bytes = 0;             // of the worker that had most
  };
  // Of all workers, lost ones too; time in which a worker waits for others' last pieces counts.
  Sum SumAt(TimePoint now) const;
  // Of one worker's time, between 0 and 1.
  double ShareOf(const std::string& worker, TimePoint now) const;

 private:
  struct Worker {
    TimePoint first, last;
    bool lost = false;
    WorkerFigures begin, end;   // as first and as last heard
    Duration TimeAt(TimePoint now) const { return (lost ? last : now) - first; }
  };
  std::map<std::string, Worker> workers_;
};

}  // namespace tusk::quant
