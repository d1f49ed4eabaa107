// `tusk ml`: the table of its verbs, help, and what the verbs share.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "mlkit/catalog/catalog.h"
#include "mlkit/genetic/functions.h"
#include "tools/tusk/ml/cluster_run.h"
#include "tools/tusk/ml/ml_commands.h"

namespace tusk::tools {
namespace {

constexpr int kUsageError = 255;

struct MlVerb {
  const char* name;
  int (*run)(CliContext& context, MlOptions options);
  const char* usage;
  const char* summary;
  const char* options;
  bool reads_data;
};

constexpr MlVerb kVerbs[] = {
    {"train", RunMlTrain, "-a ALGORITHM -i PATH -o MODEL [-t TEST] [options] [--setting=value …]", "train a model",
     "  -a ALGORITHM         one of the list below\n"
     "  -i PATH, -o MODEL    the data, and where the model goes (local or hdfs://)\n"
     "  -t TEST              evaluate on this data in the end\n"
     "  --quantize int8      save int8 weights (linear, logistic, softmax, svm, mlp) and tell what that costs\n"
     "  --seed N             (default 1) same seed, same bits; whatever the number of threads or workers (with --sync=bsp)\n"
     "  --threads N          (default: one per core)\n"
     "  --checkpoint-dir DIR --checkpoint-every STEPS   (Ctrl-C writes one too; default folder: MODEL.checkpoints)\n"
     "  --resume             go on from the newest checkpoint\n"
     "  --json               progress and results as JSON lines on standard output; --quiet: none\n"
     "  -D NAME=VALUE, --NAME=VALUE, NAME=VALUE, config=FILE    settings of the algorithm (LightGBM's and XGBoost's\n"
     "                       names are known); -D of a name with dots is a Hadoop setting\n"
     "  -a voting models=MODEL,MODEL,… [mode=soft|hard weights=1,2]   a vote of models in files (no -i)\n"
     "  -a stacking models=MODEL,MODEL,… -i PATH [final=ALGORITHM]   the final one learns from their answers on this data\n"
     "  --workers N          ranks as threads of this process; with\n"
     "  --cluster            as containers of a YARN job [--workers-min N --gpus N --vcores N --memory MB --master-memory MB --queue Q\n"
     "                       --name NAME --wait SECONDS]; --wait: for all workers to be granted (default 300)\n"
     "  --sync=bsp|ssp:STEPS|asp --codec=none|fp16|int8|topk:SHARE     (linear models) how far workers run apart, and in how many\n"
     "                       bytes gradients travel; --accumulate=N micro-steps an update, --local_steps=N of each lane alone\n",
     true},
    {"predict", RunMlPredict, "-m MODEL -i PATH [-o OUT] [--probabilities]", "class or value of each row",
     "  -o OUT               (default: standard output) one line a row\n"
     "  --probabilities      CSV with a header: prediction, then each class's probability\n",
     true},
    {"eval", RunMlEval, "-m MODEL -i PATH [--json]", "accuracy, log-loss, AUC; or RMSE, MAE, R2", "", true},
    {"inspect", RunMlInspect, "MODEL", "what a model or a checkpoint holds", "", false},
    {"optimize", RunMlOptimize, "-a OPTIMIZER -f FUNCTION|./PROGRAM|./LIB.so [-o RESULT] [--setting=value …]",
     "minimize a function by a population",
     "  -a OPTIMIZER         ga, de, cma-es, pso, nsga2; island-NAME: islands of it\n"
     "  -f FUNCTION          a test function of the list below; or a program that reads a point a line and prints a line with\n"
     "                       its value(s); or a library with tusk_fitness (mlkit/job/fitness/tusk_fitness.h)\n"
     "  -o RESULT            a file for `tusk ml inspect`\n"
     "  --dimensions=N --low=X --high=X --objectives=N --encoding=real|binary|permutation   (programs and libraries)\n"
     "  --generations=N --evaluations=N --target=VALUE   when to end\n"
     "  --population=N, --islands=N --topology=ring|full|random --migration_interval=N --migrants=N, and the optimizer's own\n"
     "  --migration=async    islands do not wait for migrants (default sync: same seed, same bits); the same bits only with one\n"
     "                       worker of one thread\n"
     "  --seed N --threads N --checkpoint-dir DIR --checkpoint-every STEPS --resume --json --quiet --cluster --workers N …   as with train\n",
     false},
    {"gen", RunMlGen, "NAME --rows N -o PATH [--shards S --seed N --format csv|libsvm|npy]", "make data",
     "  NAME                 higgs, criteo, rcv1, blobs, trees, regression (`tusk ml gen` says more)\n"
     "  --shards S           a folder of S files (default: one file; .npy: a folder with X.npy and y.npy)\n"
     "  --seed N             (default 1) rows depend on name, seed and settings only\n"
     "  --columns N --classes N --noise X   of blobs, trees and regression\n",
     false},
};

void PrintAlgorithms(std::FILE* out) {
  std::fprintf(out, "Algorithms:\n");
  for (const ml::AlgorithmEntry& entry : ml::Algorithms()) {
    std::fprintf(out, "  %-20s %s\n", entry.name.c_str(), entry.summary.c_str());
  }
}

void PrintFunctions(std::FILE* out) {
  std::fprintf(out, "Functions:\n");
  for (const ml::FunctionEntry& entry : ml::Functions()) {
    std::fprintf(out, "  %-20s %s (%zu dimensions where none are asked for)\n", entry.name.c_str(), entry.summary.c_str(),
                 entry.dimensions);
  }
}

void PrintVerbHelp(std::FILE* out, const MlVerb& verb) {
  std::fprintf(out, "Usage: tusk ml %s %s\n%s\n%s", verb.name, verb.usage, verb.summary, verb.options);
  if (verb.reads_data) std::fputs(kDataOptionsHelp, out);
  if (verb.run == RunMlTrain) PrintAlgorithms(out);
  if (verb.run == RunMlOptimize) PrintFunctions(out);
}

void PrintHelp(std::FILE* out) {
  std::fprintf(out, "Usage: tusk ml VERB …\n");
  for (const MlVerb& verb : kVerbs) std::fprintf(out, "  %-10s %-50s %s\n", verb.name, verb.usage, verb.summary);
  std::fprintf(out, "`tusk ml VERB --help` says more.\n");
  PrintAlgorithms(out);
}

nlohmann::json MetricsJson(const ml::Metrics& metrics, const ml::Schema& schema, const char* event) {
  nlohmann::json json = {{"event", event}, {"rows", metrics.rows}};
  for (const auto& [name, value] : metrics.Named()) {
    if (std::isfinite(value)) json[name] = value;
  }
  if (!metrics.confusion.empty()) {
    nlohmann::json rows = nlohmann::json::array();
    for (size_t actual = 0; actual < schema.classes; ++actual) {
      const auto begin = metrics.confusion.begin() + static_cast<ptrdiff_t>(actual * schema.classes);
      rows.push_back(std::vector<uint64_t>(begin, begin + static_cast<ptrdiff_t>(schema.classes)));
    }
    json["confusion"] = std::move(rows);
    json["class_labels"] = schema.class_labels;
  }
  return json;
}

constexpr size_t kShownClassesMax = 20;

void PrintConfusion(std::FILE* out, const ml::Metrics& metrics, const ml::Schema& schema) {
  const auto label = [&schema](size_t c) {
    return (c < schema.class_labels.size() ? schema.class_labels[c] : std::to_string(c)).substr(0, 10);
  };
  std::fprintf(out, "%-12s", "true \\ said");
  for (size_t c = 0; c < schema.classes; ++c) std::fprintf(out, " %7s", label(c).c_str());
  std::fprintf(out, "   recall\n");
  for (size_t actual = 0; actual < schema.classes; ++actual) {
    std::fprintf(out, "%-12s", label(actual).c_str());
    uint64_t sum = 0;
    for (size_t c = 0; c < schema.classes; ++c) {
      const uint64_t count = metrics.confusion[actual * schema.classes + c];
      sum += count;
      std::fprintf(out, " %7llu", static_cast<unsigned long long>(count));
    }
    const double right = static_cast<double>(metrics.confusion[actual * schema.classes + actual]);
    std::fprintf(out, "   %.4f\n", sum == 0 ? 0.0 : right / static_cast<double>(sum));
  }
}

}  // namespace

int MlFail(CliContext& context, const Status& status) {
  std::fprintf(context.err, "tusk ml: %.*s\n", static_cast<int>(status.message().size()), status.message().data());
  return 1;
}

int MlUsage(CliContext& context, const std::string& message) {
  std::fprintf(context.err, "tusk ml: %s\n`tusk ml help` lists verbs and algorithms; `tusk ml VERB --help` says more.\n", message.c_str());
  return kUsageError;
}

void PrintMetrics(CliContext& context, const ml::Metrics& metrics, const ml::Schema& schema, bool json, const char* event) {
  if (json) {
    std::fprintf(context.out, "%s\n",
                 MetricsJson(metrics, schema, event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return;
  }
  std::fprintf(context.out, "%-10s %llu\n", "rows", static_cast<unsigned long long>(metrics.rows));
  for (const auto& [name, value] : metrics.Named()) std::fprintf(context.out, "%-10s %.6f\n", name.c_str(), value);
  if (!metrics.confusion.empty() && schema.classes <= kShownClassesMax) PrintConfusion(context.out, metrics, schema);
}

size_t ThreadsOf(const MlOptions& options) {
  return options.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : options.threads;
}

int RunMl(CliContext& context, std::vector<std::string> args) {
  if (args.empty()) {
    PrintHelp(context.err);
    return kUsageError;
  }
  if (IsMlContainer(args)) return RunMlContainer(args);
  const std::string name = args[0];
  args.erase(args.begin());
  const bool help = name == "help" || name == "-help" || name == "--help" || name == "-h";
  for (const MlVerb& verb : kVerbs) {
    if (help && !args.empty() && args[0] == verb.name) {
      PrintVerbHelp(context.out, verb);
      return 0;
    }
    if (name != verb.name) continue;
    Result<MlOptions> options = ParseMlOptions(context, args);
    if (!options.ok()) return MlUsage(context, std::string(options.status().message()));
    if (options->help) {
      PrintVerbHelp(context.out, verb);
      return 0;
    }
    return verb.run(context, std::move(options).value());
  }
  if (!help) return MlUsage(context, "unknown verb '" + name + "'");
  PrintHelp(context.out);
  return 0;
}

}  // namespace tusk::tools
