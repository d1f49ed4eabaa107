// Extended attributes as values: namespaces, prefixed names ("user.color"), and the text of their values as users write
// and read it (text, hex, base64).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace tusk::dfs {

enum class XAttrNamespace : uint8_t { kUser = 0, kTrusted = 1, kSecurity = 2, kSystem = 3, kRaw = 4 };  // the wire's

struct XAttr {
  XAttrNamespace space = XAttrNamespace::kUser;
  std::string name;  // without prefix
  std::string value;
  bool SameKey(const XAttr& other) const { return space == other.space && name == other.name; }
  bool operator==(const XAttr&) const = default;
};

enum XAttrSetFlags : uint32_t { kXAttrCreate = 1, kXAttrReplace = 2 };  // bits of the wire

// "user.color"
std::string PrefixedName(const XAttr& attribute);
// kHadoopIllegalArgument in Hadoop's words.
Result<XAttr> ParseXAttrName(std::string_view prefixed, std::string value = {});

enum class XAttrCodec : uint8_t { kText, kHex, kBase64 };
// "text", "hex", "base64" in any case of letters.
std::optional<XAttrCodec> ParseXAttrCodec(std::string_view name);
// "\"abc\"", "0x616263", "0sYWJj"
std::string EncodeXAttrValue(std::string_view value, XAttrCodec codec);
// The inverse; a text needs no quotes. kIOError where hex or base64 is damaged.
Result<std::string> DecodeXAttrValue(std::string_view text);

}  // namespace tusk::dfs
