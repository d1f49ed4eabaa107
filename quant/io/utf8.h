// Whether bytes are UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
#pragma once

#include <string_view>

namespace tusk::quant {

bool IsUtf8(std::string_view text);

}  // namespace tusk::quant
