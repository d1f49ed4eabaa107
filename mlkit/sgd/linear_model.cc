// Scores of a linear model: dense blocks through the matrix product, sparse rows entry by entry.
#include "mlkit/sgd/linear_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {

std::string NameOf(Link link) { return link == Link::kSigmoid ? "sigmoid" : link == Link::kSoftmax ? "softmax" : "none"; }

LinearModel::LinearModel(std::string algorithm, Schema schema, size_t outputs, Link link, std::vector<double> parameters)
    : algorithm_(std::move(algorithm)),
      schema_(std::move(schema)),
      outputs_(outputs),
      link_(link),
      parameters_(std::move(parameters)),
      floats_(parameters_.begin(), parameters_.end()) {
  TUSK_CHECK(parameters_.size() == (schema_.columns + 1) * outputs_);
}

Status LinearModel::Scores(const Block& block, std::span<float> out) const {
  if (block.columns > schema_.columns) {
    return Status(Code::kInvalidArgument, block.origin + ": rows have " + std::to_string(block.columns) +
                                              " columns, the model knows " + std::to_string(schema_.columns));
  }
  if (out.size() != block.rows * outputs_) return Status(Code::kInternal, "Scores: the output has another size");
  const float* intercepts = floats_.data() + schema_.columns * outputs_;
  for (size_t row = 0; row < block.rows; ++row) std::copy_n(intercepts, outputs_, out.data() + row * outputs_);
  if (!block.sparse) {
    Cpu().gemm(Transpose::kNo, Transpose::kNo, block.rows, outputs_, block.columns, block.dense.data(), block.columns,
               floats_.data(), outputs_, out.data(), outputs_, true);
    return Status::Ok();
  }
  for (size_t row = 0; row < block.rows; ++row) {
    const SparseRow entries = block.Row(row);
    for (size_t k = 0; k < outputs_; ++k) {
      double sum = parameters_[schema_.columns * outputs_ + k];
      for (size_t i = 0; i < entries.columns.size(); ++i) {
        sum += static_cast<double>(entries.values[i]) * parameters_[entries.columns[i] * outputs_ + k];
      }
      out[row * outputs_ + k] = static_cast<float>(sum);
    }
  }
  return Status::Ok();
}

Status ProbabilitiesFromScores(Link link, size_t rows, size_t outputs, size_t classes, std::span<const float> scores,
                               std::span<float> out) {
  if (link == Link::kNone || classes < 2) return Status(Code::kUnsupported, "the model has no probabilities");
  if (out.size() != rows * classes || scores.size() != rows * outputs) {
    return Status(Code::kInternal, "Probabilities: the output has another size");
  }
  if (link == Link::kSoftmax) {
    std::copy(scores.begin(), scores.end(), out.begin());
    Cpu().softmax(out.data(), rows, classes, nullptr);
    return Status::Ok();
  }
  if (outputs == 1) {
    for (size_t row = 0; row < rows; ++row) {
      Cpu().sigmoid(scores.data() + row, out.data() + 2 * row + 1, 1);
      out[2 * row] = 1.0F - out[2 * row + 1];
    }
    return Status::Ok();
  }
  Cpu().sigmoid(scores.data(), out.data(), scores.size());  // one against the rest, normalized
  for (size_t row = 0; row < rows; ++row) {
    float sum = 0;
    for (size_t k = 0; k < classes; ++k) sum += out[row * classes + k];
    for (size_t k = 0; k < classes; ++k) {
      float& p = out[row * classes + k];
      p = sum > 0 ? p / sum : 1.0F / static_cast<float>(classes);
    }
  }
  return Status::Ok();
}

Status LinearModel::Probabilities(const Block& block, std::span<float> out) const {
  std::vector<float> scores(block.rows * outputs_);
  RETURN_IF_ERROR(Scores(block, scores));
  return ProbabilitiesFromScores(link_, block.rows, outputs_, schema_.classes, scores, out);
}

Bundle LinearModel::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, algorithm_, schema_);
  bundle.SetText("link", NameOf(link_));
  const std::span<const double> all(parameters_);
  bundle.SetDoubles("weights", all.first(schema_.columns * outputs_), {schema_.columns, outputs_});
  bundle.SetDoubles("intercepts", all.last(outputs_), {outputs_});
  return bundle;
}

Result<std::unique_ptr<Model>> LinearModel::Load(const Bundle& bundle) {
  ASSIGN_OR_RETURN(const std::string algorithm, bundle.Text("algorithm"));
  ASSIGN_OR_RETURN(Schema schema, ModelSchema(bundle));
  ASSIGN_OR_RETURN(const std::string link_name, bundle.Text("link"));
  ASSIGN_OR_RETURN(std::vector<double> parameters, bundle.Doubles("weights"));
  ASSIGN_OR_RETURN(const std::vector<double> intercepts, bundle.Doubles("intercepts"));
  const size_t outputs = intercepts.size();
  const bool expected = schema.classes > 2 ? outputs == schema.classes : outputs == 1 || outputs == schema.classes;
  if (outputs == 0 || !expected || parameters.size() % outputs != 0 || parameters.size() / outputs != schema.columns) {
    return Status(Code::kCorruption, "linear model: weights do not fit the schema's columns and classes");
  }
  const Link link = link_name == "sigmoid" ? Link::kSigmoid : link_name == "softmax" ? Link::kSoftmax : Link::kNone;
  if (link == Link::kSoftmax && outputs != schema.classes) return Status(Code::kCorruption, "linear model: softmax without its classes");
  parameters.insert(parameters.end(), intercepts.begin(), intercepts.end());
  return std::unique_ptr<Model>(std::make_unique<LinearModel>(algorithm, std::move(schema), outputs, link, std::move(parameters)));
}

std::string LinearModel::Describe() const {
  constexpr size_t kShown = 10;
  std::string text = algorithm_ + ": " + std::to_string(schema_.columns) + " columns, " + std::to_string(outputs_) + " output(s)\n";
  char line[160];
  for (size_t k = 0; k < outputs_ && k < kShown; ++k) {
    std::vector<size_t> order;
    size_t zeros = 0;
    for (size_t c = 0; c < schema_.columns; ++c) {
      if (parameters_[c * outputs_ + k] != 0) order.push_back(c);
      else ++zeros;
    }
    const auto size = [&](size_t c) { return std::abs(parameters_[c * outputs_ + k]); };
    const size_t shown = std::min(kShown, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(shown), order.end(),
                      [&](size_t a, size_t b) { return size(a) != size(b) ? size(a) > size(b) : a < b; });
    std::snprintf(line, sizeof(line), "output %zu: intercept %.6g, %zu zero weights; largest:\n", k,
                  parameters_[schema_.columns * outputs_ + k], zeros);
    text += line;
    for (size_t i = 0; i < shown; ++i) {
      const std::string name = schema_.column_names.empty() ? "column " + std::to_string(order[i]) : schema_.column_names[order[i]];
      std::snprintf(line, sizeof(line), "  %-40.80s %.6g\n", name.c_str(), parameters_[order[i] * outputs_ + k]);
      text += line;
    }
  }
  return text;
}

}  // namespace tusk::ml
