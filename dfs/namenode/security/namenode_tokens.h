// NameNodeTokens: the delegation tokens that this namenode has given out and the keys that sign them. Every change is in
// the edit log before it is answered.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/rpc/server.h"
#include "base/security/delegation_tokens.h"
#include "base/security/token.h"
#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {

struct NameNodeTokenConfig {
  bool issues = false;  // dfs.namenode.delegation.token.always-use
  DelegationTokenPolicy policy;
};

class NameNodeTokens : public rpc::SecretManager, private DelegationTokens::Journal {
 public:
  // Reads what is stored. `driver` outlives it.
  static Result<std::unique_ptr<NameNodeTokens>> Load(Env env, NamespaceDriver& driver, NameNodeTokenConfig config);

  // Whether tokens are given out, and taken for authentication.
  bool issues() const { return config_.issues; }
  // Nothing where none are given out.
  Task<Result<std::optional<Token>>> Issue(Caller owner, std::string real_user, std::string renewer);
  // Until when it is good.
  Task<Result<int64_t>> Renew(Token token, Caller renewer);
  Task<Status> Cancel(Token token, Caller canceller);
  // Forgets what has expired.
  void Tick();

  // SecretManager: of identifiers that a client proves to have the password of.
  Result<std::string> PasswordOf(std::string_view identifier) override;
  Result<rpc::CallUser> UserOf(std::string_view identifier) override;
  // Of a token that comes whole, as WebHDFS's do.
  Result<rpc::CallUser> UserOfToken(const Token& token);

 private:
  NameNodeTokens(Env env, NamespaceDriver& driver, NameNodeTokenConfig config);
  Status Restore();
  // What the journal has heard since the last time, as an edit.
  Edit TakeEdit();
  Call At(const Caller& caller) const { return Call{caller, env_.loop.Now(), env_.clock.WallMillis()}; }

  void KeyAdded(const DelegationTokens::Key& key) override;
  void KeyRemoved(int32_t id) override;
  void TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) override;
  void TokenRemoved(int32_t sequence) override;

  Env env_;
  NamespaceDriver& driver_;
  const NameNodeTokenConfig config_;
  DelegationTokens tokens_;
  std::vector<RecordChange> heard_;
};

}  // namespace tusk::dfs
