// Two namenodes, one of them Java's, are told the same random operations and must answer the same: result and exception
// class. namespace_twins HOST:PORT HOST:PORT SEED COUNT. Needs no datanode: files stay empty.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/async/asio_loop.h"
#include "base/env/real_env.h"
#include "base/rpc/client.h"
#include "dfs/namenode/permission/caller.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {
namespace {

namespace pb = ::hadoop::hdfs;

// One operation: what it is called, and how a namenode answers it.
struct Operation {
  std::string name;
  std::string path;  // of create and mkdirs
  std::function<Task<std::string>(pb::ClientNamenodeProtocolClient*)> call;
};

std::string Describe(const pb::HdfsFileStatusProto& file) {
  return std::to_string(file.filetype()) + " '" + file.path() + "' " + std::to_string(file.length()) + " " +
         std::to_string(file.permission().perm()) + " " + file.owner() + ":" + file.group() + " r" +
         std::to_string(file.block_replication()) + " b" + std::to_string(file.blocksize()) + " c" +
         std::to_string(file.childrennum()) + " p" + std::to_string(file.storagepolicy()) + " f" + std::to_string(file.flags());
}
// The exception's class, and behind a bar, which is not compared, its text.
std::string Outcome(const Status& status) {
  return std::string(status.java_class()) + "|" + std::string(status.message().substr(0, 160));
}
bool Same(const std::string& a, const std::string& b) { return a.substr(0, a.find('|')) == b.substr(0, b.find('|')); }

// `describe` turns an answer into text.
template <typename Request, typename Response, typename Describer>
Task<std::string> Ask(pb::ClientNamenodeProtocolClient* client,
                      Task<Result<Response>> (pb::ClientNamenodeProtocolClient::*method)(const Request&, rpc::CallOptions) const,
                      Request request, Describer describe) {
  Result<Response> answer = co_await (client->*method)(request, rpc::CallOptions{});
  if (!answer.ok()) co_return Outcome(answer.status());
  co_return "ok " + describe(*answer);
}

class Workload {
 public:
  explicit Workload(uint64_t seed) : state_(seed * 2 + 1) {}

  Operation Next() {
    switch (Below(30)) {
      case 0: case 1: case 2: return Mkdirs();
      case 3: case 4: case 5: return Create();
      case 6: case 7: return Complete();
      case 8: case 9: return Delete();
      case 10: case 11: return Rename();
      case 12: case 13: return Rename2();
      case 14: return SetPermission();
      case 15: return SetOwner();
      case 16: return SetReplication();
      case 17: case 18: return GetFileInfo();
      case 19: return GetListing();
      case 20: return GetContentSummary();
      case 21: return SetQuota();
      case 22: return SetStoragePolicy();
      case 23: return ModifyAcl();
      case 24: return RemoveAcl();
      case 25: return GetAcl();
      case 26: return SetXAttr();
      case 27: return RemoveXAttr();
      case 28: return Below(2) == 0 ? Truncate() : Append();
      default: return Below(2) == 0 ? Concat() : IsFileClosed();
    }
  }
  // Which of the two users makes the next operation.
  size_t NextUser() { return Below(4) == 0 ? 1 : 0; }

 private:
  uint64_t Below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }
  std::string Path() {
    if (Below(60) == 0) return "/twins";
    std::string path = "/twins";
    for (uint64_t depth = 1 + Below(4); depth > 0; --depth) path += std::string("/") + static_cast<char>('a' + Below(4));
    return path;
  }
  std::string Holder() { return Below(2) == 0 ? "holder-1" : "holder-2"; }

  template <typename Request, typename Response, typename Describer>
  Operation Make(std::string name, Request request,
                 Task<Result<Response>> (pb::ClientNamenodeProtocolClient::*method)(const Request&, rpc::CallOptions) const,
                 Describer describe) {
    return {std::move(name), "", [request, method, describe](pb::ClientNamenodeProtocolClient* client) {
              return Ask(client, method, request, describe);
            }};
  }
  static constexpr auto kNothing = [](const auto&) { return std::string(); };
  static constexpr auto kBool = [](const auto& answer) { return std::to_string(answer.result()); };

