// Streams of events and their queues.
#include "base/web/event_hub.h"

#include <algorithm>
#include <charconv>

namespace tusk::web {

using namespace std::chrono_literals;

struct EventHub::Stream {
  explicit Stream(EventLoop& loop) : changed(loop) {}
  std::deque<std::shared_ptr<const std::string>> queue;
  size_t bytes = 0;
  bool too_slow = false;
  AsyncEvent changed;

  void Push(std::shared_ptr<const std::string> text) {
    bytes += text->size();
    queue.push_back(std::move(text));
    changed.Set();
  }
};

EventHub::EventHub(Env env, EventHubOptions options) : env_(env), options_(options), epoch_(env.clock.WallMillis()) {}
EventHub::~EventHub() = default;

std::shared_ptr<const std::string> EventHub::Text(uint64_t number, std::string_view name, std::string_view json) const {
  std::string text = "id: " + std::to_string(epoch_) + "-" + std::to_string(number) + "\nevent: " + std::string(name) + "\ndata: ";
  text += json;
  text += "\n\n";
  return std::make_shared<const std::string>(std::move(text));
}

void EventHub::Publish(std::string_view name, std::string json) {
  std::replace(json.begin(), json.end(), '\n', ' ');  // a line end would end the data; JSON text has none of its own
  Kept kept{++last_number_, nullptr};
  kept.text = Text(kept.number, name, json);
  for (Stream* stream : streams_) {
    if (stream->too_slow) continue;
    if (stream->bytes + kept.text->size() > options_.queue_bytes_max) {
      stream->too_slow = true;
      stream->queue.clear();
      stream->changed.Set();
      continue;
    }
    stream->Push(kept.text);
  }
  kept_bytes_ += kept.text->size();
  kept_.push_back(std::move(kept));
  while (!kept_.empty() && kept_bytes_ > options_.kept_bytes_max) {
    kept_bytes_ -= kept_.front().text->size();
    kept_.pop_front();
  }
}

// True: the page has seen everything up to what is kept, and the rest is in its queue now.
bool EventHub::QueueMissed(Stream& stream, std::string_view last_event_id) const {
  const size_t dash = last_event_id.find('-');
  if (dash == std::string_view::npos || last_event_id.substr(0, dash) != std::to_string(epoch_)) return false;
  const std::string_view digits = last_event_id.substr(dash + 1);
  uint64_t seen = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), seen);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || seen > last_number_) return false;
  const uint64_t first_kept = last_number_ - kept_.size() + 1;
  if (seen + 1 < first_kept) return false;
  for (const Kept& kept : kept_) {
    if (kept.number > seen) stream.Push(kept.text);
  }
  return true;
}

Task<Result<ApiAnswer>> EventHub::Serve(ApiCall& call, std::function<std::vector<Event>()> first) {
  if (closed_) co_return Status(Code::kCancelled, "the daemon is stopping");
  if (streams_.size() >= options_.streams_max) {
    co_return Status(Code::kResourceExhausted, "too many event streams (" + std::to_string(streams_.size()) + ")");
  }
  http::ResponseHead head;
  head.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  ApiAnswer answer;
  answer.sent = true;
  call.exchange.CloseAfter();
  CO_RETURN_IF_ERROR(co_await call.exchange.Begin(std::move(head)));
  if (call.exchange.request().method == "HEAD") co_return answer;
  Stream stream(env_.loop);
  if (!QueueMissed(stream, call.exchange.request().headers.Get("Last-Event-ID", ""))) {
    for (const Event& event : first()) stream.Push(Text(last_number_, event.name, event.json));
  }
  streams_.push_back(&stream);
  Status ended = co_await Pump(call.exchange, stream);
  streams_.remove(&stream);
  (void)ended;  // the page went away: the ordinary end
  co_return answer;
}

Task<Status> EventHub::Pump(http::Exchange& exchange, Stream& stream) {
  CO_RETURN_IF_ERROR(co_await exchange.Write(std::string_view("retry: 2000\n\n")));
  while (!closed_ && !stream.too_slow) {
    if (stream.queue.empty()) {
      stream.changed.Reset();
      Status waited = co_await stream.changed.Wait(env_.loop.In(options_.heartbeat));
      if (waited.code() == Code::kTimedOut) CO_RETURN_IF_ERROR(co_await exchange.Write(std::string_view(": alive\n\n")));
      continue;
    }
    std::shared_ptr<const std::string> text = std::move(stream.queue.front());
    stream.queue.pop_front();
    stream.bytes -= text->size();
    CO_RETURN_IF_ERROR(co_await exchange.Write(std::string_view(*text)));
  }
  co_return Status::Ok();
}

void EventHub::Close() {
  closed_ = true;
  for (Stream* stream : streams_) stream->changed.Set();
}

}  // namespace tusk::web
