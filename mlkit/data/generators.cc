// The generators: each fills one row from the row's own stream of random numbers.
#include "mlkit/data/generators.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

// Streams of random numbers: rows have their number, what is planted (weights, centers, trees) one of these and up.
constexpr uint64_t kPlanted = uint64_t{1} << 63;

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Makes rows of one kind.
class RowMaker {
 public:
  virtual ~RowMaker() = default;
  virtual void Describe(Schema& schema) const = 0;
  // Appends one row with its label.
  virtual void Make(Random& random, Block& block) const = 0;
};

// ---- higgs

class Higgs final : public RowMaker {
 public:
  static constexpr size_t kColumns = 28, kMeasured = 21;
  void Describe(Schema& schema) const override {
    schema.columns = kColumns;
    schema.classes = 2;
  }

  void Make(Random& random, Block& block) const override {
    std::array<double, kColumns> x{};
    for (size_t i = 0; i < kMeasured; ++i) {
      switch (i % 4) {
        case 0: x[i] = i >= 8 ? 1.0867 * static_cast<double>(random.Below(3)) : std::exp(0.5 * random.Normal()); break;  // tags, momenta
        case 1: x[i] = std::exp(0.5 * random.Normal()); break;
        case 2: x[i] = random.Normal(); break;                 // pseudorapidity
        default: x[i] = random.Uniform(-1.74, 1.74); break;    // angle
      }
    }
    for (size_t m = 0; m < kColumns - kMeasured; ++m) x[kMeasured + m] = Mass(x, 1 + 4 * (m % 5), 1 + 4 * ((m + 1 + m / 5) % 5));
    double signal = -4.4;  // about as many of both classes
    for (size_t m = kMeasured; m < kColumns; ++m) {
      const double off = (x[m] - 0.9 - 0.05 * static_cast<double>(m % 4)) / 0.45;
      signal += (m % 3 == 2 ? -1.6 : 2.4) * std::exp(-off * off);
    }
    signal += 0.9 * std::tanh(x[0] - 1) + 0.5 * (x[8] - 1) * (x[13] > 1 ? 1 : -0.6) + 0.7 * std::cos(x[3] - x[7]);
    const bool positive = random.Chance(Sigmoid(0.9 * signal));
    for (const double value : x) block.dense.push_back(static_cast<float>(value));
    block.labels.push_back(positive ? 1.0F : 0.0F);
  }

 private:
  // Of two particles whose momentum, pseudorapidity and angle stand at `a` and `b`.
  static double Mass(const std::array<double, kColumns>& x, size_t a, size_t b) {
    const double angle = std::cosh(x[a + 1] - x[b + 1]) - std::cos(x[a + 2] - x[b + 2]);
    return std::sqrt(std::max(0.0, 2 * x[a] * x[b] * angle)) / 2;
  }
};

// ---- criteo

class Criteo final : public RowMaker {
 public:
  static constexpr size_t kNumbers = 13, kCategories = 26;
  explicit Criteo(uint64_t seed) : seed_(seed) {}

  void Describe(Schema& schema) const override {
    schema.columns = kNumbers + kCategories;
    schema.classes = 2;
    schema.label_name = "label";
    for (size_t i = 0; i < kNumbers; ++i) schema.column_names.push_back("i" + std::to_string(i + 1));
    for (size_t i = 0; i < kCategories; ++i) schema.column_names.push_back("c" + std::to_string(i + 1));
    schema.categorical.assign(schema.columns, false);
    std::fill(schema.categorical.begin() + kNumbers, schema.categorical.end(), true);
  }

  void Make(Random& random, Block& block) const override {
    double signal = -1.55;
    for (size_t i = 0; i < kNumbers; ++i) {
      const double value = std::floor(std::exp(1.5 + 1.3 * random.Normal()));
      const bool missing = random.Chance(i % 3 == 0 ? 0.4 : 0.05);
      block.dense.push_back(missing ? kMissing : static_cast<float>(value));
      if (!missing) signal += (i % 2 == 0 ? 0.12 : -0.1) * (std::log1p(value) - 1.6);
    }
    for (size_t i = 0; i < kCategories; ++i) {
      const auto category = static_cast<uint64_t>(std::exp(random.Uniform() * std::log(Cardinality(i) + 1))) - 1;
      block.dense.push_back(static_cast<float>(category));
      signal += 0.35 * Effect(i, category);
    }
    block.labels.push_back(random.Chance(Sigmoid(signal)) ? 1.0F : 0.0F);
  }

 private:
  static double Cardinality(size_t i) { return std::floor(std::pow(10.0, 1 + 0.16 * static_cast<double>(i))); }  // 10 … 100,000
  double Effect(size_t i, uint64_t category) const { return Random(seed_, kPlanted + i * 1'000'000 + category).Normal(); }
  uint64_t seed_;
};

