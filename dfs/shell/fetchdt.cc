// `hdfs fetchdt`: gets a delegation token of the namenode into a file, prints, renews or cancels those of a file. The
// file is what HADOOP_TOKEN_FILE_LOCATION names.
#include "dfs/shell/fetchdt.h"

#include <ostream>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "base/security/token.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/common/delegation_token.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"
#include "dfs/shell/cli_streams.h"

namespace tusk::dfs {
namespace {

using hadoop::hdfs::ClientNamenodeProtocolClient;

constexpr uint32_t kOwnerOnly = 0600;
constexpr const char* kUsage =
    "fetchdt retrieves delegation tokens from the NameNode\n\n"
    "fetchdt <opts> <token file>\n"
    "Options:\n"
    "  --webservice <url>  namenode to ask, hdfs://host:port\n"
    "  --renewer <name>    who may renew the token\n"
    "  --cancel            Cancel the token\n"
    "  --renew             Renew the token, which must have been fetched with --renewer\n"
    "  --print [--verbose] Print the token\n";

struct FetchOptions {
  bool cancel = false;
  bool renew = false;
  bool print = false;
  bool verbose = false;
  std::string renewer;
  std::string service;
  std::vector<std::string> files;
};

// False for what is no option of this command.
bool ParseFetchOptions(const std::vector<std::string>& args, FetchOptions& options) {
  for (size_t i = 0; i < args.size(); ++i) {
    std::string name = args[i];
    if (name.starts_with("--")) name.erase(0, 1);
    const bool has_value = i + 1 < args.size();
    if (name == "-cancel") {
      options.cancel = true;
    } else if (name == "-renew") {
      options.renew = true;
    } else if (name == "-print") {
      options.print = true;
    } else if (name == "-verbose") {
      options.verbose = true;
    } else if (name == "-renewer" && has_value) {
      options.renewer = args[++i];
    } else if (name == "-webservice" && has_value) {
      options.service = args[++i];
    } else if (name.starts_with('-')) {
      return false;
    } else {
      options.files.push_back(args[i]);
    }
  }
  return true;
}

// What the calls of one run share.
struct TokenClient {
  TokenClient(Env env, std::string user) : env(env), rpc(rpc::Client::Make(env)), user(std::move(user)) {}
  ClientNamenodeProtocolClient At(const HostPort& server) const {
    return ClientNamenodeProtocolClient(rpc::Channel(*rpc, server, rpc::ClientIdentity{user}));
  }
  Env env;
  std::unique_ptr<rpc::Client> rpc;
  std::string user;
};

hadoop::common::TokenProto ToProto(const Token& token) {
  hadoop::common::TokenProto proto;
  proto.set_identifier(token.identifier);
  proto.set_password(token.password);
  proto.set_kind(token.kind);
  proto.set_service(token.service);
  return proto;
}

Task<Status> ChangeToken(TokenClient& client, Token token, bool renew) {
  CO_ASSIGN_OR_RETURN(HostPort server, HostPort::Parse(token.service, kNamenodePort));
  ClientNamenodeProtocolClient namenode = client.At(server);
  if (renew) {
    hadoop::common::RenewDelegationTokenRequestProto request;
    *request.mutable_token() = ToProto(token);
    co_return (co_await namenode.RenewDelegationToken(request)).status();
  }
  hadoop::common::CancelDelegationTokenRequestProto request;
  *request.mutable_token() = ToProto(token);
  co_return (co_await namenode.CancelDelegationToken(request)).status();
}

Task<void> EndTokenClient(TokenClient& client) { co_await client.rpc->Shutdown(); }

Status WriteTokenFile(Disk& disk, const std::string& path, const Token& token) {
  Credentials credentials;
  credentials.tokens[token.service] = token;
  // Nobody else may read it at any moment: the mode is set while the file is empty.
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk.Open(path, OpenMode::kCreateTruncate));
  RETURN_IF_ERROR(disk.SetMode(path, kOwnerOnly));
  std::string bytes = credentials.Serialize();
  RETURN_IF_ERROR(file->WriteAt(0, AsBytes(bytes)));
  return file->Sync();
}

Status PrintTokens(ShellContext& context, const Credentials& credentials, bool verbose) {
  for (const auto& [alias, token] : credentials.tokens) {
    ASSIGN_OR_RETURN(DelegationTokenIdentifier id, DecodeDelegationTokenIdentifier(token.identifier));
    std::string text = verbose ? DescribeDelegationToken(id)
                               : std::string(kDelegationTokenKind) + " token " + std::to_string(id.sequence) + " for " +
                                     id.owner + " with renewer " + id.renewer;
    context.out << "Token (" << text << ") for " << token.service << "\n";
  }
  return Status::Ok();
}

Status ChangeTokens(TokenClient& client, LoopThread& thread, const Credentials& credentials, bool renew) {
  for (const auto& [alias, token] : credentials.tokens) {
    if (token.kind == kDelegationTokenKind) RETURN_IF_ERROR(thread.Run(ChangeToken(client, token, renew)));
  }
  return Status::Ok();
}

Status FetchInto(ShellContext& context, TokenClient& client, LoopThread& thread, const Path& uri,
                 const FetchOptions& options, const std::string& file) {
  if (uri.scheme() != "hdfs") {
    return Status(Code::kUnsupported, "only hdfs:// gives tokens here, not " + uri.ToString());
  }
  ASSIGN_OR_RETURN(HostPort server, HostPort::Parse(uri.authority(), kNamenodePort));
  ASSIGN_OR_RETURN(std::optional<Token> token, thread.Run(FetchDelegationToken(client.At(server), client.env.network, server, options.renewer)));
  if (token) return WriteTokenFile(context.disk, file, *token);
  context.err << "ERROR: Failed to fetch token from hdfs://" << uri.authority() << "\n";
  return Status::Ok();
}

std::string LocalPath(const std::string& text, const std::string& working_directory) {
  std::string path = text;
  if (path.starts_with("file:")) path.erase(0, 5);
  while (path.starts_with("//")) path.erase(0, 1);
  return path.starts_with('/') ? path : working_directory + "/" + path;
}

}  // namespace

