// The C ABI over the catalog, training in one process, and evolution.
#include "mlkit/capi/tusk_ml.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "mlkit/api/local_training.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/ensemble/xgboost_json.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/genetic/evolution.h"
#include "mlkit/sgd/online/online_model.h"

struct tusk_ml_model {
  std::unique_ptr<tusk::ml::Model> model;
};

struct tusk_ml_online {
  std::unique_ptr<tusk::ml::OnlineModel> model;
};

namespace tusk::ml {
namespace {

// Rows of a shard: blocks of a fixed size, so that results do not depend on the threads.
constexpr size_t kShardRows = 1 << 15;

char* Copy(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) std::abort();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}
char* Message(const Status& status) { return status.ok() ? nullptr : Copy(status.message()); }

Result<Parameters> ParseSettings(const char* settings) {
  Parameters parameters;
  std::string_view rest = settings == nullptr ? "" : settings;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) continue;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Status(Code::kInvalidArgument, "setting '" + std::string(line) + "': name=value is wanted");
    }
    parameters.Set(std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)));
  }
  return parameters;
}

// Rows [begin, end) as a block.
Result<Block> MakeBlock(const tusk_ml_rows& rows, size_t begin, size_t end) {
  Block block;
  block.rows = end - begin;
  block.columns = rows.columns;
  block.first_row = begin;
  if (rows.indptr == nullptr) {
    block.dense.assign(rows.values + begin * rows.columns, rows.values + end * rows.columns);
    return block;
  }
  block.sparse = true;
  const uint64_t first = rows.indptr[begin];
  for (size_t row = begin; row <= end; ++row) {
    if (rows.indptr[row] < first || (row > begin && rows.indptr[row] < rows.indptr[row - 1])) {
      return Status(Code::kInvalidArgument, "indptr decreases at row " + std::to_string(row));
    }
    block.row_starts.push_back(rows.indptr[row] - first);
  }
  block.indices.assign(rows.indices + first, rows.indices + rows.indptr[end]);
  block.values.assign(rows.values + first, rows.values + rows.indptr[end]);
  return block;
}

Schema SchemaOf(const tusk_ml_training& training, const tusk_ml_rows& rows) {
  Schema schema;
  schema.columns = rows.columns;
  schema.classes = training.classes;
  for (size_t c = 0; c < training.classes; ++c) schema.class_labels.push_back(std::to_string(c));
  return schema;
}

Status PartialFit(const tusk_ml_training& training, const tusk_ml_rows& rows, const float* labels, const float* weights,
                  tusk_ml_online*& online) {
  ASSIGN_OR_RETURN(Block block, MakeBlock(rows, 0, rows.rows));
  block.labels.assign(labels, labels + rows.rows);
  if (weights != nullptr) block.weights.assign(weights, weights + rows.rows);
  if (online != nullptr) return online->model->PartialFit(std::make_shared<const Block>(std::move(block)));
  ASSIGN_OR_RETURN(Parameters parameters, ParseSettings(training.settings));
  Schema schema = SchemaOf(training, rows);
  schema.sparse = block.sparse;
  ASSIGN_OR_RETURN(auto model, MakeOnlineModel(training.algorithm, parameters, schema, training.seed));
  RETURN_IF_ERROR(model->PartialFit(std::make_shared<const Block>(std::move(block))));
  online = new tusk_ml_online{std::move(model)};
  return Status::Ok();
}

