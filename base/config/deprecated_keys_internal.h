// Keys that Hadoop has renamed; both names mean the new one.
#pragma once

#include <string_view>

namespace tusk {

// The name in use today; `key` itself if it was never renamed.
std::string_view CurrentKeyOf(std::string_view key);

}  // namespace tusk
