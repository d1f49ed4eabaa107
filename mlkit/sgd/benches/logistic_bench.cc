// Logistic regression on rows like RCV1's, to a relative objective gap of 1e-3, beside LIBLINEAR in the same process.
//
//     mlkit_logistic_bench [ROWS] [RUNS] [steps]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "mlkit/api/local_training.h"
#include "mlkit/api/random.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/linear_trainers.h"
#include "mlkit/sgd/loss/double_math.h"
#ifdef TUSK_WITH_LIBLINEAR
#include <linear.h>
#endif

namespace tusk::ml {
namespace {

constexpr size_t kColumns = 47236;
constexpr double kGap = 1e-3;

double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Columns by Zipf's law, about 75 a row, values of log(1 + count) * rarity, rows of length 1; labels by a planted model with noise.
Block MakeRows(size_t rows) {
  Random random(5, 1);
  std::vector<double> cumulative(kColumns), truth(kColumns);
  double sum = 0;
  for (size_t c = 0; c < kColumns; ++c) {
    sum += 1 / std::pow(static_cast<double>(c) + 10, 1.05);
    cumulative[c] = sum;
    truth[c] = random.Chance(0.3) ? random.Normal() : 0;
  }
  Block block;
  block.rows = rows;
  block.columns = kColumns;
  block.sparse = true;
  block.row_starts.push_back(0);
  std::vector<uint32_t> words;
  for (size_t row = 0; row < rows; ++row) {
    const size_t length = 20 + random.Below(60) + random.Below(60);
    words.clear();
    for (size_t i = 0; i < length; ++i) {
      const auto it = std::lower_bound(cumulative.begin(), cumulative.end(), random.Uniform() * sum);
      words.push_back(static_cast<uint32_t>(it - cumulative.begin()));
    }
    std::sort(words.begin(), words.end());
    const size_t begin = block.indices.size();
    double squares = 0, score = 0;
    for (size_t i = 0; i < words.size();) {
      size_t j = i;
      while (j < words.size() && words[j] == words[i]) ++j;
      const double value = std::log(1.0 + static_cast<double>(j - i)) * std::log(static_cast<double>(words[i]) + 12);
      block.indices.push_back(words[i]);
      block.values.push_back(static_cast<float>(value));
      squares += value * value;
      i = j;
    }
    for (size_t i = begin; i < block.indices.size(); ++i) {
      block.values[i] = static_cast<float>(static_cast<double>(block.values[i]) / std::sqrt(squares));
      score += static_cast<double>(block.values[i]) * truth[block.indices[i]];
    }
    block.row_starts.push_back(block.indices.size());
    block.labels.push_back(score + 0.1 * random.Normal() > 0 ? 1.0F : 0.0F);
  }
  return block;
}

double Objective(const Block& block, const std::vector<double>& w, double l2) {
  double loss = 0, squares = 0;
  for (size_t row = 0; row < block.rows; ++row) {
    const SparseRow entries = block.Row(row);
    double z = 0;
    for (size_t i = 0; i < entries.columns.size(); ++i) z += static_cast<double>(entries.values[i]) * w[entries.columns[i]];
    loss += Softplus(block.labels[row] > 0.5F ? -z : z);
  }
  for (const double x : w) squares += x * x;
  return loss / static_cast<double>(block.rows) + 0.5 * l2 * squares;
}

bool show_steps = false;  // of our own trainings

struct Timing {
  double wall = 0, cpu = 0, objective = 0;
};

Timing Ours(std::shared_ptr<const Dataset> data, const Block& block, double l2, double tolerance, size_t threads,
            std::vector<double>* weights = nullptr) {
  Parameters parameters({{"l2", std::to_string(l2)}, {"tolerance", std::to_string(tolerance)}, {"intercept", "false"}});
  char text[64];
  std::snprintf(text, sizeof(text), "%.17g", l2);
  parameters.Set("l2", text);
  std::snprintf(text, sizeof(text), "%.17g", tolerance);
  parameters.Set("tolerance", text);
  LinearSettings settings = ReadLinearSettings("logistic", parameters, data->schema()).value();
  const auto algorithm = MakeLinearTrainer(std::move(settings));
  LocalTrainingOptions options;
  options.threads = threads;
  Timing timing;
  const double wall = Seconds(CLOCK_MONOTONIC), cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  options.on_step = [&](uint64_t step, const StepReport& report) {
    if (show_steps) {
      std::printf("    step %lu: %.3f s, loss %.8f, gradient %.3g, rows %lu\n", step, Seconds(CLOCK_MONOTONIC) - wall,
                  report.figures.at("loss"), report.figures.at("gradient_norm"), report.rows);
    }
    return Status::Ok();
  };
  const auto model = TrainLocally(*algorithm, data, options).value();
  timing.wall = Seconds(CLOCK_MONOTONIC) - wall;
  timing.cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  std::vector<double> w = static_cast<const LinearModel&>(*model).parameters();
  w.pop_back();
  timing.objective = Objective(block, w, l2);
  if (weights != nullptr) *weights = w;
  return timing;
}

#ifdef TUSK_WITH_LIBLINEAR
void Quiet(const char*) {}

class LiblinearRows {
 public:
  explicit LiblinearRows(const Block& block) {
    nodes_.reserve(block.indices.size() + block.rows);
    for (size_t row = 0; row < block.rows; ++row) {
      starts_.push_back(nodes_.size());
      const SparseRow entries = block.Row(row);
      for (size_t i = 0; i < entries.columns.size(); ++i) nodes_.push_back({static_cast<int>(entries.columns[i]) + 1, static_cast<double>(entries.values[i])});
      nodes_.push_back({-1, 0});
      labels_.push_back(block.labels[row] > 0.5F ? 1 : -1);
    }
    for (const size_t start : starts_) rows_.push_back(nodes_.data() + start);
    problem_ = {static_cast<int>(block.rows), static_cast<int>(kColumns), labels_.data(), rows_.data(), -1};
    set_print_string_function(&Quiet);
  }
  Timing Train(const Block& block, int solver, double eps, double l2) {
    parameter how{};
    how.solver_type = solver;
    how.C = 1 / (l2 * static_cast<double>(block.rows));
    how.eps = eps;
    how.p = 0.1;
    Timing timing;
    const double wall = Seconds(CLOCK_MONOTONIC), cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct model* trained = ::train(&problem_, &how);
    timing.wall = Seconds(CLOCK_MONOTONIC) - wall;
    timing.cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    std::vector<double> w(kColumns);
    for (size_t c = 0; c < kColumns; ++c) w[c] = get_decfun_coef(trained, static_cast<int>(c) + 1, 0);
    free_and_destroy_model(&trained);
    timing.objective = Objective(block, w, l2);
    return timing;
  }

