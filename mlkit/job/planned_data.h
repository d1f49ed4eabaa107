// Data of files in a job: the client scans them once into a plan, which travels in ClusterTraining::data; every container
// opens the same shards from it.
#pragma once

#include "mlkit/job/cluster_training.h"

namespace tusk::ml {

struct DataPlan;

void PutPlan(const DataPlan& plan, ClusterTraining& training);
// A TrainingProgram::open_data.
Result<std::shared_ptr<const Dataset>> OpenPlannedData(const ClusterTraining& training, mapreduce::FileSystems& files);

}  // namespace tusk::ml
