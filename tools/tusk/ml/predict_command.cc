// `tusk ml predict`, `eval` and `inspect`: what is done with a model.
#include <charconv>
#include <nlohmann/json.hpp>

#include "mlkit/api/metrics.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "tools/tusk/ml/ml_commands.h"

namespace tusk::tools {
namespace {

// A model and the data that goes through it.
struct ModelAndData {
  std::unique_ptr<ml::Model> model;
  ml::OpenedData data;
};

Result<ModelAndData> Open(CliContext& context, MlFiles& files, const MlOptions& options, ml::ThreadPool& pool) {
  ModelAndData opened;
  ASSIGN_OR_RETURN(opened.model, files.ReadModel(options.model));
  ASSIGN_OR_RETURN(opened.data, ml::OpenData(files.Sources(), options.data, pool, &opened.model->schema()));
  for (const std::string& note : opened.data.notes) std::fprintf(context.err, "%s\n", note.c_str());
  return opened;
}

int CheckWords(CliContext& context, const MlOptions& options, const char* verb) {
  if (!options.words.empty()) return MlUsage(context, std::string(verb) + ": what is '" + options.words[0] + "'?");
  if (!options.parameters.empty()) return MlUsage(context, std::string(verb) + ": no setting '" + options.parameters.begin()->first + "' here");
  if (options.model.empty()) return MlUsage(context, std::string(verb) + ": the model is missing (-m)");
  if (options.data.paths.empty()) return MlUsage(context, std::string(verb) + ": the data is missing (-i)");
  return 0;
}

void AppendNumber(float value, std::string& out) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  if (error == std::errc()) out.append(text, end);
}

void AppendLabel(const ml::Schema& schema, float prediction, std::string& out) {
  const auto number = static_cast<size_t>(prediction);
  if (schema.classes == 0) {
    AppendNumber(prediction, out);
  } else if (number < schema.class_labels.size()) {
    out += schema.class_labels[number];
  } else {
    out += std::to_string(number);
  }
}

// The lines of one shard.
Result<std::string> PredictShard(const ml::Model& model, const ml::Dataset& data, size_t shard, bool probabilities) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const ml::Block> block, data.LoadShared(shard));
  const ml::Schema& schema = model.schema();
  std::vector<float> predictions(block->rows), chances(probabilities ? block->rows * schema.classes : 0);
  RETURN_IF_ERROR(ml::Predict(model, *block, predictions));
  if (probabilities) RETURN_IF_ERROR(model.Probabilities(*block, chances));
  std::string lines;
  for (size_t row = 0; row < block->rows; ++row) {
    AppendLabel(schema, predictions[row], lines);
    for (size_t c = 0; probabilities && c < schema.classes; ++c) {
      lines += ',';
      AppendNumber(chances[row * schema.classes + c], lines);
    }
    lines += '\n';
  }
  return lines;
}

// Where predictions go: a file that appears when all of it is there, or standard output.
class PredictionOutput {
 public:
  PredictionOutput(CliContext& context, std::string path) : context_(context), path_(std::move(path)) {}

  Status Open(MlFiles& files) {
    if (path_.empty()) return Status::Ok();
    ASSIGN_OR_RETURN(location_, files.Resolve(path_));
    temporary_ = JoinPath(ParentPath(location_.path), "_" + BaseName(location_.path) + ".tmp");
    ASSIGN_OR_RETURN(file_, location_.fs->Create(temporary_, {}));
    return Status::Ok();
  }
  Status Write(const std::string& text) {
    if (file_ != nullptr) return file_->Write(AsBytes(text));
    if (std::fwrite(text.data(), 1, text.size(), context_.out) != text.size()) {
      return Status(Code::kIOError, "standard output cannot be written");
    }
    return Status::Ok();
  }
  Status Close() {
    if (file_ == nullptr) return Status::Ok();
    RETURN_IF_ERROR(file_->Close());
    RETURN_IF_ERROR(location_.fs->Remove(location_.path));
    return location_.fs->Rename(temporary_, location_.path);
  }

 private:
  CliContext& context_;
  std::string path_, temporary_;
  mapreduce::Location location_;
  std::unique_ptr<mapreduce::OutputFile> file_;
};

std::string HeaderOf(const ml::Schema& schema) {
  std::string header = "prediction";
  for (size_t c = 0; c < schema.classes; ++c) {
    header += "," + (c < schema.class_labels.size() ? schema.class_labels[c] : std::to_string(c));
  }
  return header + "\n";
}

