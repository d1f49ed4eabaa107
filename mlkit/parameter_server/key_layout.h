// KeyLayout: which server has which keys: server s has [bounds[s], bounds[s + 1]). A layout is of one epoch; moved ranges are a new one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tusk::ml {

struct KeyLayout {
  uint64_t epoch = 0;
  std::vector<uint32_t> bounds = {0, 0};   // [servers + 1], ascending

  size_t servers() const { return bounds.size() - 1; }
  uint32_t begin(size_t server) const { return bounds[server]; }
  uint32_t end(size_t server) const { return bounds[server + 1]; }
  uint32_t count(size_t server) const { return end(server) - begin(server); }

  static KeyLayout Even(uint64_t epoch, uint32_t keys, size_t servers) {
    KeyLayout layout{epoch, {}};
    for (size_t s = 0; s <= servers; ++s) layout.bounds.push_back(static_cast<uint32_t>(uint64_t{keys} * s / servers));
    return layout;
  }
  // The part of ascending `keys` that is server `server`'s: first and count.
  std::pair<size_t, size_t> PartOf(std::span<const uint32_t> keys, size_t server) const {
    const auto first = std::lower_bound(keys.begin(), keys.end(), begin(server)), last = std::lower_bound(first, keys.end(), end(server));
    return {static_cast<size_t>(first - keys.begin()), static_cast<size_t>(last - first)};
  }
};

}  // namespace tusk::ml