  Operation Mkdirs() {
    pb::MkdirsRequestProto request;
    request.set_src(Path());
    request.mutable_masked()->set_perm(static_cast<uint32_t>(Below(3) == 0 ? 0777 : 0755));
    request.set_createparent(Below(3) != 0);
    Operation mkdirs = Make("mkdirs " + request.src(), request, &pb::ClientNamenodeProtocolClient::Mkdirs, kBool);
    mkdirs.path = request.src();
    return mkdirs;
  }
  Operation Create() {
    pb::CreateRequestProto request;
    request.set_src(Path());
    request.mutable_masked()->set_perm(0644);
    request.set_clientname(Holder());
    request.set_createflag(1 + static_cast<uint32_t>(Below(2) * 2));
    request.set_createparent(Below(2) == 0);
    request.set_replication(1 + static_cast<uint32_t>(Below(3)));
    request.set_blocksize(Below(20) == 0 ? 8 : 1 << 20);
    request.add_cryptoprotocolversion(pb::ENCRYPTION_ZONES);
    const std::string name = "create " + request.src() + " " + request.clientname() + " flags " + std::to_string(request.createflag()) +
                             " parents " + std::to_string(request.createparent());
    Operation create = Make(name, request, &pb::ClientNamenodeProtocolClient::Create,
                            [](const pb::CreateResponseProto& answer) { return Describe(answer.fs()); });
    create.path = request.src();
    return create;
  }
  Operation Complete() {
    pb::CompleteRequestProto request;
    request.set_src(Path());
    request.set_clientname(Holder());
    return Make("complete " + request.src() + " " + request.clientname(), request, &pb::ClientNamenodeProtocolClient::Complete, kBool);
  }
  Operation Delete() {
    pb::DeleteRequestProto request;
    request.set_src(Path());
    request.set_recursive(Below(3) == 0);
    return Make("delete " + request.src(), request, &pb::ClientNamenodeProtocolClient::Delete, kBool);
  }
  Operation Rename() {
    pb::RenameRequestProto request;
    request.set_src(Path());
    request.set_dst(Path());
    return Make("rename " + request.src() + " " + request.dst(), request, &pb::ClientNamenodeProtocolClient::Rename, kBool);
  }
  Operation Rename2() {
    pb::Rename2RequestProto request;
    request.set_src(Path());
    request.set_dst(Path());
    request.set_overwritedest(Below(2) == 0);
    return Make("rename2 " + request.src() + " " + request.dst() + " " + std::to_string(request.overwritedest()), request,
                &pb::ClientNamenodeProtocolClient::Rename2, kNothing);
  }
  Operation SetPermission() {
    pb::SetPermissionRequestProto request;
    request.set_src(Path());
    request.mutable_permission()->set_perm(static_cast<uint32_t>(Below(01000)) | 0700);
    return Make("setPermission " + request.src(), request, &pb::ClientNamenodeProtocolClient::SetPermission, kNothing);
  }
  Operation SetOwner() {
    pb::SetOwnerRequestProto request;
    request.set_src(Path());
    if (Below(2) == 0) request.set_username(Below(2) == 0 ? "alice" : "bob");
    else request.set_groupname("staff");
    return Make("setOwner " + request.src(), request, &pb::ClientNamenodeProtocolClient::SetOwner, kNothing);
  }
  Operation SetReplication() {
    pb::SetReplicationRequestProto request;
    request.set_src(Path());
    request.set_replication(static_cast<uint32_t>(Below(5)));
    return Make("setReplication " + request.src() + " " + std::to_string(request.replication()), request,
                &pb::ClientNamenodeProtocolClient::SetReplication, kBool);
  }
  Operation GetFileInfo() {
    pb::GetFileInfoRequestProto request;
    request.set_src(Path());
    return Make("getFileInfo " + request.src(), request, &pb::ClientNamenodeProtocolClient::GetFileInfo,
                [](const pb::GetFileInfoResponseProto& answer) { return answer.has_fs() ? Describe(answer.fs()) : "none"; });
  }
  Operation GetListing() {
    pb::GetListingRequestProto request;
    request.set_src(Path());
    request.set_startafter(Below(3) == 0 ? "b" : "");
    request.set_needlocation(false);
    return Make("getListing " + request.src(), request, &pb::ClientNamenodeProtocolClient::GetListing,
                [](const pb::GetListingResponseProto& answer) {
                  if (!answer.has_dirlist()) return std::string("none");
                  std::string text = std::to_string(answer.dirlist().remainingentries());
                  for (const auto& file : answer.dirlist().partiallisting()) text += "\n  " + Describe(file);
                  return text;
                });
  }
  Operation GetContentSummary() {
    pb::GetContentSummaryRequestProto request;
    request.set_path(Path());
    return Make("getContentSummary " + request.path(), request, &pb::ClientNamenodeProtocolClient::GetContentSummary,
                [](const pb::GetContentSummaryResponseProto& answer) {
                  const auto& sum = answer.summary();
                  return std::to_string(sum.length()) + " " + std::to_string(sum.filecount()) + " " +
                         std::to_string(sum.directorycount()) + " " + std::to_string(sum.quota()) + " " +
                         std::to_string(sum.spaceconsumed()) + " " + std::to_string(sum.spacequota());
                });
  }
  Operation SetQuota() {
    pb::SetQuotaRequestProto request;
    request.set_path(Path());
    const uint64_t names = Below(4);
    request.set_namespacequota(names == 0 ? UINT64_MAX : 3 + Below(12));
    request.set_storagespacequota(Below(2) == 0 ? UINT64_MAX : static_cast<uint64_t>(INT64_MAX));
    return Make("setQuota " + request.path() + " " + std::to_string(static_cast<int64_t>(request.namespacequota())), request,
                &pb::ClientNamenodeProtocolClient::SetQuota, kNothing);
  }
  Operation SetStoragePolicy() {
    pb::SetStoragePolicyRequestProto request;
    request.set_src(Path());
    request.set_policyname(Below(4) == 0 ? "NONE_SUCH" : Below(2) == 0 ? "COLD" : "HOT");
    return Make("setStoragePolicy " + request.src() + " " + request.policyname(), request,
                &pb::ClientNamenodeProtocolClient::SetStoragePolicy, kNothing);
  }
  Operation ModifyAcl() {
    pb::ModifyAclEntriesRequestProto request;
    request.set_src(Path());
    auto& entry = *request.add_aclspec();
    entry.set_type(Below(2) == 0 ? pb::AclEntryProto::USER : pb::AclEntryProto::GROUP);
    entry.set_scope(Below(3) == 0 ? pb::AclEntryProto::DEFAULT : pb::AclEntryProto::ACCESS);
    entry.set_permissions(static_cast<pb::AclEntryProto::FsActionProto>(Below(8)));
    entry.set_name(Below(2) == 0 ? "alice" : "bob");
    return Make("modifyAclEntries " + request.src(), request, &pb::ClientNamenodeProtocolClient::ModifyAclEntries, kNothing);
  }
  Operation RemoveAcl() {
    pb::RemoveAclRequestProto request;
    request.set_src(Path());
    return Make("removeAcl " + request.src(), request, &pb::ClientNamenodeProtocolClient::RemoveAcl, kNothing);
  }
  Operation GetAcl() {
    pb::GetAclStatusRequestProto request;
    request.set_src(Path());
    return Make("getAclStatus " + request.src(), request, &pb::ClientNamenodeProtocolClient::GetAclStatus,
                [](const pb::GetAclStatusResponseProto& answer) { return answer.SerializeAsString(); });
  }
  Operation SetXAttr() {
    pb::SetXAttrRequestProto request;
    request.set_src(Path());
    auto& attribute = *request.mutable_xattr();
    attribute.set_namespace_(pb::XAttrProto::USER);
    attribute.set_name("n" + std::to_string(Below(3)));
    attribute.set_value("v");
    request.set_flag(1 + static_cast<uint32_t>(Below(3)));
    return Make("setXAttr " + request.src() + " flag " + std::to_string(request.flag()), request,
                &pb::ClientNamenodeProtocolClient::SetXAttr, kNothing);
  }
  Operation RemoveXAttr() {
    pb::RemoveXAttrRequestProto request;
    request.set_src(Path());
    auto& attribute = *request.mutable_xattr();
    attribute.set_namespace_(pb::XAttrProto::USER);
    attribute.set_name("n" + std::to_string(Below(3)));
    return Make("removeXAttr " + request.src(), request, &pb::ClientNamenodeProtocolClient::RemoveXAttr, kNothing);
  }
  Operation Truncate() {
    pb::TruncateRequestProto request;
    request.set_src(Path());
    request.set_newlength(Below(2));
    request.set_clientname(Holder());
    return Make("truncate " + request.src(), request, &pb::ClientNamenodeProtocolClient::Truncate, kBool);
  }
  Operation Append() {
    pb::AppendRequestProto request;
    request.set_src(Path());
    request.set_clientname(Holder());
    request.set_flag(4);
    return Make("append " + request.src(), request, &pb::ClientNamenodeProtocolClient::Append,
                [](const pb::AppendResponseProto& answer) { return std::to_string(answer.has_block()); });
  }
  Operation Concat() {
    pb::ConcatRequestProto request;
    request.set_trg(Path());
    request.add_srcs(Path());
    return Make("concat " + request.trg() + " " + request.srcs(0), request, &pb::ClientNamenodeProtocolClient::Concat, kNothing);
  }
  Operation IsFileClosed() {
    pb::IsFileClosedRequestProto request;
    request.set_src(Path());
    return Make("isFileClosed " + request.src(), request, &pb::ClientNamenodeProtocolClient::IsFileClosed, kBool);
  }

