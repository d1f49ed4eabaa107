// What a parameter server does with each message.
#include "mlkit/parameter_server/parameter_server.h"

#include <cstring>
#include <string>

namespace tusk::ml {

ParameterServer::ParameterServer(ServerSettings settings, size_t number, ParameterTable table)
    : settings_(std::move(settings)), number_(number), table_(std::move(table)), clock_(settings_.mode, settings_.workers), sum_(settings_.lanes, table_.length()), caches_(static_cast<size_t>(settings_.workers)) {}

Letter ParameterServer::Refusal(int worker, const Status& status) const {
  ServerMessage refusal;
  refusal.kind = ServerMessage::Kind::kRefused;
  refusal.round = settings_.layout.round;
  const ByteView text = AsBytes(status.message());
  refusal.payload.assign(text.begin(), text.end());
  return {worker, EncodeServerMessage(refusal)};
}

std::vector<Letter> ParameterServer::Handle(const Letter& letter) {
  std::vector<Letter> answers;
  if (letter.peer < 0 || letter.peer >= settings_.workers) return answers;  // nobody to answer to
  Result<ServerMessage> message = DecodeServerMessage(letter.bytes);
  Status taken = message.status();
  if (message.ok() && static_cast<int>(message.value().worker) != letter.peer) taken = Status(Code::kInternal, "a letter in another worker's name");
  if (taken.ok()) taken = Take(message.value(), answers);
  if (!taken.ok()) answers.push_back(Refusal(letter.peer, taken));
  return answers;
}

Status ParameterServer::Take(ServerMessage& message, std::vector<Letter>& answers) {
  const auto worker = static_cast<int>(message.worker);
  if (message.round != settings_.layout.round) {
    return Status(Code::kInternal, "a message of round " + std::to_string(message.round) + " in " + std::to_string(settings_.layout.round));
  }
  if (message.step != clock_.clock(worker)) return Status(Code::kInternal, "a message of step " + std::to_string(message.step) + " in step " + std::to_string(clock_.clock(worker)));
  if (message.kind == ServerMessage::Kind::kTick) return EndStep(message, answers);
  if (message.kind == ServerMessage::Kind::kPush) {
    ASSIGN_OR_RETURN(const std::span<const uint32_t> keys, KeysOf(message));
    return Push(message, keys);
  }
  if (message.kind != ServerMessage::Kind::kPull && message.kind != ServerMessage::Kind::kFence) return Status(Code::kInternal, "a server is not sent such messages");
  if (waiting_.contains(worker)) return Status(Code::kInternal, "two questions at once");
  waiting_[worker] = std::move(message);
  AnswerWaiting(answers);
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
  const size_t width = settings_.width;
  if (message.lane >= settings_.lanes) return Status(Code::kInternal, "no lane " + std::to_string(message.lane));
  std::vector<float> values(range ? table_.length() : keys.size() * width);
  RETURN_IF_ERROR(AddDecodedGradient(message.payload, 1, values));
  if (!(message.weight > 0) && settings_.mode.kind != Consistency::kBsp) return Status::Ok();  // it had no rows
  if (settings_.mode.kind == Consistency::kBsp) {
    const std::span<float> into = sum_.Of(message.lane, message.weight);
    if (range) std::copy(values.begin(), values.end(), into.begin());
    for (size_t i = 0; i < keys.size(); ++i) {
      std::copy_n(values.data() + i * width, width, into.data() + (keys[i] - settings_.layout.begin(number_)) * width);
    }
    return Status::Ok();
  }
  // A mean at its worker's share of the rate: all workers together move as far as one step of BSP.
  const float scale = 1 / message.weight;
  for (float& value : values) value *= scale;
  if (range) {
    table_.DenseStep(message.rate, values);
  } else {
    table_.SparseStep(message.rate, keys, values);
  }
  return Status::Ok();
}

Status ParameterServer::EndStep(const ServerMessage& message, std::vector<Letter>& answers) {
  RETURN_IF_ERROR(clock_.Tick(static_cast<int>(message.worker), message.step, message.steps));
  rate_ = message.rate;
  RETURN_IF_ERROR(Advance());
  AnswerWaiting(answers);
  return Status::Ok();
}

// BSP: once everybody has ended the open step, it is applied.
Status ParameterServer::Advance() {
  if (settings_.mode.kind != Consistency::kBsp || clock_.slowest() <= applied_) return Status::Ok();
  ++applied_;
  std::vector<float> mean;
  LocalCommunicator alone;
  ASSIGN_OR_RETURN(const bool rows, sum_.TakeMean(alone, true, mean));
  if (rows) table_.DenseStep(rate_, mean);
  return Status::Ok();
}

bool ParameterServer::MayAnswer(const ServerMessage& message) const {
  if (message.kind == ServerMessage::Kind::kFence) return clock_.slowest() >= message.step;
  return clock_.MayBegin(static_cast<int>(message.worker), message.steps);
}

void ParameterServer::AnswerWaiting(std::vector<Letter>& answers) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const int worker = it->first;
    if (!MayAnswer(it->second)) {
      ++it;
      continue;
    }
    ServerMessage pull = std::move(it->second);
    it = waiting_.erase(it);
    const bool fence = pull.kind == ServerMessage::Kind::kFence;
    Result<std::span<const uint32_t>> keys = fence ? std::span<const uint32_t>() : KeysOf(pull);
    if (!keys.ok()) {
      answers.push_back(Refusal(worker, keys.status()));
      continue;
    }
    ServerMessage values;
    values.kind = ServerMessage::Kind::kValues;
    values.round = settings_.layout.round;
    values.step = pull.step;
    const bool range = !fence && pull.keys == ServerMessage::Keys::kRange;
    std::vector<float> read(range ? 0 : keys.value().size() * settings_.width);
    if (!range) table_.Read(keys.value(), read);
    const std::span<const float> from = range ? table_.values() : std::span<const float>(read);
    values.payload.resize(from.size_bytes());
    if (!from.empty()) std::memcpy(values.payload.data(), from.data(), from.size_bytes());
    answers.push_back({worker, EncodeServerMessage(values)});
  }
}

}  // namespace tusk::ml
