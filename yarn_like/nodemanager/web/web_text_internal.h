// Small helpers of the web folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tusk::yarn {

// "/a//b/" -> {"a", "b"}
std::vector<std::string> PathParts(std::string_view path);

}  // namespace tusk::yarn
