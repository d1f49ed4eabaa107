// Data over HTTP.
#include "dfs/datanode/web/webhdfs.h"

#include <algorithm>
#include <cctype>

#include "base/config/configuration.h"
#include "base/log/log.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/common/webhdfs/reply.h"

namespace tusk::dfs::datanode {
namespace {

constexpr size_t kBufferBytes = 128 << 10;
constexpr int64_t kFilePermission = 0644;
constexpr const char* kDelegationTokenKind = "HDFS_DELEGATION_TOKEN";
// Java gives the whole of a buffer that has grown to this when it serializes an MD5 of MD5s (28 bytes).
constexpr size_t kChecksumBufferBytes = 32;

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

}  // namespace

struct DataNodeWebHdfs::Call {
  http::Exchange& exchange;
  const webhdfs::Params& params;
  std::string path;
  std::string op;
  std::string namenode;  // "host:port"
  FileSystem& fs;
};

Result<std::unique_ptr<DataNodeWebHdfs>> DataNodeWebHdfs::Create(Env env, const Configuration& conf, rpc::Client& rpc) {
  ASSIGN_OR_RETURN(DfsClientConfig config, DfsClientConfig::Read(conf));
  config.umask = 0;  // the namenode's request says the permission
  return std::unique_ptr<DataNodeWebHdfs>(new DataNodeWebHdfs(
      env, std::move(config), conf.Get("hadoop.http.staticuser.user", "dr.who"), rpc));
}

void DataNodeWebHdfs::Mount(http::Server& server) {
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    server.Handle(method, std::string(webhdfs::kPathPrefix), [this](http::Exchange& exchange) { return Handle(exchange); });
  }
  server.Handle("OPTIONS", std::string(webhdfs::kPathPrefix), [this](http::Exchange& exchange) { return Options(exchange); });
}

Task<void> DataNodeWebHdfs::Options(http::Exchange& exchange) {
  http::Response response;
  response.head.headers = {{"Access-Control-Allow-Origin", "*"},
                           {"Access-Control-Allow-Headers", "accept, content-type"},
                           {"Access-Control-Allow-Methods", "PUT"},
                           {"Access-Control-Max-Age", "1728000"}};
  Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) exchange.CloseAfter();
}

Result<rpc::ClientIdentity> DataNodeWebHdfs::IdentityOf(const webhdfs::Params& params) const {
  rpc::ClientIdentity identity;
  const std::string delegation = params.Text("delegation");
  ASSIGN_OR_RETURN(std::string name, params.UserName());
  identity.user = name.empty() ? static_user_ : name;
  if (!delegation.empty()) {
    ASSIGN_OR_RETURN(Token token, TokenFromUrlString(delegation));
    token.kind = kDelegationTokenKind;
    identity.token = std::move(token);
    return identity;
  }
  const std::string effective = params.Text("doas");
  if (!effective.empty()) {
    identity.real_user = identity.user;
    identity.user = effective;
  }
  return identity;
}

// An error that a page from elsewhere can read, too.
Task<void> DataNodeWebHdfs::Refuse(http::Exchange& exchange, Status status) {
  if (exchange.started()) co_return;  // the answer breaks off, which the client sees
  http::Response response;
  response.head.status = webhdfs::HttpStatusOf(status);
  response.head.headers = {{"Content-Type", webhdfs::kJsonUtf8}, {"Access-Control-Allow-Origin", "*"}};
  response.body = webhdfs::RemoteExceptionJson(status);
  Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) exchange.CloseAfter();
}

