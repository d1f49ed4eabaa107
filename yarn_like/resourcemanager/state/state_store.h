// StateStore: what the resource manager keeps across restarts, in a DurableMap (base/store):
//
//   manager                      ManagerRecord: the epoch
//   tokens                       TokenKeysRecord
//   app/<application>/submission SubmissionRecord
//   app/<application>/state      ApplicationRecord
//   dtkey/<id>, dt/<sequence>    DelegationKeyRecord, DelegationTokenRecord
//
// Changes are queued as they happen; whoever promises durability awaits Sync before it answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/security/delegation_tokens.h"
#include "base/store/state_writer.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {

// What was found at the start.
struct StoredState {
  int64_t epoch = 0;  // of this start
  std::optional<TokenKeys> keys;
  std::vector<Application> applications;
  DelegationTokens::Stored delegation;
};

class StateStore : public ApplicationJournal, public DelegationTokens::Journal {
 public:
  // An empty folder: nothing is kept. The next start's epoch is durable when this returns. Blocks.
  static Result<std::unique_ptr<StateStore>> Open(Env env, const std::string& folder, const ResourceTypes& types,
                                                  StoredState* found);

  void Submitted(const Application& application) override;
  void Changed(const Application& application) override;
  void Forgotten(const ApplicationId& application) override;
  void KeyAdded(const DelegationTokens::Key& key) override;
  void KeyRemoved(int32_t id) override;
  void TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) override;
  void TokenRemoved(int32_t sequence) override;
  void KeysChanged(const TokenKeys& keys);

  Task<Status> Sync() { return writer_.Sync(); }
  Task<void> Shutdown() { return writer_.Shutdown(); }

 private:
  StateStore(Env env, std::unique_ptr<DurableMap> map, const ResourceTypes& types)
      : env_(env), types_(types), writer_(env, std::move(map)) {}

  Env env_;
  const ResourceTypes types_;
  StateWriter writer_;
};

}  // namespace tusk::yarn
