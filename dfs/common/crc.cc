// CRCs by ISA-L; composition by multiplication of polynomials over GF(2).
#include "dfs/common/crc.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

namespace tusk::dfs {
namespace {

// Bit-reversed polynomials: the highest bit of a word is the coefficient of x^0.
constexpr uint32_t kPolynomialCrc32 = 0xEDB88320;
constexpr uint32_t kPolynomialCrc32c = 0x82F63B78;
constexpr uint32_t kOne = 0x80000000;
constexpr size_t kCallBytesMax = 1 << 30;  // ISA-L's iSCSI length is an int

uint32_t PolynomialOf(ChecksumType type) {
  return type == ChecksumType::kCrc32 ? kPolynomialCrc32 : kPolynomialCrc32c;
}

// a * b modulo the polynomial.
uint32_t Multiply(uint32_t a, uint32_t b, uint32_t polynomial) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b & 1) ? (b >> 1) ^ polynomial : b >> 1;
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial.
uint32_t ShiftOf(uint64_t bytes, uint32_t polynomial) {
  uint32_t result = kOne;
  uint32_t power = kOne >> 8;  // x^8
  for (; bytes != 0; bytes >>= 1) {
    if (bytes & 1) result = Multiply(power, result, polynomial);
    power = Multiply(power, power, polynomial);
  }
  return result;
}

}  // namespace

uint32_t Crc32c(ByteView bytes, uint32_t before) {
  uint32_t state = ~before;
  while (!bytes.empty()) {
    size_t count = std::min(bytes.size(), kCallBytesMax);
    state = crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(count), state);
    bytes = bytes.subspan(count);
  }
  return ~state;
}

uint32_t Crc32(ByteView bytes, uint32_t before) {
  return bytes.empty() ? before : crc32_gzip_refl(before, bytes.data(), bytes.size());
}

uint32_t CrcOf(ChecksumType type, ByteView bytes, uint32_t before) {
  switch (type) {
    case ChecksumType::kNull: return 0;
    case ChecksumType::kCrc32: return Crc32(bytes, before);
    case ChecksumType::kCrc32c: return Crc32c(bytes, before);
  }
  return 0;
}

uint32_t ComposeCrc(ChecksumType type, uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  if (type == ChecksumType::kNull) return 0;
  uint32_t polynomial = PolynomialOf(type);
  return Multiply(ShiftOf(length_b, polynomial), crc_a, polynomial) ^ crc_b;
}

CrcComposer::CrcComposer(ChecksumType type, uint64_t piece_length)
    : type_(type), shift_(ShiftOf(piece_length, PolynomialOf(type))) {}

void CrcComposer::AddPiece(uint32_t crc) { value_ = Multiply(shift_, value_, PolynomialOf(type_)) ^ crc; }

void CrcComposer::AddOdd(uint32_t crc, uint64_t length) { value_ = ComposeCrc(type_, value_, crc, length); }

}  // namespace tusk::dfs
