// PKZIP's records, without zip64.
#include "mapreduce/packaging/zip_writer.h"

#include <zlib.h>

#include <cstring>

namespace tusk::mapreduce {

namespace {

constexpr uint64_t kArchiveBytesMax = 2'000'000'000;  // 32-bit places without zip64
constexpr size_t kMembersMax = 65'000;
constexpr uint16_t kVersion = 20;
constexpr uint16_t kMadeByUnix = 3 << 8 | kVersion;
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kFirstDay = 1 << 5 | 1;  // 1980-01-01
constexpr uint32_t kExecutable = 0100755u << 16;

template <typename Int>
void Append(std::string& to, Int value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof(value));  // little-endian, as all our machines
}

Result<std::string> Deflate(ByteView bytes) {
  z_stream stream{};
  // -15: no zlib header. Fast: it is done before the job starts.
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return Status(Code::kIOError, "zlib does not start");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return Status(Code::kIOError, "zlib does not end");
  return packed;
}

}  // namespace

Status ZipWriter::Write(ByteView bytes) {
  written_ += bytes.size();
  if (written_ > kArchiveBytesMax) return Status(Code::kResourceExhausted, "a zip archive of more than 2 GB");
  return out_.Write(bytes);
}

Status ZipWriter::Add(const std::string& name, ByteView bytes) {
  if (bytes.size() > kArchiveBytesMax || name.size() > 0xffff || members_.size() == kMembersMax) {
    return Status(Code::kResourceExhausted, name + " is too large for a zip archive");
  }
  ASSIGN_OR_RETURN(std::string packed, Deflate(bytes));
  Member member{name, static_cast<uint32_t>(crc32(0, bytes.data(), static_cast<uInt>(bytes.size()))), static_cast<uint32_t>(packed.size()),
                static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(written_)};
  std::string head;
  Append<uint32_t>(head, 0x04034b50);
  for (uint16_t field : {kVersion, uint16_t{0}, kDeflated, uint16_t{0}, kFirstDay}) Append(head, field);
  for (uint32_t field : {member.crc, member.packed, member.size}) Append(head, field);
  Append(head, static_cast<uint16_t>(name.size()));
  Append(head, uint16_t{0});
  RETURN_IF_ERROR(Write(AsBytes(head + name)));
  RETURN_IF_ERROR(Write(AsBytes(packed)));
  members_.push_back(std::move(member));
  return Status::Ok();
}

Status ZipWriter::Finish() {
  uint32_t start = static_cast<uint32_t>(written_);
  std::string directory;
  for (const Member& member : members_) {
    Append<uint32_t>(directory, 0x02014b50);
    for (uint16_t field : {kMadeByUnix, kVersion, uint16_t{0}, kDeflated, uint16_t{0}, kFirstDay}) Append(directory, field);
    for (uint32_t field : {member.crc, member.packed, member.size}) Append(directory, field);
    Append(directory, static_cast<uint16_t>(member.name.size()));
    for (uint16_t field : {0, 0, 0, 0}) Append(directory, field);  // extra, comment, disk, internal attributes
    Append(directory, kExecutable);
    Append(directory, member.offset);
    directory += member.name;
  }
  uint32_t size = static_cast<uint32_t>(directory.size());
  uint16_t count = static_cast<uint16_t>(members_.size());
  Append<uint32_t>(directory, 0x06054b50);
  for (uint16_t field : {uint16_t{0}, uint16_t{0}, count, count}) Append(directory, field);
  Append(directory, size);
  Append(directory, start);
  Append(directory, uint16_t{0});
  return Write(AsBytes(directory));
}

}  // namespace tusk::mapreduce
