// Model: what training gives. Predicts rows, saves itself to a bundle. Immutable and thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/data/block.h"
#include "mlkit/data/dataset.h"

namespace tusk::ml {

// Texts that every model bundle has: "format" = "tusk.model", "version" (kModelVersion; a newer one is refused with a
// clear error), "algorithm" (the catalog's name), "schema" (JSON: columns, classes, class_labels, column_names).
inline constexpr int kModelVersion = 1;

class Model {
 public:
  virtual ~Model() = default;
  // The catalog's name: "logistic", "gbdt".
  virtual std::string algorithm() const = 0;
  // What it was trained on: columns, classes and their names.
  virtual const Schema& schema() const = 0;
  // outputs(): values a row in Scores: 1 for regression and margins of binary models, `classes` for multiclass.
  virtual size_t outputs() const = 0;
  // Raw scores: margins (before sigmoid or softmax) or regression values; out is [block.rows][outputs()].
  // The block's columns may be fewer than schema().columns (sparse data without its last columns), never more.
  virtual Status Scores(const Block& block, std::span<float> out) const = 0;
  // Probabilities [block.rows][classes]; kUnsupported for regression and for models without probabilities.
  virtual Status Probabilities(const Block& block, std::span<float> out) const = 0;
  virtual Bundle Save() const = 0;
  // For `tusk ml inspect`: a few lines a person reads (terms, trees, layers, importances).
  virtual std::string Describe() const = 0;
};

// Class numbers (argmax of scores; for one output: score > 0) or regression values.
Status Predict(const Model& model, const Block& block, std::span<float> out);

// The schema as the "schema" text of a bundle, and back (bounded, with clear errors).
std::string EncodeSchema(const Schema& schema);
Result<Schema> DecodeSchema(std::string_view json);

// The texts that every model bundle has (above), for Save(); and the check of format and version before loading.
void SetModelTexts(Bundle& bundle, const std::string& algorithm, const Schema& schema);
Status CheckModelTexts(const Bundle& bundle);
Result<Schema> ModelSchema(const Bundle& bundle);

}  // namespace tusk::ml
