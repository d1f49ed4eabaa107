// What a client does, one thing after the other.
#include "dfs/simulation/client_actor.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/testing/whole_file.h"

namespace tusk::dfs::simulation {
namespace {

namespace pb = hadoop::hdfs;
constexpr size_t kFileBytesMax = 300'000;

}  // namespace

ClientActor::ClientActor(SimCluster& cluster, size_t index, Ledger& ledger, ActorOptions options)
    : cluster_(cluster), index_(index), ledger_(ledger), options_(options), root_("/client" + std::to_string(index)) {}

bool ClientActor::Expect(bool good, const std::string& what, const Status& status) {
  if (good) return true;
  ledger_.Violation(what + (status.ok() ? "" : ": " + status.ToString()));
  return false;
}

std::string ClientActor::Bytes(size_t count) {
  std::string bytes(count, '\0');
  uint64_t state = random().Next64();
  for (char& c : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  return bytes;
}

std::string ClientActor::SomeFolder() {
  std::vector<std::string> folders{root_};
  for (const auto& [path, there] : ledger_.folders) {
    if (IsUnder(path, root_)) folders.push_back(path);
  }
  return folders[random().Below(folders.size())];
}

std::string ClientActor::NewPath() { return SomeFolder() + "/n" + std::to_string(next_name_++); }

std::vector<ClientActor::File> ClientActor::FilesUnder(const std::string& folder) const {
  std::vector<File> files;
  for (const auto& [path, file] : ledger_.files) {
    if (IsUnder(path, folder)) files.push_back(file);
  }
  return files;
}

std::string ClientActor::SomeFile(bool of_all) {
  std::vector<std::string> paths;
  for (const auto& [path, file] : ledger_.files) {
    if (of_all || IsUnder(path, root_)) paths.push_back(path);
  }
  return paths.empty() ? "" : paths[random().Below(paths.size())];
}

Task<void> ClientActor::Run() {
  while (!stopping_) {
    if (cluster_.client_crashed(index_)) cluster_.ReviveClient(index_);
    (void)co_await SleepFor(loop(), random().Between(Duration{}, options_.pause_max));
    while (ledger_.hold && !stopping_) (void)co_await SleepFor(loop(), std::chrono::milliseconds(500));
    if (stopping_) break;
    ++ledger_.operations;
    ++ledger_.busy;
    co_await One();
    --ledger_.busy;
  }
}

Task<void> ClientActor::One() {
  const uint64_t dice = random().Below(100);
  if (dice < 25) co_return co_await Create();
  if (dice < 40) co_return co_await Append();
  if (dice < 63) co_return co_await Read();
  if (dice < 65) co_return co_await Concat();
  if (dice < 70) co_return co_await MakeFolder();
  if (dice < 77) co_return co_await RenameFile();
  if (dice < 79) co_return co_await RenameFolder();
  if (dice < 86) co_return co_await DeleteFile();
  if (dice < 87) co_return co_await DeleteFolder();
  if (dice < 91) co_return co_await Truncate();
  if (dice < 95) co_return co_await ChangeReplication();
  co_await LookAt();
}

// ---- writing

Task<void> ClientActor::Create() {
  const std::string path = NewPath();
  CreateOptions options;
  options.overwrite = false;
  options.replication = static_cast<uint32_t>(1 + random().Below(3));
  if (options_.power_fails || Chance(80)) options.replication = cluster_.options().replication;
  auto stream = co_await fs().Create(path, options);
  auto file = std::make_shared<FileModel>();
  file->replication = *options.replication;
  if (!stream.ok()) {
    if (!LeavesDoubt(stream.status())) {
      Expect(false, "create of " + path + ", which was not there", stream.status());
    } else if (co_await IsThere(path)) {
      file->settled = false;
      ledger_.files[path] = file;
    }
    co_return;
  }
  ledger_.files[path] = file;
  co_await WriteSome(std::move(*stream), file, path);
}

Task<void> ClientActor::Append() {
  const std::string path = SomeFile();
  if (path.empty()) co_return;
  const File file = ledger_.files[path];
  if (!file->settled && !co_await Settle(path, file)) co_return;
  if (file->content.size() > kFileBytesMax) co_return;
  auto stream = co_await fs().Append(path);
  if (!stream.ok()) {
    Expect(LeavesDoubt(stream.status()), "append to " + path, stream.status());
    file->settled = false;  // perhaps it is open now
    co_return;
  }
  co_await WriteSome(std::move(*stream), file, path);
}

Task<void> ClientActor::WriteSome(std::unique_ptr<OutputStream> stream, File file, std::string path) {
  file->settled = false;
  const uint64_t pieces = random().Below(5);
  Status status;
  for (uint64_t i = 0; i < pieces && status.ok(); ++i) {
    const std::string bytes = Bytes(1 + random().Below(options_.write_bytes_max));
    file->content += bytes;
    status = co_await stream->Write(AsBytes(bytes));
    const uint64_t dice = random().Below(10);
    if (status.ok() && dice < 2) {
      status = co_await stream->Hflush();
      if (status.ok() && !options_.power_fails) file->promised = file->content.size();
    } else if (status.ok() && dice < 4) {
      status = co_await stream->Hsync();
      if (status.ok()) file->promised = file->content.size();
      LogInfo("simulation", "hsync of {} at {}: {}", path, file->content.size(), status.ToString());
    }
    if (Chance(20)) (void)co_await SleepFor(loop(), random().Between(Duration{}, std::chrono::seconds(20)));
  }
  if (status.ok()) status = co_await stream->Close();
  LogInfo("simulation", "close of {} at {}: {}", path, file->content.size(), status.ToString());
  if (status.ok()) {
    file->promised = file->content.size();
    file->settled = true;
    ++ledger_.acknowledged_writes;
  } else {
    Expect(ledger_.disturbed, "writing " + path + " while nothing was broken", status);
    ++ledger_.failures;
  }
}

Task<bool> ClientActor::Settle(std::string path, File file) {
  DfsContext* context = ContextOf(fs());
  pb::RecoverLeaseRequestProto request;
  request.set_src(path);
  request.set_clientname(context->client_name());
  for (int tries = 0; tries < 40; ++tries) {  // longer than the lease limit
    if (cluster_.client_crashed(index_) || (stopping_ && ledger_.disturbed)) co_return false;
    auto answer = co_await context->namenode().RecoverLease(request);
    if (!answer.ok()) {
      Expect(LeavesDoubt(answer.status()), "recoverLease of " + path, answer.status());
    } else if (answer->result()) {
      auto status = co_await fs().GetFileStatus(path);
      if (status.ok()) {
        const size_t length = status->length;
        LogInfo("simulation", "{} is settled at {}", path, length);
        Expect(length >= file->promised && length <= file->content.size(),
               path + " was recovered to " + std::to_string(length) + " bytes; promised " + std::to_string(file->promised) + ", written " +
                   std::to_string(file->content.size()));
        file->content.resize(std::min(length, file->content.size()));
        file->cut.clear();
        file->promised = file->content.size();
        file->settled = true;
        ++file->version;
        co_return true;
      }
    }
    (void)co_await SleepFor(loop(), std::chrono::seconds(5));
  }
  co_return false;
}

Task<void> ClientActor::Truncate() {
  const std::string path = SomeFile();
  if (path.empty()) co_return;
  const File file = ledger_.files[path];
  if (!file->settled && !co_await Settle(path, file)) co_return;
  if (file->content.empty()) co_return;
  const size_t length = random().Below(file->content.size());
  bool done = false;
  const Changing changing({file});
  const size_t before = file->promised;
  file->promised = std::min(before, length);  // until it is known what became of it
  const Status status = co_await fs().Truncate(path, length, &done);
  if (!status.ok()) {
    Expect(LeavesDoubt(status), "truncate of " + path, status);
    file->settled = false;
    co_return;
  }
  if (!done) file->cut = file->content.substr(length);
  file->content.resize(length);
  file->settled = done;
}

// ---- reading

Task<void> ClientActor::Read() {
  const std::string path = SomeFile(true);
  if (path.empty()) co_return;
  co_await Verify(path);
}

Task<void> ClientActor::Verify(std::string path) {
  const File file = ledger_.files[path];
  if (file->changing > 0) co_return;
  const uint64_t version = file->version;
  const size_t promised = file->promised;
  std::string bytes;
  const Status status = co_await ReadWholeFile(fs(), path, &bytes, 1 + random().Below(50'000));
  const auto now = ledger_.files.find(path);
  if (now == ledger_.files.end() || now->second != file || file->changing > 0 || file->version != version) co_return;  // changed meanwhile
  const std::string most = file->content + file->cut;
  Expect(bytes.size() <= most.size() && most.compare(0, bytes.size(), bytes) == 0,
         path + ": wrong bytes were read: " + std::to_string(bytes.size()) + " of " + std::to_string(file->content.size()));
  ledger_.bytes_verified += bytes.size();
  if (status.ok()) {
    Expect(bytes.size() >= promised, path + ": " + std::to_string(bytes.size()) + " bytes were read, " + std::to_string(promised) +
                                         " were acknowledged");
  } else {
    ++ledger_.failures;
    Expect(ledger_.disturbed && LeavesDoubt(status), "reading " + path, status);
  }
}

// ---- names

Task<bool> ClientActor::IsThere(std::string path) {
  ++ledger_.failures;
  int equal = 0;
  bool there = false;
  while (equal < 3) {
    if (cluster_.client_crashed(index_)) cluster_.ReviveClient(index_);
    (void)co_await SleepFor(loop(), std::chrono::seconds(5));
    auto status = co_await fs().GetFileStatus(path);
    if (!status.ok() && status.status().code() != Code::kFileNotFound) {
      equal = 0;
      continue;
    }
    equal = status.ok() == there ? equal + 1 : 1;
    there = status.ok();
  }
  co_return there;
}

Task<void> ClientActor::MakeFolder() {
  const std::string path = NewPath();
  const Status status = co_await fs().Mkdirs(path);
  if (status.ok() || (LeavesDoubt(status) && co_await IsThere(path))) {
    ledger_.folders[path] = true;
  } else {
    Expect(LeavesDoubt(status), "mkdirs of " + path, status);
  }
}

Task<bool> ClientActor::Move(std::string from, std::string to) {
  const Status status = co_await fs().RenameTo(from, to, false);
  bool moved = status.ok();
  if (!moved && Expect(LeavesDoubt(status), "rename of " + from + " to " + to, status)) {
    moved = co_await IsThere(to);
    const bool stayed = co_await IsThere(from);
    Expect(moved != stayed, "rename of " + from + " to " + to + (moved ? ": both are there" : ": neither is there"), status);
  }
  co_return moved;
}

Task<bool> ClientActor::Remove(std::string path, bool recursive) {
  auto deleted = co_await fs().Delete(path, recursive);
  bool gone = deleted.ok();
  if (deleted.ok()) {
    Expect(*deleted, "delete of " + path + " found nothing");
  } else if (Expect(LeavesDoubt(deleted.status()), "delete of " + path, deleted.status())) {
    gone = !co_await IsThere(path);
  }
  co_return gone;
}

// Files of one folder, closed, become one.
Task<void> ClientActor::Concat() {
  const std::string target = SomeFile();
  if (target.empty()) co_return;
  const File file = ledger_.files[target];
  const std::string folder = target.substr(0, target.rfind('/') + 1);
  std::vector<std::string> sources;
  std::vector<File> files{file};
  size_t bytes = file->content.size();
  for (const auto& [path, other] : ledger_.files) {
    const bool beside = path.starts_with(folder) && path.find('/', folder.size()) == std::string::npos && other != file;
    if (!beside || !other->settled || other->content.empty() || sources.size() == 2) continue;
    if ((bytes += other->content.size()) > kFileBytesMax) break;
    sources.push_back(path);
    files.push_back(other);
  }
  if (!file->settled || file->content.empty() || sources.empty()) co_return;
  const Changing changing(files);
  const Status status = co_await fs().Concat(target, sources);
  if (!status.ok()) {
    if (!Expect(LeavesDoubt(status), "concat to " + target, status)) co_return;
    if (co_await IsThere(sources.front())) co_return;
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    file->content += files[i + 1]->content;
    ledger_.files.erase(sources[i]);
  }
  file->promised = file->content.size();
}

Task<void> ClientActor::RenameFile() {
  const std::string from = SomeFile();
  if (from.empty()) co_return;
  const std::string to = NewPath();
  const File file = ledger_.files[from];
  const Changing changing({file});
  if (!co_await Move(from, to)) co_return;
  ledger_.files.erase(from);
  ledger_.files[to] = file;
}

Task<void> ClientActor::RenameFolder() {
  const std::string from = SomeFolder();
  if (from == root_) co_return;
  const std::string to = root_ + "/n" + std::to_string(next_name_++);
  const Changing changing(FilesUnder(from));
  if (!co_await Move(from, to)) co_return;
  std::map<std::string, File> files;
  for (const auto& [path, file] : ledger_.files) {
    files[IsUnder(path, from) ? to + path.substr(from.size()) : path] = file;
  }
  std::map<std::string, bool> folders;
  for (const auto& [path, there] : ledger_.folders) folders[IsUnder(path, from) ? to + path.substr(from.size()) : path] = there;
  ledger_.files = std::move(files);
  ledger_.folders = std::move(folders);
}

Task<void> ClientActor::DeleteFile() {
  const std::string path = SomeFile();
  if (path.empty()) co_return;
  const Changing changing({ledger_.files[path]});
  if (co_await Remove(path, false)) ledger_.files.erase(path);
}

Task<void> ClientActor::DeleteFolder() {
  const std::string folder = SomeFolder();
  if (folder == root_) co_return;
  const Changing changing(FilesUnder(folder));
  if (!co_await Remove(folder, true)) co_return;
  std::erase_if(ledger_.files, [&](const auto& entry) { return IsUnder(entry.first, folder); });
  std::erase_if(ledger_.folders, [&](const auto& entry) { return IsUnder(entry.first, folder); });
}

Task<void> ClientActor::ChangeReplication() {
  const std::string path = SomeFile();
  if (path.empty()) co_return;
  const File file = ledger_.files[path];
  // Not to one: of a replica that rotted unnoticed and a good one, nobody can know which to keep.
  const uint32_t wanted = static_cast<uint32_t>(2 + random().Below(3));
  auto changed = co_await fs().SetReplication(path, wanted);
  if (changed.ok()) {
    Expect(*changed, "setReplication of " + path + " found nothing");
    file->replication = wanted;
  } else if (Expect(LeavesDoubt(changed.status()), "setReplication of " + path, changed.status())) {
    file->replication = 0;  // not known any more
  }
}

Task<void> ClientActor::LookAt() {
  const std::string path = SomeFile();
  if (path.empty()) co_return;
  const File file = ledger_.files[path];
  auto status = co_await fs().GetFileStatus(path);
  if (!status.ok()) {
    Expect(LeavesDoubt(status.status()), "getFileInfo of " + path, status.status());
  } else if (file->settled) {
    Expect(status->length == file->content.size(), path + " has " + std::to_string(status->length) + " bytes, not " +
                                                       std::to_string(file->content.size()));
  }
}

Task<void> ClientActor::SettleAll() {
  if (cluster_.client_crashed(index_)) cluster_.ReviveClient(index_);
  for (const auto& [path, file] : std::map<std::string, File>(ledger_.files)) {
    if (!IsUnder(path, root_) || file->settled) continue;
    Expect(co_await Settle(path, file), path + " could not be closed");
  }
}

}  // namespace tusk::dfs::simulation
