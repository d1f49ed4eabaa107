// One function per envelope. nlohmann's plain objects sort their keys, as the maps that Hadoop writes do.
#include "dfs/namenode/web/webhdfs_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/security/token.h"
#include "dfs/common/acl.h"
#include "dfs/common/xattr.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // where Hadoop's order is that of a hash map

template <typename AnyJson>
std::string Dump(const AnyJson& json) {
  return json.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
}

std::string Octal(uint32_t mode) { return fmt::format("{:o}", mode); }
int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }

const char* TypeOf(const wire::HdfsFileStatusProto& status) {
  switch (status.filetype()) {
    case wire::HdfsFileStatusProto::IS_DIR: return "DIRECTORY";
    case wire::HdfsFileStatusProto::IS_SYMLINK: return "SYMLINK";
    default: return "FILE";
  }
}

Json StatusObject(const wire::HdfsFileStatusProto& status) {
  Json json = {{"accessTime", Signed(status.access_time())},
               {"blockSize", Signed(status.blocksize())},
               {"childrenNum", status.childrennum()},
               {"fileId", Signed(status.fileid())},
               {"group", status.group()},
               {"length", Signed(status.length())},
               {"modificationTime", Signed(status.modification_time())},
               {"owner", status.owner()},
               {"pathSuffix", status.path()},
               {"permission", Octal(status.permission().perm() & 01777)},
               {"replication", status.block_replication()},
               {"storagePolicy", status.storagepolicy()},
               {"type", TypeOf(status)}};
  if (status.filetype() == wire::HdfsFileStatusProto::IS_SYMLINK) json["symlink"] = status.symlink();
  const uint32_t flags = status.flags();
  if ((flags & wire::HdfsFileStatusProto::HAS_ACL) != 0) json["aclBit"] = true;
  if ((flags & wire::HdfsFileStatusProto::HAS_CRYPT) != 0) json["encBit"] = true;
  if ((flags & wire::HdfsFileStatusProto::HAS_EC) != 0) json["ecBit"] = true;
  if ((flags & wire::HdfsFileStatusProto::SNAPSHOT_ENABLED) != 0) json["snapshotEnabled"] = true;
  return json;
}

Json TypeQuotas(const wire::StorageTypeQuotaInfosProto& quotas) {
  Json json = Json::object();
  for (const wire::StorageTypeQuotaInfoProto& quota : quotas.typequotainfo()) {
    if (Signed(quota.quota()) < 0) continue;
    json[wire::StorageTypeProto_Name(quota.type())] = {{"consumed", Signed(quota.consumed())},
                                                       {"quota", Signed(quota.quota())}};
  }
  return json;
}

Json DatanodeObject(const wire::DatanodeInfoProto& node) {
  const wire::DatanodeIDProto& id = node.id();
  Json json = {{"adminState", wire::DatanodeInfoProto::AdminState_Name(node.adminstate())},
               {"blockPoolUsed", node.blockpoolused()},
               {"cacheCapacity", node.cachecapacity()},
               {"cacheUsed", node.cacheused()},
               {"capacity", node.capacity()},
               {"dfsUsed", node.dfsused()},
               {"hostName", id.hostname()},
               {"infoPort", id.infoport()},
               {"infoSecurePort", id.infosecureport()},
               {"ipAddr", id.ipaddr()},
               {"ipcPort", id.ipcport()},
               {"lastBlockReportMonotonic", node.lastblockreportmonotonic()},
               {"lastBlockReportTime", node.lastblockreporttime()},
               {"lastUpdate", node.lastupdate()},
               {"lastUpdateMonotonic", node.lastupdatemonotonic()},
               {"name", id.ipaddr() + ":" + std::to_string(id.xferport())},
               {"networkLocation", node.location()},
               {"remaining", node.remaining()},
               {"storageID", id.datanodeuuid()},
               {"xceiverCount", node.xceivercount()},
               {"xferPort", id.xferport()}};
  if (node.has_upgradedomain()) json["upgradeDomain"] = node.upgradedomain();
  return json;
}

Json StorageTypeNames(const google::protobuf::RepeatedField<int>& types) {
  Json names = Json::array();
  for (int type : types) names.push_back(wire::StorageTypeProto_Name(static_cast<wire::StorageTypeProto>(type)));
  return names;
}

