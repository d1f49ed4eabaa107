// The verbs of the multi-call binary. Called as `tusk` it knows all of them; as hdfs, hadoop, yarn or mapred those that
// Hadoop's script of that name has.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

enum Program : unsigned { kTusk = 1, kHdfs = 2, kHadoop = 4, kYarn = 8, kMapred = 16 };

struct Verb {
  std::string_view name;
  unsigned programs;           // whose verb it is; `tusk` has all
  bool takes_generic_options;  // -D, -conf, -fs, -jt, -files before the verb's own words
  int (*run)(CliContext& context, std::vector<std::string> args);
  std::string_view summary;    // one line of `tusk help`
};

std::span<const Verb> Verbs();
const Verb* FindVerb(std::string_view program, std::string_view name);

}  // namespace tusk::tools
