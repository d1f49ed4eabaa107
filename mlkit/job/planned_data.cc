// Plans in a training's description.
#include "mlkit/job/planned_data.h"

#include "mlkit/data/data_plan.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/job/file_sources.h"

namespace tusk::ml {
namespace {
constexpr const char* kPlanKey = "plan";
}  // namespace

void PutPlan(const DataPlan& plan, ClusterTraining& training) { 
  training.data[kPlanKey] = plan.Encode();
  training.inputs.clear();
  for (const PlannedFile& file : plan.files) {
    training.inputs.push_back(file.path);
    if (!file.labels_path.empty()) training.inputs.push_back(file.labels_path);
  }
}

Result<std::shared_ptr<const Dataset>> OpenPlannedData(const ClusterTraining& training, mapreduce::FileSystems& files) {
  const auto text = training.data.find(kPlanKey);
  if (text == training.data.end()) return Status(Code::kInvalidArgument, "the training has no plan of its data");
  ASSIGN_OR_RETURN(DataPlan plan, DataPlan::Decode(text->second));
  return MakeFileDataset(std::make_shared<OpenedFiles>(MakeFileSources(files)), std::move(plan));
}

}  // namespace tusk::ml
