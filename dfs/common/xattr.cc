// Names and values of extended attributes.
#include "dfs/common/xattr.h"

#include <strings.h>

#include <array>

#include "base/security/hmac.h"

namespace tusk::dfs {
namespace {

constexpr std::array<std::string_view, 5> kSpaceNames = {"user", "trusted", "security", "system", "raw"};

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> DecodeHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return Status(Code::kIOError, "Odd number of characters.");
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    int high = HexDigit(digits[i]);
    int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) {
      size_t wrong = high < 0 ? i : i + 1;
      return Status(Code::kIOError, "Illegal hexadecimal character " + std::string(1, digits[wrong]) + " at index " +
                                        std::to_string(wrong));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace

std::string PrefixedName(const XAttr& attribute) {
  return std::string(kSpaceNames[static_cast<size_t>(attribute.space) % kSpaceNames.size()]) + "." + attribute.name;
}

Result<XAttr> ParseXAttrName(std::string_view prefixed, std::string value) {
  size_t dot = prefixed.find('.');
  if (dot != std::string_view::npos && dot >= 3 && dot + 1 == prefixed.size()) {
    return Status(Code::kHadoopIllegalArgument, "XAttr name cannot be empty.");
  }
  for (size_t i = 0; dot != std::string_view::npos && i < kSpaceNames.size(); ++i) {
    if (EqualsIgnoreCase(prefixed.substr(0, dot), kSpaceNames[i])) {
      return XAttr{static_cast<XAttrNamespace>(i), std::string(prefixed.substr(dot + 1)), std::move(value)};
    }
  }
  return Status(Code::kHadoopIllegalArgument,
                "An XAttr name must be prefixed with user/trusted/security/system/raw, followed by a '.'");
}

std::optional<XAttrCodec> ParseXAttrCodec(std::string_view name) {
  if (EqualsIgnoreCase(name, "text")) return XAttrCodec::kText;
  if (EqualsIgnoreCase(name, "hex")) return XAttrCodec::kHex;
  if (EqualsIgnoreCase(name, "base64")) return XAttrCodec::kBase64;
  return std::nullopt;
}

std::string EncodeXAttrValue(std::string_view value, XAttrCodec codec) {
  if (codec == XAttrCodec::kText) return "\"" + std::string(value) + "\"";
  if (codec == XAttrCodec::kBase64) return "0s" + Base64Encode(value);
  std::string text = "0x";
  for (char c : value) {
    text.push_back("0123456789abcdef"[(static_cast<uint8_t>(c) >> 4) & 15]);
    text.push_back("0123456789abcdef"[static_cast<uint8_t>(c) & 15]);
  }
  return text;
}

Result<std::string> DecodeXAttrValue(std::string_view text) {
  if (text.size() >= 2) {
    if (text.front() == '"' && text.back() == '"') return std::string(text.substr(1, text.size() - 2));
    std::string_view prefix = text.substr(0, 2);
    if (EqualsIgnoreCase(prefix, "0x")) return DecodeHex(text.substr(2));
    if (EqualsIgnoreCase(prefix, "0s")) return Base64Decode(text.substr(2));
  }
  return std::string(text);
}

}  // namespace tusk::dfs
