// The names by which client, app master and workers of a training agree, and the training as JSON.
#pragma once

#include <string>

#include "base/core/result.h"
#include "base/env/network.h"
#include "mlkit/job/cluster_training.h"

namespace tusk::ml {

inline constexpr char kTrainingName[] = "training.json";       // in the staging folder, localized under the same name
inline constexpr char kCompanionName[] = "companion";         // localized: ClusterTraining::companion
inline constexpr char kMasterRole[] = "ml-master";
inline constexpr char kWorkerRole[] = "ml-worker";
inline constexpr char kContainerOption[] = "--tusk-ml-container=";
inline constexpr char kJobTokenKind[] = "tusk.ml.job";
inline constexpr char kJobTokenAlias[] = "TuskTraining";

std::string EncodeTraining(const ClusterTraining& training);
// Names the field that is wrong.
Result<ClusterTraining> DecodeTraining(std::string_view json);

// "host:rpc port:lifeline port", in the staging folder's file (mapreduce/client/master_address.h).
struct MasterAddress {
  std::string host;
  uint16_t rpc_port = 0;
  uint16_t lifeline_port = 0;
  std::string ToString() const;
  static Result<MasterAddress> Parse(const std::string& text);
};

// What a worker says first on its lifeline to the master: 20 bytes of proof, a length byte, its name. The connection carries
// nothing more; its end is the worker's end.
std::string LifelineHello(const std::string& secret, const std::string& worker);
inline constexpr size_t kLifelineHeadBytes = 21;

}  // namespace tusk::ml
