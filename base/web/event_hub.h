// EventHub: server-sent events to any number of pages. Each stream has a bounded queue; one that does not read fast
// enough is ended. Events are numbered, and the last ones kept, for Last-Event-ID.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/env/env.h"
#include "base/web/api.h"

namespace tusk::web {

struct EventHubOptions {
  size_t streams_max = 64;             // more are answered 429
  size_t queue_bytes_max = 4 << 20;    // of one stream; beyond it is ended
  size_t kept_bytes_max = 1 << 20;     // for streams that come back
  Duration heartbeat = std::chrono::seconds(15);
};

struct Event {
  std::string name;  // "overview"
  std::string json;  // one line
};

class EventHub {
 public:
  EventHub(Env env, EventHubOptions options = {});
  ~EventHub();
  // To everybody who listens. On the loop's thread.
  void Publish(std::string_view name, std::string json);
  // Without listeners there is no need to work events out.
  size_t streams() const { return streams_.size(); }
  // The endpoint GET /…/events: sends what the page missed, or else `first()`, then everything, until the page or the
  // daemon goes.
  Task<Result<ApiAnswer>> Serve(ApiCall& call, std::function<std::vector<Event>()> first);
  // Ends all streams; no more come.
  void Close();

 private:
  struct Stream;
  struct Kept {
    uint64_t number = 0;
    std::shared_ptr<const std::string> text;
  };
  std::shared_ptr<const std::string> Text(uint64_t number, std::string_view name, std::string_view json) const;
  bool QueueMissed(Stream& stream, std::string_view last_event_id) const;
  Task<Status> Pump(http::Exchange& exchange, Stream& stream);

  Env env_;
  const EventHubOptions options_;
  const int64_t epoch_;  // of ids: a restarted daemon's are others
  uint64_t last_number_ = 0;
  std::deque<Kept> kept_;
  size_t kept_bytes_ = 0;
  std::list<Stream*> streams_;
  bool closed_ = false;
};

}  // namespace tusk::web
