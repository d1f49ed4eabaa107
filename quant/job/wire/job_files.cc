// A job as JSON.
#include "quant/job/wire/job_files.h"

#include <nlohmann/json.hpp>

namespace tusk::quant {

std::string EncodeJob(const ClusterQuant& job) {
  const nlohmann::json json = {{"name", job.name},     {"recipe", job.recipe},       {"output", job.output}, {"workers", job.workers},
                               {"input", job.input},   {"type", job.type},           {"device", job.device},
                               {"gpus", job.gpus},     {"memory_mb", job.memory_mb}, {"vcores", job.vcores}, {"threads", job.threads},
                               {"queue", job.queue}};
  return json.dump();
}

Result<ClusterQuant> DecodeJob(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Status(Code::kInvalidArgument, std::string(kJobName) + ": not a JSON object");
  ClusterQuant job;
  const char* field = "";
  const auto read = [&](const char* name, auto& value) {
    field = name;
    json.at(name).get_to(value);
  };
  try {
    read("name", job.name);
    read("recipe", job.recipe);
    read("output", job.output);
    read("input", job.input);
    read("type", job.type);
    read("device", job.device);
    read("workers", job.workers);
    read("gpus", job.gpus);
    read("memory_mb", job.memory_mb);
    read("vcores", job.vcores);
    read("threads", job.threads);
    read("queue", job.queue);
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kInvalidArgument, std::string(kJobName) + ", " + field + ": " + error.what());
  }
  return job;
}

}  // namespace tusk::quant
