// Entering memberships, stepping, and the bytes of a state.
#include "mlkit/training/training_rank.h"

#include <algorithm>
#include <cstring>

#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

constexpr const char* kSteps = "tusk.steps";
constexpr const char* kFinished = "tusk.finished";
constexpr const char* kStatePrefix = "state";

}  // namespace

std::vector<uint8_t> TrainingState::Encode() const {
  Bundle whole;
  const int64_t numbers[] = {static_cast<int64_t>(steps), finished ? 1 : 0};
  whole.SetText("format", "tusk.checkpoint");
  whole.SetLongs(kSteps, std::span(numbers, 1));
  whole.SetLongs(kFinished, std::span(numbers + 1, 1));
  whole.Merge(kStatePrefix, bundle);
  return whole.Encode();
}

Result<TrainingState> TrainingState::Decode(ByteView bytes, std::string_view what) {
  ASSIGN_OR_RETURN(const Bundle whole, Bundle::Decode(bytes, what));
  const Result<std::string> format = whole.Text("format");
  if (!format.ok() || format.value() != "tusk.checkpoint") {
    return Status(Code::kCorruption, std::string(what) + ": not a checkpoint of a training");
  }
  ASSIGN_OR_RETURN(const std::vector<int64_t> steps, whole.Longs(kSteps));
  ASSIGN_OR_RETURN(const std::vector<int64_t> finished, whole.Longs(kFinished));
  if (steps.size() != 1 || steps[0] < 0 || finished.size() != 1) {
    return Status(Code::kCorruption, std::string(what) + ": bad count of steps");
  }
  TrainingState state;
  state.steps = static_cast<uint64_t>(steps[0]);
  state.finished = finished[0] != 0;
  state.bundle = whole.Part(kStatePrefix);
  return state;
}

Status TrainingRank::LoadShards() {
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
    Result<Block> block = setup_.data->Load(missing[i]);
    if (block.ok()) errors[i] = ValidateBlock(block.value(), setup_.data->schema(), setup_.allow_missing);
    if (!block.ok()) {
      errors[i] = block.status();
    } else if (errors[i].ok()) {
      blocks.find(missing[i])->second = std::make_shared<const Block>(std::move(block).value());
    }
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

Status TrainingRank::Enter(Communicator& comm, std::vector<int> owner_of_shard, const TrainingState* checkpoint) {
  if (owner_of_shard.size() != setup_.shard_count) {
    return Status(Code::kInternal, "the membership owns " + std::to_string(owner_of_shard.size()) + " shards of " +
                                       std::to_string(setup_.shard_count));
  }
  context_.comm = &comm;
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
  if (*most < 0 && checkpoint) return StartFrom(*checkpoint);
  if (*most < 0) {
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, setup_.make());
    RETURN_IF_ERROR(algorithm->Start(context_, nullptr));
    algorithm_ = std::move(algorithm);
    return Status::Ok();
  }
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

TrainingState TrainingRank::SaveState() const { return {steps_, finished_, algorithm_->SaveState()}; }

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
