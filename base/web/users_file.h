// The file of console users: one line each, NAME:ROLE:scrypt:LOG2N:R:P:SALT:HASH (Base64), '#' begins a comment. And the
// hash itself, which takes its time on purpose: of a BlockingPool, never of a loop.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/env/disk.h"
#include "base/env/random.h"
#include "base/web/identity.h"

namespace tusk::web {

struct ConsoleUser {
  Role role = Role::kViewer;
  std::string hash;  // "scrypt:15:8:1:SALT:HASH"
};

class ConsoleUsers {
 public:
  // kInvalidArgument names the line.
  static Result<ConsoleUsers> Parse(std::string_view text);
  // An absent file is an empty one. Refused: a file that others may write.
  static Result<ConsoleUsers> Read(Disk& disk, const std::string& path);
  // Durable, readable by its owner only.
  Status Write(Disk& disk, const std::string& path) const;
  std::string Format() const;

  const ConsoleUser* Find(std::string_view name) const;
  void Put(const std::string& name, ConsoleUser user) { users_[name] = std::move(user); }
  bool Remove(std::string_view name);
  const std::map<std::string, ConsoleUser, std::less<>>& users() const { return users_; }

 private:
  std::map<std::string, ConsoleUser, std::less<>> users_;
};

// Letters, digits, '.', '_', '-'; not at the start '-' or '.'; 64 at most.
bool IsUserName(std::string_view name);
// A word of 8 to 1024 bytes.
Status CheckPassword(std::string_view password);
std::string HashPassword(std::string_view password, Random& random);
// Takes as long for a hash that is malformed or empty (nobody's) as for any other.
bool VerifyPassword(std::string_view password, std::string_view hash);

}  // namespace tusk::web
