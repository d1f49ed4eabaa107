// Checkpoints: texts beside the state, and the comparison before going on.
#include "mlkit/api/checkpoint.h"

#include <charconv>

#include "mlkit/api/model.h"

namespace tusk::ml {
namespace {

constexpr const char* kFormat = "tusk.checkpoint";

Result<uint64_t> ReadNumber(const Bundle& bundle, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string text, bundle.Text(name));
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Status(Code::kCorruption, "the checkpoint's " + name + " is no number: '" + text.substr(0, 32) + "'");
  }
  return value;
}

Status Other(const std::string& what, const std::string& here, const std::string& there) {
  return Status(Code::kInvalidArgument, "the checkpoint is of another training: its " + what + " is " + there + ", not " + here);
}

}  // namespace

Bundle Checkpoint::Save() const {
  Bundle bundle;
  bundle.SetText("format", kFormat);
  bundle.SetText("version", std::to_string(kCheckpointVersion));
  bundle.SetText("algorithm", algorithm);
  bundle.SetText("seed", std::to_string(seed));
  bundle.SetText("steps", std::to_string(steps));
  bundle.SetText("shards", std::to_string(shards));
  bundle.SetText("schema", EncodeSchema(schema));
  for (const auto& [name, value] : parameters) bundle.SetText("parameter/" + name, value);
  bundle.Merge("state", state);
  return bundle;
}

Result<Checkpoint> Checkpoint::Load(const Bundle& bundle) {
  const Result<std::string> format = bundle.Text("format");
  if (!format.ok() || *format != kFormat) return Status(Code::kInvalidArgument, "not a checkpoint of tusk");
  ASSIGN_OR_RETURN(const uint64_t version, ReadNumber(bundle, "version"));
  if (version > kCheckpointVersion) {
    return Status(Code::kUnsupported, "the checkpoint is of version " + std::to_string(version) + ", this tusk reads up to " +
                                          std::to_string(kCheckpointVersion));
  }
  Checkpoint checkpoint;
  ASSIGN_OR_RETURN(checkpoint.algorithm, bundle.Text("algorithm"));
  ASSIGN_OR_RETURN(checkpoint.seed, ReadNumber(bundle, "seed"));
  ASSIGN_OR_RETURN(checkpoint.steps, ReadNumber(bundle, "steps"));
  ASSIGN_OR_RETURN(checkpoint.shards, ReadNumber(bundle, "shards"));
  ASSIGN_OR_RETURN(const std::string schema, bundle.Text("schema"));
  ASSIGN_OR_RETURN(checkpoint.schema, DecodeSchema(schema));
  checkpoint.parameters = bundle.Part("parameter").texts();
  checkpoint.state = bundle.Part("state");
  return checkpoint;
}

Status Checkpoint::Fits(const std::string& its_algorithm, const std::map<std::string, std::string>& its_parameters,
                        uint64_t its_seed, const Schema& its_schema, uint64_t its_shards) const {
  if (its_algorithm != algorithm) return Other("algorithm", its_algorithm, algorithm);
  if (its_seed != seed) return Other("seed", std::to_string(its_seed), std::to_string(seed));
  if (its_shards != shards) return Other("number of shards", std::to_string(its_shards), std::to_string(shards));
  for (const auto* settings : {&its_parameters, &parameters}) {
    for (const auto& [name, unused] : *settings) {
      const auto here = its_parameters.find(name), there = parameters.find(name);
      const std::string a = here == its_parameters.end() ? "(default)" : here->second;
      const std::string b = there == parameters.end() ? "(default)" : there->second;
      if (a != b) return Other(name, a, b);
    }
  }
  if (EncodeSchema(its_schema) != EncodeSchema(schema)) {
    return Status(Code::kInvalidArgument, "the checkpoint is of other data: " + std::to_string(schema.rows) + " rows of " +
                                              std::to_string(schema.columns) + " columns and " +
                                              std::to_string(schema.classes) + " classes, not " +
                                              std::to_string(its_schema.rows) + ", " + std::to_string(its_schema.columns) +
                                              " and " + std::to_string(its_schema.classes));
  }
  return Status::Ok();
}

}  // namespace tusk::ml
