// What the lists of this folder share: sorting a page out of many, and a query's list of states.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::yarn {

// Sorts so far that [offset, offset + limit) is in its place; gives that range.
template <typename Item, typename Less>
std::pair<size_t, size_t> SortPage(std::vector<Item>& items, size_t offset, size_t limit, Less less) {
  const size_t begin = std::min(offset, items.size());
  const size_t end = begin + std::min(limit, items.size() - begin);
  std::partial_sort(items.begin(), items.begin() + static_cast<ptrdiff_t>(end), items.end(), less);
  return {begin, end};
}

inline std::vector<std::string> WordsOf(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) words.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return words;
}

}  // namespace tusk::yarn
