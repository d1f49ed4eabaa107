// Load on any namenode (ours or Java's) over RPC: operations per second, and per second of the server's CPU.
// usage: namenode_rpc_bench HOST:PORT SERVER_PID [CALLERS [OPERATIONS]]
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/async/task_scope.h"
#include "base/testing/real_world.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk {
namespace {

namespace wire = hadoop::hdfs;
using NameNodeClient = wire::ClientNamenodeProtocolClient;

double CpuOf(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Load {
  std::vector<NameNodeClient> clients;
  int next = 0;
  int count = 0;
  int failed = 0;
  std::string error;
};

enum class Kind { kMkdirs, kCreate, kGetFileInfo, kGetListing, kDelete };

std::string PathOf(int i) { return "/bench/d" + std::to_string(i % 100) + "/f" + std::to_string(i); }

Task<Status> One(const NameNodeClient& client, Kind kind, int i) {
  switch (kind) {
    case Kind::kMkdirs: {
      wire::MkdirsRequestProto request;
      request.set_src("/bench/m" + std::to_string(i % 100) + "/d" + std::to_string(i));
      request.mutable_masked()->set_perm(0755);
      request.set_createparent(true);
      auto answer = co_await client.Mkdirs(request);
      co_return answer.status();
    }
    case Kind::kCreate: {
      wire::CreateRequestProto request;
      request.set_src(PathOf(i));
      request.mutable_masked()->set_perm(0644);
      request.set_clientname("bench");
      request.set_createflag(1);
      request.set_createparent(true);
      request.set_replication(1);
      request.set_blocksize(128 << 20);
      request.add_cryptoprotocolversion(wire::ENCRYPTION_ZONES);
      auto answer = co_await client.Create(request);
      co_return answer.status();
    }
    case Kind::kGetFileInfo: {
      wire::GetFileInfoRequestProto request;
      request.set_src(PathOf(i));
      auto answer = co_await client.GetFileInfo(request);
      co_return answer.status();
    }
    case Kind::kGetListing: {
      wire::GetListingRequestProto request;
      request.set_src("/bench/d" + std::to_string(i % 100));
      request.set_startafter("");
      request.set_needlocation(false);
      auto answer = co_await client.GetListing(request);
      co_return answer.status();
    }
    case Kind::kDelete: {
      wire::DeleteRequestProto request;
      request.set_src(PathOf(i));
      request.set_recursive(false);
      auto answer = co_await client.Delete(request);
      co_return answer.status();
    }
  }
  co_return Status();
}

Task<void> CallerLoop(Load& load, size_t number, Kind kind) {
  const NameNodeClient& client = load.clients[number % load.clients.size()];
  while (load.next < load.count) {
    int i = load.next++;
    Status status = co_await One(client, kind, i);
    if (!status.ok() && load.failed++ == 0) load.error = status.ToString();
  }
}

Task<Status> Measure(Load& load, Env env, int pid, const char* name, Kind kind, int callers, int count) {
  load.next = load.failed = 0;
  load.count = count;
  TaskScope scope(env.loop);
  double cpu = CpuOf(pid);
  TimePoint begin = env.loop.Now();
  for (int i = 0; i < callers; ++i) scope.Spawn(CallerLoop(load, static_cast<size_t>(i), kind));
  co_await scope.Join();
  double wall = static_cast<double>(ToMillis(env.loop.Now() - begin)) / 1000;
  cpu = CpuOf(pid) - cpu;
  std::printf("%-12s %7d ops  %8.0f ops/s  %8.1f us server CPU/op  %8.0f ops per server CPU second", name, count,
              count / wall, cpu / count * 1e6, count / cpu);
  std::printf(load.failed > 0 ? "  failed %d: %s\n" : "\n", load.failed, load.error.c_str());
  std::fflush(stdout);
  co_return Status();
}

Task<Status> Run(Env env, HostPort server, int pid, int callers, int count) {
  std::unique_ptr<rpc::Client> client = rpc::Client::Make(env);
  Load load;
  // All share one connection, as the streams of one Java client do.
  for (int i = 0; i < 8; ++i) {
    rpc::ClientIdentity identity;
    identity.user = "root";
    load.clients.emplace_back(rpc::Channel(*client, server, identity));
  }
  wire::DeleteRequestProto clean;
  clean.set_src("/bench");
  clean.set_recursive(true);
  CO_RETURN_IF_ERROR(co_await load.clients[0].Delete(clean));
  for (int round = 0; round < 2; ++round) {  // the first one warms a JVM up
    std::printf("round %d\n", round + 1);
    CO_RETURN_IF_ERROR(co_await Measure(load, env, pid, "mkdirs", Kind::kMkdirs, callers, count));
    CO_RETURN_IF_ERROR(co_await Measure(load, env, pid, "create", Kind::kCreate, callers, count));
    CO_RETURN_IF_ERROR(co_await Measure(load, env, pid, "getFileInfo", Kind::kGetFileInfo, callers, 2 * count));
    CO_RETURN_IF_ERROR(co_await Measure(load, env, pid, "getListing", Kind::kGetListing, callers, 500));
    CO_RETURN_IF_ERROR(co_await Measure(load, env, pid, "delete", Kind::kDelete, callers, count));
    CO_RETURN_IF_ERROR(co_await load.clients[0].Delete(clean));
  }
  co_await client->Shutdown();
  co_return Status();
}

}  // namespace
}  // namespace tusk

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: namenode_rpc_bench HOST:PORT SERVER_PID [CALLERS [OPERATIONS]]\n");
    return 2;
  }
  tusk::RealWorld world;
  auto server = tusk::HostPort::Parse(argv[1]);
  if (!server.ok()) return 2;
  tusk::Status status = world.Run(tusk::Run(world.env(), *server, std::atoi(argv[2]), argc > 3 ? std::atoi(argv[3]) : 64,
                                            argc > 4 ? std::atoi(argv[4]) : 20000));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
