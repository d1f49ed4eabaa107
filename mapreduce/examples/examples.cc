// Finds the example by name.
#include "mapreduce/examples/examples.h"

#include <cstdio>

namespace tusk::mapreduce {

namespace {
struct Example {
  const char* name;
  const char* text;
  void (*add)(Program& program);
};
constexpr Example kExamples[] = {
    {"grep", "A map/reduce program that counts the matches of a regex in the input.", AddGrep},
    {"pi", "A map/reduce program that estimates Pi using a quasi-Monte Carlo method.", AddPi},
    {"teragen", "Generate data for the terasort", AddTeraGen},
    {"terasort", "Run the terasort", AddTeraSort},
    {"teravalidate", "Checking results of terasort", AddTeraValidate},
    {"wordcount", "A map/reduce program that counts the words in the input files.", AddWordCount},
};
}  // namespace

int RunExamples(const Arguments& arguments, const Arguments& launch_arguments) {
  std::string name = arguments.empty() ? "" : arguments.front();
  for (const Example& example : kExamples) {
    if (name != example.name) continue;
    Program program;
    example.add(program);
    Arguments launch = launch_arguments;
    launch.push_back(name);
    program.SetLaunchArguments(launch);
    return RunProgram(program, Arguments(arguments.begin() + 1, arguments.end()));
  }
  if (name.empty()) {
    std::fprintf(stderr, "An example program must be given as the first argument.\n");
  } else {
    std::fprintf(stderr, "Unknown program '%s' chosen.\n", name.c_str());
  }
  std::fprintf(stderr, "Valid program names are:\n");
  for (const Example& example : kExamples) std::fprintf(stderr, "  %s: %s\n", example.name, example.text);
  return 255;
}

}  // namespace tusk::mapreduce
