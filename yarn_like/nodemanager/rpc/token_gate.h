// TokenGate: who may speak to this node manager and which containers may be started, by the resource manager's keys
// (shared facts yarn-wire §5). Pure but for the caller's clock. NM tokens open connections (SASL); container tokens,
// presented in startContainers, are each good for one start.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/rpc/server.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/master_key.h"
#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/nodemanager/recovery/node_records.h"

namespace tusk::yarn {

class TokenGate : public rpc::SecretManager {
 public:
  explicit TokenGate(ResourceTypes types) : types_(std::move(types)) {}

  // Once the node knows its own name, and again after each registration.
  void SetNode(NodeId node) { node_ = std::move(node); }
  void SetResourceManager(int64_t rm_identifier) { rm_identifier_ = rm_identifier; }
  void AcceptContainerKey(MasterKey key);
  void AcceptNmKey(MasterKey key);
  // Keys and used tokens go there; null value: erased. Before anything else.
  using Saver = std::function<void(std::string key, std::optional<std::string> value)>;
  void SetSaver(Saver saver) { saver_ = std::move(saver); }
  // What an earlier node manager knew.
  void Recover(const NodeRecords& records);
  const std::optional<MasterKey>& container_key() const { return container_keys_.current(); }
  const std::optional<MasterKey>& nm_key() const { return nm_keys_.current(); }
  const NodeId& node() const { return node_; }
  const ResourceTypes& types() const { return types_; }

  // --- SecretManager: NM tokens. The user of a connection is the attempt's id. ---
  Result<std::string> PasswordOf(std::string_view identifier) override;
  Result<rpc::CallUser> UserOf(std::string_view identifier) override;

  // The grant in a container token that `attempt_user` presents. kInvalidToken (fails the whole call): forged, or not
  // for this node. kYarn: expired, of another attempt, used before. kInvalidContainer: of an earlier resource manager.
  Result<ContainerTokenIdentifier> CheckGrant(const std::string& attempt_user, std::string_view identifier,
                                              std::string_view password, int64_t wall_ms);
  // Likewise for a container that is there and gets another size.
  Result<ContainerTokenIdentifier> CheckUpdate(const std::string& attempt_user, std::string_view identifier,
                                               std::string_view password, int64_t wall_ms);
  // A token whose key is rolled away starts containers only for an attempt that has started one with it. kInvalidToken.
  Status CheckStarter(std::string_view nm_token_identifier) const;
  // The grant has been used: a second start is refused until it has expired.
  void MarkUsed(const ContainerTokenIdentifier& grant, std::string_view nm_token_identifier, int64_t wall_ms);
  // The attempts of an application need no NM key any more.
  void ForgetApplication(const ApplicationId& application);

 private:
  enum class Purpose { kStart, kUpdate };
  Result<ContainerTokenIdentifier> Check(Purpose purpose, const std::string& attempt_user, std::string_view identifier,
                                         std::string_view password, int64_t wall_ms);
  void Save(std::string key, std::optional<std::string> value);
  void SaveKeys(std::string_view kind, const KeyRing& ring);

  ResourceTypes types_;
  Saver saver_;
  NodeId node_;
  int64_t rm_identifier_ = 0;
  KeyRing container_keys_;
  KeyRing nm_keys_;
  // An attempt that has started a container here may come back with its token after the key has been rolled away.
  std::map<ApplicationAttemptId, MasterKey> attempt_keys_;
  std::map<ContainerId, int64_t> used_until_wall_ms_;
};

}  // namespace tusk::yarn
