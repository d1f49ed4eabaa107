// NameNodePages: /fsck. Walks the tree, lets FsckReport say what it finds, and repairs what it is asked to.
#include <ctime>

#include "base/async/event_loop.h"
#include "base/log/log.h"
#include "dfs/namenode/web/namenode_pages.h"

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

Task<Status> NameNodePages::Repair(FsckRun& run, std::string path) {
  if (run.repairs == nullptr) {
    if (!make_repairs_) co_return Status(Code::kUnsupported, "this namenode has no client to repair with");
    auto made = make_repairs_(rpc_address_, run.user);
    if (!made.ok()) co_return made.status();
    run.repairs = std::move(made).value();
  }
  // As in Hadoop, a file whose remains could not all be saved is deleted all the same where both are asked for.
  Status salvaged = run.move ? co_await run.repairs->Salvage(path) : Status::Ok();
  if (salvaged.ok() && run.move) LogInfo("namenode.fsck", "copied the remains of {} to /lost+found", path);
  Status removed = run.remove ? co_await run.repairs->Delete(path) : Status::Ok();
  if (removed.ok() && run.remove) LogInfo("namenode.fsck", "deleted corrupt file {}", path);
  co_return salvaged.ok() ? removed : salvaged;
}

Task<void> NameNodePages::CheckFile(FsckRun& run, const Inode& file, std::string path) {
  FsckFile line;
  line.path = path;
  line.length = file.Length();
  line.replication = file.replication;
  line.open = file.under_construction;
  line.storage_policy = driver_.namesystem().EffectivePolicy(file);
  for (const BlockSpec& block : file.blocks) {
    const bool last = &block == &file.blocks.back();
    if (last && !file.last_block_complete && blocks().StateOf(block.id) != BlockState::kComplete) {
      if (!run.open_for_write && !line.open) continue;
      line.open_blocks = 1;
    }
    line.blocks.push_back(block);
  }
  if (!run.report.AddFile(line, env_.clock.Now()) || !(run.move || run.remove)) co_return;
  Status repaired = co_await Repair(run, path);
  if (repaired.ok()) co_return;
  LogError("namenode.fsck", "repair of {}: {}", path, repaired.ToString());
  run.report.NoteInternalError();
}

Task<Status> NameNodePages::WalkForFsck(FsckRun& run, InodeRef top) {
  FsckReport& report = run.report;
  struct Folder {
    InodeId id;
    std::string path;  // "" for the root
    std::string after;
    bool done;
  };
  const std::string top_path = PathOf(top->id);
  if (top->is_file()) {
    co_await CheckFile(run, *top, top_path);
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
        co_await CheckFile(run, child, path);
      } else {
        report.AddSymlink();
      }
    }
    if (!descended && children.size() < kChildrenPerStep) stack.pop_back();
    text += report.TakeText();
    if (text.size() >= kTextBytesPerWrite) {
      CO_RETURN_IF_ERROR(co_await run.exchange.Write(text));
      text.clear();
    } else {
      co_await Yield(env_.loop);
    }
  }
  co_return co_await run.exchange.Write(text);
}

void NameNodePages::FsckBlocks(http::Exchange& exchange, FsckReport& report, const std::string& names) {
  report.BeginBlocks(exchange.request().query.Get("ugi", "dr.who"), exchange.request().remote.host,
                     JavaDate(env_.clock.WallMillis()));
  for (size_t begin = 0; begin < names.size();) {
    const size_t end = std::min(names.find(' ', begin), names.size());
    const std::string name = names.substr(begin, end - begin);
    begin = end + 1;
    const size_t prefix = name.find("blk_");
    if (prefix == std::string::npos) {
      report.AddBadBlockName(name);
      continue;
    }
    const int64_t id = std::strtoll(name.c_str() + prefix + 4, nullptr, 10);
    report.AddBlock(id, blocks().Contains(id) ? PathOf(blocks().InodeOf(id)) : "");
  }
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
  options.upgrade_domains = on("upgradedomains");
  options.storage_policies = on("storagepolicies");
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
  if (audit_ != nullptr) audit_->Note(user, exchange.request().remote.host, "fsck", path, true);
  if (on("blockId")) {
    FsckBlocks(exchange, report, query.Get("blockId", ""));
    (void)co_await exchange.Write(report.TakeText());
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
    FsckRun run{exchange, report, open_for_write, on("move"), on("delete"), user};
    Status walked = co_await WalkForFsck(run, top);
    if (run.repairs != nullptr) co_await run.repairs->Shutdown();
    if (walked.ok()) {
      report.Finish(JavaDate(env_.clock.WallMillis()), ToMillis(env_.clock.Now() - begin));
    } else {
      report.FinishFailed(std::string(walked.message()));
    }
  }
  (void)co_await exchange.Write(report.TakeText());
}

}  // namespace tusk::dfs