Status PredictAll(CliContext& context, const MlOptions& options) {
  MlFiles files(context);
  ml::ThreadPool pool(ThreadsOf(options));
  ASSIGN_OR_RETURN(const ModelAndData opened, Open(context, files, options, pool));
  const ml::Schema& schema = opened.model->schema();
  if (options.probabilities && schema.classes == 0) {
    return Status(Code::kInvalidArgument, options.model + ": a regression has no probabilities");
  }
  PredictionOutput output(context, options.output);
  RETURN_IF_ERROR(output.Open(files));
  if (options.probabilities) RETURN_IF_ERROR(output.Write(HeaderOf(schema)));
  const ml::Dataset& data = *opened.data.dataset;
  const size_t group = pool.threads() * 2;
  for (size_t begin = 0; begin < data.shards(); begin += group) {
    const size_t count = std::min(group, data.shards() - begin);
    std::vector<Result<std::string>> lines(count, Result<std::string>(std::string()));
    pool.ParallelFor(count, [&](size_t i) { lines[i] = PredictShard(*opened.model, data, begin + i, options.probabilities); });
    for (Result<std::string>& text : lines) {
      RETURN_IF_ERROR(text);
      RETURN_IF_ERROR(output.Write(*text));
    }
  }
  return output.Close();
}

Status EvaluateAll(CliContext& context, const MlOptions& options) {
  MlFiles files(context);
  ml::ThreadPool pool(ThreadsOf(options));
  ASSIGN_OR_RETURN(const ModelAndData opened, Open(context, files, options, pool));
  ASSIGN_OR_RETURN(const ml::Metrics metrics, ml::Evaluate(*opened.model, *opened.data.dataset, pool));
  PrintMetrics(context, metrics, opened.model->schema(), options.json, "eval");
  return Status::Ok();
}

void PrintTensors(std::FILE* out, const ml::Bundle& bundle) {
  std::fprintf(out, "tensors:\n");
  for (const auto& [name, tensor] : bundle.tensors()) {
    std::string shape;
    for (const uint64_t size : tensor.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(size);
    std::fprintf(out, "  %-32s %-16s %zu bytes\n", name.c_str(), shape.c_str(), tensor.data.size());
  }
}

Status Inspect(CliContext& context, const MlOptions& options) {
  MlFiles files(context);
  if (options.words[0].ends_with(".json")) {
    ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> foreign, files.ReadModel(options.words[0]));
    std::fprintf(context.out, "%s", foreign->Describe().c_str());
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const ml::Bundle bundle, files.ReadBundle(options.words[0]));
  for (const auto& [name, text] : bundle.texts()) {
    const std::string shown = text.size() > 200 ? text.substr(0, 200) + "… (" + std::to_string(text.size()) + " bytes)" : text;
    std::fprintf(context.out, "%-12s %s\n", name.c_str(), shown.c_str());
  }
  if (bundle.HasText("format") && *bundle.Text("format") == "tusk.model") {
    const Result<std::unique_ptr<ml::Model>> model = ml::LoadModel(bundle);
    if (!model.ok()) return model.status().WithContext(options.words[0]);
    const std::string description = (*model)->Describe();
    std::fprintf(context.out, "%s%s", description.c_str(), description.ends_with('\n') ? "" : "\n");
  }
  PrintTensors(context.out, bundle);
  return Status::Ok();
}

}  // namespace

int RunMlPredict(CliContext& context, MlOptions options) {
  if (const int code = CheckWords(context, options, "predict"); code != 0) return code;
  const Status status = PredictAll(context, options);
  return status.ok() ? 0 : MlFail(context, status);
}

int RunMlEval(CliContext& context, MlOptions options) {
  if (const int code = CheckWords(context, options, "eval"); code != 0) return code;
  const Status status = EvaluateAll(context, options);
  return status.ok() ? 0 : MlFail(context, status);
}

int RunMlInspect(CliContext& context, MlOptions options) {
  if (!options.model.empty()) options.words.push_back(options.model);
  if (options.words.size() != 1) return MlUsage(context, "inspect: one model is wanted");
  const Status status = Inspect(context, options);
  return status.ok() ? 0 : MlFail(context, status);
}

}  // namespace tusk::tools
