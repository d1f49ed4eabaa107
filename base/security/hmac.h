// HMAC-SHA1 and -SHA256, Base64 and comparison in constant time: what tokens are made of.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.h"

namespace tusk {

// 20 bytes: a token's password is HmacSha1(master key, identifier).
std::string HmacSha1(std::string_view key, std::string_view bytes);
// 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view bytes);
// Takes as long for equal as for unequal strings of one length.
bool EqualInConstantTime(std::string_view a, std::string_view b);

// With padding, as java.util.Base64 and commons-codec write it.
std::string Base64Encode(std::string_view bytes);
// Without padding, with - and _: tokens in URLs.
std::string Base64UrlEncode(std::string_view bytes);
// Both alphabets, padding optional; kInvalidArgument for anything else.
Result<std::string> Base64Decode(std::string_view text);

}  // namespace tusk
