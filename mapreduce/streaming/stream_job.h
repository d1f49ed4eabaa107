// Streaming jobs: Hadoop's options become keys of the configuration, by which client, app master and tasks make the
// same job.
#pragma once

#include "mapreduce/api/program.h"

namespace tusk::mapreduce {

// `arguments` without the verb; `launch_arguments` select streaming in this executable. Exit code of the process, as
// Hadoop's.
int RunStreaming(const Arguments& arguments, const Arguments& launch_arguments);

}  // namespace tusk::mapreduce
