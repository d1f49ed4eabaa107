// Avro's binary encoding of Hadoop's history events. The file brings its own schema, in which only events that we write
// stand; readers match them by name. Wire: shared facts, mapreduce §2 (jhist).
#include "mapreduce/appmaster/job_history.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/core/bytes.h"
#include "mapreduce/client/console.h"
#include "mapreduce/client/form_encoding.h"

namespace tusk::mapreduce {

namespace {

constexpr size_t kNameMax = 50;  // of a job in a file's name
constexpr int64_t kAgeMaxMs = 7 * 24 * 3'600'000LL;
constexpr int kJobsPerCleaning = 20;

// Fields as "name:type"; s string, l long, i int, b boolean, m map of strings, a array of ints, S nullable string,
// C counters, c nullable counters.
struct RecordSpec {
  const char* name;
  const char* fields;
};
constexpr std::array kRecords = std::to_array<RecordSpec>({
    {"AMStarted", "applicationAttemptId:s startTime:l containerId:s nodeManagerHost:s nodeManagerPort:i nodeManagerHttpPort:i"},
    {"JobSubmitted", "jobid:s jobName:s userName:s submitTime:l jobConfPath:s acls:m jobQueueName:s"},
    {"JobInited", "jobid:s launchTime:l totalMaps:i totalReduces:i jobStatus:s uberized:b"},
    {"JobInfoChange", "jobid:s submitTime:l launchTime:l"},
    {"TaskStarted", "taskid:s taskType:s startTime:l splitLocations:s"},
    {"TaskAttemptStarted", "taskid:s taskType:s attemptId:s startTime:l trackerName:s httpPort:i shufflePort:i containerId:s"},
    {"MapAttemptFinished", "taskid:s attemptId:s taskType:s taskStatus:s mapFinishTime:l finishTime:l hostname:s port:i rackname:s "
                           "state:s counters:C clockSplits:a cpuUsages:a vMemKbytes:a physMemKbytes:a"},
    {"ReduceAttemptFinished", "taskid:s attemptId:s taskType:s taskStatus:s shuffleFinishTime:l sortFinishTime:l finishTime:l hostname:s "
                              "port:i rackname:s state:s counters:C clockSplits:a cpuUsages:a vMemKbytes:a physMemKbytes:a"},
    {"TaskAttemptUnsuccessfulCompletion", "taskid:s taskType:s attemptId:s finishTime:l hostname:s port:i rackname:s status:s error:s "
                                          "counters:c clockSplits:a cpuUsages:a vMemKbytes:a physMemKbytes:a"},
    {"TaskFinished", "taskid:s taskType:s finishTime:l status:s counters:C successfulAttemptId:S"},
    {"TaskFailed", "taskid:s taskType:s finishTime:l error:s failedDueToAttempt:S status:s counters:c"},
    {"JobFinished", "jobid:s finishTime:l finishedMaps:i finishedReduces:i failedMaps:i failedReduces:i totalCounters:C mapCounters:C "
                    "reduceCounters:C killedMaps:i killedReduces:i"},
    {"JobUnsuccessfulCompletion", "jobid:s finishTime:l finishedMaps:i finishedReduces:i jobStatus:s diagnostics:S failedMaps:i "
                                  "failedReduces:i killedMaps:i killedReduces:i"},
});
constexpr std::array kEventTypes = std::to_array<const char*>(
    {"AM_STARTED", "JOB_SUBMITTED", "JOB_INITED", "JOB_INFO_CHANGED", "TASK_STARTED", "TASK_FINISHED", "TASK_FAILED", "MAP_ATTEMPT_STARTED",
     "MAP_ATTEMPT_FINISHED", "MAP_ATTEMPT_FAILED", "MAP_ATTEMPT_KILLED", "REDUCE_ATTEMPT_STARTED", "REDUCE_ATTEMPT_FINISHED",
     "REDUCE_ATTEMPT_FAILED", "REDUCE_ATTEMPT_KILLED", "JOB_FINISHED", "JOB_FAILED", "JOB_KILLED"});

std::string TypeSchema(char type, bool& counters_known) {
  std::string counters = "\"JhCounters\"";
  if ((type == 'C' || type == 'c') && !counters_known) {  // named types are spelled out once
    counters_known = true;
    counters = R"({"type":"record","name":"JhCounters","fields":[{"name":"name","type":"string"},{"name":"groups","type":{"type":"array","items":)"
               R"({"type":"record","name":"JhCounterGroup","fields":[{"name":"name","type":"string"},{"name":"displayName","type":"string"},)"
               R"({"name":"counts","type":{"type":"array","items":{"type":"record","name":"JhCounter","fields":[{"name":"name","type":"string"},)"
               R"({"name":"displayName","type":"string"},{"name":"value","type":"long"}]}}}]}}}]})";
  }
  switch (type) {
    case 'l': return "\"long\"";
    case 'i': return "\"int\"";
    case 'b': return "\"boolean\"";
    case 'm': return R"({"type":"map","values":"string"})";
    case 'a': return R"({"type":"array","items":"int"})";
    case 'S': return R"(["null","string"])";
    case 'C': return counters;
    case 'c': return "[\"null\"," + counters + "]";
    default: return "\"string\"";
  }
}

std::string Schema() {
  std::string types, records;
  for (const char* type : kEventTypes) types += (types.empty() ? "\"" : ",\"") + std::string(type) + "\"";
  bool counters_known = false;
  for (const RecordSpec& record : kRecords) {
    std::string fields;
    std::string_view rest = record.fields;
    while (!rest.empty()) {
      std::string_view field = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
      fields += (fields.empty() ? "{\"name\":\"" : ",{\"name\":\"") + std::string(field.substr(0, field.find(':'))) +
                "\",\"type\":" + TypeSchema(field.back(), counters_known) + "}";
    }
    records += (records.empty() ? "" : ",") + std::string(R"({"type":"record","name":")") + record.name + R"(","fields":[)" + fields + "]}";
  }
  return R"({"type":"record","name":"Event","namespace":"org.apache.hadoop.mapreduce.jobhistory","fields":[{"name":"type","type":)"
         R"({"type":"enum","name":"EventType","symbols":[)" + types + R"(]}},{"name":"event","type":[)" + records + "]}]}";
}

class EventWriter {
 public:
  // Begins an event; its fields follow in the schema's order.
  EventWriter& Event(std::string_view type, std::string_view record) {
    auto place = [](const auto& list, auto matches) { return std::find_if(list.begin(), list.end(), matches) - list.begin(); };
    Long(place(kEventTypes, [&](const char* name) { return type == name; }));
    return Long(place(kRecords, [&](const RecordSpec& spec) { return record == spec.name; }));
  }
  EventWriter& Long(int64_t value) {
    uint64_t bits = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
    for (; bits >= 0x80; bits >>= 7) out_.push_back(static_cast<char>(bits | 0x80));
    out_.push_back(static_cast<char>(bits));
    return *this;
  }
  EventWriter& Text(std::string_view text) {
    Long(static_cast<int64_t>(text.size()));
    out_.append(text);
    return *this;
  }
  EventWriter& Bool(bool value) {
    out_.push_back(value ? 1 : 0);
    return *this;
  }
  EventWriter& Empty() { return Long(0); }  // an array or a map
  EventWriter& NoSplits() { return Empty().Empty().Empty().Empty(); }
  EventWriter& Maybe(std::string_view text) { return text.empty() ? Long(0) : Long(1).Text(text); }
  EventWriter& MaybeTally(const Counters& counters) { return Long(1).Tally("COUNTERS", counters); }
  EventWriter& Tally(std::string_view name, const Counters& counters) {
    std::map<std::string, std::vector<std::pair<std::string, int64_t>>> groups;
    for (const auto& [key, value] : counters.Values()) groups[key.first].emplace_back(key.second, value);
    Text(name);
    if (!groups.empty()) Long(static_cast<int64_t>(groups.size()));
    for (const auto& [group, rows] : groups) {
      Text(group).Text(GroupDisplayName(group)).Long(static_cast<int64_t>(rows.size()));
      for (const auto& [counter, value] : rows) Text(counter).Text(CounterDisplayName(group, counter)).Long(value);
      Empty();
    }
    return Empty();
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

class HistoryEvents {
 public:
  explicit HistoryEvents(const JobHistory& history) : history_(history), run_(*history.run), brain_(history.run->brain) {}

  std::string Write() {
    const std::string& job = brain_.plan().job_id;
    int64_t start = run_.start_wall_ms;
    out_.Event("AM_STARTED", "AMStarted").Text(history_.attempt_id).Long(start).Text(history_.container_id).Text(history_.host);
    out_.Long(history_.node_port).Long(history_.node_http_port);
    out_.Event("JOB_SUBMITTED", "JobSubmitted").Text(job).Text(run_.name).Text(run_.user).Long(start).Text(run_.staging + "/job.xml");
    out_.Empty().Text(history_.queue);
    out_.Event("JOB_INFO_CHANGED", "JobInfoChange").Text(job).Long(start).Long(start);
    out_.Event("JOB_INITED", "JobInited").Text(job).Long(start).Long(static_cast<int64_t>(brain_.maps().size()));
    out_.Long(static_cast<int64_t>(brain_.reduces().size())).Text("INITED").Bool(false);
    for (size_t i = 0; i < brain_.maps().size(); ++i) WriteTask(TaskKind::kMap, static_cast<int>(i), brain_.maps()[i]);
    for (size_t i = 0; i < brain_.reduces().size(); ++i) WriteTask(TaskKind::kReduce, static_cast<int>(i), brain_.reduces()[i]);
    WriteEnd(job);
    return out_.Take();
  }

 private:
  int64_t WallOf(TimePoint time) const { return history_.now_wall_ms - ToMillis(history_.now - time); }

  Counters CountersOf(AttemptKey key) const {
    auto found = run_.counters.find(key);
    return found == run_.counters.end() ? Counters() : found->second;
  }

  void WriteTask(TaskKind kind, int number, const JobTask& task) {
    if (task.attempts.empty()) return;
    std::string type = kind == TaskKind::kMap ? "MAP" : "REDUCE";
    std::string id = brain_.AttemptId({kind, number, 0});
    id = "task" + id.substr(7, id.rfind('_') - 7);  // attempt_<job>_m_000000_0
    std::string hosts;
    if (kind == TaskKind::kMap) {
      for (const std::string& host : run_.splits[static_cast<size_t>(number)].hosts) hosts += (hosts.empty() ? "" : ",") + host;
    }
    out_.Event("TASK_STARTED", "TaskStarted").Text(id).Text(type).Long(WallOf(task.attempts.front().started)).Text(hosts);
    for (const Attempt& attempt : task.attempts) WriteAttempt(type, id, attempt);
    const Attempt& last = task.attempts.back();
    if (task.state == TaskState::kSucceeded && task.succeeded >= 0) {
      const Attempt& good = task.attempts[static_cast<size_t>(task.succeeded)];
      out_.Event("TASK_FINISHED", "TaskFinished").Text(id).Text(type).Long(WallOf(good.ended)).Text("SUCCEEDED");
      out_.Tally("COUNTERS", CountersOf(good.key)).Maybe(brain_.AttemptId(good.key));
    } else if (last.state >= AttemptState::kFailed) {
      bool failed = last.state == AttemptState::kFailed;
      out_.Event("TASK_FAILED", "TaskFailed").Text(id).Text(type).Long(WallOf(last.ended)).Text(last.diagnostics);
      out_.Maybe(failed ? brain_.AttemptId(last.key) : "").Text(failed ? "FAILED" : "KILLED").MaybeTally(CountersOf(last.key));
    }
  }

  void WriteAttempt(const std::string& type, const std::string& task, const Attempt& attempt) {
    std::string id = brain_.AttemptId(attempt.key);
    size_t colon = attempt.node.rfind(':');
    std::string host = attempt.node.substr(0, colon);
    int64_t port = colon == std::string::npos ? 0 : std::atoi(attempt.node.c_str() + colon + 1);
    out_.Event(type + "_ATTEMPT_STARTED", "TaskAttemptStarted").Text(task).Text(type).Text(id).Long(WallOf(attempt.started)).Text(host);
    out_.Long(0).Long(attempt.shuffle_port).Text(attempt.container);
    if (attempt.state < AttemptState::kSucceeded) return;
    int64_t end = WallOf(attempt.ended);
    if (attempt.state > AttemptState::kSucceeded) {
      const char* status = attempt.state == AttemptState::kFailed ? "FAILED" : "KILLED";
      out_.Event(type + "_ATTEMPT_" + status, "TaskAttemptUnsuccessfulCompletion").Text(task).Text(type).Text(id).Long(end).Text(host).Long(port);
      out_.Text("/default-rack").Text(status).Text(attempt.diagnostics).MaybeTally(CountersOf(attempt.key)).NoSplits();
      return;
    }
    bool is_map = attempt.key.kind == TaskKind::kMap;
    out_.Event(type + "_ATTEMPT_FINISHED", is_map ? "MapAttemptFinished" : "ReduceAttemptFinished").Text(task).Text(id).Text(type).Text("SUCCEEDED");
    out_.Long(end).Long(end);
    if (!is_map) out_.Long(end);
    out_.Text(host).Long(port).Text("/default-rack").Text("").Tally("COUNTERS", CountersOf(attempt.key)).NoSplits();
  }

  // Tasks done, attempts failed and killed, of both kinds.
  struct Ended {
    int64_t done[2] = {0, 0}, failed[2] = {0, 0}, killed[2] = {0, 0};
  };
  Ended CountEnded() const {
    Ended ended;
    for (int kind = 0; kind < 2; ++kind) {
      for (const JobTask& task : kind == 0 ? brain_.maps() : brain_.reduces()) {
        ended.done[kind] += task.state == TaskState::kSucceeded ? 1 : 0;
        bool failed = task.state != TaskState::kSucceeded && !task.attempts.empty() && task.attempts.back().state == AttemptState::kFailed;
        ended.failed[kind] += failed ? 1 : 0;
        ended.killed[kind] += task.state != TaskState::kSucceeded && !failed ? 1 : 0;
      }
    }
    return ended;
  }

  void WriteEnd(const std::string& job) {
    Ended ended = CountEnded();
    if (brain_.phase() != JobPhase::kSucceeded) {
      const char* state = brain_.phase() == JobPhase::kKilled ? "KILLED" : "FAILED";
      out_.Event(brain_.phase() == JobPhase::kKilled ? "JOB_KILLED" : "JOB_FAILED", "JobUnsuccessfulCompletion").Text(job).Long(run_.finish_wall_ms);
      out_.Long(ended.done[0]).Long(ended.done[1]).Text(state).Maybe(brain_.diagnostics());
      out_.Long(ended.failed[0]).Long(ended.failed[1]).Long(ended.killed[0]).Long(ended.killed[1]);
      return;
    }
    Counters of_kind[2];
    for (const auto& [key, counters] : run_.counters) {
      const JobTask& task = (key.kind == TaskKind::kMap ? brain_.maps() : brain_.reduces())[static_cast<size_t>(key.task)];
      if (task.succeeded == key.number) of_kind[key.kind == TaskKind::kMap ? 0 : 1].Add(counters);
    }
    out_.Event("JOB_FINISHED", "JobFinished").Text(job).Long(run_.finish_wall_ms).Long(ended.done[0]).Long(ended.done[1]);
    out_.Long(0).Long(0).Tally("TOTAL_COUNTERS", run_.Totals()).Tally("MAP_COUNTERS", of_kind[0]).Tally("REDUCE_COUNTERS", of_kind[1]);
    out_.Long(0).Long(0);
  }

  const JobHistory& history_;
  const JobRun& run_;
  const JobBrain& brain_;
  EventWriter out_;
};

const char* StateName(JobPhase phase) {
  return phase == JobPhase::kSucceeded ? "SUCCEEDED" : phase == JobPhase::kKilled ? "KILLED" : "FAILED";
}

std::string NamePart(std::string_view text) {
  std::string encoded = FormEncode(text), part;
  for (char c : encoded) part += c == '-' ? "%2D" : std::string(1, c);
  return part;
}

// One line for the server's log, behind its length as java.io.DataOutput.writeUTF has it.
std::string SummaryOf(const JobHistory& history) {
  const JobRun& run = *history.run;
  std::string name;
  for (char c : run.name) name += c == '=' || c == ',' || c == '\\' ? std::string{'\\', c} : std::string(1, static_cast<signed char>(c) < ' ' ? '?' : c);
  std::string times = std::to_string(run.start_wall_ms);
  std::string text = "jobId=" + run.brain.plan().job_id + ",submitTime=" + times + ",launchTime=" + times + ",finishTime=" +
                     std::to_string(run.finish_wall_ms) + ",numMaps=" + std::to_string(run.brain.maps().size()) + ",numReduces=" +
                     std::to_string(run.brain.reduces().size()) + ",user=" + run.user + ",queue=" + history.queue + ",status=" +
                     StateName(run.brain.phase()) + ",jobName=" + name.substr(0, 1000);
  uint8_t size[2];
  StoreBigEndian<uint16_t>(size, static_cast<uint16_t>(text.size()));
  return std::string(AsText(size)) + text;
}

// Jobs of a week, where no history server takes them away. Not at every job's end: the folder may be large.
Status RemoveOld(FileSystem& fs, const std::string& folder, int64_t older_than_wall_ms) {
  ASSIGN_OR_RETURN(std::vector<FileStatus> entries, fs.List(folder));
  for (const FileStatus& entry : entries) {
    if (!entry.is_directory && entry.mtime_wall_ms < older_than_wall_ms) RETURN_IF_ERROR(fs.Remove(entry.path));
  }
  return Status::Ok();
}

}  // namespace

std::string HistoryFileName(const JobHistory& history) {
  const JobRun& run = *history.run;
  std::string start = std::to_string(run.start_wall_ms);
  return run.brain.plan().job_id + "-" + start + "-" + NamePart(run.user) + "-" + NamePart(run.name.substr(0, kNameMax)) + "-" +
         std::to_string(run.finish_wall_ms) + "-" + std::to_string(run.brain.maps().size()) + "-" + std::to_string(run.brain.reduces().size()) +
         "-" + StateName(run.brain.phase()) + "-" + NamePart(history.queue) + "-" + start + ".jhist";
}

std::string EncodeHistory(const JobHistory& history) { return "Avro-Binary\n" + Schema() + "\n" + HistoryEvents(history).Write(); }

Status WriteHistory(const JobHistory& history, const Configuration& conf, FileSystems& files) {
  std::string folder = conf.Get("mapreduce.jobhistory.intermediate-done-dir", "");
  if (folder.empty()) folder = conf.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging") + "/history/done_intermediate";
  ASSIGN_OR_RETURN(Location place, files.Resolve(folder + "/" + history.run->user));
  FileSystem& fs = *place.fs;
  RETURN_IF_ERROR(fs.MakeDirs(place.path));
  (void)fs.SetPermission(place.path, 0770);  // made by an earlier job, it may be another's
  const std::string& job = history.run->brain.plan().job_id;
  std::string partial = JoinPath(place.path, job + ".jhist_tmp"), whole = JoinPath(place.path, HistoryFileName(history));
  std::string configuration = JoinPath(place.path, job + "_conf.xml"), summary = JoinPath(place.path, job + ".summary");
  RETURN_IF_ERROR(fs.WriteFile(configuration, history.conf_xml));
  RETURN_IF_ERROR(fs.WriteFile(summary, SummaryOf(history)));
  RETURN_IF_ERROR(fs.WriteFile(partial, EncodeHistory(history)));
  for (const std::string& path : {configuration, summary, partial}) RETURN_IF_ERROR(fs.SetPermission(path, 0770));
  RETURN_IF_ERROR(fs.Rename(partial, whole));
  ASSIGN_OR_RETURN(int64_t age_ms, conf.GetInt("mapreduce.jobhistory.max-age-ms", kAgeMaxMs));
  bool its_turn = std::atoi(job.c_str() + job.rfind('_') + 1) % kJobsPerCleaning == 0;
  return its_turn ? RemoveOld(fs, place.path, history.now_wall_ms - age_ms) : Status::Ok();
}

}  // namespace tusk::mapreduce