Task<void> DataNodeWebHdfs::Handle(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  webhdfs::Params params(request.query, false);
  std::string op = params.Text("op");
  for (char& c : op) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  const bool known = (method == "GET" && (op == "OPEN" || op == "GETFILECHECKSUM")) ||
                     (method == "PUT" && op == "CREATE") || (method == "POST" && op == "APPEND");
  if (!known) {
    std::string given = params.Has("op") ? params.Text("op") : "null";
    co_await Refuse(exchange, Status(Code::kInvalidArgument, "Invalid operation " + given));
    co_return;
  }
  const std::string namenode = params.Text("namenoderpcaddress");
  auto address = HostPort::Parse(namenode, 8020);
  auto identity = IdentityOf(params);
  Status status = identity.status();
  if (namenode.empty() || !address.ok()) {
    status = Status(Code::kInvalidArgument,
                    "java.net.UnknownHostException: " + (namenode.empty() ? "null" : namenode));
  }
  if (status.ok()) {
    auto fs = MakeDfsFileSystem(env_, config_, rpc_, *address, "hdfs://" + namenode, std::move(*identity));
    std::string path = request.path.substr(webhdfs::kPathPrefix.size());
    Call call{exchange, params, path.empty() ? "/" : std::move(path), std::move(op), namenode, *fs};
    status = co_await Run(call);
    co_await fs->Shutdown();
  }
  if (status.ok()) co_return;
  LogDebug("webhdfs", "{} {}: {}", method, request.path, status.ToString());
  if (exchange.started()) exchange.CloseAfter();
  co_await Refuse(exchange, status);
}

Task<Status> DataNodeWebHdfs::Run(Call& call) {
  if (call.op == "OPEN") co_return co_await Open(call);
  if (call.op == "CREATE") co_return co_await CreateFile(call);
  if (call.op == "APPEND") co_return co_await Append(call);
  co_return co_await GetFileChecksum(call);
}

Task<Status> DataNodeWebHdfs::Open(Call& call) {
  CO_ASSIGN_OR_RETURN(int64_t offset, call.params.Number("offset", webhdfs::kOffset, 0));
  CO_ASSIGN_OR_RETURN(int64_t wanted, call.params.Number("length", webhdfs::kOffset, INT64_MAX));
  CO_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> file, co_await call.fs.Open(call.path));
  Status seeked = file->Seek(static_cast<uint64_t>(offset));
  Status sent = std::move(seeked);
  if (sent.ok()) {
    const uint64_t length = std::min(file->length() - static_cast<uint64_t>(offset), static_cast<uint64_t>(wanted));
    sent = co_await SendRange(call, *file, length);
  }
  Status closed = co_await file->Close();
  co_return sent.ok() ? closed : sent;
}

Task<Status> DataNodeWebHdfs::SendRange(Call& call, InputStream& file, uint64_t length) {
  http::ResponseHead head;
  head.headers = {{"Access-Control-Allow-Methods", "GET"},
                  {"Access-Control-Allow-Origin", "*"},
                  {"Content-Type", webhdfs::kOctets}};
  CO_RETURN_IF_ERROR(co_await call.exchange.Begin(std::move(head), length));
  std::vector<uint8_t> buffer(std::min<uint64_t>(kBufferBytes, length));
  while (length > 0) {
    MutableByteView part(buffer.data(), std::min<uint64_t>(buffer.size(), length));
    CO_ASSIGN_OR_RETURN(size_t count, co_await file.Read(part));
    if (count == 0) co_return Status(Code::kEndOfFile, "the file ended before its length");
    CO_RETURN_IF_ERROR(co_await call.exchange.Write(ByteView(buffer.data(), count)));
    length -= count;
  }
  co_return Status::Ok();
}

Task<Status> DataNodeWebHdfs::Receive(Call& call, OutputStream& file) {
  std::vector<uint8_t> buffer(kBufferBytes);
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await call.exchange.ReadBody(buffer));
    if (count == 0) co_return co_await file.Close();
    CO_RETURN_IF_ERROR(co_await file.Write(ByteView(buffer.data(), count)));
  }
}

