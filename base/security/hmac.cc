// HMAC by OpenSSL; Base64 by hand (OpenSSL's knows one alphabet).
#include "base/security/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/core/bytes.h"

namespace tusk {
namespace {

std::string Encode(std::string_view bytes, const char* alphabet, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? static_cast<uint8_t>(bytes[at + i]) : 0);
    for (size_t i = 0; i < 4; ++i) {
      if (i <= count) {
        text += alphabet[group >> (18 - 6 * i) & 63];
      } else if (padded) {
        text += '=';
      }
    }
  }
  return text;
}

int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

std::string Hmac(const EVP_MD* digest_kind, unsigned int digest_bytes, std::string_view key, std::string_view bytes) {
  std::array<uint8_t, 32> digest;
  unsigned int size = digest.size();
  const uint8_t* done = HMAC(digest_kind, key.data(), static_cast<int>(key.size()), AsBytes(bytes).data(), bytes.size(),
                             digest.data(), &size);
  TUSK_CHECK(done != nullptr && size == digest_bytes) << "HMAC is not available";
  return std::string(AsText(ByteView(digest).first(size)));
}

}  // namespace

std::string HmacSha1(std::string_view key, std::string_view bytes) { return Hmac(EVP_sha1(), 20, key, bytes); }
std::string HmacSha256(std::string_view key, std::string_view bytes) { return Hmac(EVP_sha256(), 32, key, bytes); }

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Base64Encode(std::string_view bytes) {
  return Encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}
std::string Base64UrlEncode(std::string_view bytes) {
  return Encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

Result<std::string> Base64Decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return Status(Code::kInvalidArgument, "Base64 text is cut off");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    int value = ValueOf(c);
    if (value < 0) return Status(Code::kInvalidArgument, "not Base64");
    group = group << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xff);
    }
  }
  return bytes;
}

}  // namespace tusk
