// Fuzz: any bytes are a bundle (which encodes to bytes that decode to the same again), or an error; so for schemas.
#include <cstring>

#include "base/core/check.h"
#include "mlkit/api/bundle.h"
#include "mlkit/api/model.h"

namespace {

void Check(tusk::ByteView bytes) {
  using namespace tusk;  // NOLINT
  const Result<ml::Bundle> bundle = ml::Bundle::Decode(bytes, "fuzz");
  if (!bundle.ok()) return;
  const std::vector<uint8_t> encoded = bundle->Encode();
  const Result<ml::Bundle> again = ml::Bundle::Decode(encoded, "again");
  TUSK_CHECK(again.ok() && again->Encode() == encoded) << again.status().ToString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;  // NOLINT
  Check({data, size});
  // With a right length of the header, so that what lies behind it is reached.
  if (size < 1) return 0;
  const uint64_t header = std::min<uint64_t>(size - 1, data[0]);
  std::vector<uint8_t> framed(8);
  std::memcpy(framed.data(), &header, 8);
  framed.insert(framed.end(), data + 1, data + size);
  Check(framed);
  const Result<ml::Schema> schema = ml::DecodeSchema(AsText({data, size}));
  if (schema.ok()) TUSK_CHECK(ml::DecodeSchema(ml::EncodeSchema(*schema)).ok()) << "a schema that does not come back";
  return 0;
}
