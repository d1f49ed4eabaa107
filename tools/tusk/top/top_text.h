// Lines of `tusk top` and of `yarn top`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tusk/top/top_data.h"

namespace tusk::tools {

enum class TopSort { kMemory, kVcores, kContainers, kTime, kProgress, kUser, kName };
// "memory", "vcores", ...
std::optional<TopSort> TopSortNamed(std::string_view name);
// Sorts applications so, nodes by what is used on them, datanodes by bytes.
void SortTop(TopSnapshot& snapshot, TopSort sort);

// `rows`: most lines of each table.
std::vector<std::string> TopLines(const TopSnapshot& snapshot, size_t rows);
// With the heads and columns of Hadoop's `yarn top`.
std::vector<std::string> YarnTopLines(const TopSnapshot& snapshot, size_t rows);

}  // namespace tusk::tools
