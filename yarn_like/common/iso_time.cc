// By the calendar of <chrono>, without the machine's time zone.
#include "yarn_like/common/iso_time.h"

#include <fmt/format.h>

#include <chrono>

namespace tusk::yarn {
namespace {

// Reads `digits` digits; -1 where there are none.
int64_t Take(std::string_view* text, size_t digits) {
  if (text->size() < digits) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char digit = (*text)[i];
    if (digit < '0' || digit > '9') return -1;
    value = value * 10 + (digit - '0');
  }
  text->remove_prefix(digits);
  return value;
}

bool Skip(std::string_view* text, char expected) {
  if (!text->starts_with(expected)) return false;
  text->remove_prefix(1);
  return true;
}

// Minutes east of Greenwich.
std::optional<int64_t> TakeZone(std::string_view* text) {
  if (Skip(text, 'Z')) return 0;
  if (text->empty() || ((*text)[0] != '+' && (*text)[0] != '-')) return std::nullopt;
  const int64_t sign = (*text)[0] == '+' ? 1 : -1;
  text->remove_prefix(1);
  const int64_t hours = Take(text, 2);
  (void)Skip(text, ':');
  const int64_t minutes = Take(text, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

std::string JavaDateOf(int64_t wall_ms) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(wall_ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} UTC {}", kDays[std::chrono::weekday(day).c_encoding()],
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(), static_cast<int>(date.year()));
}

std::string Iso8601Of(int64_t wall_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(wall_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<int64_t> WallMillisOfIso8601(std::string_view text) {
  using namespace std::chrono;
  const int64_t y = Take(&text, 4);
  if (y < 0 || !Skip(&text, '-')) return std::nullopt;
  const int64_t m = Take(&text, 2);
  if (m < 0 || !Skip(&text, '-')) return std::nullopt;
  const int64_t d = Take(&text, 2);
  if (d < 0 || !Skip(&text, 'T')) return std::nullopt;
  const int64_t hour = Take(&text, 2);
  if (hour < 0 || hour > 23 || !Skip(&text, ':')) return std::nullopt;
  const int64_t minute = Take(&text, 2);
  if (minute < 0 || minute > 59 || !Skip(&text, ':')) return std::nullopt;
  const int64_t second = Take(&text, 2);
  if (second < 0 || second > 60 || !Skip(&text, '.')) return std::nullopt;
  const int64_t milli = Take(&text, 3);
  const std::optional<int64_t> zone = milli < 0 ? std::nullopt : TakeZone(&text);
  const year_month_day date{year(static_cast<int>(y)), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!zone || !text.empty() || !date.ok()) return std::nullopt;
  const auto time = sys_days(date) + hours(hour) + minutes(minute - *zone) + seconds(second) + milliseconds(milli);
  return time.time_since_epoch().count();
}

}  // namespace tusk::yarn
