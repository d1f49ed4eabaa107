// Small helpers of the web folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tusk::yarn {

// "/a//b/" -> {"a", "b"}
std::vector<std::string> PathParts(std::string_view path);
// "Sat Nov 21 13:08:30 +0000 2026", as Java's Times prints it.
std::string LogTimeText(int64_t wall_ms);

}  // namespace tusk::yarn
