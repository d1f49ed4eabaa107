// WebHDFS: operations on data, which a datanode serves: the namenode chooses one and says where it is.
#include <algorithm>
#include <map>

#include "dfs/common/webhdfs/reply.h"
#include "dfs/namenode/web/webhdfs_call.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

using Answer = Result<WebHdfsAnswer>;
using Arguments = std::map<std::string, std::string>;  // in the order of names, as Hadoop writes them

struct WebAddress {
  std::string host;
  uint32_t port = 0;
};

// Datanodes that the client asks not to be sent to again.
std::vector<std::string> ExcludedUuids(const WebHdfsCall& call) {
  std::vector<std::string> uuids;
  const std::string text = call.params.Text("excludedatanodes");
  for (size_t start = 0; start < text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    const Datanode* node = call.context.datanodes.FindByAddress(text.substr(start, comma - start));
    if (node != nullptr) uuids.push_back(node->identity.uuid);
    start = comma + 1;
  }
  return uuids;
}

// The client's own datanode if it has one and `near`, else any.
Result<WebAddress> AnyDatanode(const WebHdfsCall& call, bool near) {
  const std::vector<std::string> excluded = ExcludedUuids(call);
  auto usable = [&](const Datanode& node) {
    return node.in_service() && std::find(excluded.begin(), excluded.end(), node.identity.uuid) == excluded.end();
  };
  if (near) {
    const Datanode* own = call.context.datanodes.FindByAddress(call.exchange.request().remote.host);
    if (own != nullptr && usable(*own)) return WebAddress{own->identity.host, own->identity.info_port};
  }
  std::vector<const Datanode*> nodes;
  for (const Datanode& node : call.context.datanodes.datanodes()) {
    if (usable(node)) nodes.push_back(&node);
  }
  if (nodes.empty()) {
    const std::string names = call.params.Text("excludedatanodes");
    return Status(Code::kIOError, "Failed to find datanode, suggest to check cluster health. excludeDatanodes=" +
                                      (names.empty() ? "null" : names));
  }
  const DatanodeIdentity& chosen = nodes[call.context.env.random.Next64() % nodes.size()]->identity;
  return WebAddress{chosen.host, chosen.info_port};
}

// One that has the block at `offset`; any where there is none.
Task<Result<WebAddress>> DatanodeWithBlock(WebHdfsCall& call, int64_t offset) {
  wire::GetBlockLocationsRequestProto request;
  request.set_src(call.path);
  request.set_offset(static_cast<uint64_t>(offset));
  request.set_length(1);
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.GetBlockLocations(request));
  const std::vector<std::string> excluded = ExcludedUuids(call);
  if (response.locations().blocks_size() > 0) {
    for (const wire::DatanodeInfoProto& node : response.locations().blocks(0).locs()) {
      if (std::find(excluded.begin(), excluded.end(), node.id().datanodeuuid()) != excluded.end()) continue;
      co_return WebAddress{node.id().hostname(), node.id().infoport()};
    }
  }
  co_return AnyDatanode(call, false);
}

Task<Result<uint64_t>> LengthOf(WebHdfsCall& call) {
  wire::GetFileInfoRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.GetFileInfo(request));
  if (!response.has_fs()) co_return Status(Code::kFileNotFound, "File " + call.path + " not found.");
  co_return response.fs().length();
}

std::string UrlOf(const WebHdfsCall& call, const WebAddress& datanode, const Arguments& arguments) {
  std::string url = "http://" + datanode.host + ":" + std::to_string(datanode.port) +
                    std::string(webhdfs::kPathPrefix) + webhdfs::EscapePath(call.path) + "?op=" + std::string(call.op);
  if (call.user.method == rpc::AuthMethod::kToken) {
    url += "&delegation=" + call.params.Text("delegation");
  } else if (!call.user.real_user.empty()) {
    url += "&doas=" + webhdfs::EscapeValue(call.user.name) + "&user.name=" + webhdfs::EscapeValue(call.user.real_user);
  } else if (call.params.Has("user.name")) {
    url += "&user.name=" + webhdfs::EscapeValue(call.user.name);
  }
  url += "&namenoderpcaddress=" + call.context.rpc_address;
  for (const auto& [name, value] : arguments) url += "&" + name + "=" + webhdfs::EscapeValue(value);
  return url;
}

Task<Answer> Redirect(WebHdfsCall& call, WebAddress datanode, Arguments arguments) {
  CO_ASSIGN_OR_RETURN(bool in_body, call.params.Bool("noredirect", false));
  co_await webhdfs::ReplyRedirect(call.exchange, UrlOf(call, datanode, arguments), in_body);
  co_return WebHdfsAnswer{{}, false, true};
}