Json LocatedBlockObject(const wire::LocatedBlockProto& block) {
  const hadoop::common::TokenProto& token = block.blocktoken();
  Json locations = Json::array();
  Json cached = Json::array();
  for (int i = 0; i < block.locs_size(); ++i) {
    locations.push_back(DatanodeObject(block.locs(i)));
    if (i < block.iscached_size() && block.iscached(i)) cached.push_back(locations.back());
  }
  return {{"block",
           {{"blockId", Signed(block.b().blockid())},
            {"blockPoolId", block.b().poolid()},
            {"generationStamp", Signed(block.b().generationstamp())},
            {"numBytes", Signed(block.b().numbytes())}}},
          {"blockToken",
           {{"urlString", TokenToUrlString({token.identifier(), token.password(), token.kind(), token.service()})}}},
          {"cachedLocations", std::move(cached)},
          {"isCorrupt", block.corrupt()},
          {"locations", std::move(locations)},
          {"startOffset", Signed(block.offset())},
          {"storageTypes", StorageTypeNames(block.storagetypes())}};
}

OrderedJson BlockLocationObject(const wire::LocatedBlockProto& block) {
  OrderedJson hosts = OrderedJson::array();
  OrderedJson names = OrderedJson::array();
  OrderedJson cached = OrderedJson::array();
  OrderedJson topology = OrderedJson::array();
  OrderedJson types = OrderedJson::array();
  for (int i = 0; i < block.locs_size(); ++i) {
    const wire::DatanodeIDProto& id = block.locs(i).id();
    std::string name = id.ipaddr() + ":" + std::to_string(id.xferport());
    hosts.push_back(id.hostname());
    topology.push_back(block.locs(i).location() + "/" + name);
    if (i < block.iscached_size() && block.iscached(i)) cached.push_back(id.hostname());
    names.push_back(std::move(name));
  }
  for (int type : block.storagetypes()) {
    types.push_back(wire::StorageTypeProto_Name(static_cast<wire::StorageTypeProto>(type)));
  }
  return {{"topologyPaths", topology}, {"corrupt", block.corrupt()},          {"cachedHosts", cached},
          {"names", names},            {"offset", Signed(block.offset())},    {"hosts", hosts},
          {"length", Signed(block.b().numbytes())}, {"storageTypes", types}};
}

std::string AclEntryText(const wire::AclEntryProto& entry) {
  return ToString(AclEntry{static_cast<AclScope>(entry.scope()), static_cast<AclType>(entry.type()), entry.name(),
                           static_cast<uint8_t>(entry.permissions())});
}

Json PolicyObject(const wire::BlockStoragePolicyProto& policy) {
  return {{"copyOnCreateFile", policy.name() == "LAZY_PERSIST"},
          {"creationFallbacks", StorageTypeNames(policy.creationfallbackpolicy().storagetypes())},
          {"id", policy.policyid()},
          {"name", policy.name()},
          {"replicationFallbacks", StorageTypeNames(policy.replicationfallbackpolicy().storagetypes())},
          {"storageTypes", StorageTypeNames(policy.creationpolicy().storagetypes())}};
}

}  // namespace

std::string FileStatusJson(const wire::HdfsFileStatusProto& status) { return Dump(StatusObject(status)); }

std::string DirectoryListingJson(const wire::DirectoryListingProto& listing) {
  Json entries = Json::array();
  for (const wire::HdfsFileStatusProto& status : listing.partiallisting()) entries.push_back(StatusObject(status));
  return Dump(Json{{"DirectoryListing",
                    {{"partialListing", {{"FileStatuses", {{"FileStatus", std::move(entries)}}}}},
                     {"remainingEntries", listing.remainingentries()}}}});
}

std::string ContentSummaryJson(const wire::ContentSummaryProto& summary) {
  return Dump(Json{{"ContentSummary",
                    {{"directoryCount", summary.directorycount()},
                     {"ecPolicy", summary.erasurecodingpolicy()},
                     {"fileCount", summary.filecount()},
                     {"length", summary.length()},
                     {"quota", Signed(summary.quota())},
                     {"snapshotDirectoryCount", summary.snapshotdirectorycount()},
                     {"snapshotFileCount", summary.snapshotfilecount()},
                     {"snapshotLength", summary.snapshotlength()},
                     {"snapshotSpaceConsumed", summary.snapshotspaceconsumed()},
                     {"spaceConsumed", summary.spaceconsumed()},
                     {"spaceQuota", Signed(summary.spacequota())},
                     {"typeQuota", TypeQuotas(summary.typequotainfos())}}}});
}

std::string QuotaUsageJson(const wire::QuotaUsageProto& usage) {
  return Dump(Json{{"QuotaUsage",
                    {{"fileAndDirectoryCount", usage.fileanddirectorycount()},
                     {"quota", Signed(usage.quota())},
                     {"spaceConsumed", usage.spaceconsumed()},
                     {"spaceQuota", Signed(usage.spacequota())},
                     {"typeQuota", TypeQuotas(usage.typequotainfos())}}}});
}

