// LintSites: what is wrong with the settings in a configuration folder's files. Pure.
#pragma once

#include <string>
#include <vector>

#include "tools/tusk/config/site_file.h"

namespace tusk::tools {

enum class Severity { kInfo, kWarning, kError };
std::string_view SeverityName(Severity severity);

enum class LintKind { kSyntax, kKey, kValue };

struct LintFinding {
  LintKind kind = LintKind::kKey;
  Severity severity = Severity::kWarning;
  SitePlace place;
  std::string what;
  std::string remedy;
};

std::vector<LintFinding> LintSites(const std::vector<SiteFile>& sites);

}  // namespace tusk::tools
