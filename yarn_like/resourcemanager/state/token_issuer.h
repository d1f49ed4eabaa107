// TokenIssuer: the resource manager's signing keys and the tokens that it makes with them. Keys roll; node managers
// learn the announced ones by heartbeat.
#pragma once

#include <functional>
#include <string>

#include "base/core/result.h"
#include "base/env/random.h"
#include "base/rpc/server.h"
#include "base/security/token.h"
#include "yarn_like/common/master_key.h"
#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/resourcemanager/apps/application.h"
#include "yarn_like/resourcemanager/nodes/node_table.h"

namespace tusk::yarn {

struct TokenKeys {
  RollingKey::State amrm;
  RollingKey::State nm;
  RollingKey::State container;
};

struct TokenPolicy {
  Duration amrm_roll_interval = std::chrono::hours(24);
  Duration nm_roll_interval = std::chrono::hours(24);
  Duration container_roll_interval = std::chrono::hours(24);
  Duration amrm_activation = std::chrono::seconds(1350);  // 1.5 x the master's expiry
  Duration node_activation = std::chrono::seconds(900);   // 1.5 x the node's expiry
  int64_t container_token_expiry_ms = 600'000;
};

class TokenIssuer {
 public:
  TokenIssuer(TokenKeys keys, TokenPolicy policy, int64_t rm_identifier, const ResourceTypes& types, TimePoint now);

  // With an empty service: the application master fills in where it speaks to.
  Token AmRmToken(const ApplicationAttemptId& attempt) const;
  Token NmToken(const ApplicationAttemptId& attempt, const NodeRecord& node, const std::string& submitter) const;
  Token ContainerToken(const LiveContainer& container, const NodeRecord& node, const Submission& submission,
                       int64_t now_wall_ms) const;

  int32_t amrm_key_id() const { return amrm_.current().id; }
  int32_t nm_signing_key_id() const { return nm_.current().id; }
  const MasterKey& nm_key() const { return nm_.announced(); }
  const MasterKey& container_key() const { return container_.announced(); }
  const RollingKey& amrm() const { return amrm_; }
  TokenKeys Export(TimePoint now) const;
  // True if a key changed.
  bool Tick(TimePoint now, Random& random);

 private:
  RollingKey amrm_;
  RollingKey nm_;
  RollingKey container_;
  TokenPolicy policy_;
  int64_t rm_identifier_;
  const ResourceTypes& types_;
};

TokenKeys NewTokenKeys(Random& random, const TokenPolicy& policy);

// Lets the application master port's SASL verify AMRM tokens, of attempts that are not over. The user of such a
// connection is the attempt id.
class AmRmSecretManager : public rpc::SecretManager {
 public:
  using IsLive = std::function<bool(const ApplicationAttemptId& attempt)>;
  AmRmSecretManager(const TokenIssuer& issuer, IsLive is_live) : issuer_(issuer), is_live_(std::move(is_live)) {}
  Result<std::string> PasswordOf(std::string_view identifier) override;
  Result<rpc::CallUser> UserOf(std::string_view identifier) override;

 private:
  const TokenIssuer& issuer_;
  IsLive is_live_;
};

}  // namespace tusk::yarn