Task<Status> DataNodeWebHdfs::CreateFile(Call& call) {
  const webhdfs::Params& params = call.params;
  CreateOptions options;
  options.apply_umask = false;
  CO_ASSIGN_OR_RETURN(options.overwrite, params.Bool("overwrite", false));
  CO_ASSIGN_OR_RETURN(options.create_parent, params.Bool("createparent", true));
  CO_ASSIGN_OR_RETURN(auto permission, params.Permission("permission"));
  options.permission = static_cast<uint32_t>(permission.value_or(kFilePermission));
  CO_ASSIGN_OR_RETURN(auto unmasked, params.Permission("unmaskedpermission"));
  if (unmasked) options.unmasked_permission = static_cast<uint32_t>(*unmasked);
  CO_ASSIGN_OR_RETURN(auto replication, params.Number("replication", webhdfs::kReplication));
  if (replication) options.replication = static_cast<uint32_t>(*replication);
  CO_ASSIGN_OR_RETURN(auto block_size, params.Number("blocksize", webhdfs::kBlockSize));
  if (block_size) options.block_size = static_cast<uint64_t>(*block_size);
  CO_ASSIGN_OR_RETURN(std::vector<std::string> flags,
                      params.SomeOf("createflag", {"CREATE", "OVERWRITE", "APPEND", "SYNC_BLOCK", "LAZY_PERSIST",
                                                   "NEW_BLOCK", "NO_LOCAL_WRITE", "SHOULD_REPLICATE",
                                                   "IGNORE_CLIENT_LOCALITY", "NO_LOCAL_RACK"},
                                    "org.apache.hadoop.fs.CreateFlag"));
  for (const std::string& flag : flags) {
    if (flag == "OVERWRITE") options.overwrite = true;
    if (flag == "LAZY_PERSIST") options.lazy_persist = true;
  }
  CO_ASSIGN_OR_RETURN(std::unique_ptr<OutputStream> file, co_await call.fs.Create(call.path, options));
  Status written = co_await Receive(call, *file);
  if (!written.ok()) {
    // Half a file must not look like a whole one.
    file.reset();
    auto removed = co_await call.fs.Delete(call.path, false);
    if (!removed.ok()) LogWarn("webhdfs", "{}: {}", call.path, removed.status().ToString());
    co_return written;
  }
  http::Response response;
  response.head.status = 201;
  response.head.headers = {{"Location", "hdfs://" + call.namenode + http::PercentEncode(call.path, "/+&=$,:;@!'()*")},
                           {"Access-Control-Allow-Origin", "*"}};
  co_return co_await call.exchange.Reply(std::move(response));
}

Task<Status> DataNodeWebHdfs::Append(Call& call) {
  CO_ASSIGN_OR_RETURN(std::unique_ptr<OutputStream> file, co_await call.fs.Append(call.path));
  Status written = co_await Receive(call, *file);
  if (!written.ok()) {
    // What has come stays appended, as in Hadoop; the file must not stay open.
    Status closed = co_await file->Close();
    if (!closed.ok()) LogWarn("webhdfs", "{}: {}", call.path, closed.ToString());
    co_return written;
  }
  co_return co_await call.exchange.Reply(http::Response{});
}

Task<Status> DataNodeWebHdfs::GetFileChecksum(Call& call) {
  CO_ASSIGN_OR_RETURN(std::optional<FileChecksum> checksum, co_await call.fs.GetFileChecksum(call.path));
  if (!checksum) co_return Status(Code::kUnsupported, "no checksum");
  const size_t length = checksum->bytes.size();
  if (checksum->algorithm.starts_with("MD5")) checksum->bytes.resize(std::max(length, kChecksumBufferBytes), '\0');
  std::string json = "{\"FileChecksum\":{\"algorithm\":" + webhdfs::JsonString(checksum->algorithm) + ",\"bytes\":\"" +
                     Hex(checksum->bytes) + "\",\"length\":" + std::to_string(length) + "}}";
  co_return co_await call.exchange.Reply(200, webhdfs::kJsonUtf8, std::move(json));
}

}  // namespace tusk::dfs::datanode
