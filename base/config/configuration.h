// Configuration: Hadoop's XML files and -D settings as key/value pairs, read the way Hadoop reads them: later
// resources override earlier ones unless a value is <final>, and ${key} / ${env.NAME} / ${user.name} in values are
// substituted (20 levels deep at most).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/disk.h"

namespace tusk {

class Configuration {
 public:
  // Values for ${...} that no key gives, e.g. "user.name", "env.HOME", "java.io.tmpdir".
  using VariableSource = std::function<std::optional<std::string>(std::string_view name)>;

  Configuration() = default;
  explicit Configuration(VariableSource variables) : variables_(std::move(variables)) {}

  // Reads core-site.xml, hdfs-site.xml, yarn-site.xml, mapred-site.xml and capacity-scheduler.xml of `folder`;
  // absent ones are skipped. An unreadable or malformed file is an error that names file and line.
  Status LoadFolder(Disk& disk, const std::string& folder);
  Status LoadFile(Disk& disk, const std::string& path);
  // One document; `source` is what /conf and errors call it.
  Status LoadXml(std::string_view document, const std::string& source);
  void Set(std::string_view key, std::string value, std::string source = "programmatically");
  void Unset(std::string_view key);
  // Only where no resource has set it.
  void SetIfUnset(std::string_view key, std::string value, std::string source = "default");

  // With substitution; nothing where absent.
  std::optional<std::string> Get(std::string_view key) const;
  std::optional<std::string> GetRaw(std::string_view key) const;
  std::string Get(std::string_view key, std::string_view otherwise) const;
  // Typed reads give kInvalidArgument "key: value is not ..." for text that does not parse.
  Result<int64_t> GetInt(std::string_view key, int64_t otherwise) const;
  Result<double> GetDouble(std::string_view key, double otherwise) const;
  Result<bool> GetBool(std::string_view key, bool otherwise) const;
  // "128m", "64k", "1g", plain bytes.
  Result<int64_t> GetBytes(std::string_view key, int64_t otherwise) const;
  // "30s", "500ms", "2m", "1h", "1d"; a bare number is in `bare_unit`.
  Result<Duration> GetDuration(std::string_view key, Duration otherwise, Duration bare_unit) const;
  // Comma-separated, trimmed, empty ones dropped.
  std::vector<std::string> GetStrings(std::string_view key) const;

  struct Entry {
    std::string value;  // raw
    std::string source;
    bool is_final = false;
  };
  // All keys, sorted; for /conf and for job.xml.
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
  // <configuration><property>… as Hadoop writes it, values raw.
  std::string ToXml() const;

 private:
  std::string Substitute(std::string_view text, int depth) const;

  VariableSource variables_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace tusk
