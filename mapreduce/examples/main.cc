// The examples as a program of their own, for tests and benchmarks; `tusk examples` is the same function.
#include "mapreduce/examples/examples.h"

int main(int argc, char** argv) { return tusk::mapreduce::RunExamples(tusk::mapreduce::Arguments(argv + 1, argv + argc), {}); }