Result<std::unique_ptr<Model>> Train(const tusk_ml_training& training, const tusk_ml_rows& rows, const float* labels,
                                     const float* weights) {
  Schema schema = SchemaOf(training, rows);
  std::vector<Block> blocks;
  for (size_t begin = 0; begin < rows.rows; begin += kShardRows) {
    const size_t end = std::min(rows.rows, begin + kShardRows);
    ASSIGN_OR_RETURN(Block block, MakeBlock(rows, begin, end));
    block.labels.assign(labels + begin, labels + end);
    if (weights != nullptr) block.weights.assign(weights + begin, weights + end);
    blocks.push_back(std::move(block));
  }
  std::shared_ptr<const Dataset> dataset = MakeInMemoryDataset(std::move(schema), std::move(blocks));
  ASSIGN_OR_RETURN(const Parameters parameters, ParseSettings(training.settings));
  ASSIGN_OR_RETURN(const auto algorithm, MakeCheckedAlgorithm(training.algorithm, parameters.values(), dataset->schema()));
  LocalTrainingOptions options;
  options.threads = training.threads;
  options.seed = training.seed;
  if (training.on_step != nullptr) {
    options.on_step = [&](uint64_t step, const StepReport& report) {
      return training.on_step(step, report.progress, training.context) == 0 ? Status::Ok()
                                                                            : Status(Code::kCancelled, "stopped by the caller");
    };
  }
  return TrainLocally(*algorithm, dataset, options);
}

// Piece by piece: `width` values a row.
template <typename Apply>
char* ForPieces(const tusk_ml_rows& rows, size_t width, float* out, Apply apply) {
  for (size_t begin = 0; begin < rows.rows; begin += kShardRows) {
    const size_t end = std::min(rows.rows, begin + kShardRows);
    const Result<Block> block = MakeBlock(rows, begin, end);
    if (!block.ok()) return Message(block.status());
    const Status status = apply(*block, std::span<float>(out + begin * width, (end - begin) * width));
    if (!status.ok()) return Message(status);
  }
  return nullptr;
}

class CallbackProblem final : public Problem {
 public:
  explicit CallbackProblem(const tusk_ml_search& search) : search_(search) {}
  std::string name() const override { return "the function given"; }
  Encoding encoding() const override { return static_cast<Encoding>(search_.encoding); }
  size_t dimensions() const override { return search_.dimensions; }
  size_t objectives() const override { return search_.objectives; }
  double low(size_t d) const override { return search_.low == nullptr ? 0 : search_.low[d]; }
  double high(size_t d) const override { return search_.high == nullptr ? 1 : search_.high[d]; }
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override {
    if (search_.evaluate(x.data(), count, f.data(), search_.context) == 0) return Status::Ok();
    return Status(Code::kCancelled, "stopped by the function");
  }

 private:
  const tusk_ml_search& search_;
};

Status Minimize(const tusk_ml_search& search, size_t capacity, double* best_x, double* best_f, size_t* found,
                uint64_t* evaluations) {
  if (search.encoding < 0 || search.encoding > 2 || search.dimensions == 0 || search.objectives == 0) {
    return Status(Code::kInvalidArgument, "dimensions and objectives must be positive, encoding 0, 1 or 2");
  }
  ASSIGN_OR_RETURN(Parameters parameters, ParseSettings(search.settings));
  ASSIGN_OR_RETURN(auto evolution, Evolution::Make(search.optimizer, std::move(parameters),
                                                   std::make_shared<CallbackProblem>(search), search.seed));
  LocalTrainingOptions options;
  options.threads = 1;  // the callback may belong to a language with one lock
  ASSIGN_OR_RETURN(const auto model, TrainLocally(*evolution, nullptr, options));
  const std::vector<Solution> best = evolution->Best();
  *found = best.size();
  *evaluations = evolution->evaluations();
  for (size_t i = 0; i < std::min(capacity, best.size()); ++i) {
    std::copy(best[i].x.begin(), best[i].x.end(), best_x + i * search.dimensions);
    std::copy(best[i].f.begin(), best[i].f.end(), best_f + i * search.objectives);
  }
  return Status::Ok();
}

}  // namespace
}  // namespace tusk::ml

using tusk::ml::Copy;
using tusk::ml::ForPieces;
using tusk::ml::Message;