  uint64_t state_;
};

using Clients = std::vector<std::unique_ptr<pb::ClientNamenodeProtocolClient>>;

// Where a quota is exceeded, Java's namenode stops half way: the directories that mkdirs or create made before stay, and a
// file that create was to overwrite is gone. Ours does all or nothing, and an overwriting create takes no name more than there
// was. docs/deviations.md. Both lose what is in the way, and the comparison goes on.
bool StopsHalfWay(const Operation& operation, const std::vector<std::string>& answers) {
  return !operation.path.empty() && answers[1].starts_with("org.apache.hadoop.hdfs.protocol.NSQuotaExceededException");
}
bool IsKnown(const Operation& operation, const std::vector<std::string>& answers) {
  return StopsHalfWay(operation, answers) && operation.name.starts_with("create") && answers[0].starts_with("ok");
}

Task<void> MakeSame(const std::vector<Clients>& namenodes, std::string path) {
  pb::DeleteRequestProto remove;
  remove.set_src(path.substr(0, std::string_view("/twins/x").size()));
  remove.set_recursive(true);
  for (const Clients& clients : namenodes) [[maybe_unused]] auto removed = co_await clients[0]->Delete(remove);
}

// Begins with an empty /twins that everybody may write to; the number of operations that were answered differently.
Task<int> Compare(const std::vector<Clients>& namenodes, uint64_t seed, int count) {
  for (const Clients& clients : namenodes) {
    pb::DeleteRequestProto remove;
    remove.set_src("/twins");
    remove.set_recursive(true);
    auto removed = co_await clients[0]->Delete(remove);
    pb::MkdirsRequestProto make;
    make.set_src("/twins");
    make.mutable_masked()->set_perm(0777);
    make.set_createparent(true);
    auto made = co_await clients[0]->Mkdirs(make);
    if (!removed.ok() || !made.ok()) {
      std::fprintf(stderr, "cannot begin: %s %s\n", removed.status().ToString().c_str(), made.status().ToString().c_str());
      co_return 1;
    }
  }
  Workload workload(seed);
  int differences = 0;
  int known = 0;
  for (int i = 0; i < count; ++i) {
    const size_t user = workload.NextUser();
    const Operation operation = workload.Next();
    std::vector<std::string> answers;
    for (const Clients& clients : namenodes) answers.push_back(co_await operation.call(clients[user].get()));
    if (StopsHalfWay(operation, answers)) co_await MakeSame(namenodes, operation.path);
    if (Same(answers[0], answers[1])) continue;
    if (IsKnown(operation, answers)) {
      ++known;
      continue;
    }
    ++differences;
    std::printf("operation %d, user %zu, %s:\n  first  %s\n  second %s\n", i, user, operation.name.c_str(), answers[0].c_str(),
                answers[1].c_str());
    if (differences >= 20) break;
  }
  std::printf("%d operations, %d answered differently; and %d by a known deviation\n", count, differences, known);
  co_return differences;
}

