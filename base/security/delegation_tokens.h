// DelegationTokens: the issuer's side of Hadoop's delegation tokens (AbstractDelegationTokenSecretManager): master keys
// that roll, tokens that are renewed by their renewer, cancelled by owner or renewer, and expire. The identifier's
// encoding is the caller's (Writable for the namenode, protobuf for the resource manager). A synchronous state machine:
// told the time; a journal hears what must survive a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/env/random.h"

namespace tusk {

struct DelegationTokenIdentifier {
  std::string owner;
  std::string renewer;
  std::string real_user;
  int64_t issue_wall_ms = 0;
  int64_t max_wall_ms = 0;
  int32_t sequence = 0;
  int32_t key_id = 0;
};

struct DelegationTokenPolicy {
  std::string kind;  // for messages: "RM_DELEGATION_TOKEN"
  int64_t key_interval_ms = 24 * 3600 * 1000;
  int64_t renew_interval_ms = 24 * 3600 * 1000;
  int64_t lifetime_max_ms = 7LL * 24 * 3600 * 1000;
  size_t tokens_max = 1'000'000;
  // What messages call a token, where that is more than kind and fields.
  std::function<std::string(const DelegationTokenIdentifier&)> describe = {};
};

class DelegationTokens {
 public:
  struct Key {
    int32_t id = 0;
    std::string secret;
    int64_t expiry_wall_ms = 0;  // no token signed with it lives longer
  };
  struct StoredToken {
    std::string identifier;
    int64_t renew_wall_ms = 0;  // it is good until then
  };
  struct Stored {
    std::vector<Key> keys;
    std::vector<StoredToken> tokens;
  };
  struct Issued {
    std::string identifier;
    std::string password;
  };
  class Journal {
   public:
    virtual ~Journal() = default;
    virtual void KeyAdded(const Key& key) = 0;
    virtual void KeyRemoved(int32_t id) = 0;
    virtual void TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) = 0;
    virtual void TokenRemoved(int32_t sequence) = 0;
  };
  using Encode = std::function<std::string(const DelegationTokenIdentifier&)>;
  using Decode = std::function<Result<DelegationTokenIdentifier>(std::string_view)>;

  // `journal` may be null; what is stored is taken back as it is. Identifiers that do not decode are dropped.
  DelegationTokens(DelegationTokenPolicy policy, Encode encode, Decode decode, Journal* journal, Random& random);
  void Restore(const Stored& stored);

  // The renewer may be empty: then nobody can renew it.
  Result<Issued> Issue(const std::string& owner, const std::string& renewer, const std::string& real_user,
                       int64_t now_wall_ms);
  // Until when it is good then. Only the renewer may. kInvalidToken, kAccessControl with Hadoop's words.
  Result<int64_t> Renew(std::string_view identifier, std::string_view password, const std::string& renewer,
                        int64_t now_wall_ms);
  // Owner and renewer may (`canceller`: short names are compared).
  Status Cancel(std::string_view identifier, const std::string& canceller);
  // For SASL: its password; kInvalidToken where it is unknown, cancelled or expired.
  Result<std::string> PasswordOf(std::string_view identifier, int64_t now_wall_ms) const;
  Result<DelegationTokenIdentifier> Parse(std::string_view identifier) const { return decode_(identifier); }
  // Rolls the key and forgets expired tokens and keys.
  void Tick(int64_t now_wall_ms);
  size_t size() const { return tokens_.size(); }

 private:
  void RollKey(int64_t now_wall_ms);
  std::string Describe(const DelegationTokenIdentifier& identifier) const;
  // Renew and expiry, of a token whose identifier is `identifier` byte by byte.
  Result<const StoredToken*> Find(std::string_view identifier) const;

  DelegationTokenPolicy policy_;
  Encode encode_;
  Decode decode_;
  Journal* journal_;
  Random& random_;
  std::map<int32_t, Key> keys_;
  std::map<int32_t, StoredToken> tokens_;  // by sequence number
  int32_t last_sequence_ = 0;
  int32_t current_key_ = 0;  // 0: none yet
  int64_t roll_wall_ms_ = 0;
};

}  // namespace tusk
