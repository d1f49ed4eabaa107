// PageReader: GET of the daemons' pages from an ordinary thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/cli/cli_context.h"
#include "base/core/result.h"
#include "base/env/network.h"

namespace tusk::tools {

struct Page {
  nlohmann::json json;  // discarded where it is no JSON
  std::string date;     // the header
  int64_t asked_wall_ms = 0;

  // One bean of a /jmx page; null where it has none of that name.
  const nlohmann::json* Bean(const std::string& name) const;
};

class PageReader {
 public:
  explicit PageReader(CliContext& cli);
  ~PageReader();
  // Waits three seconds at most. An answer other than 200 is an error.
  Result<Page> Get(const HostPort& at, const std::string& target);

 private:
  struct Http;
  CliContext& cli_;
  std::unique_ptr<Http> http_;
};

// A bean's attribute that is JSON in a string; {} where it is not.
nlohmann::json InnerJson(const nlohmann::json& bean, const char* attribute);

}  // namespace tusk::tools
