// The container roles of a program: app master and task.
#pragma once

#include "mapreduce/api/program.h"

namespace tusk::mapreduce {

// `arguments` hold kRoleOption. Exit code of the process.
int RunRole(const Program& program, const Arguments& arguments);

}  // namespace tusk::mapreduce
