// Fetching map outputs on a few threads.
#include "mapreduce/task_process/map_output_copier.h"

#include <algorithm>
#include <thread>

#include "base/log/log.h"
#include "mapreduce/task/counter_names.h"

namespace tusk::mapreduce {

namespace {
constexpr auto kPollWhileMapsRun = std::chrono::milliseconds(100);
constexpr auto kRetryDelayMax = std::chrono::seconds(10);
}  // namespace

MapOutputCopier::MapOutputCopier(LoopThread& thread, AmConnection& app_master, TaskAttempt& attempt, ReduceInput& input,
                                 MapOutputCopierOptions options)
    : thread_(thread),
      app_master_(app_master),
      attempt_(attempt),
      input_(input),
      options_(std::move(options)),
      http_(http::Client::Make(thread.env())) {}

MapOutputCopier::~MapOutputCopier() {
  // The client's connections belong to the loop.
  struct Drop {
    static Task<Status> Run(std::unique_ptr<http::Client>* client) {
      client->reset();
      co_return Status::Ok();
    }
  };
  (void)thread_.Run(Drop::Run(&http_));
}

Status MapOutputCopier::PollEvents() {
  double progress = options_.maps == 0 ? 0 : static_cast<double>(copied_.size()) / options_.maps / 3;
  ASSIGN_OR_RETURN(umbilical::MapEventsResponse response, app_master_.MapEvents(attempt_.attempt_id(), events_seen_, progress));
  if (response.should_end()) return Status(Code::kCancelled, "the app master wants this attempt to end");
  attempt_.set_progress(progress);
  std::lock_guard lock(mutex_);
  events_seen_ += static_cast<uint32_t>(response.events_size());
  for (const umbilical::MapEvent& event : response.events()) {
    if (event.obsolete()) {
      auto wanted = wanted_.find(event.map());
      if (wanted != wanted_.end() && wanted->second == event.attempt_id()) wanted_.erase(wanted);
      continue;
    }
    if (copied_.contains(event.map())) continue;  // the first that was copied is as good
    wanted_[event.map()] = event.attempt_id();
    HostPort server{event.host(), static_cast<uint16_t>(event.port())};
    sources_[server].waiting.emplace_back(event.map(), event.attempt_id());
  }
  changed_.notify_all();
  return Status::Ok();
}

std::vector<std::pair<int, std::string>> MapOutputCopier::TakeWork(HostPort& server) {
  TimePoint now = thread_.env().clock.Now();
  for (auto& [address, source] : sources_) {
    if (source.busy || source.not_before > now) continue;
    std::vector<std::pair<int, std::string>> work;
    while (!source.waiting.empty() && work.size() < static_cast<size_t>(options_.maps_per_request)) {
      auto [map, attempt] = std::move(source.waiting.back());
      source.waiting.pop_back();
      auto wanted = wanted_.find(map);
      if (wanted != wanted_.end() && wanted->second == attempt && !copied_.contains(map)) work.emplace_back(map, attempt);
    }
    if (work.empty()) continue;
    source.busy = true;
    server = address;
    return work;
  }
  return {};
}

void MapOutputCopier::FetchFrom(const HostPort& server, std::vector<std::pair<int, std::string>> work) {
  FetchRequest request;
  request.server = server;
  request.job_id = options_.job_id;
  request.reduce = attempt_.task_index();
  for (const auto& [map, id] : work) request.map_attempts.push_back(id);
  request.secret = options_.secret;
  std::vector<std::string> segments;
  Status status = thread_.Run(FetchSegments(*http_, thread_.env().clock, std::move(request), [&segments](ShuffleHeader, std::string segment) {
    segments.push_back(std::move(segment));
    return Status::Ok();
  }));
  std::vector<std::pair<std::string, std::string>> complaints;
  {
    std::lock_guard lock(mutex_);
    Source& source = sources_[server];
    for (size_t i = 0; i < segments.size(); ++i) {
      uint64_t size = segments[i].size();
      Status added = input_.AddMemory(std::move(segments[i]));
      if (added.code() == Code::kChecksumError || added.code() == Code::kCorruption) {
        status = added;
        segments.resize(i);
        break;
      }
      if (!added.ok()) {
        failure_ = added;
        stop_ = true;
        break;
      }
      copied_[work[i].first] = work[i].second;
      attempt_.GetCounter(kTaskCounters, "SHUFFLED_MAPS").Increment();
      attempt_.GetCounter(kTaskCounters, "MERGED_MAP_OUTPUTS").Increment();
      attempt_.GetCounter(kTaskCounters, "REDUCE_SHUFFLE_BYTES").Increment(static_cast<int64_t>(size));
    }
    if (!status.ok() && segments.size() < work.size()) {
      attempt_.GetCounter(kTaskCounters, "FAILED_SHUFFLE").Increment();
      ++source.failures;
      Duration delay = std::min<Duration>(options_.retry_delay * (1 << std::min(source.failures - 1, 5)), kRetryDelayMax);
      source.not_before = thread_.env().clock.Now() + delay;
      for (size_t i = segments.size(); i < work.size(); ++i) source.waiting.push_back(work[i]);
      complaints.emplace_back(work[segments.size()].second, status.ToString());
    } else {
      source.failures = 0;
    }
    source.busy = false;
    changed_.notify_all();
  }
  for (const auto& [map_attempt, why] : complaints) {
    LogWarn("shuffle", "fetching {} from {}: {}", map_attempt, server.ToString(), why);
    (void)app_master_.FetchFailed(attempt_.attempt_id(), map_attempt, why);
  }
}

void MapOutputCopier::CopyLoop() {
  std::unique_lock lock(mutex_);
  while (!stop_ && copied_.size() < static_cast<size_t>(options_.maps)) {
    HostPort server;
    std::vector<std::pair<int, std::string>> work = TakeWork(server);
    if (work.empty()) {
      changed_.wait_for(lock, kPollWhileMapsRun);
      continue;
    }
    lock.unlock();
    FetchFrom(server, std::move(work));
    lock.lock();
  }
  changed_.notify_all();
}

Status MapOutputCopier::CopyAll() {
  std::vector<std::thread> threads;
  for (int i = 0; i < std::max(1, std::min(options_.parallel, options_.maps)); ++i) threads.emplace_back([this] { CopyLoop(); });
  Status outcome;
  for (;;) {
    Status polled = PollEvents();
    std::unique_lock lock(mutex_);
    if (!polled.ok() || attempt_.killed()) {
      outcome = polled.ok() ? Status(Code::kCancelled, "the attempt was killed") : polled;
      stop_ = true;
    }
    if (!failure_.ok()) outcome = failure_;
    if (stop_ || copied_.size() >= static_cast<size_t>(options_.maps)) break;
    changed_.wait_for(lock, kPollWhileMapsRun);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
  return outcome;
}

}  // namespace tusk::mapreduce
