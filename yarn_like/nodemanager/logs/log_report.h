// LogReport: how the aggregation of an application's logs goes, as a heartbeat tells it.
#pragma once

#include <string>

#include "yarn_like/common/ids.h"

namespace tusk::yarn {

// As LogAggregationReportProto; the status by its number there.
struct LogReport {
  ApplicationId application;
  int status = 0;
  std::string diagnostics;
};

}  // namespace tusk::yarn
