// A streaming command as a job's configuration has it: its words, its program, its environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mapreduce/api/context.h"

namespace tusk::mapreduce {

// Words of a command line: single and double quotes keep spaces; nothing else is special, and no shell runs.
std::vector<std::string> SplitCommand(std::string_view command);

// "NAME=value" for a task's child: what this process has, the configuration with every sign but letters and digits
// turned to "_", what is known of the task (under Hadoop's names of both ages), stream.addenvironment, TMPDIR.
std::vector<std::string> ChildEnvironment(const TaskContext& task, const std::string& folder, bool is_map);

// A name without slash is looked for in `folder`, then in PATH; other relative ones in `folder`. Unchanged where it is
// nowhere: starting it will say so.
std::string FindProgram(const std::string& program, const std::string& folder);

}  // namespace tusk::mapreduce
