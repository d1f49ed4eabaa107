// Memberships, steps, checkpoints, the model.
#include "mlkit/job/worker/training_worker.h"

#include <fstream>
#include <thread>

#include "base/log/log.h"
#include "mapreduce/client/container_process.h"
#include "mapreduce/client/process.h"
#include "mlkit/api/checkpoint.h"
#include "mlkit/api/local_training.h"
#include "mlkit/collectives/link_communicator.h"
#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/job/transport/mesh_link.h"
#include "mlkit/job/transport/mesh_post.h"
#include "mlkit/job/worker/checkpoint_writer.h"
#include "mlkit/job/worker/master_connection.h"
#include "mlkit/job/worker/timed_communicator.h"
#include "mlkit/training/training_rank.h"

namespace tusk::ml {
namespace {

constexpr int kSpins = 2000;  // looks at shared memory before sleeping, where cores are free

std::string BootId() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(in, line);
  return line;
}

// Whether the same attempt elsewhere would fail the same way.
bool IsHopeless(Code code) {
  return code == Code::kInvalidArgument || code == Code::kCorruption || code == Code::kUnsupported || code == Code::kInternal ||
         code == Code::kFileNotFound || code == Code::kAccessControl;
}

// Connections that break, come late or are not made: the master knows why, or lets everybody meet again.
bool IsBreak(Code code) {
  return code == Code::kCancelled || code == Code::kTimedOut || code == Code::kConnectionRefused || code == Code::kConnectionReset ||
         code == Code::kNoRouteToHost || code == Code::kStandby;
}

class TrainingWorker {
 public:
  explicit TrainingWorker(TrainingWorkerSetup setup)
      : setup_(std::move(setup)),
        pool_(setup_.training.threads > 0 ? setup_.training.threads : static_cast<size_t>(std::max(1, setup_.training.vcores))),
        thread_(setup_.process->clock(), setup_.process->random(), setup_.process->disk(), "worker") {}

  Status Run() {
    const Status prepared = Prepare();
    RETURN_IF_ERROR(Connect(prepared.ok()));
    const Status status = prepared.ok() ? Train() : prepared;
    if (!status.ok() && !master_->ended()) master_->Failed(status.ToString(), IsHopeless(status.code()));
    writer_.reset();   // what it writes is reported through the connection
    master_.reset();
    return status;
  }

 private:
  Result<std::unique_ptr<Algorithm>> MakeAlgorithm() const {
    return setup_.program->make_algorithm(setup_.training, data_ ? data_->schema() : Schema());
  }

  Status Prepare() {
    if (!setup_.training.data.empty()) {
      ASSIGN_OR_RETURN(data_, setup_.program->open_data(setup_.training, *setup_.files));
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> sample, MakeAlgorithm());
    training_setup_.make = [this] { return MakeAlgorithm(); };
    training_setup_.allow_missing = sample->AllowsMissing();
    wants_post_ = sample->WantsPost();
    follows_paces_ = sample->FollowsPaces();
    training_setup_.seed = setup_.training.seed;
    if (data_) data_ = ShardsFor(*sample, data_);
    training_setup_.data = data_;
    training_setup_.shard_count = data_ ? data_->shards() : sample->WantedShards();
    ASSIGN_OR_RETURN(const mapreduce::Location folder, setup_.files->Resolve(setup_.training.checkpoint_folder));
    writer_ = std::make_unique<CheckpointWriter>(CheckpointStore(folder));
    return Status::Ok();
  }

  Status Connect(bool joins) {
    ASSIGN_OR_RETURN(const std::string numeric, thread_.env().network.ResolveBlocking(setup_.host));
    Result<Descriptor> listener = ListenOn(numeric, 0);
    if (!listener.ok()) listener = ListenOn("0.0.0.0", 0);  // the node's name is not an address of this machine
    if (!listener.ok()) return std::move(listener).status();
    listener_ = std::move(listener).value();
    MasterConnectionSetup setup;
    setup.files = setup_.files;
    setup.staging = setup_.staging;
    setup.token = setup_.token;
    setup.worker = setup_.container;
    ASSIGN_OR_RETURN(const uint16_t port, PortOf(listener_));
    setup.data_address = {numeric, port};
    setup.shard_count = training_setup_.shard_count;
    setup.joins = joins;
    if (joins && setup_.training.gpus > 0) setup.about = mapreduce::AboutGpu(setup_.container, CudaDeviceName());
    master_ = std::make_unique<MasterConnection>(thread_, setup_.process->clock(), std::move(setup));
    return Status::Ok();
  }

