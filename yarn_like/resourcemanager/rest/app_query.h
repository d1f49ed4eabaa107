// Query parameters of /apps, /appstatistics and /nodes, and ids in paths: what they ask for, or Hadoop's words for what is
// wrong with them.
#pragma once

#include <set>
#include <string>

#include "base/core/result.h"
#include "base/http/message.h"
#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn::rm_rest {

struct AppQuery {
  ApplicationFilter filter;
  int64_t limit = INT64_MAX;
  std::set<std::string> left_out;
};
// Errors: kInvalidArgument says what Java's IllegalArgumentException says, kYarn what BadRequestException says.
Result<AppQuery> AppQueryOf(const http::Query& query);
Result<std::set<AppState>> StatesOf(const http::Query& query);
Result<std::set<NodeState>> NodeStatesOf(const http::Query& query);
// A parameter that may stand several times, each with values between commas; lower case where asked for.
std::set<std::string> ListOf(const http::Query& query, std::string_view name, bool lower);

// Where an id does not parse, the words are Java's.
Result<ApplicationId> ApplicationIdOf(const std::string& text);
Result<ApplicationAttemptId> AttemptIdOf(const std::string& text);
Result<ContainerId> ContainerIdOf(const std::string& text);

}  // namespace tusk::yarn::rm_rest
