// What a parameter server does with each message.
#include "mlkit/parameter_server/parameter_server.h"

#include <cstring>
#include <string>

namespace tusk::ml {

ParameterServer::ParameterServer(ServerSettings settings, size_t number)
    : settings_(std::move(settings)), number_(number), table_(settings_.table, settings_.layout.begin(number), settings_.layout.end(number)),
      clock_(settings_.mode, settings_.workers), sum_(settings_.lanes, table_.length()), caches_(static_cast<size_t>(settings_.workers)) {}

ParameterServer::Reply ParameterServer::Refusal(int worker, const Status& status) const {
  ServerMessage refusal;
  refusal.kind = ServerMessage::Kind::kRefused;
  refusal.epoch = settings_.layout.epoch;
  const ByteView text = AsBytes(status.message());
  refusal.payload.assign(text.begin(), text.end());
  return {worker, EncodeServerMessage(refusal)};
}

std::vector<ParameterServer::Reply> ParameterServer::Handle(ByteView bytes) {
  std::vector<Reply> replies;
  Result<ServerMessage> message = DecodeServerMessage(bytes);
  if (!message.ok()) return replies;  // nobody to answer to
  const uint32_t worker = message.value().worker;
  if (worker >= static_cast<uint32_t>(settings_.workers)) return replies;
  if (Status taken = Take(message.value(), replies); !taken.ok()) replies.push_back(Refusal(static_cast<int>(worker), taken));
  return replies;
}

Status ParameterServer::Take(ServerMessage& message, std::vector<Reply>& replies) {
  const auto worker = static_cast<int>(message.worker);
  if (message.epoch != settings_.layout.epoch) {
    return Status(Code::kCancelled, "epoch " + std::to_string(message.epoch) + " is over: this is " + std::to_string(settings_.layout.epoch));
  }
  if (!clock_.Known(worker)) return Status(Code::kCancelled, "worker " + std::to_string(worker) + " counts as lost");
  if (message.step != clock_.clock(worker)) return Status(Code::kInternal, "a message of step " + std::to_string(message.step) + " in step " + std::to_string(clock_.clock(worker)));
  if (message.kind == ServerMessage::Kind::kTick) return EndStep(message, replies);
  if (message.kind == ServerMessage::Kind::kPush) {
    ASSIGN_OR_RETURN(const std::span<const uint32_t> keys, KeysOf(message));
    return Push(message, keys);
  }
  if (message.kind != ServerMessage::Kind::kPull) return Status(Code::kInternal, "a server is not sent such messages");
  if (waiting_.contains(worker)) return Status(Code::kInternal, "two pulls at once");
  waiting_[worker] = std::move(message);
  AnswerWaiting(replies);
  return Status::Ok();
}

// A listed list is remembered. The worker forgets its oldest lists in the same order.
Result<std::span<const uint32_t>> ParameterServer::KeysOf(ServerMessage& message) {
  if (message.keys == ServerMessage::Keys::kRange) return std::span<const uint32_t>();
  KeyListCache& cache = caches_[message.worker];
  if (message.keys == ServerMessage::Keys::kNamed) {
    const std::vector<uint32_t>* keys = cache.Find(message.hash);
    if (keys == nullptr) return Status(Code::kInternal, "a list of keys is named that was never sent");
    return std::span<const uint32_t>(*keys);
  }
  if (message.list.empty()) return std::span<const uint32_t>();  // of none: nothing to remember
  const uint32_t begin = settings_.layout.begin(number_), end = settings_.layout.end(number_);
  if (message.list.front() < begin || message.list.back() >= end) {
    return Status(Code::kInternal, "keys outside of " + std::to_string(begin) + " to " + std::to_string(end));
  }
  return std::span<const uint32_t>(cache.Add(message.hash, std::move(message.list)));
}

Status ParameterServer::Push(const ServerMessage& message, std::span<const uint32_t> keys) {
  const bool range = message.keys == ServerMessage::Keys::kRange;
  const size_t width = settings_.table.width;
  if (message.lane >= settings_.lanes) return Status(Code::kInternal, "no lane " + std::to_string(message.lane));
  std::vector<float> values(range ? table_.length() : keys.size() * width);
  RETURN_IF_ERROR(AddDecodedGradient(message.payload, 1, values));
  if (!(message.weight > 0) && settings_.mode.kind != Consistency::kBsp) return Status::Ok();  // it had no rows
  if (settings_.mode.kind == Consistency::kBsp) {
    const std::span<float> into = sum_.Of(message.lane, message.weight);
    lane_owners_[message.lane] = static_cast<int>(message.worker);
    if (range) std::copy(values.begin(), values.end(), into.begin());
    for (size_t i = 0; i < keys.size(); ++i) {
      std::copy_n(values.data() + i * width, width, into.data() + (keys[i] - settings_.layout.begin(number_)) * width);
    }
    return Status::Ok();
  }
  // The lane's mean at its share of the rate: all lanes together move as far as one step of BSP.
  const float scale = 1 / message.weight, rate = message.rate / static_cast<float>(settings_.lanes);
  for (float& value : values) value *= scale;
  if (range) {
    table_.DenseStep(rate, values);
  } else {
    table_.SparseStep(rate, keys, values);
  }
  return Status::Ok();
}

Status ParameterServer::EndStep(const ServerMessage& message, std::vector<Reply>& replies) {
  RETURN_IF_ERROR(clock_.Tick(static_cast<int>(message.worker), message.step));
  rate_ = message.rate;
  RETURN_IF_ERROR(Advance());
  AnswerWaiting(replies);
  return Status::Ok();
}

// BSP: once everybody has ended the open step, it is applied.
Status ParameterServer::Advance() {
  if (settings_.mode.kind != Consistency::kBsp || clock_.slowest() <= applied_) return Status::Ok();
  ++applied_;
  std::vector<float> mean;
  LocalCommunicator alone;
  ASSIGN_OR_RETURN(const bool rows, sum_.TakeMean(alone, true, mean));
  lane_owners_.clear();
  if (rows) table_.DenseStep(rate_, mean);
  return Status::Ok();
}

void ParameterServer::AnswerWaiting(std::vector<Reply>& replies) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const int worker = it->first;
    if (!clock_.MayBegin(worker)) {
      ++it;
      continue;
    }
    ServerMessage pull = std::move(it->second);
    it = waiting_.erase(it);
    Result<std::span<const uint32_t>> keys = KeysOf(pull);
    if (!keys.ok()) {
      replies.push_back(Refusal(worker, keys.status()));
      continue;
    }
    ServerMessage values;
    values.kind = ServerMessage::Kind::kValues;
    values.epoch = settings_.layout.epoch;
    values.step = pull.step;
    const bool range = pull.keys == ServerMessage::Keys::kRange;
    std::vector<float> read(range ? 0 : keys.value().size() * settings_.table.width);
    if (!range) table_.Read(keys.value(), read);
    const std::span<const float> from = range ? table_.values() : std::span<const float>(read);
    values.payload.resize(from.size_bytes());
    if (!from.empty()) std::memcpy(values.payload.data(), from.data(), from.size_bytes());
    replies.push_back({worker, EncodeServerMessage(values)});
  }
}

