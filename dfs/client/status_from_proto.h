// The wire's messages as the values of file_system.h.
#pragma once

#include <string>

#include "dfs/client/file_system.h"

namespace hadoop::hdfs {
class HdfsFileStatusProto;
class ContentSummaryProto;
class LocatedBlockProto;
}  // namespace hadoop::hdfs

namespace tusk::dfs {

FileStatus StatusFromProto(const hadoop::hdfs::HdfsFileStatusProto& proto, std::string path);
ContentSummary SummaryFromProto(const hadoop::hdfs::ContentSummaryProto& proto);
BlockLocation LocationFromProto(const hadoop::hdfs::LocatedBlockProto& proto);

}  // namespace tusk::dfs