Task<int> CompareAndClose(rpc::Client& client, const std::vector<Clients>& namenodes, uint64_t seed, int count) {
  const int differences = co_await Compare(namenodes, seed, count);
  co_await client.Shutdown();
  co_return differences;
}

}  // namespace
}  // namespace tusk::dfs

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: namespace_twins HOST:PORT HOST:PORT SEED COUNT\n");
    return 2;
  }
  auto clock = tusk::MakeSystemClock();
  auto random = tusk::MakeSystemRandom();
  auto disk = tusk::MakePosixDisk();
  tusk::AsioLoop loop(*clock);
  auto pool = tusk::MakeThreadPool("disk", 1);
  auto network = tusk::MakeAsioNetwork(loop, *pool);
  const tusk::Env env{*clock, *random, *disk, loop, *network, *pool};
  auto client = tusk::rpc::Client::Make(env);
  std::vector<tusk::dfs::Clients> namenodes(2);
  for (int i = 0; i < 2; ++i) {
    auto address = tusk::HostPort::Parse(argv[1 + i], 8020);
    if (!address.ok()) return 2;
    for (const std::string& user : {tusk::dfs::ProcessUser(), std::string("alice")}) {
      tusk::rpc::Channel channel(*client, *address, tusk::rpc::ClientIdentity{user, "", {}});
      namenodes[static_cast<size_t>(i)].push_back(std::make_unique<hadoop::hdfs::ClientNamenodeProtocolClient>(channel));
    }
  }
  const int differences = loop.RunUntilDone(
      tusk::dfs::CompareAndClose(*client, namenodes, std::strtoull(argv[3], nullptr, 10), std::atoi(argv[4])));
  return differences == 0 ? 0 : 1;
}
