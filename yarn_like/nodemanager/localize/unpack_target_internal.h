// UnpackTarget: the folder that an archive is unpacked into. The only place that makes names out of member names.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/env/disk.h"
#include "yarn_like/nodemanager/localize/archive.h"

namespace tusk::yarn {

class UnpackTarget {
 public:
  UnpackTarget(Disk& disk, std::string folder, const UnpackOptions& options)
      : disk_(disk), folder_(std::move(folder)), options_(options) {}

  bool Wanted(std::string_view name) const { return !options_.wanted || options_.wanted(name); }
  Status MakeFolder(std::string_view name);
  // Open one at a time; Write in order; Finish sets mode and time.
  Status StartFile(std::string_view name, uint32_t mode);
  Status Write(ByteView bytes);
  Status FinishFile(int64_t mtime_wall_ms);
  Status MakeSymlink(std::string_view name, std::string_view link_target);
  // A hard link to a member unpacked before.
  Status MakeLink(std::string_view name, std::string_view earlier_member);
  uint64_t bytes() const { return bytes_; }

 private:
  // The absolute path of a member, its parents made; refused if it would leave the folder.
  Result<std::string> PathOf(std::string_view name);
  Status CountMember();
  Status MakeOneFolder(const std::string& path);

  Disk& disk_;
  std::string folder_;
  const UnpackOptions& options_;
  std::set<std::string> folders_;
  std::set<std::string> links_;  // no member may lie below one
  std::unique_ptr<File> file_;
  std::string path_;
  uint64_t offset_ = 0;
  uint64_t bytes_ = 0;
  uint64_t members_ = 0;
};

// "a/./b//c" -> {"a","b","c"}; kInvalidArgument for absolute names, "..", NULs and overlong ones.
Result<std::vector<std::string>> SafeComponents(std::string_view name);

}  // namespace tusk::yarn
