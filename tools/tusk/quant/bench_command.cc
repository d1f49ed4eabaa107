// `tusk quant bench`: how fast each codec is here, on one core, beside a plain copy of the same floats.
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/env/clock.h"
#include "quant/types/codec.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {
namespace {

constexpr int64_t kColumns = 4096;
constexpr int kRepeats = 5;
constexpr double kSecondsEach = 1;  // of one type's repeats, at most

struct Figures {
  double encode = 0, decode = 0;  // weights a second, the best of the repeats
  double bits = 0, nmse = 0;
};

class Bench {
 public:
  Bench(Clock& clock, uint64_t weights) : clock_(clock), rows_(std::max<int64_t>(1, static_cast<int64_t>(weights) / kColumns)) {
    // Heavy-tailed, as weights are: a product of two uniform numbers' logit-like transforms, cheap and the same everywhere.
    weights_.resize(static_cast<size_t>(rows_ * kColumns));
    uint64_t state = 0x9e3779b97f4a7c15ULL;
    for (float& weight : weights_) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      const double uniform = (static_cast<double>(state >> 11) + 0.5) * 0x1p-53;
      weight = static_cast<float>(0.02 * std::log(uniform / (1 - uniform)));
    }
  }

  // Floats copied a second.
  double Copy() {
    std::vector<float> target(weights_.size());
    return Rate([&] {
      std::memcpy(target.data(), weights_.data(), weights_.size() * sizeof(float));
      return target[0] == weights_[0] ? Status::Ok() : Status(Code::kInternal, "memcpy");
    }).value_or(0);
  }

  Result<Figures> Of(quant::TensorType type) {
    ASSIGN_OR_RETURN(const int64_t row_bytes, quant::RowBytes(type, kColumns));
    std::vector<uint8_t> bytes(static_cast<size_t>(row_bytes * rows_));
    std::vector<float> decoded(weights_.size());
    Figures figures;
    ASSIGN_OR_RETURN(figures.encode, Rate([&] { return quant::EncodeRows(type, weights_.data(), rows_, kColumns, nullptr, bytes); }));
    ASSIGN_OR_RETURN(figures.decode, Rate([&] { return quant::DecodeRows(type, bytes, rows_, kColumns, decoded.data()); }));
    double error = 0, energy = 0;
    for (size_t i = 0; i < weights_.size(); ++i) {
      const double difference = static_cast<double>(weights_[i]) - static_cast<double>(decoded[i]);
      error += difference * difference;
      energy += static_cast<double>(weights_[i]) * static_cast<double>(weights_[i]);
    }
    figures.nmse = error / energy;
    figures.bits = static_cast<double>(row_bytes) * 8 / kColumns;
    return figures;
  }

 private:
  template <typename Work>
  Result<double> Rate(const Work& work) {
    double best = 0, all = 0;
    for (int i = 0; i < kRepeats && (i == 0 || all < kSecondsEach); ++i) {
      const TimePoint begin = clock_.Now();
      RETURN_IF_ERROR(work());
      const double seconds = static_cast<double>((clock_.Now() - begin).count()) * 1e-9;
      all += seconds;
      if (seconds > 0) best = std::max(best, static_cast<double>(weights_.size()) / seconds);
    }
    return best;
  }

  Clock& clock_;
  const int64_t rows_;
  std::vector<float> weights_;
};

Status Run(CliContext& context, const QuantOptions& options) {
  if (options.bench_weights < kColumns || options.bench_weights > (uint64_t{1} << 30)) {
    return Status(Code::kInvalidArgument, "--weights between 4096 and 1073741824");
  }
  std::vector<quant::TensorType> types;
  for (const std::string& name : options.bench_types) {
    const quant::TypeTraits* traits = quant::TypeByName(name);
    if (traits == nullptr || !traits->encodable) return Status(Code::kInvalidArgument, "no type '" + name + "' that can be encoded");
    types.push_back(traits->type);
  }
  if (types.empty()) {
    for (const quant::TypeTraits& traits : quant::AllTypes()) {
      if (traits.encodable && traits.decodable && traits.type != quant::TensorType::kF32) types.push_back(traits.type);
    }
  }
  Bench bench(context.clock, options.bench_weights);
  const double copy = bench.Copy();
  nlohmann::json rows = nlohmann::json::array();
  if (!options.json) {
    std::fprintf(context.out, "%-8s %6s %10s %14s %14s\n", "type", "bits", "NMSE", "encode Mw/s", "decode Mw/s");
    std::fprintf(context.out, "%-8s %6s %10s %14.0f\n", "copy", "32", "0", copy / 1e6);
  }
  for (const quant::TensorType type : types) {
    ASSIGN_OR_RETURN(const Figures figures, bench.Of(type));
    const std::string name(quant::TraitsOf(type)->name);
    if (options.json) {
      rows.push_back({{"type", name}, {"bits_per_weight", figures.bits}, {"nmse", figures.nmse}, {"encode_weights_per_second", figures.encode},
                      {"decode_weights_per_second", figures.decode}});
    } else {
      std::fprintf(context.out, "%-8s %6.3f %10.3e %14.1f %14.1f\n", name.c_str(), figures.bits, figures.nmse, figures.encode / 1e6, figures.decode / 1e6);
      std::fflush(context.out);
    }
  }
  if (options.json) {
    const nlohmann::json json = {{"copy_floats_per_second", copy}, {"types", rows}};
    std::fprintf(context.out, "%s\n", json.dump(2).c_str());
  }
  return Status::Ok();
}

}  // namespace

int RunQuantBench(CliContext& context, QuantOptions options) {
  if (!options.words.empty()) return QuantUsage(context, "bench: what is '" + options.words[0] + "'?");
  const Status status = Run(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

}  // namespace tusk::tools
