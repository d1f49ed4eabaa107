// NameNodeConfig: the dfs.namenode.* (and related) keys that the namenode reads, with Hadoop's defaults, checked once
// at start. Deviation: without an address of their own, the RPC and HTTP ports bind 127.0.0.1, not all interfaces.
#pragma once

#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"
#include "base/env/network.h"
#include "base/security/delegation_tokens.h"
#include "dfs/namenode/blocks/block_types.h"
#include "dfs/namenode/datanodes/datanode_registry.h"
#include "dfs/namenode/driver/name_directory.h"
#include "dfs/namenode/driver/resource_check.h"

namespace tusk::dfs {

// What getServerDefaults tells clients.
struct ServerDefaultsConfig {
  int64_t block_size = 134217728;      // dfs.blocksize
  int bytes_per_checksum = 512;        // dfs.bytes-per-checksum
  int write_packet_size = 65536;       // dfs.client-write-packet-size
  int replication = 3;                 // dfs.replication
  int file_buffer_size = 4096;         // io.file.buffer.size
  bool encrypt_data_transfer = false;  // dfs.encrypt.data.transfer
  int64_t trash_interval_minutes = 0;  // fs.trash.interval
};

struct NameNodeConfig {
  HostPort rpc_address;                // dfs.namenode.rpc-address, else fs.defaultFS: what clients are told
  HostPort rpc_bind;                   // with dfs.namenode.rpc-bind-host
  HostPort http_bind;                  // dfs.namenode.http-address with dfs.namenode.http-bind-host
  std::vector<NameFolder> folders;     // dfs.namenode.name.dir, dfs.namenode.edits.dir (and .required)
  size_t edits_folders_min = 1;        // dfs.namenode.edits.dir.minimum
  bool restore_failed = false;         // dfs.namenode.name.dir.restore
  ResourceLimits resources;            // dfs.namenode.resource.{du.reserved,checked.volumes,checked.volumes.minimum}
  Duration resource_interval = std::chrono::seconds(5);  // dfs.namenode.resource.check.interval

  DatanodeLimits datanodes;
  BlockLimits blocks;
  ServerDefaultsConfig defaults;
  Duration redundancy_interval = std::chrono::seconds(3);  // dfs.namenode.redundancy.interval.seconds
  Duration decommission_interval = std::chrono::seconds(30);  // dfs.namenode.decommission.interval
  size_t report_leases_max = 6;        // dfs.namenode.max.full.block.report.leases
  Duration report_lease_length = std::chrono::minutes(5);  // dfs.namenode.full.block.report.lease.length.ms
  std::string hosts_file;              // dfs.hosts
  bool issue_tokens = false;           // dfs.namenode.delegation.token.always-use
  DelegationTokenPolicy token_policy;  // dfs.namenode.delegation.{key.update-interval,token.renew-interval,...}
  std::string static_web_user = "dr.who";  // hadoop.http.staticuser.user
  std::string hosts_exclude_file;      // dfs.hosts.exclude

  bool block_tokens = false;           // dfs.block.access.token.enable
  bool block_tokens_protobuf = false;  // dfs.block.access.token.protobuf.enable
  Duration block_key_interval = std::chrono::minutes(600);    // dfs.block.access.key.update.interval
  Duration block_token_lifetime = std::chrono::minutes(600);  // dfs.block.access.token.lifetime

  bool permissions_enabled = true;     // dfs.permissions.enabled
  std::string supergroup = "supergroup";  // dfs.permissions.superusergroup
  bool acls_enabled = true;            // dfs.namenode.acls.enabled
  bool posix_acl_inheritance = true;   // dfs.namenode.posix.acl.inheritance.enabled
  bool xattrs_enabled = true;          // dfs.namenode.xattrs.enabled
  int xattrs_max = 32;                 // dfs.namenode.fs-limits.max-xattrs-per-inode
  int xattr_bytes_max = 16384;         // dfs.namenode.fs-limits.max-xattr-size
  int replication_max = 512;           // dfs.replication.max
  int64_t block_size_min = 1048576;    // dfs.namenode.fs-limits.min-block-size
  int component_bytes_max = 255;       // dfs.namenode.fs-limits.max-component-length
  int64_t directory_items_max = 1048576;   // dfs.namenode.fs-limits.max-directory-items
  int blocks_per_file_max = 10000;     // dfs.namenode.fs-limits.max-blocks-per-file
  int listing_max = 1000;              // dfs.ls.limit
  int64_t access_time_precision_ms = 3600000;  // dfs.namenode.accesstime.precision
  Duration lease_hard_limit = std::chrono::seconds(1200);  // dfs.namenode.lease-hard-limit-sec

  static Result<NameNodeConfig> From(const Configuration& conf);
};

}  // namespace tusk::dfs
