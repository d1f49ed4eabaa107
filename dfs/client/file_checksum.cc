// Asking the datanodes for block checksums and combining them.
#include "dfs/client/file_checksum.h"

#include <openssl/evp.h>

#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr uint64_t kLengthAll = INT64_MAX;
constexpr size_t kMd5Bytes = 16;

struct BlockChecksum {
  ChecksumType type = ChecksumType::kCrc32c;
  uint32_t bytes_per_crc = 0;
  uint64_t crc_per_block = 0;
  std::string bytes;
};

Task<Result<BlockChecksum>> AskNode(DfsContext& context, const pb::LocatedBlockProto& block, int node, uint64_t length) {
  pb::OpBlockChecksumProto op;
  *op.mutable_header()->mutable_block() = block.b();
  op.mutable_header()->mutable_block()->set_numbytes(length);
  *op.mutable_header()->mutable_token() = block.blocktoken();
  op.mutable_blockchecksumoptions()->set_blockchecksumtype(
      context.config().combine_crc ? pb::BlockChecksumTypeProto::COMPOSITE_CRC : pb::BlockChecksumTypeProto::MD5CRC);
  CO_ASSIGN_OR_RETURN(DatanodeConnection connection,
                      co_await context.connections().Get(block.locs(node).id(), /*fresh=*/true));
  TimePoint deadline = context.env().clock.Now() + context.config().socket_timeout;
  std::string bytes = EncodeOp(Op::kBlockChecksum, op);
  CO_RETURN_IF_ERROR(co_await connection.stream->Write(AsBytes(bytes), deadline));
  pb::BlockOpResponseProto response;
  CO_RETURN_IF_ERROR(co_await connection.reader->ReadMessage(response, deadline));
  if (response.status() != pb::SUCCESS) {
    co_return Status(Code::kIOError, "OP_BLOCK_CHECKSUM from " + connection.address + ": " + response.message());
  }
  const auto& answer = response.checksumresponse();
  co_return BlockChecksum{static_cast<ChecksumType>(answer.crctype()), answer.bytespercrc(), answer.crcperblock(),
                          answer.blockchecksum()};
}

Task<Result<BlockChecksum>> AskAny(DfsContext& context, const pb::LocatedBlockProto& block, uint64_t length) {
  Status last(Code::kIOError, "Fail to get block MD5 for " + std::to_string(block.b().blockid()));
  for (int node = 0; node < block.locs_size(); ++node) {
    auto answer = co_await AskNode(context, block, node, length);
    if (answer.ok()) co_return answer;
    last = answer.status();
  }
  co_return last;
}

std::string Md5(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr);
  return std::string(reinterpret_cast<char*>(digest), size);
}

void AppendBigEndian32(std::string& out, uint32_t value) {
  uint8_t bytes[4];
  StoreBigEndian(bytes, value);
  out += AsText(bytes);
}

// Java digests its growth buffer: the MD5s are zero-padded to 32 bytes, or to the next doubling of that.
FileChecksum CombineMd5(const std::vector<BlockChecksum>& blocks) {
  std::string md5s;
  for (const BlockChecksum& block : blocks) md5s += block.bytes.substr(0, kMd5Bytes);
  size_t padded = 32;
  while (padded < md5s.size()) padded *= 2;
  if (!blocks.empty()) md5s.resize(padded, '\0');
  uint32_t bytes_per_crc = blocks.empty() ? 0 : blocks[0].bytes_per_crc;
  // What a single block has does not say how many CRCs a full one would have.
  uint64_t crc_per_block = blocks.size() > 1 ? blocks[0].crc_per_block : 0;
  ChecksumType type = blocks.empty() ? ChecksumType::kCrc32c : blocks[0].type;
  FileChecksum checksum;
  checksum.algorithm = "MD5-of-" + std::to_string(crc_per_block) + "MD5-of-" + std::to_string(bytes_per_crc) +
                       (type == ChecksumType::kCrc32 ? "CRC32" : "CRC32C");
  AppendBigEndian32(checksum.bytes, bytes_per_crc);
  AppendBigEndian32(checksum.bytes, static_cast<uint32_t>(crc_per_block >> 32));
  AppendBigEndian32(checksum.bytes, static_cast<uint32_t>(crc_per_block));
  checksum.bytes += Md5(md5s);
  return checksum;
}

FileChecksum CombineCrc(const std::vector<BlockChecksum>& blocks, const std::vector<uint64_t>& lengths) {
  ChecksumType type = blocks.empty() ? ChecksumType::kCrc32c : blocks[0].type;
  uint32_t crc = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].bytes.size() < 4) continue;
    crc = ComposeCrc(type, crc, LoadBigEndian<uint32_t>(reinterpret_cast<const uint8_t*>(blocks[i].bytes.data())),
                     lengths[i]);
  }
  FileChecksum checksum;
  checksum.algorithm = type == ChecksumType::kCrc32 ? "COMPOSITE-CRC32" : "COMPOSITE-CRC32C";
  AppendBigEndian32(checksum.bytes, crc);
  return checksum;
}

}  // namespace

Task<Result<FileChecksum>> ComputeFileChecksum(std::shared_ptr<DfsContext> context, std::string path) {
  pb::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(0);
  request.set_length(kLengthAll);
  auto response = co_await context->namenode().GetBlockLocations(std::move(request));
  if (!response.ok()) co_return response.status();
  if (!response->has_locations()) co_return Status(Code::kFileNotFound, "File does not exist: " + path);
  std::vector<BlockChecksum> checksums;
  std::vector<uint64_t> lengths;
  for (const auto& block : response->locations().blocks()) {
    auto answer = co_await AskAny(*context, block, block.b().numbytes());
    if (!answer.ok()) co_return answer.status();
    checksums.push_back(std::move(answer).value());
    lengths.push_back(block.b().numbytes());
  }
  if (context->config().combine_crc) co_return CombineCrc(checksums, lengths);
  co_return CombineMd5(checksums);
}

}  // namespace tusk::dfs