// ---- rcv1

class Rcv1 final : public RowMaker {
 public:
  static constexpr size_t kColumns = 47'236;
  explicit Rcv1(uint64_t seed) {
    Random random(seed, kPlanted);
    for (double& weight : weights_) weight = random.Chance(0.3) ? random.Normal() : 0;
  }
  void Describe(Schema& schema) const override {
    schema.columns = kColumns;
    schema.sparse = true;
    schema.classes = 2;
    schema.class_labels = {"-1", "1"};
  }

  void Make(Random& random, Block& block) const override {
    const double length = std::clamp(std::exp(4.35 + 0.55 * random.Normal()), 4.0, 1500.0);
    std::vector<uint32_t> words(static_cast<size_t>(length));
    // Log-uniform ranks are Zipf's law; +3 flattens its head as removed stop words do.
    const double low = std::log(4.0), high = std::log(static_cast<double>(kColumns) + 4);
    for (uint32_t& word : words) {
      const double rank = std::exp(low + (high - low) * random.Uniform()) - 4;
      word = Scatter(static_cast<uint32_t>(std::min(rank, kColumns - 1.0)));
    }
    std::sort(words.begin(), words.end());
    std::vector<std::pair<uint32_t, double>> terms;
    double squares = 0;
    for (size_t i = 0; i < words.size();) {
      size_t j = i;
      while (j < words.size() && words[j] == words[i]) ++j;
      const double value = (1 + std::log(static_cast<double>(j - i))) * (1 + 0.3 * random.Uniform());
      terms.emplace_back(words[i], value);
      squares += value * value;
      i = j;
    }
    double signal = 0.15 * random.Normal();
    for (const auto& [word, value] : terms) {
      const double scaled = value / std::sqrt(squares);
      block.indices.push_back(word);
      block.values.push_back(static_cast<float>(scaled));
      signal += weights_[word] * scaled;
    }
    block.row_starts.push_back(block.indices.size());
    block.labels.push_back(signal > 0 ? 1.0F : 0.0F);
  }

