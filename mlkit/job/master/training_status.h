// TrainingStatus: what a training's master knows about its course, as the JSON that its tracking URL serves (docs/formats/mlkit_job.md):
// the curve of its figures, what steps take each worker, what has happened. Bounded, however long the training is. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "mapreduce/client/master/master_events.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/master/step_curve.h"

namespace tusk::ml {

class TrainingStatus {
 public:
  struct Point {
    uint64_t step = 0;
    int64_t wall_ms = 0;
    double progress = 0;
    uint64_t rows = 0;
    double seconds = 0;
    uint64_t bytes = 0;
    uint64_t workers = 0;
    std::map<std::string, double> figures;
  };
  // What the caller knows at the moment.
  struct Now {
    std::string application, state, diagnostics, last_checkpoint;
    int attempt = 1;
    int64_t wall_ms = 0;
    uint64_t epoch = 0, memberships = 0, steps = 0;
    double progress = 0;
  };
  struct WorkerNow {
    std::string node;
    int rank = -1;               // -1: it is no member yet
    uint64_t shards = 0;
    std::string state;           // "HELD", "STARTING", "JOINED"
  };

  TrainingStatus(const ClusterTraining& training, int64_t wall_ms) : training_(training), started_ms_(wall_ms), curve_(kPointsMax) {}

  void StepMade(Point point);
  // What the step took this worker, without waiting for others.
  void WorkerStep(const std::string& worker, uint64_t step, double seconds, uint64_t bytes);
  void WorkerGone(const std::string& worker) { workers_.erase(worker); }
  void Happened(int64_t wall_ms, std::string message) { events_.Happened(wall_ms, std::move(message)); }

  std::string JobJson(const Now& now, const std::map<std::string, WorkerNow>& workers) const;
  std::string StepsJson(uint64_t after) const;
  std::string EventsJson(uint64_t from) const { return events_.Json(from); }

 private:
  static constexpr size_t kPointsMax = 2000;
  static constexpr size_t kRecentMax = 64;    // steps of each worker
  struct Worker {
    uint64_t steps = 0, last_step = 0, bytes = 0;   // bytes: of the last step
    double seconds_total = 0;
    std::deque<double> recent;
  };
  const ClusterTraining training_;
  const int64_t started_ms_;
  StepCurve<Point> curve_;
  std::map<std::string, double> figures_;   // the newest of each
  std::map<std::string, Worker> workers_;
  mapreduce::MasterEvents events_;
};

}  // namespace tusk::ml
