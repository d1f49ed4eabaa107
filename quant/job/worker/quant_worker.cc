// Loops that make pieces.
#include "quant/job/worker/quant_worker.h"

#include <thread>

#include "base/async/loop_thread.h"
#include "base/log/log.h"
#include "quant/job/part_store.h"
#include "quant/job/worker/master_line.h"

namespace tusk::quant {
namespace {

constexpr auto kFailurePause = std::chrono::milliseconds(500);

// Whether the same attempt elsewhere would fail the same way.
bool IsHopeless(Code code) {
  return code == Code::kInvalidArgument || code == Code::kCorruption || code == Code::kUnsupported || code == Code::kInternal ||
         code == Code::kFileNotFound || code == Code::kAccessControl;
}

void MakePieces(const OutputRecipe& recipe, const PartStore& parts, MasterLine& master, const std::string& attempt) {
  UnitScratch scratch;
  std::vector<uint8_t> bytes;
  std::optional<size_t> done;
  while (const std::optional<size_t> number = master.NextPiece(done)) {
    done.reset();
    if (*number >= parts.pieces().size()) {
      (void)master.Failed(number, "there is no piece " + std::to_string(*number) + " of this output: the model has changed", true);
      return;
    }
    Status status = MakePiece(recipe, parts.pieces()[*number], scratch, bytes);
    if (status.ok()) status = parts.Commit(*number, bytes, attempt);
    if (status.ok()) {
      done = number;
      continue;
    }
    LogWarn("worker", "piece {}: {}", *number, status.ToString());
    if (!master.Failed(number, status.ToString(), IsHopeless(status.code()))) return;
    if (!master.Pause(kFailurePause)) return;
  }
}

}  // namespace

Status RunQuantWorker(QuantWorkerSetup setup) {
  LoopThread thread(setup.process->clock(), setup.process->random(), setup.process->disk(), "worker");
  MasterLine master(thread, setup.process->clock(), {setup.files, setup.staging, setup.token, setup.container});
  const auto prepare = [&]() -> Result<std::pair<std::unique_ptr<OpenedRecipe>, std::unique_ptr<PartStore>>> {
    ASSIGN_OR_RETURN(std::unique_ptr<OpenedRecipe> opened, setup.program->open(setup.job.recipe, *setup.files));
    ASSIGN_OR_RETURN(std::vector<Piece> pieces, PiecesOf(opened->recipe()));
    ASSIGN_OR_RETURN(const mapreduce::Location output, setup.files->Resolve(setup.job.output));
    return std::pair(std::move(opened), std::make_unique<PartStore>(output, opened->identity(), std::move(pieces)));
  };
  const auto prepared = prepare();
  if (!prepared.ok()) {
    (void)master.Failed(std::nullopt, prepared.status().ToString(), IsHopeless(prepared.status().code()));
    return prepared.status();
  }
  const auto& [opened, parts] = *prepared;
  const int loops = setup.job.threads > 0 ? setup.job.threads : setup.job.vcores;
  std::vector<std::thread> threads;
  for (int loop = 0; loop < loops; ++loop) {
    threads.emplace_back([&, loop] { MakePieces(opened->recipe(), *parts, master, setup.container + "." + std::to_string(loop)); });
  }
  for (std::thread& one : threads) one.join();
  return Status::Ok();
}

}  // namespace tusk::quant