 private:
  // Frequent words do not stand side by side. The factor has no common divisor with kColumns.
  static uint32_t Scatter(uint32_t rank) { return static_cast<uint32_t>(uint64_t{rank} * 29'423 % kColumns); }
  std::vector<double> weights_ = std::vector<double>(kColumns);
};

// ---- blobs, trees, regression

class Blobs final : public RowMaker {
 public:
  Blobs(uint64_t seed, size_t columns, size_t classes, double noise) : columns_(columns), classes_(classes), noise_(noise) {
    Random random(seed, kPlanted);
    centers_.resize(columns * classes);
    for (double& center : centers_) center = random.Uniform(-3, 3);
  }
  void Describe(Schema& schema) const override {
    schema.columns = columns_;
    schema.classes = classes_;
  }
  void Make(Random& random, Block& block) const override {
    const uint64_t label = random.Below(classes_);
    for (size_t i = 0; i < columns_; ++i) {
      block.dense.push_back(static_cast<float>(centers_[label * columns_ + i] + noise_ * random.Normal()));
    }
    block.labels.push_back(static_cast<float>(label));
  }

 private:
  size_t columns_, classes_;
  double noise_;
  std::vector<double> centers_;
};

class PlantedTrees final : public RowMaker {
 public:
  static constexpr size_t kTrees = 12, kDepth = 5, kInner = (1 << kDepth) - 1;
  PlantedTrees(uint64_t seed, size_t columns, double noise) : columns_(columns), noise_(noise) {
    Random random(seed, kPlanted);
    for (size_t i = 0; i < kTrees * kInner; ++i) splits_.emplace_back(random.Below(columns), random.Uniform(0.15, 0.85));
    for (size_t i = 0; i < kTrees << kDepth; ++i) leaves_.push_back(random.Normal());
  }
  void Describe(Schema& schema) const override { schema.columns = columns_; }
  void Make(Random& random, Block& block) const override {
    const size_t begin = block.dense.size();
    for (size_t i = 0; i < columns_; ++i) block.dense.push_back(static_cast<float>(random.Uniform()));
    const float* const row = block.dense.data() + begin;
    double value = noise_ * random.Normal();
    for (size_t tree = 0; tree < kTrees; ++tree) {
      size_t node = 0;
      while (node < kInner) {
        const auto& [column, threshold] = splits_[tree * kInner + node];
        node = 2 * node + (row[column] < threshold ? 1 : 2);
      }
      value += leaves_[(tree << kDepth) + node - kInner];
    }
    block.labels.push_back(static_cast<float>(value));
  }

 private:
  size_t columns_;
  double noise_;
  std::vector<std::pair<size_t, double>> splits_;
  std::vector<double> leaves_;
};

class LinearFunction final : public RowMaker {
 public:
  LinearFunction(uint64_t seed, size_t columns, double noise) : noise_(noise), weights_(columns) {
    Random random(seed, kPlanted);
    for (double& weight : weights_) weight = random.Normal();
  }
  void Describe(Schema& schema) const override { schema.columns = weights_.size(); }
  void Make(Random& random, Block& block) const override {
    double value = 1 + noise_ * random.Normal();
    for (const double weight : weights_) {
      const auto x = static_cast<float>(random.Normal());
      block.dense.push_back(x);
      value += weight * x;
    }
    block.labels.push_back(static_cast<float>(value));
  }

 private:
  double noise_;
  std::vector<double> weights_;
};

// ---- the data set

class GeneratedDataset final : public Dataset {
 public:
  GeneratedDataset(GeneratorSettings settings, std::unique_ptr<RowMaker> maker)
      : settings_(std::move(settings)), maker_(std::move(maker)) {
    maker_->Describe(schema_);
    schema_.rows = settings_.rows;
    for (size_t c = schema_.class_labels.size(); c < schema_.classes; ++c) schema_.class_labels.push_back(std::to_string(c));
  }
  const Schema& schema() const override { return schema_; }
  size_t shards() const override { return settings_.shards; }
  Result<uint64_t> Rows(size_t shard) const override {
    if (shard >= settings_.shards) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    return Begin(shard + 1) - Begin(shard);
  }
  Result<Block> Load(size_t shard) const override {
    ASSIGN_OR_RETURN(const uint64_t rows, Rows(shard));
    Block block;
    block.columns = schema_.columns;
    block.sparse = schema_.sparse;
    block.first_row = Begin(shard);
    block.origin = "generated " + settings_.name;
    if (block.sparse) block.row_starts.push_back(0);
    else block.dense.reserve(rows * block.columns);
    block.labels.reserve(rows);
    for (uint64_t row = block.first_row; row < block.first_row + rows; ++row) {
      Random random(settings_.seed, row);
      maker_->Make(random, block);
      ++block.rows;
    }
    return block;
  }

 private:
  uint64_t Begin(size_t shard) const {
    return settings_.rows / settings_.shards * shard + std::min<uint64_t>(shard, settings_.rows % settings_.shards);
  }
  GeneratorSettings settings_;
  std::unique_ptr<RowMaker> maker_;
  Schema schema_;
};

}  // namespace

const std::vector<GeneratorEntry>& Generators() {
  static const std::vector<GeneratorEntry> entries = {
      {"higgs", "28 dense columns, two classes, AUC about 0.84 (as HIGGS)"},
      {"criteo", "13 numbers with gaps, 26 Zipf categories, two classes (as Criteo)"},
      {"rcv1", "47,236 sparse columns, about 75 a row, two classes (as RCV1)"},
      {"blobs", "Gaussian clusters: --columns 20 --classes 10 --noise 1"},
      {"trees", "regression, a planted forest: --columns 20 --noise 0.5"},
      {"regression", "regression, a linear function: --columns 20 --noise 0.1"},
  };
  return entries;
}

Result<std::unique_ptr<Dataset>> MakeGenerator(const GeneratorSettings& settings) {
  if (settings.rows == 0 || settings.shards == 0) return Status(Code::kInvalidArgument, "a number of rows is wanted");
  const size_t columns = settings.columns == 0 ? 20 : settings.columns;
  const size_t classes = settings.classes == 0 ? 10 : settings.classes;
  const auto noise = [&settings](double otherwise) { return settings.noise < 0 ? otherwise : settings.noise; };
  std::unique_ptr<RowMaker> maker;
  if (settings.name == "higgs") maker = std::make_unique<Higgs>();
  if (settings.name == "criteo") maker = std::make_unique<Criteo>(settings.seed);
  if (settings.name == "rcv1") maker = std::make_unique<Rcv1>(settings.seed);
  if (settings.name == "blobs") maker = std::make_unique<Blobs>(settings.seed, columns, classes, noise(1));
  if (settings.name == "trees") maker = std::make_unique<PlantedTrees>(settings.seed, columns, noise(0.5));
  if (settings.name == "regression") maker = std::make_unique<LinearFunction>(settings.seed, columns, noise(0.1));
  if (maker == nullptr) {
    std::string known;
    for (const GeneratorEntry& entry : Generators()) known += std::string(" ") + entry.name;
    return Status(Code::kInvalidArgument, "no data set '" + settings.name + "' to generate; known are" + known);
  }
  return Result<std::unique_ptr<Dataset>>(std::make_unique<GeneratedDataset>(settings, std::move(maker)));
}

}  // namespace tusk::ml
