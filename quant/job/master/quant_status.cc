// The status as JSON.
#include "quant/job/master/quant_status.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tusk::quant {
namespace {

using Json = nlohmann::json;

constexpr size_t kTensorsMax = 5000;   // that are told

Json OrNull(int64_t ms) { return ms == 0 ? Json() : Json(ms); }

// NMSE; null where nothing was compared, or what is compared with is all zero and did not stay so.
Json ErrorJson(const CodeError& error) {
  if (error.weights == 0) return nullptr;
  if (error.squared == 0) return 0.0;
  const double ratio = error.squared / error.power;
  return std::isfinite(ratio) ? Json(ratio) : Json();
}

}  // namespace

QuantStatus::QuantStatus(const OutputRecipe& recipe, std::vector<Piece> pieces) : recipe_(recipe), pieces_(std::move(pieces)), tensors_(recipe.tensors().size()) {}

void QuantStatus::Count(size_t number) {
  const Piece& piece = pieces_[number];
  for (size_t unit = piece.first_unit; unit < piece.first_unit + piece.units; ++unit) {
    tensors_[recipe_.TensorOf(unit)].bytes_done += recipe_.units()[unit].bytes;
  }
}

void QuantStatus::Begun(TimePoint now, int64_t wall_ms) {
  if (begun_) return;
  begun_ = now;
  begun_ms_ = wall_ms;
}

void QuantStatus::Made(const std::string& worker, size_t piece, const std::map<uint32_t, CodeError>& errors, TimePoint now, int64_t wall_ms) {
  Count(piece);
  ++pieces_of_[worker];
  bytes_made_ += pieces_[piece].bytes;
  last_made_ = now;
  if (made_ms_ == 0 && pieces_[piece].units > 0) made_ms_ = wall_ms;
  for (const auto& [tensor, error] : errors) {
    if (tensor < tensors_.size()) tensors_[tensor].error.Add(error);
  }
}

std::optional<double> QuantStatus::BytesPerSecond(TimePoint now) const {
  if (!begun_ || bytes_made_ == 0) return std::nullopt;
  const double seconds = std::chrono::duration<double>(now - *begun_).count();
  if (seconds <= 0) return std::nullopt;
  return static_cast<double>(bytes_made_) / seconds;
}

std::string QuantStatus::JobJson(const Now& now, const PieceLedger& ledger, const JobFigures& figures, const std::map<std::string, Worker>& workers) const {
  const JobFigures::Sum sum = figures.SumAt(now.time);
  // What is made stays as fast as it was.
  const std::optional<double> rate = BytesPerSecond(ledger.finished() && last_made_ ? *last_made_ : now.time);
  Json job = {{"application", now.application}, {"name", now.name}, {"input", now.input}, {"output", now.output}, {"type", now.type},
              {"state", now.state}, {"diagnostics", now.diagnostics}, {"attempt", now.attempt}, {"startedAt", now.started_ms}, {"now", now.wall_ms},
              {"workersWanted", now.workers_wanted}, {"gpusPerWorker", now.gpus},
              {"piecesDone", ledger.done()}, {"piecesTotal", ledger.pieces()}, {"bytesDone", ledger.bytes_done()}, {"bytesTotal", ledger.bytes()},
              {"bytesPerSecond", rate ? Json(*rate) : Json()},
              {"secondsLeft", rate ? Json(static_cast<double>(ledger.bytes() - ledger.bytes_done()) / *rate) : Json()},
              {"atWork", sum.at_work}, {"computing", sum.computing}, {"workerPeakBytes", sum.peak_bytes}, {"madeAgain", now.made_again},
              {"firstBegunAt", OrNull(begun_ms_)}, {"firstMadeAt", OrNull(made_ms_)}, {"workers", Json::array()}, {"tensors", Json::array()}};
  for (const auto& [container, known] : workers) {
    const auto made = pieces_of_.find(container);
    job["workers"].push_back({{"container", container}, {"node", known.node}, {"state", known.state},
                              {"pieces", made == pieces_of_.end() ? 0 : made->second}, {"atWork", figures.ShareOf(container, now.time)}});
  }
  std::vector<bool> running(tensors_.size(), false);
  for (const size_t piece : ledger.UnderWay()) {
    for (size_t unit = pieces_[piece].first_unit; unit < pieces_[piece].first_unit + pieces_[piece].units; ++unit) running[recipe_.TensorOf(unit)] = true;
  }
  for (size_t i = 0; i < std::min(tensors_.size(), kTensorsMax); ++i) {
    const OutputRecipe::Tensor& known = recipe_.tensors()[i];
    const Tensor& tensor = tensors_[i];
    const double done = known.bytes == 0 ? 1 : static_cast<double>(tensor.bytes_done) / static_cast<double>(known.bytes);
    job["tensors"].push_back({{"name", known.name}, {"type", known.type}, {"shape", known.shape}, {"bytes", known.bytes}, {"sourceBytes", known.source_bytes},
                              {"state", tensor.bytes_done >= known.bytes ? "done" : running[i] || tensor.bytes_done > 0 ? "running" : "waiting"},
                              {"done", done}, {"error", ErrorJson(tensor.error)}});
  }
  return job.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tusk::quant
