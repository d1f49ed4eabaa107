// The programs of Hadoop's examples jar: `hadoop examples NAME ARGS`, `hadoop jar ...mapreduce-examples....jar NAME ARGS`.
#pragma once

#include "mapreduce/api/program.h"

namespace tusk::mapreduce {

// `arguments` begin with the example's name. `launch_arguments` select this function in its executable ({"examples"}
// for `tusk examples`): containers are started with them. Exit code of the process.
int RunExamples(const Arguments& arguments, const Arguments& launch_arguments);

// One function per example fills its program.
void AddWordCount(Program& program);
void AddGrep(Program& program);
void AddPi(Program& program);
void AddTeraGen(Program& program);
void AddTeraSort(Program& program);
void AddTeraValidate(Program& program);

}  // namespace tusk::mapreduce
