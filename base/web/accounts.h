// Accounts: the key that signs sessions and the users who may log in, from two files that are read again when they
// change (`tusk console passwd` counts without a restart). And checking a password, a few at a time.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/async/sync.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/web/session_cookie.h"
#include "base/web/users_file.h"

namespace tusk::web {

struct AccountFiles {
  std::string secret;  // tusk.console.secret.file
  std::string users;   // tusk.console.users.file
  // Both default to files in ${hadoop.tmp.dir}/console.
  static AccountFiles Of(const Configuration& conf, const std::string& process_user);
};

class Accounts {
 public:
  // Blocks. Without a readable key file sessions are this process's own (a warning says so).
  static std::unique_ptr<Accounts> Open(Env env, AccountFiles files);

  const SessionSigner& signer() const { return signer_; }
  const ConsoleUsers& users() const { return users_; }
  const AccountFiles& files() const { return files_; }
  // Reads changed files again, every other second, until `stop`.
  Task<void> KeepFresh(std::stop_token stop);
  // kServerTooBusy where too many wait already.
  Task<Result<bool>> CheckPassword(std::string user, std::string password);

 private:
  struct Read {
    Result<std::string> key = Status(Code::kInternal, "not read");
    Result<ConsoleUsers> users = Status(Code::kInternal, "not read");
  };
  Accounts(Env env, AccountFiles files);
  static Read ReadFiles(Disk& disk, const AccountFiles& files);
  void Take(Read read);

  Env env_;
  const AccountFiles files_;
  std::string key_;
  SessionSigner signer_;
  ConsoleUsers users_;
  std::string complaint_;  // said once
  AsyncMutex hashing_;
  size_t waiting_ = 0;
};

}  // namespace tusk::web