int RunFetchDt(CliContext& cli, std::vector<std::string> args) {
  CliStreams streams(cli);
  FetchOptions options;
  Status generic = TakeGenericOptions(cli, args);
  if (!generic.ok() || !ParseFetchOptions(args, options)) {
    streams.err << (generic.ok() ? std::string_view(kUsage) : generic.message()) << "\n";
    return 1;
  }
  ShellContext context = streams.Context(cli);
  if (options.cancel + options.renew + options.print > 1) {
    context.err << "ERROR: Only specify cancel, renew or print.\n" << kUsage;
    return 1;
  }
  if (options.files.size() != 1) {
    context.err << "ERROR: Must specify exactly one token file\n" << kUsage;
    return 1;
  }
  auto systems =
      BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
  auto uri = options.service.empty() && systems.ok() ? Result<Path>((*systems)->default_uri()) : Path::Parse(options.service);
  Status status = systems.ok() ? uri.status() : systems.status();
  if (status.ok()) {
    LoopThread& thread = (*systems)->thread();
    TokenClient client(thread.env(), context.user.name);
    const std::string file = LocalPath(options.files[0], context.user.working_directory);
    if (options.cancel || options.renew || options.print) {
      auto credentials = Credentials::ReadFile(context.disk, file);
      status = !credentials.ok() ? credentials.status()
               : options.print   ? PrintTokens(context, *credentials, options.verbose)
                                 : ChangeTokens(client, thread, *credentials, options.renew);
    } else {
      status = FetchInto(context, client, thread, *uri, options, file);
    }
    thread.Run(EndTokenClient(client));
  }
  if (status.ok()) return 0;
  context.err << "fetchdt: " << status.message() << "\n";
  return 1;
}

}  // namespace tusk::dfs
