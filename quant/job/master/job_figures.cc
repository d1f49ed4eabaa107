// Sums over workers.
#include "quant/job/master/job_figures.h"

#include <algorithm>

namespace tusk::quant {

void JobFigures::Hear(const std::string& worker, const WorkerFigures& figures, TimePoint now) {
  const auto [it, fresh] = workers_.try_emplace(worker);
  if (fresh) {
    it->second.first = now;
    it->second.begin = figures;
  }
  it->second.last = now;
  it->second.lost = false;
  // Words of two calls may come in either order.
  it->second.end.at_work = std::max(it->second.end.at_work, figures.at_work);
  it->second.end.cpu = std::max(it->second.end.cpu, figures.cpu);
  it->second.end.peak_bytes = std::max(it->second.end.peak_bytes, figures.peak_bytes);
}

void JobFigures::Lose(const std::string& worker) {
  if (const auto found = workers_.find(worker); found != workers_.end()) found->second.lost = true;
}

JobFigures::Sum JobFigures::SumAt(TimePoint now) const {
  Sum sum;
  Duration time{0}, at_work{0}, cpu{0};
  for (const auto& [name, worker] : workers_) {
    time += worker.TimeAt(now);
    at_work += worker.end.at_work - worker.begin.at_work;
    cpu += worker.end.cpu - worker.begin.cpu;
    sum.peak_bytes = std::max(sum.peak_bytes, worker.end.peak_bytes);
  }
  if (time.count() <= 0) return sum;
  sum.at_work = std::min(1.0, static_cast<double>(at_work.count()) / static_cast<double>(time.count()));
  sum.computing = static_cast<double>(cpu.count()) / static_cast<double>(time.count());
  return sum;
}

double JobFigures::ShareOf(const std::string& worker, TimePoint now) const {
  const auto found = workers_.find(worker);
  if (found == workers_.end() || found->second.TimeAt(now).count() <= 0) return 0;
  const Duration at_work = found->second.end.at_work - found->second.begin.at_work;
  return std::min(1.0, static_cast<double>(at_work.count()) / static_cast<double>(found->second.TimeAt(now).count()));
}

}  // namespace tusk::quant
