// The answers that both daemons give about themselves: /config (keys, with defaults and what is unknown) and /history.
#pragma once

#include "base/config/configuration.h"
#include "base/metrics/history.h"
#include "base/web/api.h"

namespace tusk::web {

// GET /…/config?q&unknown&offset&limit
Result<ApiAnswer> ConfigurationAnswer(const Configuration& conf, const ApiCall& call);
// GET /…/history?series&seconds
Result<ApiAnswer> HistoryAnswer(const History& history, const ApiCall& call);

// Text contains `part`, in any case; an empty part is in every text.
bool ContainsNoCase(std::string_view text, std::string_view part);

}  // namespace tusk::web
