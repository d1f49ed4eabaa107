// Checkpoint names to times and back.
#include "dfs/common/trash_names.h"

#include <algorithm>
#include <ctime>

namespace tusk::dfs {
namespace {

int TwoDigits(std::string_view text, size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

}  // namespace

std::string TrashCheckpointName(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  size_t length = std::strftime(text, sizeof(text), "%y%m%d%H%M%S", &parts);
  return std::string(text, length);
}

std::optional<int64_t> TrashCheckpointTime(std::string_view name) {
  // A second checkpoint within one second gets "-1".
  std::string_view digits = name.substr(0, name.find('-'));
  bool all_digits = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits || (digits.size() != 12 && digits.size() != 10)) return std::nullopt;
  std::tm parts{};
  parts.tm_year = 100 + TwoDigits(digits, 0);
  parts.tm_mon = TwoDigits(digits, 2) - 1;
  parts.tm_mday = TwoDigits(digits, 4);
  parts.tm_hour = TwoDigits(digits, 6);
  parts.tm_min = TwoDigits(digits, 8);
  parts.tm_sec = digits.size() == 12 ? TwoDigits(digits, 10) : 0;
  parts.tm_isdst = -1;
  std::time_t seconds = std::mktime(&parts);
  if (seconds == -1) return std::nullopt;
  return static_cast<int64_t>(seconds) * 1000;
}

}  // namespace tusk::dfs
