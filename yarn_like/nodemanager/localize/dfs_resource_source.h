// DfsResourceSource: localized files from hdfs:// and file://, read as the application's user through dfs/client.
#pragma once

#include <map>
#include <memory>

#include "base/env/env.h"
#include "dfs/client/file_systems.h"
#include "yarn_like/nodemanager/localize/resource_source.h"

namespace tusk::yarn {

class DfsResourceSource : public ResourceSource {
 public:
  // `configuration` outlives it.
  DfsResourceSource(Env env, const Configuration& configuration) : env_(env), configuration_(configuration) {}
  Task<Result<SourceStat>> Stat(std::string uri, std::string user, bool check_public) override;
  Task<Result<uint64_t>> Copy(std::string uri, std::string user, std::string local_path) override;
  Task<void> Shutdown();

 private:
  // One set of connections per user. Empty user (PUBLIC files): the node manager's own.
  Result<dfs::FileSystems*> Of(const std::string& user);
  Task<bool> PassableByAll(dfs::FileSystem* fs, std::string path);

  Env env_;
  const Configuration& configuration_;
  std::map<std::string, std::unique_ptr<dfs::FileSystems>> by_user_;
};

}  // namespace tusk::yarn
