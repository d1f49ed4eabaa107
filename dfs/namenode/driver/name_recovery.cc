// Two passes over the log: the first only asks, so that quitting leaves everything as it was; the second applies. Then the
// tables are made consistent (namespace_mender.h), the marker moves behind the log, and the log's files go: they are in
// the copy. The other folders lose their markers and are filled from this one at the next start.
#include "dfs/namenode/driver/name_recovery.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/namenode/driver/name_folders.h"
#include "dfs/namenode/driver/namespace_mender.h"
#include "dfs/namenode/editlog/segment_copies.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "namenode.recovery";
constexpr size_t kApplyBytes = 4 << 20;

// Everything of the folder but its lock: tables are linked, since they never change, the rest is copied.
Status BackUp(Disk& disk, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(disk.MakeDirs(to, 0700));
  ASSIGN_OR_RETURN(std::vector<std::string> names, disk.List(from));
  for (const std::string& name : names) {
    const std::string source = JoinPath(from, name);
    ASSIGN_OR_RETURN(FileStat stat, disk.Stat(source));
    if (stat.is_directory) {
      RETURN_IF_ERROR(BackUp(disk, source, JoinPath(to, name)));
    } else if (name.ends_with(".ldb")) {
      RETURN_IF_ERROR(disk.Link(source, JoinPath(to, name)));
    } else if (name != "LOCK") {
      ASSIGN_OR_RETURN(std::string content, disk.ReadFile(source, kSegmentBytesMax));
      RETURN_IF_ERROR(disk.WriteFileAtomic(JoinPath(to, name), AsBytes(content)));
    }
  }
  return disk.SyncDir(to);
}

// The folder whose tables are newest and can be opened.
Result<NameFolders::Entry*> OpenNewest(Disk& disk, NameFolders& folders, std::shared_ptr<LevelDatabase>& database) {
  std::vector<NameFolders::Entry*> candidates;
  for (NameFolders::Entry& entry : folders.entries()) {
    if (entry.marker) candidates.push_back(&entry);
  }
  std::sort(candidates.begin(), candidates.end(), [](const auto* a, const auto* b) { return *a->marker > *b->marker; });
  Status error(Code::kCorruption, "no folder has a readable marker. Restore one from a copy.");
  for (NameFolders::Entry* entry : candidates) {
    auto opened = LevelDatabase::Open(disk, StoreFolder(entry->folder.path), {});
    if (opened.ok()) {
      database = std::move(opened).value();
      return entry;
    }
    error = opened.status();
  }
  return error;
}

Status Drain(RecordStore& store, Txid up_to) {
  while (true) {
    auto batch = store.TakeDurable(up_to, kApplyBytes);
    if (batch.empty()) return Status::Ok();
    RETURN_IF_ERROR(store.Write(batch));
    store.Forget(batch);
  }
}

Status RemoveLog(Disk& disk, const NameFolders::Entry& entry, bool keeps_marker) {
  const std::string current = CurrentFolder(entry.folder.path);
  if (!keeps_marker && disk.Exists(JoinPath(current, "marker"))) RETURN_IF_ERROR(disk.RemoveFile(JoinPath(current, "marker")));
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, ListSegments(disk, current));
  for (const SegmentFile& segment : segments) RETURN_IF_ERROR(disk.RemoveFile(segment.path));
  return disk.SyncDir(current);
}

}  // namespace

Result<RecoveryReport> RecoverNamespace(Env env, const std::vector<NameFolder>& name_folders, const AskOnDamage& ask) {
  Disk& disk = env.disk;
  ASSIGN_OR_RETURN(NameFolders folders, NameFolders::Open(env, name_folders));
  std::shared_ptr<LevelDatabase> database;
  ASSIGN_OR_RETURN(NameFolders::Entry* newest, OpenNewest(disk, folders, database));
  const Txid from = *newest->marker + 1;
  const auto namespace_id = static_cast<uint32_t>(folders.version().namespace_id);
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, BestSegments(disk, folders.EditsFolders(), namespace_id, from));

  RecoveryReport report;
  std::vector<DamageChoice> choices;
  const AskOnDamage first = [&](const std::string& what, const std::string& continuing) {
    choices.push_back(ask(what, continuing));
    report.quit = choices.back() == DamageChoice::kRefuse;
    return choices.back();
  };
  const auto count = [&](EditRecord&& record) {
    report.applied += record.txid >= from ? 1 : 0;
    return Status::Ok();
  };
  auto outcome = ReadEditLog(disk, segments, namespace_id, from, count, first);
  report.damages = choices.size();
  if (report.quit) return report;
  if (!outcome.ok()) return std::move(outcome).status();
  report.last_txid = outcome->last_txid;
  if (choices.empty()) return report;

  for (const NameFolders::Entry& entry : folders.entries()) {
    const std::string copy = JoinPath(entry.folder.path, "before-recover-" + std::to_string(env.clock.WallMillis()));
    RETURN_IF_ERROR(BackUp(disk, CurrentFolder(entry.folder.path), copy));
    RETURN_IF_ERROR(disk.SyncDir(entry.folder.path));
    report.backups.push_back(copy);
  }
  std::unique_ptr<RecordStore> store = RecordStore::Over({database});
  size_t asked = 0;
  const AskOnDamage again = [&](const std::string&, const std::string&) { return choices[asked++]; };
  const auto apply = [&](EditRecord&& record) -> Status {
    if (record.txid < from) return Status::Ok();
    store->Apply(std::make_shared<ChangeSet>(ChangeSet{record.txid, std::move(record.changes)}));
    return store->overlay_bytes() < kApplyBytes ? Status::Ok() : Drain(*store, record.txid);
  };
  RETURN_IF_ERROR(ReadEditLog(disk, segments, namespace_id, from, apply, again).status());
  RETURN_IF_ERROR(Drain(*store, report.last_txid));
  ASSIGN_OR_RETURN(Mending mending, MendNamespace(*store));
  report.mended = std::move(mending.notes);
  store->Apply(std::make_shared<ChangeSet>(ChangeSet{report.last_txid + 1, std::move(mending.changes)}));
  RETURN_IF_ERROR(Drain(*store, report.last_txid + 1));
  RETURN_IF_ERROR(store->FlushTables());
  RETURN_IF_ERROR(WriteMarker(disk, newest->folder.path, report.last_txid));
  for (const NameFolders::Entry& entry : folders.entries()) RETURN_IF_ERROR(RemoveLog(disk, entry, &entry == newest));
  LogInfo(kModule, "{} records applied, {} places mended; the namespace goes on behind txid {}", report.applied,
          report.mended.size(), report.last_txid);
  return report;
}

}  // namespace tusk::dfs
