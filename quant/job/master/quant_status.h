// QuantStatus: what a quantization's master knows about its course, as the JSON that its tracking URL serves (docs/formats/quant_job.md):
// each tensor with type, size, error and how much of it is made; bytes a second; workers. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core/time.h"
#include "quant/job/master/job_figures.h"
#include "quant/job/master/piece_ledger.h"
#include "quant/job/pieces.h"

namespace tusk::quant {

class QuantStatus {
 public:
  // What the job is; `recipe` outlives it.
  QuantStatus(const OutputRecipe& recipe, std::vector<Piece> pieces);

  // A piece that an earlier job or master has made: its error is not known.
  void WasMade(size_t piece) { Count(piece); }
  // By a worker of this master. `errors`: of the piece's tensors, by their numbers.
  void Made(const std::string& worker, size_t piece, const std::map<uint32_t, CodeError>& errors, TimePoint now, int64_t wall_ms);
  // A worker has got a piece of weights.
  void Begun(TimePoint now, int64_t wall_ms);

  // What the caller knows at the moment.
  struct Worker {
    std::string node, state;        // "HELD" (granted, not heard of yet), "IDLE", "WORKING"
  };
  struct Now {
    std::string application, name, input, output, type, state, diagnostics;
    int attempt = 1, workers_wanted = 0, gpus = 0;
    int64_t started_ms = 0, wall_ms = 0;
    TimePoint time;
    uint64_t made_again = 0;
  };
  std::string JobJson(const Now& now, const PieceLedger& ledger, const JobFigures& figures, const std::map<std::string, Worker>& workers) const;

 private:
  struct Tensor {
    uint64_t bytes_done = 0;
    CodeError error;
  };
  void Count(size_t piece);
  // Of the output, since the first piece was begun; nothing before one is made.
  std::optional<double> BytesPerSecond(TimePoint now) const;

  const OutputRecipe& recipe_;
  const std::vector<Piece> pieces_;
  std::vector<Tensor> tensors_;
  std::map<std::string, uint64_t> pieces_of_;     // made by each worker
  std::optional<TimePoint> begun_, last_made_;
  int64_t begun_ms_ = 0, made_ms_ = 0;            // the first; 0: not yet
  uint64_t bytes_made_ = 0;                       // under this master
};

}  // namespace tusk::quant
