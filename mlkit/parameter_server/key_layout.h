// KeyLayout: which server has which keys: server s has [bounds[s], bounds[s + 1]), which may be none. A layout is of one round of a
// membership, its number being in every message; moved ranges are a new layout.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tusk::ml {

struct KeyLayout {
  uint64_t round = 0;
  std::vector<uint32_t> bounds = {0, 0};   // [servers + 1], ascending

  size_t servers() const { return bounds.size() - 1; }
  uint32_t begin(size_t server) const { return bounds[server]; }
  uint32_t end(size_t server) const { return bounds[server + 1]; }
  uint32_t count(size_t server) const { return end(server) - begin(server); }

  static KeyLayout Even(uint64_t round, uint32_t keys, size_t servers) {
    KeyLayout layout{round, {}};
    for (size_t s = 0; s <= servers; ++s) layout.bounds.push_back(static_cast<uint32_t>(uint64_t{keys} * s / servers));
    return layout;
  }
  // The same among some of the servers; the others have none.
  static KeyLayout Among(uint64_t round, uint32_t keys, const std::vector<bool>& serves) {
    const auto all = static_cast<uint64_t>(std::count(serves.begin(), serves.end(), true));
    KeyLayout layout{round, {0}};
    uint64_t before = 0;
    for (const bool one : serves) layout.bounds.push_back(static_cast<uint32_t>(uint64_t{keys} * (before += one ? 1 : 0) / all));
    return layout;
  }
  // The part of ascending `keys` that is server `server`'s: first and count.
  std::pair<size_t, size_t> PartOf(std::span<const uint32_t> keys, size_t server) const {
    const auto first = std::lower_bound(keys.begin(), keys.end(), begin(server)), last = std::lower_bound(first, keys.end(), end(server));
    return {static_cast<size_t>(first - keys.begin()), static_cast<size_t>(last - first)};
  }
};

}  // namespace tusk::ml
