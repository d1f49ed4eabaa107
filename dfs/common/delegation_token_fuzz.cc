// Fuzzes delegation tokens as they come from anybody: an identifier's bytes, a token as a string of a URL. What decodes
// encodes to something that decodes to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/core/bytes.h"
#include "base/security/token.h"
#include "dfs/common/delegation_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;
  std::string_view bytes = AsText({data, size});
  auto identifier = dfs::DecodeDelegationTokenIdentifier(bytes);
  if (identifier.ok()) {
    std::string description = dfs::DescribeDelegationToken(*identifier);
    auto again = dfs::DecodeDelegationTokenIdentifier(dfs::EncodeDelegationTokenIdentifier(*identifier));
    if (!again.ok() || dfs::DescribeDelegationToken(*again) != description) std::abort();
  }
  auto token = TokenFromUrlString(bytes);
  if (token.ok()) {
    auto again = TokenFromUrlString(TokenToUrlString(*token));
    if (!again.ok() || !(*again == *token)) std::abort();
  }
  return 0;
}
