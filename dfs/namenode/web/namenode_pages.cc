// NameNodePages: fsck and the small pages; the beans are in namenode_beans.cc.
#include "dfs/namenode/web/namenode_pages.h"

#include <ctime>
#include <map>

#include "base/async/event_loop.h"

namespace tusk::dfs {
namespace {

constexpr size_t kCorruptListMax = 100;
constexpr size_t kChildrenPerStep = 1000;
constexpr size_t kTextBytesPerWrite = 64 << 10;

// "Sat Nov 21 12:00:00 UTC 2026", as Java prints a Date.
std::string JavaDate(int64_t wall_ms) {
  const auto seconds = static_cast<time_t>(wall_ms / 1000);
  struct tm parts {};
  localtime_r(&seconds, &parts);
  char text[64];
  return {text, strftime(text, sizeof text, "%a %b %d %H:%M:%S %Z %Y", &parts)};
}

}  // namespace

NameNodePages::NameNodePages(Env env, const NameNodeConfig& config, NamespaceDriver& driver, HostPort rpc_address)
    : env_(env),
      config_(config),
      driver_(driver),
      rpc_address_(std::move(rpc_address)),
      started_wall_ms_(env.clock.WallMillis()) {}

void NameNodePages::Mount(http::Server& server, MetricRegistry& metrics) {
  server.Handle("GET", "/fsck", [this](http::Exchange& exchange) { return Fsck(exchange); });
  server.Handle("GET", "/isActive", [this](http::Exchange& exchange) { return IsActive(exchange); });
  server.Handle("GET", "/topology", [this](http::Exchange& exchange) { return Topology(exchange); });
  const std::string prefix = "Hadoop:service=NameNode,name=";
  metrics.AddBean(prefix + "NameNodeInfo", [this](Bean& bean) { FillInfo(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "NameNodeStatus", [this](Bean& bean) { FillStatus(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.NameNode");
  metrics.AddBean(prefix + "FSNamesystemState", [this](Bean& bean) { FillState(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "FSNamesystem", [this](Bean& bean) { FillFsNamesystem(bean); }, "FSNamesystem");
}

Task<void> NameNodePages::IsActive(http::Exchange& exchange) {
  (void)co_await exchange.Reply(200, "text/plain;charset=utf-8", "I am Active!");
}

Task<void> NameNodePages::Topology(http::Exchange& exchange) {
  std::map<std::string, std::vector<std::string>> racks;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) racks[node.identity.location].push_back(node.identity.XferAddress() + " (" + node.identity.host + ")");
  }
  std::string text;
  for (const auto& [rack, nodes] : racks) {
    text += "Rack: " + rack + "\n";
    for (const std::string& node : nodes) text += "   " + node + "\n";
    text += "\n";
  }
  if (racks.empty()) text = "No DataNodes";
  (void)co_await exchange.Reply(200, "text/plain;charset=utf-8", std::move(text));
}

// ---- fsck

std::string NameNodePages::PathOf(int64_t inode) const {
  auto found = driver_.namesystem().tree().ById(inode);
  if (!found.ok() || *found == nullptr) return "";
  auto chain = driver_.namesystem().tree().ChainOf(*found);
  if (!chain.ok() || chain->empty()) return "";
  std::string path;
  for (size_t i = 1; i < chain->size(); ++i) path += "/" + (*chain)[i]->name;
  return path.empty() ? "/" : path;
}

std::vector<std::pair<int64_t, std::string>> NameNodePages::CorruptFiles(const std::string& below,
                                                                              size_t seen) const {
  std::vector<std::pair<int64_t, std::string>> found;
  const std::string prefix = below.ends_with('/') ? below : below + "/";
  for (int64_t id : blocks().MissingBlocks(INT64_MIN, kCorruptListMax)) {
    std::string path = PathOf(blocks().InodeOf(id));
    if (path.empty() || (path != below && !path.starts_with(prefix))) continue;
    if (seen > 0) {
      --seen;
    } else {
      found.emplace_back(id, std::move(path));
    }
  }
  return found;
}

void NameNodePages::AddFileToReport(const Inode& file, const std::string& path, bool open_for_write, FsckReport& report) {
  FsckFile line;
  line.path = path;
  line.length = file.Length();
  line.replication = file.replication;
  line.open = file.under_construction;
  for (const BlockSpec& block : file.blocks) {
    const bool last = &block == &file.blocks.back();
    if (last && !file.last_block_complete && blocks().StateOf(block.id) != BlockState::kComplete) {
      if (!open_for_write) continue;
      line.open_blocks = 1;
    }
    line.blocks.push_back(block);
  }
  report.AddFile(line, env_.clock.Now());
}

Task<Status> NameNodePages::WalkForFsck(http::Exchange& exchange, InodeRef top, FsckReport& report,
                                        bool open_for_write) {
  struct Folder {
    InodeId id;
    std::string path;  // "" for the root
    std::string after;
    bool done;
  };
  const std::string top_path = PathOf(top->id);
  if (top->is_file()) {
    AddFileToReport(*top, top_path, open_for_write, report);
    co_return Status::Ok();
  }
  report.AddDirectory(top_path);
  std::vector<Folder> stack;
  stack.push_back({top->id, top_path == "/" ? "" : top_path, "", false});
  std::string text;
  while (!stack.empty()) {
    // Depth first, as Hadoop lists: children in order, a folder's own right after its line.
    std::vector<Inode> children;
    const size_t level = stack.size() - 1;
    CO_RETURN_IF_ERROR(driver_.namesystem().tree().ScanChildren(stack[level].id, stack[level].after,
                                                                [&](const Inode& child) {
                                                                  children.push_back(child);
                                                                  return children.size() < kChildrenPerStep;
                                                                }));
    bool descended = false;
    for (const Inode& child : children) {
      const std::string path = stack[level].path + "/" + child.name;
      stack[level].after = child.name;
      if (child.is_directory()) {
        report.AddDirectory(path);
        stack.push_back({child.id, path, "", false});
        descended = true;
        break;
      }
      if (child.is_file()) {
        AddFileToReport(child, path, open_for_write, report);
      } else {
        report.AddSymlink();
      }
    }
    if (!descended && children.size() < kChildrenPerStep) stack.pop_back();
    text += report.TakeText();
    if (text.size() >= kTextBytesPerWrite) {
      CO_RETURN_IF_ERROR(co_await exchange.Write(text));
      text.clear();
    } else {
      co_await Yield(env_.loop);
    }
  }
  co_return co_await exchange.Write(text);
}

Task<void> NameNodePages::Fsck(http::Exchange& exchange) {
  const http::Query& query = exchange.request().query;
  auto on = [&](std::string_view name) { return query.Get(name).has_value(); };
  FsckOptions options;
  options.path = query.Get("path", "/");
  options.files = on("files");
  options.blocks = on("blocks");
  options.locations = on("locations");
  options.racks = on("racks");
  options.replica_details = on("replicadetails");
  options.open_for_write = on("openforwrite");
  const bool open_for_write = options.open_for_write;
  const std::string path = options.path;
  const int64_t started = env_.clock.WallMillis();
  const TimePoint begin = env_.clock.Now();
  FsckReport report(std::move(options), blocks(), driver_.version().block_pool_id, config_.defaults.replication);
  http::ResponseHead head;
  head.headers.Set("Content-Type", "text/plain;charset=utf-8");
  if (Status begun = co_await exchange.Begin(std::move(head)); !begun.ok()) co_return;
  const std::string user = query.Get("ugi", "dr.who");
  if (on("blockId")) {
    std::string text = "FSCK started by " + user + " (auth:SIMPLE) from /" + exchange.request().remote.host + " at " +
                       JavaDate(started) + "\n\n";
    std::string name = query.Get("blockId", "");
    if (name.starts_with("blk_")) name.erase(0, 4);
    const int64_t id = std::strtoll(name.c_str(), nullptr, 10);
    report.AddBlock(id, blocks().Contains(id) ? PathOf(blocks().InodeOf(id)) : "");
    (void)co_await exchange.Write(text + report.TakeText());
    co_return;
  }
  report.Begin(user, exchange.request().remote.host, JavaDate(started));
  Caller root;
  root.user = user;
  root.superuser = true;  // as Hadoop, which checks nothing here in an insecure cluster
  const Call call{root, begin, started};
  auto resolved = driver_.namesystem().Resolve(call, path, PathUse::kRead);
  InodeRef top = resolved.ok() ? resolved->target() : nullptr;
  if (top == nullptr) {
    report.FinishMissingPath();
  } else if (on("listcorruptfileblocks")) {
    const size_t seen = std::strtoull(query.Get("startblockafter", "0").c_str(), nullptr, 10);
    report.FinishCorruptList(CorruptFiles(path, seen), seen);
  } else {
    Status walked = co_await WalkForFsck(exchange, top, report, open_for_write);
    if (!walked.ok()) {
      (void)co_await exchange.Write("\nFsck on path '" + path + "' FAILED");
      co_return;
    }
    report.Finish(JavaDate(env_.clock.WallMillis()), ToMillis(env_.clock.Now() - begin));
  }
  (void)co_await exchange.Write(report.TakeText());
}

}  // namespace tusk::dfs
