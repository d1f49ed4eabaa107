// Params: the query of a WebHDFS request, read as Hadoop reads it: names without case, "null" as absent, its bounds
// and its words for what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/http/message.h"

namespace tusk::dfs::webhdfs {

inline constexpr std::string_view kPathPrefix = "/webhdfs/v1";

struct Bounds {
  int64_t least = INT64_MIN;
  int64_t most = INT64_MAX;
  int radix = 10;
  const char* type = "long";  // "long", "int", "short": what Hadoop calls it, and its range
};

class Params {
 public:
  // `query` outlives it. A namenode names the parameter in its complaints, a datanode does not.
  Params(const http::Query& query, bool names_parameter) : query_(query), names_parameter_(names_parameter) {}

  // As given, "" where absent.
  std::string Text(std::string_view name) const;
  bool Has(std::string_view name) const { return query_.GetNoCase(name).has_value(); }
  std::vector<std::string> All(std::string_view name) const;
  // "Required param destination for op: RENAME is null or empty" where it is.
  Result<std::string> Required(std::string_view name, std::string_view op) const;

  Result<std::optional<int64_t>> Number(std::string_view name, const Bounds& bounds) const;
  Result<int64_t> Number(std::string_view name, const Bounds& bounds, int64_t otherwise) const;
  Result<bool> Bool(std::string_view name, bool otherwise) const;
  // An absolute path, without a trailing slash; "" where absent.
  Result<std::string> AbsolutePath(std::string_view name) const;
  // Octal, at most 1777.
  Result<std::optional<int64_t>> Permission(std::string_view name) const;
  // "r-x" as 5; nothing where absent.
  Result<std::optional<int>> FsAction(std::string_view name) const;
  // One of `names`, in upper case; "" where absent. `java_enum` is for the complaint.
  Result<std::string> OneOf(std::string_view name, const std::vector<std::string_view>& names,
                            std::string_view java_enum) const;
  // "CREATE,REPLACE": some of `names`.
  Result<std::vector<std::string>> SomeOf(std::string_view name, const std::vector<std::string_view>& names,
                                          std::string_view java_enum) const;
  // The text of an ACL, which has the right shape.
  Result<std::string> AclSpec(std::string_view op) const;
  // user.name; "" where absent.
  Result<std::string> UserName() const;

  Status Invalid(std::string_view name, const std::string& why) const;

 private:
  const http::Query& query_;
  bool names_parameter_;
};

// The bounds that Hadoop gives its parameters.
inline constexpr Bounds kOffset{0, INT64_MAX, 10, "long"};
inline constexpr Bounds kBlockSize{1, INT64_MAX, 10, "long"};
inline constexpr Bounds kReplication{1, INT16_MAX, 10, "short"};
inline constexpr Bounds kBufferSize{1, INT32_MAX, 10, "int"};
inline constexpr Bounds kTime{-1, INT64_MAX, 10, "long"};
inline constexpr Bounds kQuota{INT64_MIN, INT64_MAX, 10, "long"};

}  // namespace tusk::dfs::webhdfs
