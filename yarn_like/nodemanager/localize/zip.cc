// Zip and jar: members are found by the central directory (zip64 understood), stored or deflated, checked by CRC-32.
#include <zlib.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "yarn_like/nodemanager/localize/archive.h"
#include "yarn_like/nodemanager/localize/unpack_target_internal.h"

namespace tusk::yarn {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr uint64_t kDirectoryBytesMax = 256 << 20;

template <typename Int>
Int Little(const uint8_t* at) {
  Int value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

Status Bad(std::string_view what) { return Status(Code::kCorruption, "zip: " + std::string(what)); }

struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t count = 0;
};

struct Member {
  std::string name;
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed = 0;
  uint64_t size = 0;
  uint64_t header_offset = 0;
  uint32_t unix_mode = 0;
  int64_t mtime_wall_ms = 0;
};

Status ReadFully(File& file, uint64_t offset, MutableByteView out) {
  ASSIGN_OR_RETURN(size_t count, file.ReadAt(offset, out));
  return count == out.size() ? Status::Ok() : Bad("file ends too early");
}

Result<Directory> FindDirectory(File& file, uint64_t file_size) {
  constexpr uint64_t kEndBytes = 22;
  if (file_size < kEndBytes) return Bad("too short");
  std::vector<uint8_t> tail(std::min<uint64_t>(file_size, 65535 + kEndBytes));
  RETURN_IF_ERROR(ReadFully(file, file_size - tail.size(), tail));
  for (size_t at = tail.size() - kEndBytes + 1; at-- > 0;) {
    if (Little<uint32_t>(&tail[at]) != 0x06054b50) continue;
    Directory directory;
    directory.count = Little<uint16_t>(&tail[at + 10]);
    directory.size = Little<uint32_t>(&tail[at + 12]);
    directory.offset = Little<uint32_t>(&tail[at + 16]);
    bool is_64 = directory.count == 0xffff || directory.size == 0xffffffff || directory.offset == 0xffffffff;
    if (is_64 && at >= 20 && Little<uint32_t>(&tail[at - 20]) == 0x07064b50) {
      std::vector<uint8_t> end64(56);
      RETURN_IF_ERROR(ReadFully(file, Little<uint64_t>(&tail[at - 20 + 8]), end64));
      if (Little<uint32_t>(end64.data()) != 0x06064b50) return Bad("zip64 end record");
      directory.count = Little<uint64_t>(&end64[32]);
      directory.size = Little<uint64_t>(&end64[40]);
      directory.offset = Little<uint64_t>(&end64[48]);
    }
    if (directory.size > kDirectoryBytesMax) return Bad("directory too large");
    if (directory.offset > file_size || directory.size > file_size - directory.offset) return Bad("directory outside the file");
    return directory;
  }
  return Bad("no central directory");
}

int64_t DosTime(uint16_t date, uint16_t time) {
  std::tm parts{};
  parts.tm_year = (date >> 9) + 80;
  parts.tm_mon = ((date >> 5) & 15) - 1;
  parts.tm_mday = date & 31;
  parts.tm_hour = time >> 11;
  parts.tm_min = (time >> 5) & 63;
  parts.tm_sec = (time & 31) * 2;
  parts.tm_isdst = -1;
  std::time_t seconds = std::mktime(&parts);
  return seconds < 0 ? 0 : static_cast<int64_t>(seconds) * 1000;
}

// One record of the directory; moves `rest` behind it.
Result<Member> NextMember(ByteView& rest) {
  if (rest.size() < 46 || Little<uint32_t>(rest.data()) != 0x02014b50) return Bad("directory record");
  const uint8_t* at = rest.data();
  Member member;
  member.flags = Little<uint16_t>(at + 8);
  member.method = Little<uint16_t>(at + 10);
  member.mtime_wall_ms = DosTime(Little<uint16_t>(at + 14), Little<uint16_t>(at + 12));
  member.crc = Little<uint32_t>(at + 16);
  member.packed = Little<uint32_t>(at + 20);
  member.size = Little<uint32_t>(at + 24);
  size_t name_size = Little<uint16_t>(at + 28);
  size_t extra_size = Little<uint16_t>(at + 30);
  size_t comment_size = Little<uint16_t>(at + 32);
  if (at[5] == 3) member.unix_mode = Little<uint32_t>(at + 38) >> 16;  // made by Unix
  member.header_offset = Little<uint32_t>(at + 42);
  if (rest.size() - 46 < name_size + extra_size + comment_size) return Bad("directory record");
  member.name = AsText(rest.subspan(46, name_size));
  ByteView extra = rest.subspan(46 + name_size, extra_size);
  rest = rest.subspan(46 + name_size + extra_size + comment_size);
  while (extra.size() >= 4) {
    size_t size = Little<uint16_t>(extra.data() + 2);
    if (size > extra.size() - 4) break;
    if (Little<uint16_t>(extra.data()) == 1) {  // zip64: only the fields that did not fit, in this order
      ByteView field = extra.subspan(4, size);
      for (uint64_t* value : {&member.size, &member.packed, &member.header_offset}) {
        if (*value != 0xffffffff) continue;
        if (field.size() < 8) return Bad("zip64 field");
        *value = Little<uint64_t>(field.data());
        field = field.subspan(8);
      }
    }
    extra = extra.subspan(4 + size);
  }
  return member;
}

struct Inflater {
  z_stream stream{};
  bool ready = ::inflateInit2(&stream, -MAX_WBITS) == Z_OK;
  ~Inflater() {
    if (ready) ::inflateEnd(&stream);
  }
};

// Hands the member's plain bytes to `sink` and checks size and CRC.
Status ReadMember(File& file, const Member& member, const std::function<Status(ByteView)>& sink) {
  std::vector<uint8_t> header(30);
  RETURN_IF_ERROR(ReadFully(file, member.header_offset, header));
  if (Little<uint32_t>(header.data()) != 0x04034b50) return Bad("member header");
  if ((member.flags & 1) != 0) return Bad("encrypted member " + member.name);
  if (member.method != 0 && member.method != 8) return Bad("compression method of " + member.name);
  uint64_t at = member.header_offset + 30 + Little<uint16_t>(&header[26]) + Little<uint16_t>(&header[28]);
  uint64_t left = member.packed;
  uint64_t produced = 0;
  uLong crc = ::crc32(0, nullptr, 0);
  auto take = [&](ByteView bytes) {
    produced += bytes.size();
    if (produced > member.size) return Bad("more bytes than announced in " + member.name);
    crc = ::crc32(crc, bytes.data(), static_cast<uInt>(bytes.size()));
    return sink(bytes);
  };
  std::vector<uint8_t> in(kBufferBytes);
  std::vector<uint8_t> out(kBufferBytes);
  Inflater inflater;
  if (!inflater.ready) return Bad("no memory for inflate");
  bool ended = false;
  while (left > 0 && !ended) {
    MutableByteView part(in.data(), std::min<uint64_t>(left, in.size()));
    RETURN_IF_ERROR(ReadFully(file, at, part));
    at += part.size();
    left -= part.size();
    if (member.method == 0) {
      RETURN_IF_ERROR(take(part));
      continue;
    }
    inflater.stream.next_in = part.data();
    inflater.stream.avail_in = static_cast<uInt>(part.size());
    do {
      inflater.stream.next_out = out.data();
      inflater.stream.avail_out = static_cast<uInt>(out.size());
      int code = ::inflate(&inflater.stream, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Bad("deflated bytes of " + member.name);
      RETURN_IF_ERROR(take(ByteView(out.data(), out.size() - inflater.stream.avail_out)));
      ended = code == Z_STREAM_END;
    } while (!ended && inflater.stream.avail_out == 0);
  }
  if (produced != member.size || crc != member.crc) return Bad("checksum of " + member.name);
  return Status::Ok();
}

}  // namespace

Result<uint64_t> UnpackZip(Disk& disk, const std::string& archive, const std::string& target, const UnpackOptions& options) {
  ASSIGN_OR_RETURN(auto file, disk.Open(archive, OpenMode::kRead));
  ASSIGN_OR_RETURN(uint64_t file_size, file->Size());
  ASSIGN_OR_RETURN(Directory directory, FindDirectory(*file, file_size));
  std::vector<uint8_t> records(directory.size);
  RETURN_IF_ERROR(ReadFully(*file, directory.offset, records));
  UnpackTarget unpack(disk, target, options);
  ByteView rest = records;
  for (uint64_t i = 0; i < directory.count; ++i) {
    ASSIGN_OR_RETURN(Member member, NextMember(rest));
    if (!unpack.Wanted(member.name)) continue;
    bool is_link = (member.unix_mode & 0170000) == 0120000;
    if (member.name.ends_with('/')) {
      RETURN_IF_ERROR(unpack.MakeFolder(member.name));
    } else if (is_link) {
      std::string link_target;
      RETURN_IF_ERROR(ReadMember(*file, member, [&](ByteView bytes) {
        link_target += AsText(bytes);
        return link_target.size() > 4096 ? Bad("link too long") : Status::Ok();
      }));
      RETURN_IF_ERROR(unpack.MakeSymlink(member.name, link_target));
    } else {
      uint32_t mode = member.unix_mode == 0 ? 0644 : member.unix_mode;
      RETURN_IF_ERROR(unpack.StartFile(member.name, mode));
      RETURN_IF_ERROR(ReadMember(*file, member, [&](ByteView bytes) { return unpack.Write(bytes); }));
      RETURN_IF_ERROR(unpack.FinishFile(member.mtime_wall_ms));
    }
  }
  return unpack.bytes();
}

}  // namespace tusk::yarn
