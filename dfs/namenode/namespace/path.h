// Paths of the namespace: what Hadoop accepts, and their components.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::dfs {

inline constexpr int kPathBytesMax = 8000;  // Hadoop's MAX_PATH_LENGTH, in characters; and 1000 components
inline constexpr int kPathDepthMax = 1000;

// "/a//b/" -> {"a", "b"}; "/" -> {}. kAssertionFailed for a relative path, as Hadoop.
Result<std::vector<std::string>> SplitPath(std::string_view path);
// For names that are to be created: false for relative paths and for components ".", "..", with ":" or empty.
bool IsCreatable(std::string_view path);
// kInvalidPath in the words of mkdirs and rename.
Status CheckCreatable(std::string_view path);
// {"a", "b"} -> "/a/b"; {} -> "/".
std::string JoinComponents(const std::vector<std::string>& components, size_t count);
inline std::string JoinComponents(const std::vector<std::string>& components) {
  return JoinComponents(components, components.size());
}

}  // namespace tusk::dfs
