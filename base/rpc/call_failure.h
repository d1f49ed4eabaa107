// Hadoop's words for a call that got no answer, as its shells print them.
#pragma once

#include <string>

#include "base/core/status.h"
#include "base/env/network.h"

namespace tusk::rpc {

// `local` is "name/address" of this machine. The code of `why` stays.
Status DescribeCallFailure(const Status& why, const std::string& local, const HostPort& server);

}  // namespace tusk::rpc
