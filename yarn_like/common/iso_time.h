// Times as YARN's clients write them in application timeouts: ISO 8601 with milliseconds and a zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tusk::yarn {

// "2026-11-21T15:04:05.678+0000"
std::string Iso8601Of(int64_t wall_ms);
// "Sun Nov 22 01:16:07 UTC 2026", as Java's Date prints itself.
std::string JavaDateOf(int64_t wall_ms);
// Nothing where it is not of that form; the zone may be Z, +hhmm or +hh:mm.
std::optional<int64_t> WallMillisOfIso8601(std::string_view text);

}  // namespace tusk::yarn
