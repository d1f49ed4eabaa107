// A task in its container: asks the app master what it is, runs it, reports, commits.
#pragma once

#include <string>

#include "base/env/clock.h"
#include "base/env/network.h"
#include "base/env/random.h"
#include "base/security/token.h"
#include "mapreduce/api/job.h"

namespace tusk::mapreduce {

struct TaskProcessSetup {
  Job* job = nullptr;             // configured, with job.xml's settings
  FileSystems* files = nullptr;
  Disk* disk = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Credentials credentials;
  HostPort app_master;
  std::string container_id;
  std::vector<std::string> local_dirs;  // the application's folders of the node, which the shuffle service serves
};

// Exit code of the process: 0 where the attempt succeeded or was not wanted any more.
int RunTaskProcess(const TaskProcessSetup& setup);

}  // namespace tusk::mapreduce
