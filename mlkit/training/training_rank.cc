// Entering memberships, stepping, and the bytes of a state.
#include "mlkit/training/training_rank.h"

#include <algorithm>
#include <cstring>

#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

constexpr const char* kFormat = "tusk.training-state";
constexpr const char* kNumbers = "numbers";   // steps, finished, checkpointed
constexpr const char* kStatePrefix = "state";

}  // namespace

std::vector<uint8_t> TrainingState::Encode() const {
  Bundle whole;
  const int64_t numbers[] = {static_cast<int64_t>(steps), finished ? 1 : 0, static_cast<int64_t>(checkpointed)};
  whole.SetText("format", kFormat);
  whole.SetLongs(kNumbers, numbers);
  whole.Merge(kStatePrefix, bundle);
  return whole.Encode();
}

Result<TrainingState> TrainingState::Decode(ByteView bytes, std::string_view what) {
  ASSIGN_OR_RETURN(const Bundle whole, Bundle::Decode(bytes, what));
  const Result<std::string> format = whole.Text("format");
  if (!format.ok() || format.value() != kFormat) {
    return Status(Code::kCorruption, std::string(what) + ": not the state of a training");
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, whole.Longs(kNumbers));
  if (numbers.size() != 3 || numbers[0] < 0 || numbers[2] < 0) return Status(Code::kCorruption, std::string(what) + ": bad count of steps");
  TrainingState state;
  state.steps = static_cast<uint64_t>(numbers[0]);
  state.finished = numbers[1] != 0;
  state.checkpointed = static_cast<uint64_t>(numbers[2]);
  state.bundle = whole.Part(kStatePrefix);
  return state;
}

Status TrainingRank::CheckRows(const Block& block) const {
  RETURN_IF_ERROR(ValidateBlock(block, setup_.data->schema(), setup_.allow_missing));
  if (block.labels.size() == block.rows) return Status::Ok();
  return Status(Code::kInvalidArgument, block.origin + ": rows without labels");
}

void TrainingRank::EndPreload() {
  if (preloading_.joinable()) preloading_.join();
}

void TrainingRank::Preload(const std::vector<int>& owner_of_shard, int rank) {
  EndPreload();
  preloaded_.clear();
  std::vector<size_t> missing;
  for (size_t shard = 0; shard < owner_of_shard.size(); ++shard) {
    if (owner_of_shard[shard] == rank && !blocks_.contains(shard)) missing.push_back(shard);
  }
  if (!setup_.data || missing.empty()) return;
  preloading_ = std::thread([this, missing] {
    for (const size_t shard : missing) {
      Result<std::shared_ptr<const Block>> block = setup_.data->LoadShared(shard);
      if (!block.ok() || !CheckRows(*block.value()).ok()) return;  // LoadShards will say why
      preloaded_[shard] = std::move(block).value();
    }
  });
}

Status TrainingRank::LoadShards() {
  EndPreload();
  blocks_.merge(preloaded_);
  preloaded_.clear();
  std::map<size_t, std::shared_ptr<const Block>> blocks;
  std::vector<size_t> missing;
  for (size_t shard = 0; shard < context_.owner_of_shard.size(); ++shard) {
    if (context_.owner_of_shard[shard] != context_.comm->rank()) continue;
    const auto known = blocks_.find(shard);
    blocks[shard] = known == blocks_.end() ? nullptr : known->second;
    if (known == blocks_.end() && setup_.data) missing.push_back(shard);
  }
  std::vector<Status> errors(missing.size());
  pool_.ParallelFor(missing.size(), [&](size_t i) {
    Result<std::shared_ptr<const Block>> block = setup_.data->LoadShared(missing[i]);
    errors[i] = block.ok() ? CheckRows(*block.value()) : block.status();
    if (errors[i].ok()) blocks.find(missing[i])->second = std::move(block).value();
  });
  for (const Status& error : errors) RETURN_IF_ERROR(error);
  blocks_ = std::move(blocks);
  context_.shards.clear();
  for (const auto& [number, block] : blocks_) context_.shards.push_back({number, block});
  return Status::Ok();
}

Status TrainingRank::StartFrom(const TrainingState& state) {
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, setup_.make());
  RETURN_IF_ERROR(algorithm->Start(context_, &state.bundle));
  algorithm_ = std::move(algorithm);
  steps_ = state.steps;
  finished_ = state.finished;
  checkpointed_ = state.checkpointed;
  return Status::Ok();
}

