// `tusk quant`: the table of its verbs, help, and what the verbs share.
#include <algorithm>
#include <thread>

#include "tools/tusk/quant/quant_commands.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/quant/cluster_run.h"

namespace tusk::tools {
namespace {

constexpr int kUsageError = 255;

constexpr const char* kTypeOptions =
    "  --type T             a mix of the list below\n"
    "  --imatrix FILE       importance of columns (llama-imatrix's GGUF or .dat)\n"
    "  --exclude PATTERN    tensors that stay as they are; may stand several times (patterns: regular expressions)\n"
    "  --tensor-type PATTERN=TYPE   the type of these tensors; may stand several times, the first that fits counts\n"
    "  --output-tensor-type TYPE, --token-embedding-type TYPE, --leave-output-tensor, --pure, --allow-requantize\n"
    "                       as llama-quantize's\n"
    "  --budget BYTES       choose each tensor's type by measured error, the file at most so large (800M, 1.5G, 4GiB)\n"
    "  --pre-tokenizer NAME of a model whose tokenizer.json is not known (llama.cpp's names)\n";

struct QuantVerb {
  const char* name;  // "" is quantizing itself
  int (*run)(CliContext& context, QuantOptions options);
  const char* usage;
  const char* summary;
  const char* options;
  bool lists_types;
};

constexpr QuantVerb kVerbs[] = {
    {"", RunQuantize, "IN OUT --type T [options]", "quantize a model",
     "  IN                   a GGUF file, a safetensors file, or a Hugging Face folder (safetensors and config.json)\n"
     "  OUT                  the GGUF file that is written; until it is whole it is called OUT.partial\n"
     "  --threads N          (default: one per core) the bytes don't depend on it\n"
     "  --device D           where rows are encoded, the bytes being the same: cpu (default), cuda, auto (cuda where there is a GPU; with\n"
     "                       --cluster --gpus N the default, each worker for itself)\n"
     "  --restart            anew, where an interrupted run could be gone on with\n"
     "  --allow-bad-weights  NaN as 0, infinite as the largest float; otherwise they are refused\n"
     "  --json               progress and result as JSON lines on standard output; --quiet: none\n"
     "  --cluster --workers N [--gpus N --vcores N --memory MB --queue Q --name NAME]   as a YARN job, of paths on the DFS; what an\n"
     "                       interrupted job has made stays beside OUT, and the same command goes on with it\n"
     "  --type int8|fp8_e4m3|fp8_e5m2   safetensors with scales, from safetensors:\n"
     "    --granularity tensor|channel|group:N|block:N   what shares a scale (default: channel, a row)\n"
     "    --range minmax|percentile:P|mse|kl   what the codes cover (default: minmax); --affine: int8 with zero points\n",
     true},
    {"inspect", RunQuantInspect, "MODEL [--json]", "tensors, types, shapes, bytes, metadata", "", false},
    {"plan", RunQuantPlan, "IN --type T [--json]", "what would be written: types, bytes, memory, time", "", true},
    {"compare", RunQuantCompare, "A B [--json]", "error of B's tensors against A's: NMSE, cosine, largest",
     "  A                    the model of reference; B a GGUF or safetensors model with the same tensors\n", false},
    {"verify", RunQuantVerify, "MODEL [--json]", "is the file whole, are all its weights numbers", "", false},
    {"bench", RunQuantBench, "[--types A,B,…] [--weights N] [--json]", "weights a second of each codec, beside a plain copy", "", false},
};

void PrintTypes(std::FILE* out) {
  std::fprintf(out, "Types:\n");
  for (const quant::MixEntry& entry : quant::Mixes()) {
    std::fprintf(out, "  %-10s %.*s\n", std::string(entry.name).c_str(), static_cast<int>(entry.summary.size()), entry.summary.data());
  }
}

void PrintVerbHelp(std::FILE* out, const QuantVerb& verb) {
  std::fprintf(out, "Usage: tusk quant %s%s%s\n%s\n%s", verb.name, verb.name[0] == '\0' ? "" : " ", verb.usage, verb.summary, verb.options);
  if (!verb.lists_types) return;
  std::fputs(kTypeOptions, out);
  PrintTypes(out);
}

void PrintHelp(std::FILE* out) {
  std::fprintf(out, "Usage: tusk quant …\n");
  for (const QuantVerb& verb : kVerbs) std::fprintf(out, "  %-8s %-44s %s\n", verb.name, verb.usage, verb.summary);
  std::fprintf(out, "`tusk quant VERB --help` says more.\n");
  PrintTypes(out);
}

const QuantVerb* FindVerb(const std::string& name) {
  for (const QuantVerb& verb : kVerbs) {
    if (name == verb.name) return &verb;
  }
  return nullptr;
}

}  // namespace

int QuantFail(CliContext& context, const Status& status) {
  std::fprintf(context.err, "tusk quant: %.*s\n", static_cast<int>(status.message().size()), status.message().data());
  return status.code() == Code::kInterrupted ? kInterruptedExit : 1;
}

int QuantUsage(CliContext& context, const std::string& message) {
  std::fprintf(context.err, "tusk quant: %s\n`tusk quant help` lists verbs and types; `tusk quant VERB --help` says more.\n", message.c_str());
  return kUsageError;
}

size_t ThreadsOf(const QuantOptions& options) {
  return options.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : options.threads;
}

int RunQuant(CliContext& context, std::vector<std::string> args) {
  if (args.empty()) {
    PrintHelp(context.err);
    return kUsageError;
  }
  if (IsQuantContainer(args)) return RunQuantContainer(args);
  const bool help = args[0] == "help" || args[0] == "-help" || args[0] == "--help" || args[0] == "-h";
  if (help) {
    const QuantVerb* verb = args.size() > 1 ? FindVerb(args[1]) : nullptr;
    if (verb != nullptr) {
      PrintVerbHelp(context.out, *verb);
    } else {
      PrintHelp(context.out);
    }
    return 0;
  }
  const QuantVerb* verb = FindVerb(args[0]);
  if (verb != nullptr) {
    args.erase(args.begin());
  } else {
    verb = FindVerb("");
  }
  Result<QuantOptions> options = ParseQuantOptions(args);
  if (!options.ok()) return QuantUsage(context, std::string(options.status().message()));
  if (options->help) {
    PrintVerbHelp(context.out, *verb);
    return 0;
  }
  return verb->run(context, std::move(options).value());
}

}  // namespace tusk::tools
