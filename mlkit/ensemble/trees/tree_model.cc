// Predictions of trees, their file, and what a person reads about them.
#include "mlkit/ensemble/trees/tree_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {
namespace {

struct LinkName {
  TreeLink link;
  const char* name;
};
constexpr LinkName kLinks[] = {{TreeLink::kIdentity, "identity"}, {TreeLink::kLogistic, "logistic"},
                               {TreeLink::kSoftmax, "softmax"},   {TreeLink::kExp, "exp"},
                               {TreeLink::kMean, "mean"}};

}  // namespace

TreeModel::TreeModel(Parts parts)
    : parts_(std::move(parts)), predictor_(parts_.trees, parts_.outputs, parts_.boosted) {}

Result<std::unique_ptr<Model>> TreeModel::Load(const Bundle& bundle) {
  Parts parts;
  ASSIGN_OR_RETURN(parts.algorithm, bundle.Text("algorithm"));
  ASSIGN_OR_RETURN(const std::string schema, bundle.Text("schema"));
  ASSIGN_OR_RETURN(parts.schema, DecodeSchema(schema));
  ASSIGN_OR_RETURN(const std::string link, bundle.Text("trees.link"));
  const auto row = std::find_if(std::begin(kLinks), std::end(kLinks), [&](const LinkName& one) { return link == one.name; });
  if (row == std::end(kLinks)) return Status(Code::kCorruption, "trees.link '" + link.substr(0, 32) + "' is not known");
  parts.link = row->link;
  ASSIGN_OR_RETURN(parts.base, bundle.Floats("trees.base"));
  ASSIGN_OR_RETURN(const std::string kind, bundle.Text("trees.kind"));
  parts.boosted = kind == "boosted";
  ASSIGN_OR_RETURN(parts.trees, TreeSet::Load(bundle, parts.schema.columns));
  parts.outputs = parts.boosted ? parts.base.size() : parts.trees.outputs;
  const bool classifies = parts.link == TreeLink::kLogistic || parts.link == TreeLink::kSoftmax ||
                          (parts.link == TreeLink::kMean && parts.outputs > 1);
  const bool fits = parts.outputs > 0 && (!parts.boosted || parts.trees.outputs == 1) &&
                    (!classifies || parts.schema.classes == (parts.outputs == 1 ? 2 : parts.outputs)) &&
                    (parts.link != TreeLink::kLogistic || parts.outputs == 1);
  if (!fits) return Status(Code::kCorruption, "the trees' outputs do not fit the schema's classes");
  for (const auto& [name, text] : bundle.texts()) {
    if (name.starts_with("note.")) parts.notes[name.substr(5)] = text;
  }
  return std::unique_ptr<Model>(std::make_unique<TreeModel>(std::move(parts)));
}

Status TreeModel::Margins(const Block& block, std::span<float> out) const {
  if (block.columns > parts_.schema.columns) {
    return Status(Code::kInvalidArgument, block.origin + ": " + std::to_string(block.columns) + " columns; the model has " +
                                              std::to_string(parts_.schema.columns));
  }
  if (out.size() != block.rows * parts_.outputs) return Status(Code::kInvalidArgument, "scores want rows * outputs floats");
  for (size_t row = 0; row < block.rows; ++row) {
    for (size_t k = 0; k < parts_.outputs; ++k) out[row * parts_.outputs + k] = parts_.boosted ? parts_.base[k] : 0.0F;
  }
  predictor_.AddBlock(block, out);
  if (!parts_.boosted && !parts_.trees.trees.empty()) {
    const auto trees = static_cast<float>(parts_.trees.trees.size());
    for (float& value : out) value /= trees;
  }
  return Status::Ok();
}

Status TreeModel::Scores(const Block& block, std::span<float> out) const {
  RETURN_IF_ERROR(Margins(block, out));
  if (parts_.link == TreeLink::kExp) Cpu().exp(out.data(), out.data(), out.size());
  return Status::Ok();
}

