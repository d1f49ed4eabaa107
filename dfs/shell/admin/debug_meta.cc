// Reads a block file in pieces and computes or compares the checksums of its chunks.
#include <algorithm>
#include <ostream>

#include <fmt/core.h>

#include "base/env/disk.h"
#include "dfs/common/checksum.h"
#include "dfs/shell/admin/debug_internal.h"

namespace tusk::dfs {
namespace {

constexpr uint64_t kPieceBytes = 1 << 20;  // data read at once; whole chunks
constexpr const char* kJavaChecksumError = "org.apache.hadoop.fs.ChecksumException";
constexpr const char* kJavaCorruptHeader = "org.apache.hadoop.hdfs.server.datanode.CorruptMetaHeaderException";

struct DebugCommand {
  const char* name;
  const char* usage;
  const char* description;
};
constexpr DebugCommand kCommands[] = {
    {"verifyMeta", "-meta <metadata-file> [-block <block-file>]",
     "  Reads a .meta file's header and, with a block file, compares the block with the\n  checksums in it.\n"},
    {"computeMeta", "-block <block-file> -out <output-metadata-file>",
     "  Writes a .meta file for a block file. What is wrong in the block then passes for\n  right: a last resort.\n"},
    {"recoverLease", "-path <path> [-retries <num-retries>]",
     "  Closes a file whose writer is gone. Asks once unless told otherwise.\n"},
};

std::string OptionOf(const std::vector<std::string>& args, const std::string& name) {
  auto found = std::find(args.begin(), args.end(), name);
  return found == args.end() || found + 1 == args.end() ? "" : *(found + 1);
}

std::string NameOf(const DataChecksum& checksum) {
  return checksum.type == ChecksumType::kNull ? "NULL" : checksum.type == ChecksumType::kCrc32 ? "CRC32" : "CRC32C";
}

std::string JavaText(const Status& status, const std::string& path) {
  if (status.code() == Code::kFileNotFound || status.error_number() == ENOENT) {
    return "java.io.FileNotFoundException: " + path + " (No such file or directory)";
  }
  return std::string(status.java_class()) + ": " + std::string(status.message());
}

Result<std::unique_ptr<File>> OpenBlock(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(FileStat stat, disk.Stat(path));
  if (stat.is_directory) return Status(Code::kIOError, path + " (Is a directory)");
  return disk.Open(path, OpenMode::kRead);
}

// False: what is wrong has been printed.
Result<bool> Compare(std::ostream& out, File& block, File& meta, const DataChecksum& checksum, const std::string& path) {
  const uint64_t chunk = checksum.bytes_per_checksum;
  const uint64_t piece = std::max(chunk, kPieceBytes / chunk * chunk);
  std::vector<uint8_t> data(piece), sums(checksum.ChecksumBytesOf(piece)), right(sums.size());
  if (sums.empty()) return true;
  for (uint64_t at = 0;;) {
    ASSIGN_OR_RETURN(size_t count, block.ReadAt(at, data));
    if (count == 0) return true;
    const uint64_t needed = checksum.ChecksumBytesOf(count);
    ASSIGN_OR_RETURN(size_t found, meta.ReadAt(kMetaHeaderBytes + at / chunk * kChecksumBytes, MutableByteView(sums).first(needed)));
    if (found < needed) return Status(Code::kCorruption, "the meta file ends before the block's checksum at position " +
                                                             std::to_string(at + found / kChecksumBytes * chunk));
    const ByteView bytes(data.data(), count);
    if (auto mismatch = checksum.FindMismatch(bytes, sums)) {
      checksum.Compute(bytes, right.data());
      const size_t index = *mismatch / chunk * kChecksumBytes;
      out << fmt::format("verifyChunkedSums error: {}: Checksum {} not matched for file {} at position {}: expected={:X} but "
                         "computed={:X}, algorithm={}\n",
                         kJavaChecksumError, NameOf(checksum), path, at + *mismatch,
                         LoadBigEndian<uint32_t>(sums.data() + index), LoadBigEndian<uint32_t>(right.data() + index),
                         NameOf(checksum));
      return false;
    }
    at += count;
  }
}

Result<DataChecksum> ReadHeader(File& meta) {
  uint8_t header[kMetaHeaderBytes];
  ASSIGN_OR_RETURN(size_t count, meta.ReadAt(0, header));
  return DecodeMetaHeader({header, count});
}

Status WriteMeta(File& block, File& meta) {
  const DataChecksum checksum;
  std::vector<uint8_t> data(kPieceBytes), sums(checksum.ChecksumBytesOf(kPieceBytes));
  RETURN_IF_ERROR(meta.WriteAt(0, EncodeMetaHeader(checksum)));
  uint64_t to = kMetaHeaderBytes;
  for (uint64_t at = 0;;) {
    ASSIGN_OR_RETURN(size_t count, block.ReadAt(at, data));
    if (count == 0) return meta.Sync();
    checksum.Compute({data.data(), count}, sums.data());
    const uint64_t bytes = checksum.ChecksumBytesOf(count);
    RETURN_IF_ERROR(meta.WriteAt(to, ByteView(sums).first(bytes)));
    at += count;
    to += bytes;
  }
}

}  // namespace

void PrintDebugUsage(std::ostream& out, const std::string& command) {
  for (const DebugCommand& one : kCommands) {
    if (command != one.name) continue;
    out << one.name << " " << one.usage << "\n" << one.description << "\n";
    return;
  }
  out << "Usage: hdfs debug <command> [arguments]\n\nFor those who know what they do: data can be lost.\n\n";
  for (const DebugCommand& one : kCommands) out << one.name << " " << one.usage << "\n";
}

int RunVerifyMeta(ShellContext& context, const std::vector<std::string>& args) {
  const std::string meta_path = OptionOf(args, "-meta"), block_path = OptionOf(args, "-block");
  if (meta_path.empty()) {
    context.err << "You must specify a meta file with -meta\n";
    return 1;
  }
  auto fail = [&](const std::string& what, const std::string& path, const std::string& why) {
    context.err << "Failed to " << what << " for " << path << ": " << why << "\n";
    return 1;
  };
  auto meta = context.disk.Open(meta_path, OpenMode::kRead);
  if (!meta.ok()) return fail("read HDFS metadata file header", meta_path, JavaText(meta.status(), meta_path));
  auto checksum = ReadHeader(**meta);
  if (!checksum.ok()) {
    return fail("read HDFS metadata file header", meta_path, std::string(kJavaCorruptHeader) + ": " + std::string(checksum.status().message()));
  }
  context.out << "Checksum type: DataChecksum(type=" << NameOf(*checksum) << ", chunkSize=" << checksum->bytes_per_checksum << ")\n";
  if (block_path.empty()) return 0;
  auto block = OpenBlock(context.disk, block_path);
  if (!block.ok()) return fail("open HDFS block file", block_path, JavaText(block.status(), block_path));
  auto equal = Compare(context.out, **block, **meta, *checksum, block_path);
  if (!equal.ok()) return fail("read HDFS block file", block_path, JavaText(equal.status(), block_path));
  if (!*equal) return 1;
  context.out << "Checksum verification succeeded on block file " << block_path << "\n";
  return 0;
}

int RunComputeMeta(ShellContext& context, const std::vector<std::string>& args) {
  const std::string block_path = OptionOf(args, "-block"), meta_path = OptionOf(args, "-out");
  auto refuse = [&](const std::string& why, int code) {
    context.err << why << "\n";
    return code;
  };
  if (block_path.empty()) return refuse("You must specify a block file with -block", 2);
  auto block = OpenBlock(context.disk, block_path);
  if (!block.ok()) return refuse("Block file <" + block_path + "> does not exist or is not a file", 3);
  if (meta_path.empty()) return refuse("You must specify a output file with -out", 4);
  if (context.disk.Exists(meta_path)) return refuse("output file already exists!", 5);
  auto meta = context.disk.Open(meta_path, OpenMode::kCreate);
  Status written = meta.ok() ? WriteMeta(**block, **meta) : meta.status();
  if (!written.ok()) return refuse("Failed to write " + meta_path + ": " + std::string(written.message()), 1);
  context.out << "Checksum calculation succeeded on block file " << block_path << " saved metadata to meta file " << meta_path << "\n";
  return 0;
}

}  // namespace tusk::dfs
