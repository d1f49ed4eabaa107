// The names by which client, app master and workers of a quantization agree, and the job as JSON.
#pragma once

#include <string>

#include "base/core/result.h"
#include "quant/job/cluster_quant.h"

namespace tusk::quant {

inline constexpr char kJobName[] = "quant.json";               // in the staging folder, localized under the same name
inline constexpr char kMasterRole[] = "quant-master";
inline constexpr char kWorkerRole[] = "quant-worker";
inline constexpr char kContainerOption[] = "--tusk-quant-container=";
inline constexpr char kJobTokenKind[] = "tusk.quant.job";
inline constexpr char kJobTokenAlias[] = "TuskQuantization";

std::string EncodeJob(const ClusterQuant& job);
// Names the field that is wrong.
Result<ClusterQuant> DecodeJob(std::string_view json);

}  // namespace tusk::quant
