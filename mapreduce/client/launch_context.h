// The launch contexts of a job's containers: what is localized, the command line, tokens, environment. Include from .cc
// files only.
#pragma once

#include <string>
#include <vector>

#include "base/security/token.h"
#include "mapreduce/api/file_system.h"
#include "mapreduce/api/job.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::mapreduce {

struct LaunchPlan {
  std::string role;                    // kAppMasterRole, kTaskRole
  std::vector<std::string> options;    // after the role
  Credentials credentials;
  std::string shuffle_service_data;    // empty: the service is not named
};

// What every container of the job localizes: the executable, job.xml, the splits, -files and -archives. Asks the file
// systems for sizes and times.
Result<std::vector<hadoop::yarn::StringLocalResourceMapProto>> JobResources(const Configuration& conf, FileSystems& files);
// The same with these files of the staging folder instead of job.xml and the splits: for jobs of other kinds.
Result<std::vector<hadoop::yarn::StringLocalResourceMapProto>> StagedResources(const Configuration& conf, FileSystems& files,
                                                                               const std::vector<std::string>& staged);

// What containers need to reach the file systems of these paths as this user does.
Status AddFileSystemTokens(FileSystems& files, const std::vector<std::string>& paths, Credentials& credentials);

// `conf` is the job's.
Result<hadoop::yarn::ContainerLaunchContextProto> MakeLaunchContext(
    const Configuration& conf, const std::vector<hadoop::yarn::StringLocalResourceMapProto>& resources, const LaunchPlan& plan);

hadoop::yarn::ResourceProto MakeResource(int64_t memory_mb, int64_t vcores, int64_t gpus = 0);

// What the client gave for file systems and for the job; never the token of the app master itself.
Credentials WithoutMasterToken(const Credentials& credentials);

}  // namespace tusk::mapreduce
