// From the brain's records to those of the state store and back. For .cc files.
#pragma once

#include "yarn_like/resourcemanager/apps/application.h"
#include "yarn_like/resourcemanager/state/rm_state.pb.h"
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {

void ToRecord(const Submission& submission, const ResourceTypes& types, state::SubmissionRecord* record);
// All but the submission.
void ToRecord(const Application& application, const ResourceTypes& types, state::ApplicationRecord* record);
void ToRecord(const TokenKeys& keys, int64_t now_wall_ms, state::TokenKeysRecord* record);

Submission FromRecord(const ApplicationId& id, const state::SubmissionRecord& record, const ResourceTypes& types);
// `submission` is taken over, with the priority and lifetime of `record`.
Application FromRecord(Submission submission, const state::ApplicationRecord& record, const ResourceTypes& types);
TokenKeys FromRecord(const state::TokenKeysRecord& record, int64_t now_wall_ms);

}  // namespace tusk::yarn
