// MapOutputCopier: gets one reduce's segment of every map's output: learns from the app master where the outputs are,
// fetches by HTTP from several nodes at a time, gives the segments to ReduceInput.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/http/client.h"
#include "mapreduce/shuffle/segment_fetch.h"
#include "mapreduce/task/reduce_input.h"
#include "mapreduce/task/task_runner.h"
#include "mapreduce/task_process/am_connection.h"

namespace tusk::mapreduce {

struct MapOutputCopierOptions {
  std::string job_id;
  std::string secret;
  int maps = 0;
  int parallel = 5;              // mapreduce.reduce.shuffle.parallelcopies
  int maps_per_request = 20;
  Duration retry_delay = std::chrono::milliseconds(500);  // after a failed fetch from a node, growing
};

class MapOutputCopier {
 public:
  MapOutputCopier(LoopThread& thread, AmConnection& app_master, TaskAttempt& attempt, ReduceInput& input, MapOutputCopierOptions options);
  ~MapOutputCopier();
  // Until all segments are in `input`. kCancelled where the app master wants the attempt to end.
  Status CopyAll();

 private:
  struct Source {  // one node's shuffle service
    std::vector<std::pair<int, std::string>> waiting;  // map, attempt
    bool busy = false;
    int failures = 0;
    TimePoint not_before;
  };
  Status PollEvents();
  void CopyLoop();
  // A node whose turn it is and some of its maps; empty where there is nothing to do now.
  std::vector<std::pair<int, std::string>> TakeWork(HostPort& server);
  void FetchFrom(const HostPort& server, std::vector<std::pair<int, std::string>> work);

  LoopThread& thread_;
  AmConnection& app_master_;
  TaskAttempt& attempt_;
  ReduceInput& input_;
  MapOutputCopierOptions options_;
  std::unique_ptr<http::Client> http_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<HostPort, Source> sources_;
  std::map<int, std::string> wanted_;   // map -> attempt whose output is to be used; erased when it is obsolete
  std::map<int, std::string> copied_;   // map -> attempt
  uint32_t events_seen_ = 0;
  bool stop_ = false;
  Status failure_;
};

}  // namespace tusk::mapreduce
