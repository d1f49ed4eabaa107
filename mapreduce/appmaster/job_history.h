// A finished job as Hadoop's history server reads it: the events of its life in an Avro file (.jhist), its configuration
// and its line for the log, in the folder from which history servers fetch them.
#pragma once

#include <string>

#include "mapreduce/api/file_system.h"
#include "mapreduce/appmaster/job_run.h"

namespace tusk::mapreduce {

struct JobHistory {
  const JobRun* run = nullptr;
  std::string attempt_id;    // of the app master: appattempt_…
  std::string container_id;  // of the app master
  std::string host;
  int64_t node_port = 0, node_http_port = 0;  // of its node manager
  std::string queue;         // whole: root.default
  int64_t now_wall_ms = 0;   // beside `now`: attempts have the loop's time
  TimePoint now;
  std::string conf_xml;
};

// "job_1_0001-1700000000000-alice-word+count-1700000000000-2-1-SUCCEEDED-root.default-1700000000000.jhist"
std::string HistoryFileName(const JobHistory& history);
std::string EncodeHistory(const JobHistory& history);

// Into <intermediate done folder>/<user>, from which what no server has fetched goes after
// mapreduce.jobhistory.max-age-ms. The .jhist comes last and whole: servers look for it.
Status WriteHistory(const JobHistory& history, const Configuration& conf, FileSystems& files);

}  // namespace tusk::mapreduce
