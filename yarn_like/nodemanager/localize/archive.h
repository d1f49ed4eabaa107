// Unpacking what applications ship: zip, jar, tar, tar.gz. The bytes come from users: members that would land outside
// the target folder (absolute names, "..", through a link), devices, and sizes beyond the limits are refused. Blocks:
// call it on a pool thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::yarn {

enum class ArchiveKind { kNone, kZip, kTar, kTarGzip };

// By the name's ending, as Hadoop decides: .jar and .zip, .tar, .tar.gz and .tgz (in any case).
ArchiveKind ArchiveKindOf(std::string_view name);

struct UnpackOptions {
  // Members for which it is false are skipped. Null: all.
  std::function<bool(std::string_view name)> wanted;
  uint64_t bytes_max = uint64_t{64} << 30;  // unpacked, all members together
  uint64_t members_max = 1 << 20;
  std::optional<uint32_t> file_mode;    // of every file; else as the archive says
  std::optional<uint32_t> folder_mode;  // of every folder; else 0755 less the umask
};

// `target` must exist. Returns the unpacked bytes.
Result<uint64_t> UnpackZip(Disk& disk, const std::string& archive, const std::string& target, const UnpackOptions& options);
Result<uint64_t> UnpackTar(Disk& disk, const std::string& archive, const std::string& target, bool gzip,
                           const UnpackOptions& options);

}  // namespace tusk::yarn
