// What the page's submission form means as a command: one of tusk's own verbs, from a fixed table, with words that were
// checked one by one. Nothing here runs anything; submissions.h runs exactly what stands here, without a shell.
//
// A command runs as a child of the resource manager, so no word may lead out of the cluster: paths are on the DFS of the
// cluster and are given whole (hdfs://namenode/…), settings come from a list, no word is taken for an option.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/web/json.h"

namespace tusk::yarn {

struct SubmitChoice {
  std::string value;
  std::string summary;
};

// What the composing program knows and this room does not.
struct SubmitContext {
  std::string default_fs;                  // fs.defaultFS: "hdfs://namenode:9000"
  std::vector<SubmitChoice> ml_algorithms;
  std::vector<SubmitChoice> quant_types;
};

struct SubmitCommand {
  std::string kind;
  std::vector<std::string> argv;  // argv[0] is "tusk"
  // For a person: the same, quoted for a shell.
  std::string Line() const;
};

// `body`: SubmitRequest of base/web/openapi/yarn.json. kInvalidArgument "FIELD: …" for what is refused.
Result<SubmitCommand> MakeSubmitCommand(const web::JsonBody& body, const SubmitContext& context);

// SubmitForms.
std::string SubmitFormsJson(const SubmitContext& context);

// "/a/b" and "hdfs:///a" become "hdfs://namenode:9000/a/b"; kInvalidArgument for other places.
Result<std::string> WholeDfsPath(std::string_view field, std::string_view path, const SubmitContext& context);
// "a b" -> "'a b'"
std::string ShellQuoted(std::string_view word);

}  // namespace tusk::yarn
