// FileSystems: from a URI or a path as a user writes it to the FileSystem that has it: scheme and authority pick one
// (made on first use and kept), fs.defaultFS stands in for missing ones, relative paths begin at /user/NAME.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "dfs/client/file_system.h"
#include "dfs/client/path.h"

namespace tusk::rpc {
class Client;
}

namespace tusk::dfs {

struct ClientUser {
  std::string name;               // short name, as HADOOP_USER_NAME or the system's
  std::string working_directory;  // of file: paths; "" means "/"
};

class FileSystems {
 public:
  // `configuration` is copied. fs.defaultFS defaults to file:///.
  static Result<std::unique_ptr<FileSystems>> Create(Env env, const Configuration& configuration, ClientUser user);
  ~FileSystems();
  FileSystems(const FileSystems&) = delete;

  struct Place {
    FileSystem* fs = nullptr;  // owned by this object
    std::string path;          // absolute path part
    std::string ToString() const { return fs->Qualify(path); }
  };
  // "hdfs://nn:8020/a", "file:///tmp/x", "/a", "a/b".
  Result<Place> Resolve(std::string_view uri);
  Result<Place> Resolve(const Path& path);
  Result<FileSystem*> Default();
  const Path& default_uri() const { return default_uri_; }
  const Configuration& configuration() const { return configuration_; }
  Task<void> Shutdown();

 private:
  FileSystems(Env env, const Configuration& configuration, ClientUser user, Path default_uri);
  Result<std::unique_ptr<FileSystem>> Make(const std::string& scheme, const std::string& authority);

  Env env_;
  Configuration configuration_;
  ClientUser user_;
  Path default_uri_;
  std::unique_ptr<rpc::Client> rpc_;
  std::map<std::string, std::unique_ptr<FileSystem>> made_;
};

}  // namespace tusk::dfs