std::string LocatedBlocksJson(const wire::LocatedBlocksProto& blocks) {
  Json all = Json::array();
  for (const wire::LocatedBlockProto& block : blocks.blocks()) all.push_back(LocatedBlockObject(block));
  return Dump(Json{{"LocatedBlocks",
                    {{"fileLength", Signed(blocks.filelength())},
                     {"isLastBlockComplete", blocks.islastblockcomplete()},
                     {"isUnderConstruction", blocks.underconstruction()},
                     {"lastLocatedBlock", blocks.has_lastblock() ? LocatedBlockObject(blocks.lastblock()) : Json()},
                     {"locatedBlocks", std::move(all)}}}});
}

std::string BlockLocationsJson(const wire::LocatedBlocksProto& blocks) {
  OrderedJson all = OrderedJson::array();
  for (const wire::LocatedBlockProto& block : blocks.blocks()) all.push_back(BlockLocationObject(block));
  return Dump(OrderedJson{{"BlockLocations", {{"BlockLocation", std::move(all)}}}});
}

std::string ServerDefaultsJson(const wire::FsServerDefaultsProto& defaults) {
  return Dump(OrderedJson{{"FsServerDefaults",
                           {{"replication", defaults.replication()},
                            {"encryptDataTransfer", defaults.encryptdatatransfer()},
                            {"defaultStoragePolicyId", defaults.policyid()},
                            {"writePacketSize", defaults.writepacketsize()},
                            {"fileBufferSize", defaults.filebuffersize()},
                            {"checksumType", static_cast<int>(defaults.checksumtype())},
                            {"trashInterval", defaults.trashinterval()},
                            {"keyProviderUri", defaults.keyprovideruri()},
                            {"blockSize", defaults.blocksize()},
                            {"bytesPerChecksum", defaults.bytesperchecksum()}}}});
}

std::string FsStatusJson(const wire::GetFsStatsResponseProto& stats) {
  return Dump(OrderedJson{
      {"FsStatus", {{"used", stats.used()}, {"remaining", stats.remaining()}, {"capacity", stats.capacity()}}}});
}

std::string AclStatusJson(const wire::AclStatusProto& status) {
  Json entries = Json::array();
  for (const wire::AclEntryProto& entry : status.entries()) entries.push_back(AclEntryText(entry));
  return Dump(Json{{"AclStatus",
                    {{"entries", std::move(entries)},
                     {"group", status.group()},
                     {"owner", status.owner()},
                     {"permission", Octal(status.permission().perm() & 01777)},
                     {"stickyBit", status.sticky()}}}});
}

std::string StoragePolicyJson(const wire::BlockStoragePolicyProto& policy) { return Dump(PolicyObject(policy)); }

std::string ErasureCodingPolicyJson(const wire::ErasureCodingPolicyProto& policy) {
  const wire::ECSchemaProto& schema = policy.schema();
  OrderedJson options = OrderedJson::object();
  for (const auto& option : schema.options()) options[option.key()] = option.value();
  return Dump(OrderedJson{{"name", policy.name()},
                          {"schema",
                           {{"codecName", schema.codecname()},
                            {"numDataUnits", schema.dataunits()},
                            {"numParityUnits", schema.parityunits()},
                            {"extraOptions", std::move(options)}}},
                          {"cellSize", policy.cellsize()},
                          {"id", policy.id()},
                          {"replicationPolicy", policy.id() == 0},
                          {"numDataUnits", schema.dataunits()},
                          {"numParityUnits", schema.parityunits()},
                          {"codecName", schema.codecname()},
                          {"systemPolicy", true}});
}

std::string TrashRootJson(const std::string& path, const wire::HdfsFileStatusProto& status) {
  return Dump(OrderedJson{{"blocksize", Signed(status.blocksize())},
                          {"owner", status.owner()},
                          {"path", path},
                          {"length", Signed(status.length())},
                          {"permission", Octal(status.permission().perm() & 01777)},
                          {"modification_time", Signed(status.modification_time())},
                          {"isdir", status.filetype() == wire::HdfsFileStatusProto::IS_DIR},
                          {"block_replication", status.block_replication()},
                          {"access_time", Signed(status.access_time())},
                          {"group", status.group()}});
}

std::string XAttrName(const wire::XAttrProto& attribute) {
  return PrefixedName(XAttr{static_cast<XAttrNamespace>(attribute.namespace_()), attribute.name(), {}});
}

}  // namespace tusk::dfs
