// Numbers from text: what every text format means by a number. The value is the correctly rounded double, as Python's
// float() gives it; short decimals (at most 19 digits, small exponents) take a path of two exact operations.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk::ml {

// The number at the start of [p, end), into `value`; returns where it ends, or null if there is none. "inf", "nan" and
// hexadecimal are no numbers; one too large for a double is infinite, one too small is 0.
const char* ParseNumberSlowly(const char* p, const char* end, double& value);

inline const char* ParseNumber(const char* p, const char* end, double& value) {
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const char* const start = p;
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  uint64_t digits = 0;
  const char* const first = p;
  while (p < end && static_cast<unsigned char>(*p - '0') < 10) digits = digits * 10 + static_cast<uint64_t>(*p++ - '0');
  int64_t count = p - first, exponent = 0;
  if (p < end && *p == '.') {
    const char* const point = ++p;
    while (p < end && static_cast<unsigned char>(*p - '0') < 10) digits = digits * 10 + static_cast<uint64_t>(*p++ - '0');
    exponent = point - p;
    count += p - point;
  }
  if (count == 0) return nullptr;
  if (p < end && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    const bool minus = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) ++q;
    int64_t number = 0;
    const char* const exponent_digits = q;
    while (q < end && static_cast<unsigned char>(*q - '0') < 10 && number < 100'000) number = number * 10 + (*q++ - '0');
    if (q > exponent_digits) {
      exponent += minus ? -number : number;
      p = q;
      if (q < end && static_cast<unsigned char>(*q - '0') < 10) return ParseNumberSlowly(start, end, value);
    }
  }
  if (count > 19 || digits > (uint64_t{1} << 53) || exponent > 22 || exponent < -22) {
    return ParseNumberSlowly(start, end, value);
  }
  const double magnitude = exponent < 0 ? static_cast<double>(digits) / kPowers[-exponent]
                                        : static_cast<double>(digits) * kPowers[exponent];
  value = negative ? -magnitude : magnitude;
  return p;
}

// All of `text` is a number.
inline bool IsNumber(std::string_view text, double& value) {
  return ParseNumber(text.data(), text.data() + text.size(), value) == text.data() + text.size() && !text.empty();
}

// "7" for 7.0, else the shortest text that reads back as the same double.
std::string NumberText(double value);

std::string_view Trimmed(std::string_view text);

// A value in a message: at most 40 characters, without control characters.
std::string Shown(std::string_view text);

// What stands for "no value": "", NA, N/A, NaN, null, none, ? (any case).
bool IsMissingText(std::string_view text);

}  // namespace tusk::ml
