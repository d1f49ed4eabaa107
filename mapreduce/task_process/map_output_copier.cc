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
  size_t done = 0;
  // Each segment is kept (or merged to disk) as it comes, so that no request holds more than one.
  Status status = thread_.Run(FetchSegments(*http_, thread_.env().clock, std::move(request), [&](ShuffleHeader, std::string segment) {
    std::lock_guard lock(mutex_);
    uint64_t size = segment.size();
    Status added = input_.AddMemory(std::move(segment));
    if (!added.ok()) {
      bool is_senders_fault = added.code() == Code::kChecksumError || added.code() == Code::kCorruption;
      if (!is_senders_fault) failure_ = added;
      return added;
    }
    copied_[work[done].first] = work[done].second;
    ++done;
    attempt_.GetCounter(kTaskCounters, "SHUFFLED_MAPS").Increment();
    attempt_.GetCounter(kTaskCounters, "MERGED_MAP_OUTPUTS").Increment();
    attempt_.GetCounter(kTaskCounters, "REDUCE_SHUFFLE_BYTES").Increment(static_cast<int64_t>(size));
    return Status::Ok();
  }));
  {
    std::lock_guard lock(mutex_);
    Source& source = sources_[server];
    source.busy = false;
    if (!failure_.ok()) stop_ = true;
    if (status.ok()) {
      source.failures = 0;
    } else {
      attempt_.GetCounter(kTaskCounters, "FAILED_SHUFFLE").Increment();
      ++source.failures;
      Duration delay = std::min<Duration>(options_.retry_delay * (1 << std::min(source.failures - 1, 5)), kRetryDelayMax);
      source.not_before = thread_.env().clock.Now() + delay;
      for (size_t i = done; i < work.size(); ++i) source.waiting.push_back(work[i]);
    }
    changed_.notify_all();
  }
  if (status.ok() || done == work.size()) return;
  LogWarn("shuffle", "fetching {} from {}: {}", work[done].second, server.ToString(), status.ToString());
  (void)app_master_.FetchFailed(attempt_.attempt_id(), work[done].second, status.ToString());
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
