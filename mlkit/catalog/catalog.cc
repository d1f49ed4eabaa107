// The table of algorithms and models.
#include "mlkit/catalog/catalog.h"

#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/ensemble/forest/forest.h"
#include "mlkit/ensemble/gbdt/gbdt.h"
#include "mlkit/ensemble/meta/ensemble_model.h"
#include "mlkit/ensemble/meta/meta.h"
#include "mlkit/ensemble/trees/tree_model.h"
#include "mlkit/genetic/optimization_result.h"
#include "mlkit/parameter_server/exchange_trainer.h"
#include "mlkit/quantized/quantized_model.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/network/mlp_trainer.h"
#include "mlkit/sgd/network/network_model.h"

namespace tusk::ml {
namespace {

// Ensembles of other learners find them here.
using MakeOfLearners = Result<std::unique_ptr<Algorithm>> (*)(Parameters&, const Schema&, const LearnerCatalog&);
template <MakeOfLearners kMake>
Result<std::unique_ptr<Algorithm>> WithCatalog(Parameters& parameters, const Schema& schema) {
  return kMake(parameters, schema, {&MakeAlgorithm, &LoadModel});
}
// The perceptron, on the GPU where asked: device=cuda, with precision and cublas as in CudaOptions. device=auto: where there is
// one, else on the CPU, whose bits are the same.
Result<std::unique_ptr<Algorithm>> MakeMlpOnDevice(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
  const std::string device = parameters.GetChoice("device", "cpu", {"cpu", "cuda", "auto"});
  const bool cuda = device == "cuda" || (device == "auto" && CudaDeviceName().ok());
  CudaOptions options;
  const std::string precision = parameters.GetChoice("precision", "float32", {"float32", "float16", "bfloat16"});
  if (precision != "float32") options.precision = precision == "float16" ? Precision::kFloat16 : Precision::kBfloat16;
  options.cublas = parameters.GetBool("cublas", options.precision != Precision::kFloat32);
  if (cuda) {
    settings.make_backend = [options](ThreadPool&) { return MakeCudaBackend(options); };
  } else if (options.precision != Precision::kFloat32) {
    return Status(Code::kInvalidArgument, "precision: the CPU computes in float32; " + precision + " needs device=cuda");
  }
  const bool local_steps = settings.how.local_steps > 0;
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeMlpByExchange(std::move(settings), parameters, schema));
  if (options.precision == Precision::kFloat16 && (local_steps || algorithm->WantsPost())) {
    return Status(Code::kInvalidArgument, "precision: float16 scales its gradients, which sync, codec and local_steps do not know; bfloat16 goes with them");
  }
  return algorithm;
}
Result<std::unique_ptr<Model>> LoadEnsemble(const Bundle& bundle) { return EnsembleModel::Load(bundle, &LoadModel); }

}  // namespace

const std::vector<AlgorithmEntry>& Algorithms() {
  static const std::vector<AlgorithmEntry> entries = {
      {"linear", "regression: squared or Huber loss", [](Parameters& p, const Schema& s) { return MakeLinearByExchange("linear", p, s); }, &LinearModel::Load, LabelKind::kRegression},
      {"logistic", "logistic regression; one against the rest for several classes", [](Parameters& p, const Schema& s) { return MakeLinearByExchange("logistic", p, s); }, &LinearModel::Load,
       LabelKind::kClassification},
      {"softmax", "multinomial logistic regression", [](Parameters& p, const Schema& s) { return MakeLinearByExchange("softmax", p, s); }, &LinearModel::Load, LabelKind::kClassification},
      {"mlp", "multi-layer perceptron for classification or regression", &MakeMlpOnDevice, &NetworkModel::Load, LabelKind::kAny, true},
      {"svm", "linear support vector machine: squared hinge or hinge", [](Parameters& p, const Schema& s) { return MakeLinearByExchange("svm", p, s); }, &LinearModel::Load, LabelKind::kClassification},
      {"gbdt", "gradient boosting of histogram trees", &MakeGbdtFromParameters, &TreeModel::Load},
      {"forest", "random forest", &MakeRandomForest, &TreeModel::Load},
      {"extratrees", "extremely randomized trees", &MakeExtraTrees, &TreeModel::Load},
      {"tree", "one decision tree", &MakeDecisionTree, &TreeModel::Load},
      {"bagging", "any learner, many times, on rows drawn anew", &WithCatalog<&MakeBagging>, &LoadEnsemble},
      {"adaboost", "learners on rows weighted by the errors so far", &WithCatalog<&MakeAdaBoost>, &LoadEnsemble,
       LabelKind::kClassification},
      {"voting", "several learners, hard or soft votes", &WithCatalog<&MakeVoting>, &LoadEnsemble},
      {"stacking", "a learner on other learners' out-of-fold answers", &WithCatalog<&MakeStacking>, &LoadEnsemble},
      {"average", "one linear model a shard; their parameters' mean", &WithCatalog<&MakeAverage>, nullptr},
  };
  return entries;
}

const AlgorithmEntry* FindAlgorithm(const std::string& name) {
  for (const AlgorithmEntry& entry : Algorithms()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

Result<std::unique_ptr<Algorithm>> MakeAlgorithm(const std::string& name, Parameters& parameters, const Schema& schema) {
  std::string known;
  if (const AlgorithmEntry* entry = FindAlgorithm(name); entry != nullptr) return entry->make(parameters, schema);
  for (const AlgorithmEntry& entry : Algorithms()) known += " " + entry.name;
  return Status(Code::kInvalidArgument, "no algorithm '" + name + "'; known are" + known);
}

Result<std::unique_ptr<Algorithm>> MakeCheckedAlgorithm(const std::string& name,
                                                        const std::map<std::string, std::string>& settings,
                                                        const Schema& schema) {
  Parameters parameters(settings);
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeAlgorithm(name, parameters, schema));
  RETURN_IF_ERROR(parameters.Check());
  return algorithm;
}

Result<std::unique_ptr<Model>> LoadModel(const Bundle& bundle) {
  RETURN_IF_ERROR(CheckModelTexts(bundle));
  ASSIGN_OR_RETURN(const std::string algorithm, bundle.Text("algorithm"));
  if (algorithm == "optimization") return OptimizationResult::Load(bundle);  // what `tusk ml optimize` saves
  if (IsQuantized(bundle)) return QuantizedModel::Load(bundle);
  for (const AlgorithmEntry& entry : Algorithms()) {
    if (entry.name == algorithm && entry.load != nullptr) return entry.load(bundle);
  }
  return Status(Code::kInvalidArgument, "the model is of algorithm '" + algorithm + "', which is not known here");
}

}  // namespace tusk::ml
