// The small commands of `hdfs`: what the configuration says, groups, storage policies, leases, and those of features
// that answer with the namenode's own word for now.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::dfs {

// `hdfs getconf -confKey KEY | -namenodes | ...`
int RunGetConf(CliContext& cli, std::vector<std::string> args);
// `hdfs groups [USER ...]`, asked of the namenode
int RunGroups(CliContext& cli, std::vector<std::string> args);
// `hdfs storagepolicies -listPolicies | -getStoragePolicy | -setStoragePolicy | -unsetStoragePolicy | ...`
int RunStoragePolicies(CliContext& cli, std::vector<std::string> args);
// `hdfs debug recoverLease -path PATH [-retries N] | verifyMeta -meta FILE [-block FILE] | computeMeta -block FILE -out FILE`
int RunDebug(CliContext& cli, std::vector<std::string> args);
// `hdfs lsSnapshottableDir`
int RunLsSnapshottableDir(CliContext& cli, std::vector<std::string> args);
// `hdfs version`, `hdfs envvars`, `hdfs classpath`
int RunVersion(CliContext& cli, std::vector<std::string> args);
int RunEnvVars(CliContext& cli, std::vector<std::string> args);
int RunClasspath(CliContext& cli, std::vector<std::string> args);

}  // namespace tusk::dfs
