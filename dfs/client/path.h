// Path: Hadoop's path names, "scheme://authority/a/b" with scheme and authority optional, relative or absolute.
// Nothing in them is percent-encoded. Repeated and trailing slashes are dropped; "." and ".." are resolved only where
// a path is made of a parent and a relative child, as Hadoop does through java.net.URI.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.h"

namespace tusk::dfs {

class Path {
 public:
  Path() = default;
  // kInvalidArgument for an empty string, with Hadoop's text.
  static Result<Path> Parse(std::string_view text);
  Path(std::string scheme, std::string authority, std::string path)
      : scheme_(std::move(scheme)), authority_(std::move(authority)), path_(std::move(path)) {}

  const std::string& scheme() const { return scheme_; }        // "hdfs", "" if none
  const std::string& authority() const { return authority_; }  // "host:port", "" if none
  const std::string& path() const { return path_; }            // "/a/b", "a/b", "/" or ""
  bool is_absolute() const { return !path_.empty() && path_.front() == '/'; }
  bool is_root() const { return path_ == "/"; }
  // Last component; "" for the root.
  std::string name() const;
  // The path without its last component; the path itself for the root.
  Path parent() const;
  // This path resolved against a folder: absolute ones keep their path part.
  Path Under(const Path& folder) const;
  // "hdfs://h:1/a", "file:/a", "/a", "a".
  std::string ToString() const;

  bool operator==(const Path&) const = default;

 private:
  std::string scheme_;
  std::string authority_;
  std::string path_;
};

// "/a/./b/../c" -> "/a/c"; leading ".." of an absolute path stay, as in Java.
std::string RemoveDots(std::string_view path);
// Drops repeated and trailing slashes.
std::string NormalizeSlashes(std::string_view path);

}  // namespace tusk::dfs