Status TreeModel::Probabilities(const Block& block, std::span<float> out) const {
  if (parts_.schema.classes == 0) return Status(Code::kUnsupported, "a regression has no probabilities");
  const size_t classes = parts_.schema.classes;
  if (out.size() != block.rows * classes) return Status(Code::kInvalidArgument, "probabilities want rows * classes floats");
  if (parts_.link == TreeLink::kMean && parts_.outputs == classes) return Margins(block, out);
  if (parts_.link == TreeLink::kSoftmax) {
    RETURN_IF_ERROR(Margins(block, out));
    Cpu().softmax(out.data(), block.rows, classes, nullptr);
    return Status::Ok();
  }
  if (parts_.link != TreeLink::kLogistic) return Status(Code::kUnsupported, "this model has no probabilities");
  std::vector<float> margins(block.rows);
  RETURN_IF_ERROR(Margins(block, margins));
  Cpu().sigmoid(margins.data(), margins.data(), margins.size());
  for (size_t row = 0; row < block.rows; ++row) {
    out[2 * row + 1] = margins[row];
    out[2 * row] = 1.0F - out[2 * row + 1];
  }
  return Status::Ok();
}

Bundle TreeModel::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, parts_.algorithm, parts_.schema);
  for (const LinkName& link : kLinks) {
    if (link.link == parts_.link) bundle.SetText("trees.link", link.name);
  }
  bundle.SetText("trees.kind", parts_.boosted ? "boosted" : "averaged");
  bundle.SetFloats("trees.base", parts_.base);
  parts_.trees.Save(bundle);
  for (const auto& [name, text] : parts_.notes) bundle.SetText("note." + name, text);
  return bundle;
}

std::vector<double> TreeModel::GainImportances() const {
  std::vector<double> gains(parts_.schema.columns);
  for (const Tree& tree : parts_.trees.trees) {
    for (size_t node = 0; node < tree.nodes(); ++node) {
      if (!tree.IsLeaf(node)) gains[static_cast<size_t>(tree.column[node])] += static_cast<double>(tree.gain[node]);
    }
  }
  const double sum = std::accumulate(gains.begin(), gains.end(), 0.0);
  for (double& gain : gains) gain = sum > 0 ? gain / sum : 0;
  return gains;
}

std::vector<uint64_t> TreeModel::SplitCounts() const {
  std::vector<uint64_t> counts(parts_.schema.columns);
  for (const Tree& tree : parts_.trees.trees) {
    for (size_t node = 0; node < tree.nodes(); ++node) {
      if (!tree.IsLeaf(node)) ++counts[static_cast<size_t>(tree.column[node])];
    }
  }
  return counts;
}

std::string TreeModel::Describe() const {
  size_t leaves = 0;
  for (const Tree& tree : parts_.trees.trees) leaves += tree.leaves();
  std::string text = std::to_string(parts_.trees.trees.size()) + " trees, " + std::to_string(leaves) + " leaves, " +
                     std::to_string(parts_.outputs) + " outputs\n";
  for (const auto& [name, value] : parts_.notes) text += name + ": " + value + "\n";
  const std::vector<double> gains = GainImportances();
  const std::vector<uint64_t> splits = SplitCounts();
  std::vector<size_t> order(gains.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return gains[a] != gains[b] ? gains[a] > gains[b] : a < b; });
  text += "importance (share of gain, splits):\n";
  for (size_t i = 0; i < order.size() && i < 20 && splits[order[i]] > 0; ++i) {
    const size_t c = order[i];
    char line[64];
    std::snprintf(line, sizeof line, "  %.4f %8llu  ", gains[c], static_cast<unsigned long long>(splits[c]));
    text += line + (c < parts_.schema.column_names.size() ? parts_.schema.column_names[c] : "column " + std::to_string(c)) +
            "\n";
  }
  return text;
}

}  // namespace tusk::ml
