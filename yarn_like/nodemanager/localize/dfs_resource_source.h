// DfsResourceSource: localized files from hdfs:// and file://, read as the application's user through dfs/client.
#pragma once

#include "yarn_like/nodemanager/localize/resource_source.h"
#include "yarn_like/nodemanager/localize/user_file_systems.h"

namespace tusk::yarn {

class DfsResourceSource : public ResourceSource {
 public:
  explicit DfsResourceSource(UserFileSystems& files) : env_(files.env()), files_(files) {}
  Task<Result<SourceStat>> Stat(std::string uri, std::string user, bool check_public) override;
  Task<Result<uint64_t>> Copy(std::string uri, std::string user, std::string local_path) override;

 private:
  Task<bool> PassableByAll(dfs::FileSystem* fs, std::string path);

  Env env_;
  UserFileSystems& files_;
};

}  // namespace tusk::yarn
