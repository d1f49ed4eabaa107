// Reading, making and watching the two files.
#include "base/web/accounts.h"

#include <array>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/security/hmac.h"

namespace tusk::web {

using namespace std::chrono_literals;

namespace {

constexpr size_t kWaitingMax = 16;
constexpr uint64_t kSecretBytesMax = 4096;

std::string RandomKey(Random& random) {
  std::array<uint8_t, SessionSigner::kKeyBytes> key;
  random.FillSecure(key);
  return Base64Encode(AsText(key));
}

Result<std::string> ReadKey(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(FileStat stat, disk.Stat(path));
  if ((stat.mode & 037) != 0) return Status(Code::kAccessControl, path + " is open to others: chmod 600 " + path);
  ASSIGN_OR_RETURN(std::string key, disk.ReadFile(path, kSecretBytesMax));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.size() < SessionSigner::kKeyBytes) return Status(Code::kCorruption, path + " is too short for a key");
  return key;
}

// Two daemons may start at once: whoever links its file first has made the key of both.
Status MakeKey(Disk& disk, Random& random, const std::string& path) {
  RETURN_IF_ERROR(disk.MakeDirs(ParentPath(path), 0700));
  const std::string mine = path + "." + random.Uuid();
  {
    ASSIGN_OR_RETURN(auto file, disk.Open(mine, OpenMode::kCreateNew));
    RETURN_IF_ERROR(disk.SetMode(mine, 0600));
    RETURN_IF_ERROR(file->WriteAt(0, AsBytes(RandomKey(random) + "\n")));
    RETURN_IF_ERROR(file->Sync());
  }
  Status linked = disk.Link(mine, path);
  RETURN_IF_ERROR(disk.RemoveFile(mine));
  if (!linked.ok() && linked.code() != Code::kAlreadyExists) return linked;
  return disk.SyncDir(ParentPath(path));
}

}  // namespace

AccountFiles AccountFiles::Of(const Configuration& conf, const std::string& process_user) {
  const std::string folder = conf.Get("hadoop.tmp.dir", "/tmp/hadoop-" + process_user) + "/console";
  return {conf.Get("tusk.console.secret.file", folder + "/secret"), conf.Get("tusk.console.users.file", folder + "/users")};
}

Accounts::Accounts(Env env, AccountFiles files)
    : env_(env), files_(std::move(files)), key_(RandomKey(env.random)), signer_(key_), hashing_(env.loop) {}

std::unique_ptr<Accounts> Accounts::Open(Env env, AccountFiles files) {
  std::unique_ptr<Accounts> accounts(new Accounts(env, std::move(files)));
  if (!env.disk.Exists(accounts->files_.secret)) {
    Status made = MakeKey(env.disk, env.random, accounts->files_.secret);
    if (!made.ok()) LogWarn("console", "no key file: {}", made.ToString());
  }
  accounts->Take(ReadFiles(env.disk, accounts->files_));
  return accounts;
}

Accounts::Read Accounts::ReadFiles(Disk& disk, const AccountFiles& files) {
  return Read{ReadKey(disk, files.secret), ConsoleUsers::Read(disk, files.users)};
}

void Accounts::Take(Read read) {
  std::string complaint;
  if (!read.key.ok()) {
    complaint = "sessions hold with this daemon alone: " + read.key.status().ToString();
  } else if (*read.key != key_) {
    key_ = *read.key;
    signer_ = SessionSigner(key_);
  }
  if (read.users.ok()) {
    users_ = std::move(*read.users);
  } else {
    users_ = ConsoleUsers();  // better nobody than somebody who should not
    complaint += (complaint.empty() ? "" : "; ") + ("nobody can log in: " + read.users.status().ToString());
  }
  if (!complaint.empty() && complaint != complaint_) LogWarn("console", "{}", complaint);
  complaint_ = std::move(complaint);
}

Task<void> Accounts::KeepFresh(std::stop_token stop) {
  int64_t seen = -1;
  for (;;) {
    Status slept = co_await SleepFor(env_.loop, 2s, stop);
    if (!slept.ok()) co_return;
    const int64_t changed = co_await env_.disk_pool.Run([this] {
      auto secret = env_.disk.Stat(files_.secret);
      auto users = env_.disk.Stat(files_.users);
      return (secret.ok() ? secret->mtime_wall_ms + secret->mode : 0) * 31 +
             (users.ok() ? users->mtime_wall_ms + static_cast<int64_t>(users->size) + users->mode : 0);
    });
    if (changed == seen) continue;
    seen = changed;
    Take(co_await env_.disk_pool.Run([this] { return ReadFiles(env_.disk, files_); }));
  }
}

Task<Result<bool>> Accounts::CheckPassword(std::string user, std::string password) {
  if (waiting_ >= kWaitingMax) co_return Status(Code::kServerTooBusy, "too many logins at once");
  ++waiting_;
  bool right = false;
  {
    // One at a time: a hash takes 32 MiB and a core.
    AsyncMutex::Guard guard = co_await hashing_.Lock();
    const ConsoleUser* known = users_.Find(user);
    const std::string hash = known == nullptr ? std::string() : known->hash;
    right = co_await env_.disk_pool.Run([&password, &hash] { return VerifyPassword(password, hash); });
  }
  --waiting_;
  co_return right;
}

}  // namespace tusk::web