  Status Train() {
    TrainingRank rank(training_setup_, pool_);
    for (uint64_t epoch = 0;;) {
      const std::optional<wire::Plan> plan = master_->NextPlan(epoch);
      if (!plan) return Status::Ok();
      epoch = plan->epoch();
      if (plan->stop()) {
        if (plan->ranks(0).worker() == setup_.container) KeepState(rank, epoch);
        continue;
      }
      const Status status = RunMembership(rank, *plan);
      if (status.ok() || master_->ended()) continue;  // the next plan was due, or all is done
      LogWarn("worker", "epoch {}: {}", epoch, status.ToString());
      if (!IsBreak(status.code())) return status;
      master_->Broken(epoch);
    }
  }

  MeshSetup MeshOf(const wire::Plan& plan) {
    MeshSetup mesh;
    mesh.epoch = plan.epoch();
    mesh.rank = -1;
    for (const wire::Rank& rank : plan.ranks()) {
      if (rank.worker() == setup_.container) mesh.rank = static_cast<int>(mesh.ranks.size());
      mesh.ranks.push_back({rank.host(), static_cast<uint16_t>(rank.port())});
    }
    mesh.secret = setup_.token.password;
    mesh.machine = MachineNumber(BootId(), thread_.env().network.LocalHostName());
    mesh.spins = std::thread::hardware_concurrency() > 2 * mesh.ranks.size() ? kSpins : 0;
    return mesh;
  }

  Status RunMembership(TrainingRank& rank, const wire::Plan& plan) {
    const std::shared_ptr<AbortSignal> abort = master_->abort_signal();
    const Clock& clock = setup_.process->clock();
    ASSIGN_OR_RETURN(const std::unique_ptr<MeshLink> link, MeshLink::Connect(MeshOf(plan), listener_, clock, setup_.process->random(), *abort));
    LinkCommunicator collectives(*link);
    TimedCommunicator comm(collectives, clock);
    std::unique_ptr<MeshPost> post;
    if (wants_post_) {
      RETURN_IF_ERROR(comm.Barrier());
      ASSIGN_OR_RETURN(post, MeshPost::Connect(MeshOf(plan), listener_, clock, setup_.process->random(), *abort));
    }
    const std::vector<int> owners(plan.owner_of_shard().begin(), plan.owner_of_shard().end());
    RETURN_IF_ERROR(rank.Enter(comm, owners, [&] { return LoadCheckpoint(); }, post.get()));
    master_->ShardsOwned(rank.OwnedRows());
    LogInfo("worker", "epoch {}: rank {} of {} after step {}", plan.epoch(), comm.rank(), comm.size(), rank.steps());
    while (!rank.finished()) {
      if (master_->ShouldLeaveAfter(rank.steps())) return Status::Ok();
      if (const std::optional<wire::Plan> next = master_->TakeAnnounced()) {
        rank.Preload({next->owner_of_shard().begin(), next->owner_of_shard().end()}, MeshOf(*next).rank);
      }
      RETURN_IF_ERROR(Step(rank, comm, post.get(), plan));
    }
    (void)master_->ShouldLeaveAfter(rank.steps());
    if (comm.rank() == 0) RETURN_IF_ERROR(WriteModel(rank));
    return Status::Ok();
  }