// Checks a number and takes it over; nothing where it is absent.
Status TakeNumber(const WebHdfsCall& call, std::string_view name, const webhdfs::Bounds& bounds, Arguments& arguments) {
  ASSIGN_OR_RETURN(std::optional<int64_t> value, call.params.Number(name, bounds));
  if (value) arguments[std::string(name)] = std::to_string(*value);
  return Status::Ok();
}

Status TakePermission(const WebHdfsCall& call, std::string_view name, Arguments& arguments) {
  ASSIGN_OR_RETURN(std::optional<int64_t> value, call.params.Permission(name));
  if (value) arguments[std::string(name)] = call.params.Text(name);
  return Status::Ok();
}

Status TakeBool(const WebHdfsCall& call, std::string_view name, bool otherwise, Arguments& arguments) {
  ASSIGN_OR_RETURN(bool value, call.params.Bool(name, otherwise));
  arguments[std::string(name)] = value ? "true" : "false";
  return Status::Ok();
}

Task<Answer> Create(WebHdfsCall& call) {
  Arguments arguments;
  CO_RETURN_IF_ERROR(TakeNumber(call, "blocksize", webhdfs::kBlockSize, arguments));
  CO_RETURN_IF_ERROR(TakeNumber(call, "buffersize", webhdfs::kBufferSize, arguments));
  CO_RETURN_IF_ERROR(TakeNumber(call, "replication", webhdfs::kReplication, arguments));
  CO_RETURN_IF_ERROR(TakePermission(call, "permission", arguments));
  CO_RETURN_IF_ERROR(TakePermission(call, "unmaskedpermission", arguments));
  CO_RETURN_IF_ERROR(TakeBool(call, "overwrite", false, arguments));
  CO_RETURN_IF_ERROR(TakeBool(call, "createparent", true, arguments));
  arguments["createflag"] = call.params.Text("createflag");
  CO_ASSIGN_OR_RETURN(WebAddress datanode, AnyDatanode(call, true));
  co_return co_await Redirect(call, std::move(datanode), std::move(arguments));
}

Task<Answer> Append(WebHdfsCall& call) {
  Arguments arguments;
  CO_RETURN_IF_ERROR(TakeNumber(call, "buffersize", webhdfs::kBufferSize, arguments));
  CO_ASSIGN_OR_RETURN(uint64_t length, co_await LengthOf(call));
  Result<WebAddress> datanode = AnyDatanode(call, true);
  if (length > 0) datanode = co_await DatanodeWithBlock(call, static_cast<int64_t>(length) - 1);
  if (!datanode.ok()) co_return datanode.status();
  co_return co_await Redirect(call, std::move(*datanode), std::move(arguments));
}

Task<Answer> Open(WebHdfsCall& call) {
  Arguments arguments;
  CO_RETURN_IF_ERROR(TakeNumber(call, "length", webhdfs::kOffset, arguments));
  CO_RETURN_IF_ERROR(TakeNumber(call, "buffersize", webhdfs::kBufferSize, arguments));
  CO_ASSIGN_OR_RETURN(int64_t offset, call.params.Number("offset", webhdfs::kOffset, 0));
  arguments["offset"] = std::to_string(offset);
  CO_ASSIGN_OR_RETURN(uint64_t length, co_await LengthOf(call));
  if (length > 0 && static_cast<uint64_t>(offset) >= length) {
    co_return Status(Code::kIOError, "Offset=" + std::to_string(offset) + " out of the range [0, " +
                                         std::to_string(length) + "); OPEN, path=" + call.path);
  }
  Result<WebAddress> datanode = AnyDatanode(call, false);
  if (length > 0) datanode = co_await DatanodeWithBlock(call, offset);
  if (!datanode.ok()) co_return datanode.status();
  co_return co_await Redirect(call, std::move(*datanode), std::move(arguments));
}

Task<Answer> GetFileChecksum(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(uint64_t length, co_await LengthOf(call));
  Result<WebAddress> datanode = AnyDatanode(call, false);
  if (length > 0) datanode = co_await DatanodeWithBlock(call, static_cast<int64_t>(length) - 1);
  if (!datanode.ok()) co_return datanode.status();
  co_return co_await Redirect(call, std::move(*datanode), {});
}

constexpr WebHdfsRow kRows[] = {
    {"PUT", "CREATE", Create},
    {"POST", "APPEND", Append},
    {"GET", "OPEN", Open},
    {"GET", "GETFILECHECKSUM", GetFileChecksum},
};

}  // namespace

std::span<const WebHdfsRow> WebHdfsRedirects() { return kRows; }

}  // namespace tusk::dfs
