// One WebHDFS request on its way through an operation: what it asks, who asks, and the namenode's ClientProtocol, which
// an operation calls as a client on the wire would.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/rpc/call.h"
#include "dfs/common/webhdfs/params.h"
#include "dfs/namenode/datanodes/datanode_registry.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {

// What the operations know of the namenode beside its protocol; outlives them.
struct WebHdfsContext {
  Env env;
  std::string rpc_address;     // "host:port", for redirects and tokens
  int default_replication = 3;  // dfs.replication
  const DatanodeRegistry& datanodes;
};

struct WebHdfsCall {
  const WebHdfsContext& context;
  http::Exchange& exchange;
  const webhdfs::Params& params;
  const std::string path;
  const std::string_view op;  // as in the table: "LISTSTATUS"
  const rpc::CallUser user;
  const hadoop::hdfs::ClientNamenodeProtocolClient& namenode;
};

struct WebHdfsAnswer {
  std::string json;         // empty: none, the content type is then octet-stream
  bool has_charset = false;  // Hadoop's type of an empty answer names a charset in some operations
  bool sent = false;        // the operation has answered by itself
};

using WebHdfsOperation = Task<Result<WebHdfsAnswer>> (*)(WebHdfsCall& call);
struct WebHdfsRow {
  std::string_view method;  // "GET"
  std::string_view name;
  WebHdfsOperation run;
};

std::span<const WebHdfsRow> WebHdfsReads();
std::span<const WebHdfsRow> WebHdfsChanges();
std::span<const WebHdfsRow> WebHdfsAttributes();  // ACLs, extended attributes, policies, erasure coding, snapshots
std::span<const WebHdfsRow> WebHdfsTokens();
std::span<const WebHdfsRow> WebHdfsRedirects();   // what datanodes serve

// {"boolean":true}
WebHdfsAnswer BooleanAnswer(bool value);
// Empty for success.
template <typename Response>
Result<WebHdfsAnswer> EmptyAnswer(const Result<Response>& response, bool has_charset = false) {
  if (!response.ok()) return response.status();
  return WebHdfsAnswer{{}, has_charset, false};
}

}  // namespace tusk::dfs
