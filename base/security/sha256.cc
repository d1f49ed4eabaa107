// SHA-256 by OpenSSL.
#include "base/security/sha256.h"

#include <openssl/evp.h>

#include "base/core/check.h"

namespace tusk {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  TUSK_CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1) << "no SHA-256 in OpenSSL";
}
Sha256::~Sha256() = default;

void Sha256::Update(ByteView bytes) {
  TUSK_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1) << "SHA-256";
}

std::string Sha256::Hex() {
  constexpr char kDigits[] = "0123456789abcdef";
  uint8_t digest[32];
  unsigned size = 0;
  TUSK_CHECK(EVP_DigestFinal_ex(state_->context, digest, &size) == 1 && size == sizeof(digest)) << "SHA-256";
  std::string text;
  for (uint8_t byte : digest) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

}  // namespace tusk
