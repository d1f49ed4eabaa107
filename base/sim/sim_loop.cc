// Virtual time.
#include "base/sim/sim_loop.h"

#include <algorithm>

namespace tusk::sim {
namespace {

constexpr Duration kPoolTimeMin = 20us;
constexpr Duration kPoolTimeMax = 2ms;

class SimTimer : public Timer {
 public:
  explicit SimTimer(std::shared_ptr<std::function<void()>> callback) : callback_(std::move(callback)) {}

 private:
  std::shared_ptr<std::function<void()>> callback_;  // the loop holds a weak one
};

}  // namespace

uint64_t SimRandom::Next64() {
  uint64_t mixed = state_ += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

void SimRandom::FillSecure(MutableByteView out) {
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(Next64());
}

Duration SimRandom::Between(Duration low, Duration high) {
  return low + Duration(static_cast<int64_t>(Below(static_cast<uint64_t>((high - low).count()) + 1)));
}

std::unique_ptr<Timer> SimLoop::RunAt(TimePoint when, std::function<void()> callback) {
  auto armed = std::make_shared<std::function<void()>>(std::move(callback));
  if (when != kNever) {
    At(when, [weak = std::weak_ptr(armed)] {
      if (auto alive = weak.lock()) {
        auto run = std::move(*alive);
        alive.reset();
        run();
      }
    });
  }
  return std::make_unique<SimTimer>(std::move(armed));
}

void SimLoop::At(TimePoint when, std::function<void()> callback) {
  events_.push({std::max(when, clock_.Now()), next_order_++, std::move(callback)});
}

bool SimLoop::RunOne() {
  if (events_.empty()) return false;
  Event event = std::move(const_cast<Event&>(events_.top()));  // popped at once; the order does not look at it
  events_.pop();
  clock_.now_ = event.when;
  ++events_run_;
  SetCurrent(this);
  event.callback();
  SetCurrent(nullptr);
  return true;
}

void SimLoop::RunFor(Duration span) {
  TimePoint end = clock_.Now() + span;
  while (!events_.empty() && events_.top().when <= end) RunOne();
  clock_.now_ = end;
}

void SimPool::Execute(std::function<void()> work) {
  loop_.At(loop_.Now() + random_.Between(kPoolTimeMin, kPoolTimeMax) * slowness_, std::move(work));
}

}  // namespace tusk::sim
