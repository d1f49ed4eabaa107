// The body of POST /apps (ApplicationSubmissionContextInfo) as the message that clients submit over RPC. For .cc files.
#pragma once

#include <string_view>

#include "base/core/result.h"
#include "yarn_like/common/resource.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::yarn::rm_rest {

// kYarn with Hadoop's words where the body is no submission.
Result<hadoop::yarn::SubmitApplicationRequestProto> SubmissionOf(std::string_view json, const ResourceTypes& types);

}  // namespace tusk::yarn::rm_rest
