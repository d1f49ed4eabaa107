// Recorded bytes of the real Hadoop, for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tusk::dfs {

// The content of tests/golden/hdfs/<name>; TUSK_GOLDEN_HDFS is set by dfs/common's CMakeLists.
inline std::string Golden(const std::string& name) {
  std::ifstream file(std::string(TUSK_GOLDEN_HDFS) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << "no golden file " << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tusk::dfs