// What it gave to the open step of BSP goes with it: a runtime that promises bits begins a new epoch from a checkpoint instead.
std::vector<ParameterServer::Reply> ParameterServer::WorkerLost(int worker) {
  std::vector<Reply> replies;
  if (!clock_.Known(worker)) return replies;
  clock_.Lose(worker);
  waiting_.erase(worker);
  for (auto it = lane_owners_.begin(); it != lane_owners_.end();) {
    if (it->second != worker) {
      ++it;
      continue;
    }
    sum_.Forget(it->first);
    it = lane_owners_.erase(it);
  }
  if (Status status = Advance(); !status.ok()) replies.push_back(Refusal(worker, status));
  AnswerWaiting(replies);
  return replies;
}

std::vector<ParameterServer::Reply> ParameterServer::WorkerReplaced(int worker) {
  std::vector<Reply> replies;
  if (worker < 0 || worker >= settings_.workers) return replies;
  if (clock_.Known(worker)) replies = WorkerLost(worker);
  clock_.Replace(worker);
  caches_[static_cast<size_t>(worker)] = {};
  AnswerWaiting(replies);
  return replies;
}

Status ParameterServer::Enter(ServerSettings settings, const Bundle* saved) {
  if (settings.layout.epoch <= settings_.layout.epoch) return Status(Code::kInvalidArgument, "an epoch that is over");
  if (number_ >= settings.layout.servers()) return Status(Code::kInvalidArgument, "no server " + std::to_string(number_) + " any more");
  ParameterServer next(std::move(settings), number_);
  Bundle own;
  if (saved == nullptr) {
    if (next.settings_.layout.begin(number_) != settings_.layout.begin(number_)) {
      return Status(Code::kInvalidArgument, "the range has moved: its values are needed");
    }
    table_.SaveTo(own);
  }
  RETURN_IF_ERROR(next.table_.Restore(saved == nullptr ? own : *saved));
  *this = std::move(next);
  return Status::Ok();
}

}  // namespace tusk::ml
