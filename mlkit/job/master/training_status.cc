// The status as JSON.
#include "mlkit/job/master/training_status.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tusk::ml {
namespace {

std::string Dump(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"; }

nlohmann::json ToJson(const TrainingStatus::Point& point) {
  return {{"step", point.step},       {"time_ms", point.wall_ms}, {"progress", point.progress}, {"rows", point.rows},
          {"seconds", point.seconds}, {"bytes", point.bytes},     {"workers", point.workers},   {"figures", point.figures}};
}

}  // namespace

// Figures that are told now and then only (the loss, once an epoch) stand at every step, so that thinning does not lose them.
void TrainingStatus::StepMade(Point point) {
  for (const auto& [name, value] : point.figures) figures_[name] = value;
  point.figures = figures_;
  curve_.Add(std::move(point));
}

void TrainingStatus::WorkerStep(const std::string& worker, uint64_t step, double seconds, uint64_t bytes) {
  Worker& entry = workers_[worker];
  ++entry.steps;
  entry.last_step = step;
  entry.bytes = bytes;
  entry.seconds_total += seconds;
  entry.recent.push_back(seconds);
  if (entry.recent.size() > kRecentMax) entry.recent.pop_front();
}

std::string TrainingStatus::JobJson(const Now& now, const std::map<std::string, WorkerNow>& workers) const {
  nlohmann::json job = {{"application", now.application},
                        {"name", training_.name},
                        {"algorithm", training_.algorithm},
                        {"parameters", training_.parameters},
                        {"seed", training_.seed},
                        {"output", training_.output},
                        {"state", now.state},
                        {"diagnostics", now.diagnostics},
                        {"attempt", now.attempt},
                        {"started_ms", started_ms_},
                        {"now_ms", now.wall_ms},
                        {"workers_wanted", training_.workers},
                        {"gpus_per_worker", training_.gpus},
                        {"epoch", now.epoch},
                        {"memberships", now.memberships},
                        {"steps", now.steps},
                        {"progress", now.progress},
                        {"last_checkpoint", now.last_checkpoint},
                        {"newest_step", nullptr},
                        {"workers", nlohmann::json::array()}};
  if (!curve_.points().empty()) job["newest_step"] = ToJson(curve_.points().back());
  for (const auto& [id, known] : workers) {
    nlohmann::json worker = {{"container", id}, {"node", known.node}, {"state", known.state}, {"rank", nullptr}, {"shards", known.shards}};
    if (known.rank >= 0) worker["rank"] = known.rank;
    const auto found = workers_.find(id);
    const Worker measured = found == workers_.end() ? Worker() : found->second;
    worker["steps"] = measured.steps;
    worker["last_step"] = measured.last_step;
    worker["step_bytes"] = measured.bytes;
    worker["mean_step_seconds"] = measured.steps == 0 ? 0.0 : measured.seconds_total / static_cast<double>(measured.steps);
    worker["recent_step_seconds"] = std::vector<double>(measured.recent.begin(), measured.recent.end());
    job["workers"].push_back(std::move(worker));
  }
  return Dump({{"job", std::move(job)}});
}

std::string TrainingStatus::StepsJson(uint64_t after) const {
  nlohmann::json steps = nlohmann::json::array();
  for (const Point& point : curve_.points()) {
    if (point.step > after) steps.push_back(ToJson(point));
  }
  return Dump({{"stride", curve_.stride()}, {"steps", std::move(steps)}});
}

}  // namespace tusk::ml