Status TrainingRank::FetchState(const std::vector<int64_t>& steps_of_rank) {
  const auto most = std::max_element(steps_of_rank.begin(), steps_of_rank.end());  // the first of equals
  const int root = static_cast<int>(most - steps_of_rank.begin());
  std::vector<uint8_t> bytes;
  if (context_.comm->rank() == root) bytes = SaveState().Encode();
  RETURN_IF_ERROR(context_.comm->Broadcast(bytes, root));
  if (algorithm_ && static_cast<int64_t>(steps_) == *most) return algorithm_->ShardsChanged(context_);
  ASSIGN_OR_RETURN(const TrainingState state, TrainingState::Decode(bytes, "state of rank " + std::to_string(root)));
  return StartFrom(state);
}

// Nobody has a state: from rank 0's checkpoint, or afresh.
Status TrainingRank::StartTogether(const LoadCheckpoint& load_checkpoint) {
  std::vector<uint8_t> bytes;  // empty: there is none
  if (context_.comm->rank() == 0 && load_checkpoint) {
    ASSIGN_OR_RETURN(const std::optional<TrainingState> checkpoint, load_checkpoint());
    if (checkpoint) bytes = checkpoint->Encode();
  }
  RETURN_IF_ERROR(context_.comm->Broadcast(bytes, 0));
  if (!bytes.empty()) {
    ASSIGN_OR_RETURN(const TrainingState state, TrainingState::Decode(bytes, "checkpoint of rank 0"));
    return StartFrom(state);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, setup_.make());
  RETURN_IF_ERROR(algorithm->Start(context_, nullptr));
  algorithm_ = std::move(algorithm);
  return Status::Ok();
}

Status TrainingRank::Enter(Communicator& comm, std::vector<int> owner_of_shard, const LoadCheckpoint& load_checkpoint, Post* post) {
  if (owner_of_shard.size() != setup_.shard_count) {
    return Status(Code::kInternal, "the membership owns " + std::to_string(owner_of_shard.size()) + " shards of " +
                                       std::to_string(setup_.shard_count));
  }
  context_.comm = &comm;
  context_.post = post;
  context_.pool = &pool_;
  context_.schema = setup_.data ? &setup_.data->schema() : nullptr;
  context_.shard_count = setup_.shard_count;
  context_.owner_of_shard = std::move(owner_of_shard);
  context_.seed = setup_.seed;
  RETURN_IF_ERROR(LoadShards());
  const int64_t mine = algorithm_ ? static_cast<int64_t>(steps_) : -1;
  std::vector<uint8_t> word(sizeof mine);
  std::memcpy(word.data(), &mine, sizeof mine);
  ASSIGN_OR_RETURN(const auto words, comm.AllGather(word));
  std::vector<int64_t> steps_of_rank;
  for (const auto& bytes : words) {
    if (bytes.size() != sizeof mine) return Status(Code::kCorruption, "a rank's count of steps has a wrong size");
    steps_of_rank.push_back(0);
    std::memcpy(&steps_of_rank.back(), bytes.data(), sizeof mine);
  }
  const auto [least, most] = std::minmax_element(steps_of_rank.begin(), steps_of_rank.end());
  if (*most < 0) return StartTogether(load_checkpoint);
  if (*least == *most) return algorithm_->ShardsChanged(context_);
  return FetchState(steps_of_rank);
}

Result<StepReport> TrainingRank::Step() {
  if (!algorithm_) return Status(Code::kInternal, "a step before a membership was entered");
  ASSIGN_OR_RETURN(StepReport report, algorithm_->Step(context_));
  ++steps_;
  finished_ = report.finished;
  return report;
}

bool TrainingRank::CheckpointDue(const StepReport& report, uint64_t every) {
  if (every == 0 || !report.checkpoint_here || report.finished || steps_ / every == checkpointed_ / every) return false;
  checkpointed_ = steps_;
  return true;
}

TrainingState TrainingRank::SaveState() const { return {steps_, finished_, checkpointed_, algorithm_->SaveState()}; }

std::vector<std::pair<size_t, uint64_t>> TrainingRank::OwnedRows() const {
  std::vector<std::pair<size_t, uint64_t>> rows;
  for (const OwnedShard& shard : context_.shards) rows.emplace_back(shard.number, shard.block ? shard.block->rows : 0);
  return rows;
}

std::vector<int> SplitContiguously(size_t shards, int ranks) {
  std::vector<int> owners(shards);
  for (size_t shard = 0; shard < shards; ++shard) owners[shard] = static_cast<int>(shard * static_cast<size_t>(ranks) / shards);
  return owners;
}

std::vector<int> SplitRoundRobin(size_t shards, int ranks) {
  std::vector<int> owners(shards);
  for (size_t shard = 0; shard < shards; ++shard) owners[shard] = static_cast<int>(shard % static_cast<size_t>(ranks));
  return owners;
}

}  // namespace tusk::ml
