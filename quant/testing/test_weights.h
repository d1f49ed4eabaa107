// Weights of several distributions, the same bits on every machine: golden hashes depend on them.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tusk::quant {

class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() {  // splitmix64
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  double Normal() {  // twelve uniforms: no libm in it
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += Uniform();
    return sum;
  }
  double StudentT4() {
    const double normal = Normal();
    double squares = 0;
    for (int i = 0; i < 4; ++i) {
      const double x = Normal();
      squares += x * x;
    }
    return normal / std::sqrt(squares / 4 + 1e-9);
  }

 private:
  uint64_t state_;
};

inline constexpr std::string_view kWeightKinds[] = {"normal", "student", "sparse", "constant", "denormal", "huge", "grid", "wide", "positive", "edge"};

inline float TestWeight(std::string_view kind, TestRandom& random, int64_t row, int64_t column) {
  const double normal = random.Normal();
  if (kind == "normal") return static_cast<float>(0.02 * normal);
  if (kind == "student") return static_cast<float>(0.02 * random.StudentT4());
  if (kind == "sparse") return random.Next() % 16 == 0 && column / 256 % 3 != 1 ? static_cast<float>(normal) : 0.0F;
  if (kind == "constant") {
    constexpr float kValues[] = {0.0F, 1.0F, -0.75F, 3e-5F, -0.0F, -1e-20F, 6e4F, 0.1F};
    return kValues[row % 8];
  }
  if (kind == "denormal") return static_cast<float>(normal * (row % 2 == 0 ? 1e-40 : row % 3 == 0 ? 1e-44 : 1e-37));
  if (kind == "huge") return static_cast<float>(normal * (row % 2 == 0 ? 3e37 : row % 3 == 0 ? 1e20 : 1e30));
  if (kind == "grid") return static_cast<float>(static_cast<int64_t>(random.Next() % 33) - 16) / 8;  // ties
  if (kind == "wide") return static_cast<float>(normal * std::ldexp(1.0, static_cast<int>(random.Next() % 120) - 60));
  if (kind == "edge") {  // the largest of 32 is just below a power of two, the others on and between the levels of 4-bit floats
    const int power = static_cast<int>((row * 40 + column / 32) * 7919 % 250) - 125;
    const double below = 1 - static_cast<double>(random.Next() % 128) * 0x1.0p-24, level = static_cast<double>(random.Next() % 31) / 32;
    const double magnitude = std::ldexp(column % 32 == 5 ? below : level, power);
    return static_cast<float>(random.Next() % 2 == 0 ? magnitude : -magnitude);
  }
  return static_cast<float>(std::fabs(normal)) + (row % 2 == 0 ? 0.5F : 0.0F);
}

inline std::vector<float> TestWeights(std::string_view kind, int64_t rows, int64_t columns, uint64_t seed) {
  TestRandom random(seed);
  std::vector<float> weights;
  weights.reserve(static_cast<size_t>(rows * columns));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) weights.push_back(TestWeight(kind, random, row, column));
  }
  return weights;
}

// Importance of columns, as mean squares of activations are: skewed, some zero.
inline std::vector<float> TestImportance(int64_t columns, uint64_t seed) {
  TestRandom random(seed);
  std::vector<float> importance;
  for (int64_t i = 0; i < columns; ++i) {
    const double x = random.StudentT4();
    importance.push_back(random.Next() % 50 == 0 ? 0.0F : static_cast<float>(x * x));
  }
  return importance;
}

inline std::vector<uint8_t> TestBytes(size_t count, uint64_t seed) {
  TestRandom random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.Next() >> 56);
  return bytes;
}

}  // namespace tusk::quant
