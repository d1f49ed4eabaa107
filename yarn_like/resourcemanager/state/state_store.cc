// Keys of the map, and reading all of it back.
#include "yarn_like/resourcemanager/state/state_store.h"

#include <map>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/state/state_records.h"

namespace tusk::yarn {
namespace {

constexpr std::string_view kLog = "statestore";
constexpr std::string_view kAppPrefix = "app/";
constexpr std::string_view kManagerKey = "manager";
constexpr std::string_view kTokensKey = "tokens";
constexpr std::string_view kDelegationKeyPrefix = "dtkey/";
constexpr std::string_view kDelegationTokenPrefix = "dt/";
constexpr int32_t kFormat = 1;

std::string SubmissionKey(const ApplicationId& id) { return std::string(kAppPrefix) + id.ToString() + "/submission"; }
std::string StateKey(const ApplicationId& id) { return std::string(kAppPrefix) + id.ToString() + "/state"; }

Status Damaged(const std::string& key) {
  return {Code::kCorruption, "the resource manager's state store: " + key + " does not parse"};
}

struct FoundRecords {
  std::map<ApplicationId, state::SubmissionRecord> submissions;
  std::map<ApplicationId, state::ApplicationRecord> states;
};

Status ReadApplication(const std::string& key, const std::string& value, FoundRecords* found) {
  const size_t slash = key.find('/', kAppPrefix.size());
  if (slash == std::string::npos) return Damaged(key);
  ASSIGN_OR_RETURN(const ApplicationId id,
                   ApplicationId::Parse(key.substr(kAppPrefix.size(), slash - kAppPrefix.size())));
  const std::string what = key.substr(slash + 1);
  const bool parsed = what == "submission" ? found->submissions[id].ParseFromString(value)
                      : what == "state"    ? found->states[id].ParseFromString(value)
                                           : true;  // of a later version
  return parsed ? Status::Ok() : Damaged(key);
}

Status ReadDelegation(const std::string& key, const std::string& value, DelegationTokens::Stored* stored) {
  if (key.starts_with(kDelegationKeyPrefix)) {
    state::DelegationKeyRecord record;
    if (!record.ParseFromString(value)) return Damaged(key);
    stored->keys.push_back({record.id(), record.secret(), record.expiry_wall_ms()});
    return Status::Ok();
  }
  state::DelegationTokenRecord record;
  if (!record.ParseFromString(value)) return Damaged(key);
  stored->tokens.push_back({record.identifier(), record.renew_wall_ms()});
  return Status::Ok();
}

Status Read(const DurableMap::Entries& entries, const ResourceTypes& types, int64_t now_wall_ms, StoredState* state) {
  FoundRecords found;
  for (const auto& [key, value] : entries) {
    if (key.starts_with(kAppPrefix)) {
      RETURN_IF_ERROR(ReadApplication(key, value, &found));
    } else if (key.starts_with(kDelegationKeyPrefix) || key.starts_with(kDelegationTokenPrefix)) {
      RETURN_IF_ERROR(ReadDelegation(key, value, &state->delegation));
    } else if (key == kManagerKey) {
      state::ManagerRecord record;
      if (!record.ParseFromString(value)) return Damaged(key);
      if (record.format() > kFormat) {
        return {Code::kIncorrectVersion, "the resource manager's state store is of a newer version of tusk"};
      }
      state->epoch = record.epoch();
    } else if (key == kTokensKey) {
      state::TokenKeysRecord record;
      if (!record.ParseFromString(value)) return Damaged(key);
      state->keys = FromRecord(record, now_wall_ms);
    }
  }
  for (auto& [id, record] : found.states) {
    const auto submission = found.submissions.find(id);
    if (submission == found.submissions.end()) return Damaged(StateKey(id));
    state->applications.push_back(FromRecord(FromRecord(id, submission->second, types), record, types));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::Open(Env env, const std::string& folder, const ResourceTypes& types,
                                                     StoredState* found) {
  std::unique_ptr<DurableMap> map;
  if (!folder.empty()) {
    ASSIGN_OR_RETURN(map, DurableMap::Open(env.disk, folder));
    RETURN_IF_ERROR(Read(map->entries(), types, env.clock.WallMillis(), found));
    state::ManagerRecord record;
    record.set_epoch(found->epoch + 1);
    record.set_format(kFormat);
    RETURN_IF_ERROR(map->Commit({{std::string(kManagerKey), record.SerializeAsString()}}));
    LogInfo(kLog, "{}: epoch {}, {} applications", folder, found->epoch, found->applications.size());
  }
  return std::unique_ptr<StateStore>(new StateStore(env, std::move(map), types));
}

void StateStore::Submitted(const Application& application) {
  state::SubmissionRecord record;
  ToRecord(application.submission, types_, &record);
  writer_.Put(SubmissionKey(application.id()), record.SerializeAsString());
}

void StateStore::Changed(const Application& application) {
  state::ApplicationRecord record;
  ToRecord(application, types_, &record);
  writer_.Put(StateKey(application.id()), record.SerializeAsString());
}

void StateStore::Forgotten(const ApplicationId& application) {
  writer_.Erase(SubmissionKey(application));
  writer_.Erase(StateKey(application));
}

void StateStore::KeysChanged(const TokenKeys& keys) {
  state::TokenKeysRecord record;
  ToRecord(keys, env_.clock.WallMillis(), &record);
  writer_.Put(std::string(kTokensKey), record.SerializeAsString());
}

void StateStore::KeyAdded(const DelegationTokens::Key& key) {
  state::DelegationKeyRecord record;
  record.set_id(key.id);
  record.set_secret(key.secret);
  record.set_expiry_wall_ms(key.expiry_wall_ms);
  writer_.Put(std::string(kDelegationKeyPrefix) + std::to_string(key.id), record.SerializeAsString());
}

void StateStore::KeyRemoved(int32_t id) { writer_.Erase(std::string(kDelegationKeyPrefix) + std::to_string(id)); }

void StateStore::TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) {
  state::DelegationTokenRecord record;
  record.set_identifier(identifier);
  record.set_renew_wall_ms(renew_wall_ms);
  writer_.Put(std::string(kDelegationTokenPrefix) + std::to_string(sequence), record.SerializeAsString());
}

void StateStore::TokenRemoved(int32_t sequence) {
  writer_.Erase(std::string(kDelegationTokenPrefix) + std::to_string(sequence));
}

}  // namespace tusk::yarn
