// MD5 over, or composition of, a replica's CRCs.
#include "dfs/datanode/xfer/block_checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

namespace tusk::dfs::datanode {
namespace {

constexpr size_t kReadBytes = 256 << 10;  // a multiple of a CRC

// CRCs in the order of their chunks, into MD5 or a composition.
class Digest {
 public:
  Digest(const DataChecksum& checksum, bool composite)
      : composer_(checksum.type, checksum.bytes_per_checksum) {
    if (!composite) {
      md5_ = EVP_MD_CTX_new();
      EVP_DigestInit_ex(md5_, EVP_md5(), nullptr);
    }
  }
  ~Digest() { EVP_MD_CTX_free(md5_); }
  Digest(const Digest&) = delete;

  void AddWholeChunks(ByteView crcs) {
    if (md5_ != nullptr) {
      EVP_DigestUpdate(md5_, crcs.data(), crcs.size());
      return;
    }
    for (size_t i = 0; i < crcs.size(); i += kChecksumBytes) composer_.AddPiece(LoadBigEndian<uint32_t>(crcs.data() + i));
  }
  void AddPartialChunk(uint32_t crc, uint64_t length) {
    if (md5_ == nullptr) return composer_.AddOdd(crc, length);
    uint8_t bytes[kChecksumBytes];
    StoreBigEndian(bytes, crc);
    EVP_DigestUpdate(md5_, bytes, sizeof(bytes));
  }
  std::string Finish() {
    if (md5_ == nullptr) {
      std::string out(kChecksumBytes, '\0');
      StoreBigEndian(reinterpret_cast<uint8_t*>(out.data()), composer_.value());
      return out;
    }
    std::string out(16, '\0');
    EVP_DigestFinal_ex(md5_, reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
  }

 private:
  CrcComposer composer_;
  EVP_MD_CTX* md5_ = nullptr;
};

}  // namespace

Result<BlockChecksum> ComputeBlockChecksum(const ReplicaReader& reader, uint64_t length, bool composite) {
  const DataChecksum& checksum = reader.checksum;
  if (checksum.type == ChecksumType::kNull) return Status(Code::kUnsupported, "the block has no checksums");
  if (length > reader.length) {
    return Status(Code::kIOError, "checksum of " + std::to_string(length) + " bytes of a block of " + std::to_string(reader.length));
  }
  const uint64_t chunk = checksum.bytes_per_checksum;
  Digest digest(checksum, composite);
  std::vector<uint8_t> buffer(kReadBytes);
  uint64_t whole_bytes = length / chunk * kChecksumBytes;
  for (uint64_t at = 0; at < whole_bytes;) {
    size_t want = std::min<uint64_t>(buffer.size(), whole_bytes - at);
    ASSIGN_OR_RETURN(size_t count, reader.meta->ReadAt(kMetaHeaderBytes + at, MutableByteView(buffer).first(want)));
    if (count != want) return Status(Code::kCorruption, "the meta file is too short");
    digest.AddWholeChunks(ByteView(buffer).first(count));
    at += count;
  }
  if (uint64_t rest = length % chunk; rest != 0) {
    uint32_t crc = reader.partial.crc;
    if (reader.partial.end != length) {  // ends within a chunk that goes on
      std::vector<uint8_t> tail(rest);
      ASSIGN_OR_RETURN(size_t count, reader.data->ReadAt(length - rest, tail));
      if (count != rest) return Status(Code::kCorruption, "the block file is too short");
      crc = CrcOf(checksum.type, tail);
    }
    digest.AddPartialChunk(crc, rest);
  }
  return BlockChecksum{checksum, checksum.ChunksOf(reader.length), digest.Finish()};
}

}  // namespace tusk::dfs::datanode
