// SiteFile: one of Hadoop's XML files with the place of each property: what messages to people need. What the daemons
// read is base/config/configuration.h, which keeps no places.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::tools {

struct SitePlace {
  std::string file;
  int line = 0;
  int column = 0;
  std::string ToString() const;  // "file:line:column"
};

struct SiteProperty {
  std::string key;  // as written, trimmed
  std::string value;
  bool is_final = false;
  SitePlace place;
};

struct SiteError {
  SitePlace place;
  std::string what;
};

struct SiteFile {
  std::string path;
  std::vector<SiteProperty> properties;
  std::vector<SiteError> errors;  // what the XML is malformed by; nothing after the first is read
};

// The names of the files of a configuration folder, in the order in which they are read.
inline constexpr std::string_view kSiteNames[] = {"core-site.xml", "hdfs-site.xml", "yarn-site.xml", "mapred-site.xml",
                                                  "capacity-scheduler.xml"};

SiteFile ParseSite(std::string_view document, std::string path);
// Those that exist; one that cannot be read is an error in its SiteFile.
std::vector<SiteFile> ReadSites(Disk& disk, const std::string& folder);

}  // namespace tusk::tools
