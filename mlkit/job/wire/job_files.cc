// A training as JSON, addresses as text.
#include "mlkit/job/wire/job_files.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/security/hmac.h"

namespace tusk::ml {

std::string EncodeTraining(const ClusterTraining& training) {
  nlohmann::json json;
  json["name"] = training.name;
  json["algorithm"] = training.algorithm;
  json["parameters"] = training.parameters;
  json["data"] = training.data;
  json["companion"] = training.companion;
  json["companion_there"] = training.companion_there;
  json["output"] = training.output;
  json["seed"] = training.seed;
  json["workers"] = training.workers;
  json["workers_min"] = training.workers_min;
  json["gpus"] = training.gpus;
  json["memory_mb"] = training.memory_mb;
  json["vcores"] = training.vcores;
  json["threads"] = training.threads;
  json["queue"] = training.queue;
  json["gather_seconds"] = training.gather_seconds;
  json["hold_seconds"] = training.hold_seconds;
  json["worker_hosts"] = training.worker_hosts;
  json["checkpoint_folder"] = training.checkpoint_folder;
  json["checkpoint_every"] = training.checkpoint_every;
  json["resume"] = training.resume;
  return json.dump();
}

Result<ClusterTraining> DecodeTraining(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Status(Code::kInvalidArgument, std::string(kTrainingName) + ": not a JSON object");
  ClusterTraining training;
  const char* field = "";
  const auto read = [&](const char* name, auto& value) {
    field = name;
    json.at(name).get_to(value);
  };
  try {
    read("name", training.name);
    read("algorithm", training.algorithm);
    read("parameters", training.parameters);
    read("data", training.data);
    read("companion", training.companion);
    read("companion_there", training.companion_there);
    read("output", training.output);
    read("seed", training.seed);
    read("workers", training.workers);
    read("workers_min", training.workers_min);
    read("gpus", training.gpus);
    read("memory_mb", training.memory_mb);
    read("vcores", training.vcores);
    read("threads", training.threads);
    read("queue", training.queue);
    read("gather_seconds", training.gather_seconds);
    read("hold_seconds", training.hold_seconds);
    read("worker_hosts", training.worker_hosts);
    read("checkpoint_folder", training.checkpoint_folder);
    read("checkpoint_every", training.checkpoint_every);
    read("resume", training.resume);
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kInvalidArgument, std::string(kTrainingName) + ", " + field + ": " + error.what());
  }
  return training;
}

std::string LifelineHello(const std::string& secret, const std::string& worker) {
  return HmacSha1(secret, "lifeline of " + worker) + static_cast<char>(worker.size()) + worker;
}

std::string MasterAddress::ToString() const { return host + ":" + std::to_string(rpc_port) + ":" + std::to_string(lifeline_port); }

Result<MasterAddress> MasterAddress::Parse(const std::string& text) {
  const Status wrong(Code::kInvalidArgument, "not a master's address: " + text.substr(0, 200));
  const size_t last = text.rfind(':');
  if (last == std::string::npos) return wrong;
  ASSIGN_OR_RETURN(const HostPort rpc, HostPort::Parse(text.substr(0, last)));
  MasterAddress address{rpc.host, rpc.port, 0};
  const auto [end, error] = std::from_chars(text.data() + last + 1, text.data() + text.size(), address.lifeline_port);
  if (error != std::errc() || end != text.data() + text.size()) return wrong;
  return address;
}

}  // namespace tusk::ml