  // Since the membership began.
  static Duration Waited(const TimedCommunicator& comm, const Post* post) {
    const double seconds = post ? post->waited() : 0;
    return comm.spent() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  static uint64_t Sent(const Communicator& comm, const Post* post) { return comm.bytes_sent() + (post ? post->bytes_sent() : 0); }

  Status Step(TrainingRank& rank, TimedCommunicator& comm, const Post* post, const wire::Plan& plan) {
    const Clock& clock = setup_.process->clock();
    const TimePoint begin = clock.Now();
    const Duration waited = Waited(comm, post);
    const uint64_t sent = Sent(comm, post);
    ASSIGN_OR_RETURN(const StepReport report, rank.Step());
    const Duration took = clock.Now() - begin;
    wire::StepNews news;
    news.set_epoch(plan.epoch());
    news.set_step(rank.steps());
    // By this the master moves shards.
    if (!follows_paces_) news.set_computing_ns(static_cast<uint64_t>((took - (Waited(comm, post) - waited)).count()));
    news.set_bytes(Sent(comm, post) - sent);
    if (comm.rank() == 0) {
      news.set_finished(report.finished);
      news.set_rows(report.rows);
      news.set_progress(report.progress);
      news.set_step_ns(static_cast<uint64_t>(took.count()));
      for (const auto& [name, value] : report.figures) {
        wire::Figure* figure = news.add_figures();
        figure->set_name(name);
        figure->set_value(value);
      }
    }
    master_->Report(std::move(news));
    if (rank.CheckpointDue(report, setup_.training.checkpoint_every)) StartCheckpoint(rank, comm.rank(), comm.size(), plan.epoch());
    return Status::Ok();
  }

  // The user ends the training: one rank's state is everybody's.
  void KeepState(const TrainingRank& rank, uint64_t epoch) {
    if (!rank.started()) return master_->Note("no step was made yet: there is nothing to keep");
    StartCheckpoint(rank, 0, 1, epoch);
    writer_->Wait();
  }

  void StartCheckpoint(const TrainingRank& rank, int number, int ranks, uint64_t epoch) {
    Checkpoint checkpoint;
    checkpoint.algorithm = setup_.training.algorithm;
    checkpoint.parameters = setup_.training.parameters;
    checkpoint.seed = setup_.training.seed;
    checkpoint.steps = rank.steps();
    checkpoint.shards = training_setup_.shard_count;
    if (data_) checkpoint.schema = data_->schema();
    checkpoint.state = rank.SaveState().bundle;
    const uint64_t step = rank.steps();
    writer_->Write(epoch, step, number, ranks, checkpoint.Save().Encode(),
                   [this, epoch, step](uint32_t pieces, const Result<CheckpointPiece>& piece) {
                     if (!piece.ok()) return master_->Note("checkpoint of step " + std::to_string(step) + ": " + piece.status().ToString());
                     wire::PieceWrittenRequest request;
                     request.set_epoch(epoch);
                     request.set_step(step);
                     request.set_piece(piece.value().number);
                     request.set_pieces(pieces);
                     request.set_piece_bytes(piece.value().bytes);
                     request.set_crc32c(piece.value().crc32c);
                     master_->PieceWritten(std::move(request));
                   });
  }

  Result<TrainingState> ReadCheckpoint(uint64_t step) const {
    const CheckpointStore& store = writer_->store();
    ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, store.Read(step));
    ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Decode(bytes, store.PathOf(step)));
    ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Load(bundle));
    RETURN_IF_ERROR(checkpoint.Fits(setup_.training.algorithm, setup_.training.parameters, setup_.training.seed,
                                    data_ ? data_->schema() : Schema(), training_setup_.shard_count));
    return TrainingState{checkpoint.steps, false, checkpoint.steps, std::move(checkpoint.state)};
  }

  // The newest good one. A folder with bad ones only is an error: starting afresh would hide it.
  Result<std::optional<TrainingState>> LoadCheckpoint() {
    ASSIGN_OR_RETURN(const std::vector<uint64_t> steps, writer_->store().Steps());
    Status refused;
    for (const uint64_t step : steps) {
      Result<TrainingState> state = ReadCheckpoint(step);
      if (state.ok()) {
        master_->Note("goes on from checkpoint " + writer_->store().PathOf(step));
        return std::optional<TrainingState>(std::move(state).value());
      }
      refused = state.status().WithContext("checkpoint " + writer_->store().PathOf(step) + " is refused");
      master_->Note(refused.ToString());
    }
    RETURN_IF_ERROR(refused);
    return std::optional<TrainingState>();
  }

  Status WriteModel(TrainingRank& rank) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, rank.Finish());
    const std::vector<uint8_t> bytes = model->Save().Encode();
    ASSIGN_OR_RETURN(const mapreduce::Location place, setup_.files->Resolve(setup_.training.output));
    const std::string partial = place.path + ".part-" + setup_.container;
    RETURN_IF_ERROR(place.fs->WriteFile(partial, AsText(bytes)));
    RETURN_IF_ERROR(place.fs->Remove(place.path));
    RETURN_IF_ERROR(place.fs->Rename(partial, place.path));
    master_->ModelWritten(place.ToString());
    return Status::Ok();
  }

  const TrainingWorkerSetup setup_;
  ThreadPool pool_;
  LoopThread thread_;
  std::shared_ptr<const Dataset> data_;   // as the algorithm wants its shards
  TrainingSetup training_setup_;
  bool wants_post_ = false, follows_paces_ = false;
  Descriptor listener_;
  std::unique_ptr<MasterConnection> master_;
  std::unique_ptr<CheckpointWriter> writer_;
};

}  // namespace

Status RunTrainingWorker(TrainingWorkerSetup setup) { return TrainingWorker(std::move(setup)).Run(); }

}  // namespace tusk::ml
