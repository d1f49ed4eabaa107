// Holding, giving back, asking again.
#include "mlkit/job/master/gang.h"

#include <algorithm>

#include "mlkit/api/random.h"

namespace tusk::ml {

Gang::Gang(GangLimits limits, TimePoint now) : limits_(limits), grown_(now), ask_from_(now), hold_{}, pause_(limits.pause) {
  hold_ = Stretched(limits_.hold);
}

Duration Gang::Stretched(Duration duration) {
  const double chance = Random(limits_.seed, draws_++).Uniform();
  return duration + std::chrono::duration_cast<Duration>(duration * (chance / 2));
}

void Gang::Granted(const std::string& container, TimePoint now) {
  held_.insert(container);
  grown_ = now;
  most_held_ = std::max(most_held_, static_cast<int>(held_.size()));
}

std::vector<std::string> Gang::TakeWhole() {
  if (done_ || static_cast<int>(held_.size()) < limits_.size) return {};
  done_ = true;
  return {held_.begin(), held_.end()};
}

std::vector<std::string> Gang::TakeBack(TimePoint now) {
  if (done_ || held_.empty() || now - grown_ < hold_) return {};
  std::vector<std::string> back(held_.begin(), held_.end());
  held_.clear();
  last_pause_ = Stretched(pause_);
  ask_from_ = now + last_pause_;
  pause_ = std::min(2 * pause_, limits_.pause_max);
  hold_ = Stretched(limits_.hold);
  return back;
}

int Gang::wanted(TimePoint now) const {
  return done_ || now < ask_from_ ? 0 : std::max(0, limits_.size - static_cast<int>(held_.size()));
}

}  // namespace tusk::ml
