// The protocol's messages as WebHDFS's JSON: Hadoop's keys in Hadoop's order.
#pragma once

#include <string>
#include <vector>

#include "dfs/proto/ClientNamenodeProtocol.pb.h"

namespace tusk::dfs {

std::string FileStatusJson(const hadoop::hdfs::HdfsFileStatusProto& status);  // without an envelope
std::string DirectoryListingJson(const hadoop::hdfs::DirectoryListingProto& listing);
std::string ContentSummaryJson(const hadoop::hdfs::ContentSummaryProto& summary);
std::string QuotaUsageJson(const hadoop::hdfs::QuotaUsageProto& usage);
std::string LocatedBlocksJson(const hadoop::hdfs::LocatedBlocksProto& blocks);
std::string BlockLocationsJson(const hadoop::hdfs::LocatedBlocksProto& blocks);
std::string ServerDefaultsJson(const hadoop::hdfs::FsServerDefaultsProto& defaults);
std::string FsStatusJson(const hadoop::hdfs::GetFsStatsResponseProto& stats);
std::string AclStatusJson(const hadoop::hdfs::AclStatusProto& status);
std::string StoragePolicyJson(const hadoop::hdfs::BlockStoragePolicyProto& policy);  // without an envelope
std::string ErasureCodingPolicyJson(const hadoop::hdfs::ErasureCodingPolicyProto& policy);
// One of GETTRASHROOTS: `path` is the whole one.
std::string TrashRootJson(const std::string& path, const hadoop::hdfs::HdfsFileStatusProto& status);

// "user.name"; the five namespaces in lower case.
std::string XAttrName(const hadoop::hdfs::XAttrProto& attribute);

}  // namespace tusk::dfs