extern "C" {

char* tusk_ml_train(const tusk_ml_training* training, const tusk_ml_rows* rows, const float* labels, const float* weights,
                    tusk_ml_model** model) {
  auto trained = tusk::ml::Train(*training, *rows, labels, weights);
  if (!trained.ok()) return Message(trained.status());
  *model = new tusk_ml_model{std::move(trained).value()};
  return nullptr;
}

char* tusk_ml_partial_fit(const tusk_ml_training* training, const tusk_ml_rows* rows, const float* labels, const float* weights,
                          tusk_ml_online** online) {
  return tusk::ml::Message(tusk::ml::PartialFit(*training, *rows, labels, weights, *online));
}
char* tusk_ml_online_model(const tusk_ml_online* online, tusk_ml_model** model) {
  auto made = online->model->MakeModel();
  if (!made.ok()) return tusk::ml::Message(made.status());
  *model = new tusk_ml_model{std::move(*made)};
  return nullptr;
}
void tusk_ml_free_online(tusk_ml_online* online) { delete online; }
void tusk_ml_free(tusk_ml_model* model) { delete model; }

size_t tusk_ml_outputs(const tusk_ml_model* model) { return model->model->outputs(); }
size_t tusk_ml_classes(const tusk_ml_model* model) { return model->model->schema().classes; }
size_t tusk_ml_columns(const tusk_ml_model* model) { return model->model->schema().columns; }

char* tusk_ml_scores(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out) {
  return ForPieces(*rows, tusk_ml_outputs(model), out,
                   [&](const tusk::ml::Block& block, std::span<float> part) { return model->model->Scores(block, part); });
}
char* tusk_ml_probabilities(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out) {
  return ForPieces(*rows, tusk_ml_classes(model), out, [&](const tusk::ml::Block& block, std::span<float> part) {
    return model->model->Probabilities(block, part);
  });
}
char* tusk_ml_predict(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out) {
  return ForPieces(*rows, 1, out, [&](const tusk::ml::Block& block, std::span<float> part) {
    return tusk::ml::Predict(*model->model, block, part);
  });
}

char* tusk_ml_save(const tusk_ml_model* model, uint8_t** bytes, size_t* size) {
  const std::vector<uint8_t> encoded = model->model->Save().Encode();
  *bytes = static_cast<uint8_t*>(std::malloc(std::max<size_t>(encoded.size(), 1)));
  if (*bytes == nullptr) return Copy("out of memory for a model of " + std::to_string(encoded.size()) + " bytes");
  std::copy(encoded.begin(), encoded.end(), *bytes);
  *size = encoded.size();
  return nullptr;
}
char* tusk_ml_load(const uint8_t* bytes, size_t size, tusk_ml_model** model) {
  if (size > 0 && tusk::ml::IsXgboostJson({reinterpret_cast<const char*>(bytes), size})) {
    auto read = tusk::ml::ReadXgboostJson({reinterpret_cast<const char*>(bytes), size}, "the model");
    if (!read.ok()) return Message(read.status());
    *model = new tusk_ml_model{std::move(read).value()};
    return nullptr;
  }
  const auto bundle = tusk::ml::Bundle::Decode({bytes, size}, "the model");
  if (!bundle.ok()) return Message(bundle.status());
  auto loaded = tusk::ml::LoadModel(*bundle);
  if (!loaded.ok()) return Message(loaded.status());
  *model = new tusk_ml_model{std::move(loaded).value()};
  return nullptr;
}
char* tusk_ml_export_xgboost(const tusk_ml_model* model, char** text) {
  const auto json = tusk::ml::WriteXgboostJson(*model->model);
  if (!json.ok()) return Message(json.status());
  *text = Copy(*json);
  return nullptr;
}
char* tusk_ml_describe(const tusk_ml_model* model) { return Copy(model->model->Describe()); }
char* tusk_ml_algorithms(void) {
  std::string text;
  for (const tusk::ml::AlgorithmEntry& entry : tusk::ml::Algorithms()) text += entry.name + "\t" + entry.summary + "\n";
  return Copy(text);
}

void tusk_ml_free_text(char* text) { std::free(text); }
void tusk_ml_free_bytes(uint8_t* bytes) { std::free(bytes); }

char* tusk_ml_minimize(const tusk_ml_search* search, size_t capacity, double* best_x, double* best_f, size_t* found,
                       uint64_t* evaluations) {
  return Message(tusk::ml::Minimize(*search, capacity, best_x, best_f, found, evaluations));
}

}  // extern "C"