 private:
  std::vector<feature_node> nodes_;
  std::vector<size_t> starts_;
  std::vector<double> labels_;
  std::vector<feature_node*> rows_;
  problem problem_{};
};
#endif

Timing Median(std::vector<Timing> all) {
  std::sort(all.begin(), all.end(), [](const Timing& a, const Timing& b) { return a.wall < b.wall; });
  return all[all.size() / 2];
}

void Print(const char* what, const Timing& timing, double best) {
  std::printf("%-44s %8.3f s wall %8.3f s CPU   gap %.2e\n", what, timing.wall, timing.cpu, timing.objective / best - 1);
}

int Main(size_t rows, size_t runs) {
  const Block block = MakeRows(rows);
  const double l2 = 1 / static_cast<double>(rows);  // LIBLINEAR's C = 1
  Schema schema;
  schema.sparse = true;
  schema.classes = 2;
  schema.class_labels = {"-1", "1"};
  std::shared_ptr<const Dataset> one = MakeInMemoryDataset(schema, {block});
  // Eight shards, loaded before the clock runs, as LIBLINEAR's rows are.
  const auto resharded = Reshard(one, 8);
  std::vector<Block> blocks;
  for (size_t s = 0; s < 8; ++s) blocks.push_back(resharded->Load(s).value());
  std::shared_ptr<const Dataset> data = MakeInMemoryDataset(schema, std::move(blocks));
  std::printf("%zu rows, %zu columns, %zu entries; l2 = 1/rows (C = 1)\n", rows, kColumns, block.indices.size());
  std::vector<double> weights;
  const double best = Ours(data, block, l2, 1e-11, 2, &weights).objective;
  const double tolerances[] = {0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001};
  double tolerance = 1e-4;
  for (const double candidate : tolerances) {
    if (Ours(data, block, l2, candidate, 2).objective / best - 1 <= kGap) {
      tolerance = candidate;
      break;
    }
  }
#ifdef TUSK_WITH_LIBLINEAR
  LiblinearRows rows_of_peer(block);
  double eps[2] = {1e-4, 1e-4};
  const int solvers[2] = {L2R_LR, L2R_LR_DUAL};
  for (int s = 0; s < 2; ++s) {
    for (const double candidate : {3.0, 1.0, 0.5, 0.3, 0.1, 0.05, 0.03, 0.01, 0.003, 0.001}) {
      if (rows_of_peer.Train(block, solvers[s], candidate, l2).objective / best - 1 <= kGap) {
        eps[s] = candidate;
        break;
      }
    }
  }
#endif
  std::vector<Timing> ours, single, primal, dual, primal_default;
  for (size_t run = 0; run < runs; ++run) {
    ours.push_back(Ours(data, block, l2, tolerance, 2));
    single.push_back(Ours(data, block, l2, tolerance, 1));
#ifdef TUSK_WITH_LIBLINEAR
    primal.push_back(rows_of_peer.Train(block, L2R_LR, eps[0], l2));
    dual.push_back(rows_of_peer.Train(block, L2R_LR_DUAL, eps[1], l2));
    primal_default.push_back(rows_of_peer.Train(block, L2R_LR, 0.01, l2));
#endif
  }
  char name[80];
  std::snprintf(name, sizeof(name), "tusk, tolerance %g, 2 threads", tolerance);
  Print(name, Median(ours), best);
  std::snprintf(name, sizeof(name), "tusk, tolerance %g, 1 thread", tolerance);
  Print(name, Median(single), best);
#ifdef TUSK_WITH_LIBLINEAR
  std::snprintf(name, sizeof(name), "liblinear -s 0 -e %g", eps[0]);
  Print(name, Median(primal), best);
  std::snprintf(name, sizeof(name), "liblinear -s 7 -e %g", eps[1]);
  Print(name, Median(dual), best);
  Print("liblinear -s 0 -e 0.01 (its default)", Median(primal_default), best);
#endif
  return 0;
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) {
  tusk::ml::show_steps = argc > 3;
  const size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
  return tusk::ml::Main(rows, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5);
}
