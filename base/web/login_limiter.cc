// Token buckets that fill up again.
#include "base/web/login_limiter.h"

#include <algorithm>

namespace tusk::web {

double LoginLimiter::Left(const Buckets& buckets, const std::string& key, const Rule& rule, TimePoint now) {
  auto found = buckets.find(key);
  if (found == buckets.end()) return rule.tries;
  const double refilled = std::chrono::duration<double>(now - found->second.at) / std::chrono::duration<double>(rule.refill);
  return std::min(rule.tries, found->second.left + refilled);
}

void LoginLimiter::Take(Buckets& buckets, const std::string& key, const Rule& rule, TimePoint now) {
  const double left = Left(buckets, key, rule, now);
  if (buckets.size() >= kEntriesMax && !buckets.contains(key)) {
    // Those that are full again say nothing; if all are in use, the fullest one goes.
    std::erase_if(buckets, [&](const auto& entry) { return Left(buckets, entry.first, rule, now) >= rule.tries; });
    if (buckets.size() >= kEntriesMax) {
      buckets.erase(std::max_element(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) { return a.second.left < b.second.left; }));
    }
  }
  buckets[key] = Bucket{std::max(0.0, left - 1), now};
}

void LoginLimiter::GiveBack(Buckets& buckets, const std::string& key, const Rule& rule) {
  auto found = buckets.find(key);
  if (found != buckets.end()) found->second.left = std::min(rule.tries, found->second.left + 1);
}

Duration LoginLimiter::WaitFor(const std::string& user, const std::string& address, TimePoint now) const {
  Duration wait{};
  const auto until_one = [&](const Buckets& buckets, const std::string& key, const Rule& rule) {
    const double left = Left(buckets, key, rule, now);
    if (left < 1) wait = std::max(wait, std::chrono::duration_cast<Duration>((1 - left) * std::chrono::duration<double>(rule.refill)));
  };
  if (!known_.contains({user, address})) until_one(users_, user, kByUser);
  until_one(addresses_, address, kByAddress);
  return wait;
}

void LoginLimiter::Failed(const std::string& user, const std::string& address, TimePoint now) {
  Take(users_, user, kByUser, now);
  Take(addresses_, address, kByAddress, now);
}

void LoginLimiter::Succeeded(const std::string& user, const std::string& address) {
  GiveBack(users_, user, kByUser);
  GiveBack(addresses_, address, kByAddress);
  if (known_.size() < kEntriesMax) known_.insert({user, address});
}

}  // namespace tusk::web
