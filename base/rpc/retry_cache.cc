// Keeping and dropping answers.
#include "base/rpc/retry_cache.h"

#include <algorithm>
#include <string_view>

namespace tusk::rpc {

size_t RetryCache::KeyHash::operator()(const Key& key) const {
  return std::hash<std::string_view>()({key.client.data(), key.client.size()}) ^
         (static_cast<size_t>(static_cast<uint32_t>(key.call)) * 0x9E3779B97F4A7C15u);
}

Result<bool> RetryCache::Covers(const CallKey& key) {
  if (key.client_id.empty()) return false;
  if (key.client_id.size() == 16) return true;
  return Status(Code::kInvalidArgument,
                "Invalid clientId - length is " + std::to_string(key.client_id.size()) + " expected length 16");
}

RetryCache::Key RetryCache::Pack(const CallKey& key) {
  TUSK_CHECK(key.client_id.size() == 16) << "ask Covers first";
  Key packed;
  std::copy_n(key.client_id.data(), packed.client.size(), packed.client.begin());
  packed.call = key.call_id;
  return packed;
}

RetryCache::Lookup RetryCache::Begin(const CallKey& key, TimePoint now) {
  DropOld(now);
  auto [entry, fresh] = entries_.try_emplace(Pack(key));
  if (fresh) return {Found::kNew, {}};
  if (!entry->second.payload) return {Found::kRunning, {}};
  return {Found::kDone, *entry->second.payload};
}

void RetryCache::Finish(const CallKey& key, std::string payload, TimePoint now) {
  Key packed = Pack(key);
  Entry& entry = entries_[packed];
  entry.payload = std::move(payload);
  entry.expires = now + limits_.expiry;
  order_.push_back({entry.expires, packed});
  DropOld(now);
}

void RetryCache::Abandon(const CallKey& key) {
  auto entry = entries_.find(Pack(key));
  if (entry != entries_.end() && !entry->second.payload) entries_.erase(entry);
}

void RetryCache::DropOld(TimePoint now) {
  while (!order_.empty() && (order_.front().when <= now || order_.size() > limits_.entries_max)) {
    auto entry = entries_.find(order_.front().key);
    // Answered again since (a replayed log): its later place in the order counts.
    if (entry != entries_.end() && entry->second.expires == order_.front().when) entries_.erase(entry);
    order_.pop_front();
  }
}

}  // namespace tusk::rpc
