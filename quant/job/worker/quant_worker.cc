// The loop that makes pieces.
#include "quant/job/worker/quant_worker.h"

#include <algorithm>
#include <mutex>

#include "base/async/loop_thread.h"
#include "base/log/log.h"
#include "base/server/process_stats.h"
#include "mapreduce/client/container_process.h"
#include "quant/cuda/gpu_rows.h"
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

// How long this worker was at pieces: the one under way counts.
class WorkTime {
 public:
  explicit WorkTime(const Clock& clock) : clock_(clock) {}
  void Begin() { Set(clock_.Now()); }
  void End() { Set(std::nullopt); }
  Duration Sum() const {
    std::lock_guard lock(mutex_);
    return sum_ + (since_ ? clock_.Now() - *since_ : Duration(0));
  }

 private:
  void Set(std::optional<TimePoint> since) {
    std::lock_guard lock(mutex_);
    if (since_) sum_ += clock_.Now() - *since_;
    since_ = since;
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  Duration sum_{0};
  std::optional<TimePoint> since_;
};

uint64_t Microseconds(Duration duration) { return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count()); }

void MakePieces(const OutputRecipe& recipe, const PartStore& parts, MasterLine& master, WorkTime& time, const std::string& attempt, size_t threads,
                RowDevice* device) {
  std::vector<UnitScratch> scratches(threads);
  for (UnitScratch& scratch : scratches) {
    scratch.device = device;
    scratch.measure = true;
  }
  std::vector<uint8_t> bytes;
  std::optional<MadePiece> done;
  bool device_works = device != nullptr;
  while (const std::optional<size_t> number = master.NextPiece(done)) {
    done.reset();
    if (*number >= parts.pieces().size()) {
      (void)master.Failed(number, "there is no piece " + std::to_string(*number) + " of this output: the model has changed", true);
      return;
    }
    LogInfo("worker", "piece {} begins", *number);
    time.Begin();
    MadePiece made{*number, {}};
    Status status = MakePiece(recipe, parts.pieces()[*number], scratches, bytes, &made.errors);
    if (status.ok()) status = parts.Commit(*number, bytes, attempt);
    time.End();
    if (device_works && !device->failure().empty()) {
      device_works = false;
      LogWarn("worker", "{}", device->failure());
      master.Tell(attempt + " goes on on the CPU: " + device->failure());
    }
    if (status.ok()) {
      done = std::move(made);
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
  WorkTime time(setup.process->clock());
  const auto figures = [&time](wire::WorkerFigures& out) {
    const ProcessStats stats = ReadProcessStats();
    out.set_at_work_us(Microseconds(time.Sum()));
    out.set_cpu_us(Microseconds(stats.cpu_time));
    out.set_peak_bytes(stats.peak_resident_bytes);
  };
  MasterLine master(thread, setup.process->clock(), {setup.files, setup.staging, setup.token, setup.container, figures});
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
  // One piece at a time, whatever the number of threads: a worker that is lost costs no more than one.
  const auto threads = static_cast<size_t>(std::max(1, setup.job.threads > 0 ? setup.job.threads : setup.job.vcores));
  std::string why_none;
  const Result<std::unique_ptr<RowDevice>> device = MakeRowDevice(setup.job.device, &why_none);
  if (!device.ok()) {
    (void)master.Failed(std::nullopt, setup.container + ": " + std::string(device.status().message()), /*hopeless=*/true);
    return device.status();
  }
  RowDevice* const found = device->get();
  if (setup.job.device != "cpu") {
    const Result<std::string> name = found != nullptr ? Result<std::string>(found->name()) : Result<std::string>(Status(Code::kUnsupported, why_none));
    master.Tell(mapreduce::AboutGpu(setup.container, name));
  }
  MakePieces(opened->recipe(), *parts, master, time, setup.container, threads, found);
  return Status::Ok();
}

}  // namespace tusk::quant
