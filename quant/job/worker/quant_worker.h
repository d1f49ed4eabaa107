// RunQuantWorker: makes pieces until the master says that none is left.
#pragma once

#include <string>

#include "base/security/token.h"
#include "mapreduce/client/process.h"
#include "quant/job/cluster_quant.h"

namespace tusk::quant {

struct QuantWorkerSetup {
  mapreduce::Process* process = nullptr;
  mapreduce::FileSystems* files = nullptr;
  ClusterQuant job;
  const QuantProgram* program = nullptr;
  std::string staging;
  Token token;                 // of the job
  std::string container;
};

Status RunQuantWorker(QuantWorkerSetup setup);

}  // namespace tusk::quant
