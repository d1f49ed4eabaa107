// Avro's binary encoding by schema into JSON values, and events into a JobRecord.
#include "mapreduce/history/jhist_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace tusk::mapreduce {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 32;
constexpr int64_t kItemsMax = 1 << 24;  // of one array or map

// Of a schema; null where it has none of that name.
const Json& PartOf(const Json& schema, const char* name) {
  static const Json kNothing;
  const auto found = schema.find(name);
  return found == schema.end() ? kNothing : *found;
}

class AvroReader {
 public:
  AvroReader(const Json& schema, std::string_view bytes) : schema_(schema), rest_(bytes) { Collect(schema, 0); }
  bool at_end() const { return rest_.empty(); }

  Result<Json> Next() { return Read(schema_, 0); }

 private:
  static Status Broken(const char* what) { return {Code::kCorruption, fmt::format("history file: {}", what)}; }

  // Named types, so that they can be referred to.
  void Collect(const Json& schema, int depth) {
    if (depth > kDepthMax) return;
    if (schema.is_array()) {
      for (const Json& branch : schema) Collect(branch, depth + 1);
      return;
    }
    if (!schema.is_object()) return;
    if (schema.contains("name") && schema["name"].is_string()) {
      const std::string name = schema["name"].get<std::string>();
      named_.emplace(name, &schema);
      named_.emplace(name.substr(name.rfind('.') + 1), &schema);
    }
    for (const char* inner : {"fields", "items", "values", "type"}) {
      if (schema.contains(inner) && schema[inner].is_structured()) Collect(schema[inner], depth + 1);
    }
  }

  Result<int64_t> Long() {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Status(Code::kEndOfFile, "history file: it ends within an event");
      const auto byte = static_cast<uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      bits |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
    }
    return Broken("a number is too long");
  }

  Result<std::string_view> Bytes(size_t count) {
    if (count > rest_.size()) return Status(Code::kEndOfFile, "history file: it ends within an event");
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  Result<std::string> Text() {
    ASSIGN_OR_RETURN(const int64_t length, Long());
    if (length < 0) return Broken("a length is negative");
    ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(static_cast<size_t>(length)));
    return std::string(bytes);
  }

  // Of a block of an array or map; 0 at its end.
  Result<int64_t> BlockCount() {
    ASSIGN_OR_RETURN(int64_t count, Long());
    if (count < 0) {  // its size in bytes follows
      RETURN_IF_ERROR(Long());
      count = -count;
    }
    if (count < 0 || count > kItemsMax) return Broken("a list is too long");
    // Each item of ours takes at least one byte.
    if (static_cast<uint64_t>(count) > rest_.size()) return Status(Code::kEndOfFile, "history file: it ends within an event");
    return count;
  }

  Result<Json> ReadList(const Json& items, int depth) {
    Json list = Json::array();
    for (;;) {
      ASSIGN_OR_RETURN(const int64_t count, BlockCount());
      if (count == 0) return list;
      for (int64_t i = 0; i < count; ++i) {
        ASSIGN_OR_RETURN(Json item, Read(items, depth + 1));
        list.push_back(std::move(item));
      }
    }
  }

  Result<Json> ReadMap(const Json& values, int depth) {
    Json map = Json::object();
    for (;;) {
      ASSIGN_OR_RETURN(const int64_t count, BlockCount());
      if (count == 0) return map;
      for (int64_t i = 0; i < count; ++i) {
        ASSIGN_OR_RETURN(const std::string key, Text());
        ASSIGN_OR_RETURN(map[key], Read(values, depth + 1));
      }
    }
  }

  Result<Json> ReadRecord(const Json& schema, int depth) {
    Json record = Json::object();
    for (const Json& field : PartOf(schema, "fields")) {
      const Json& name = PartOf(field, "name");
      if (!name.is_string()) return Broken("a field has no name");
      ASSIGN_OR_RETURN(record[name.get_ref<const std::string&>()], Read(PartOf(field, "type"), depth + 1));
    }
    return record;
  }

  Result<Json> ReadPrimitive(const std::string& type) {
    if (type == "null") return Json();
    if (type == "string" || type == "bytes") {
      ASSIGN_OR_RETURN(std::string text, Text());
      return Json(std::move(text));
    }
    if (type == "int" || type == "long") {
      ASSIGN_OR_RETURN(const int64_t value, Long());
      return Json(value);
    }
    if (type == "boolean") {
      ASSIGN_OR_RETURN(const std::string_view byte, Bytes(1));
      return Json(byte[0] != 0);
    }
    if (type == "float" || type == "double") {  // none of the events has a value of these that we show
      RETURN_IF_ERROR(Bytes(type == "float" ? 4 : 8));
      return Json(0.0);
    }
    return Broken("a type is not known");
  }

  Result<Json> Read(const Json& schema, int depth) {
    if (depth > kDepthMax) return Broken("types are nested too deeply");
    if (schema.is_array()) {
      ASSIGN_OR_RETURN(const int64_t branch, Long());
      if (branch < 0 || static_cast<size_t>(branch) >= schema.size()) return Broken("a union has no such branch");
      return Read(schema[static_cast<size_t>(branch)], depth + 1);
    }
    if (schema.is_string()) {
      const std::string name = schema.get<std::string>();
      const auto found = named_.find(name.substr(name.rfind('.') + 1));
      return found == named_.end() ? ReadPrimitive(name) : Read(*found->second, depth + 1);
    }
    if (!schema.is_object() || !schema.contains("type")) return Broken("the schema is malformed");
    const Json& type = schema["type"];
    if (!type.is_string()) return Read(type, depth + 1);
    const std::string kind = type.get<std::string>();
    if (kind == "record") return ReadRecord(schema, depth);
    if (kind == "array") return ReadList(PartOf(schema, "items"), depth);
    if (kind == "map") return ReadMap(PartOf(schema, "values"), depth);
    if (kind == "enum") {
      ASSIGN_OR_RETURN(const int64_t at, Long());
      const Json& symbols = PartOf(schema, "symbols");
      if (at < 0 || static_cast<size_t>(at) >= symbols.size()) return Broken("an enumeration has no such symbol");
      return symbols[static_cast<size_t>(at)];
    }
    return ReadPrimitive(kind);
  }

  const Json& schema_;
  std::string_view rest_;
  std::map<std::string, const Json*> named_;
};

std::string TextOf(const Json& event, const char* name) {
  const auto found = event.find(name);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}
int64_t NumberOf(const Json& event, const char* name, int64_t otherwise = 0) {
  const auto found = event.find(name);
  return found != event.end() && found->is_number() ? found->get<int64_t>() : otherwise;
}

CountersRecord CountersOf(const Json& event, const char* name) {
  CountersRecord record;
  const auto found = event.find(name);
  if (found == event.end() || !found->is_object()) return record;
  for (const Json& group : found->value("groups", Json::array())) {
    CounterGroupRecord& one = record.emplace_back();
    one.name = TextOf(group, "name");
    one.display_name = TextOf(group, "displayName");
    for (const Json& counter : group.value("counts", Json::array())) {
      one.counters.push_back({TextOf(counter, "name"), TextOf(counter, "displayName"), NumberOf(counter, "value")});
    }
  }
  return record;
}

// Puts events on a job's record.
class JobBuilder {
 public:
  void Take(const std::string& type, const Json& event) {
    if (type.starts_with("JOB_") || type == "AM_STARTED") TakeJob(type, event);
    else if (type.starts_with("TASK_")) TakeTask(type, event);
    else if (type.find("_ATTEMPT_") != std::string::npos) TakeAttempt(type, event);
  }
  JobRecord Finish() {
    // A task begins with its first attempt, as in Hadoop's reports.
    for (auto& [id, task] : job_.tasks) {
      int64_t first = INT64_MAX;
      for (const AttemptRecord& attempt : task.attempts) {
        if (attempt.start_ms > 0) first = std::min(first, attempt.start_ms);
      }
      if (first != INT64_MAX) task.start_ms = first;
    }
    return std::move(job_);
  }

 private:
  void TakeJob(const std::string& type, const Json& event) {
    if (type == "AM_STARTED") {
      job_.masters.push_back({TextOf(event, "applicationAttemptId"), TextOf(event, "containerId"), TextOf(event, "nodeManagerHost"),
                              static_cast<int32_t>(NumberOf(event, "nodeManagerPort")),
                              static_cast<int32_t>(NumberOf(event, "nodeManagerHttpPort")), NumberOf(event, "startTime")});
    } else if (type == "JOB_SUBMITTED") {
      job_.id = TextOf(event, "jobid");
      job_.name = TextOf(event, "jobName");
      job_.user = TextOf(event, "userName");
      job_.queue = TextOf(event, "jobQueueName");
      job_.conf_path = TextOf(event, "jobConfPath");
      job_.submit_ms = NumberOf(event, "submitTime");
      if (const auto acls = event.find("acls"); acls != event.end() && acls->is_object()) {
        for (const auto& [name, value] : acls->items()) job_.acls[name] = value.is_string() ? value.get<std::string>() : "";
      }
    } else if (type == "JOB_INITED") {
      job_.launch_ms = NumberOf(event, "launchTime");
      job_.maps = NumberOf(event, "totalMaps");
      job_.reduces = NumberOf(event, "totalReduces");
      job_.state = TextOf(event, "jobStatus");
      if (const auto uber = event.find("uberized"); uber != event.end() && uber->is_boolean()) job_.uberized = uber->get<bool>();
    } else if (type == "JOB_INFO_CHANGED") {
      job_.submit_ms = NumberOf(event, "submitTime");
      job_.launch_ms = NumberOf(event, "launchTime");
    } else if (type == "JOB_QUEUE_CHANGED") {
      job_.queue = TextOf(event, "jobQueueName");
    } else if (type == "JOB_FINISHED" || type == "JOB_FAILED" || type == "JOB_KILLED" || type == "JOB_ERROR") {
      job_.finish_ms = NumberOf(event, "finishTime");
      job_.finished_maps = NumberOf(event, "finishedMaps");
      job_.finished_reduces = NumberOf(event, "finishedReduces");
      job_.total_counters = CountersOf(event, "totalCounters");
      job_.map_counters = CountersOf(event, "mapCounters");
      job_.reduce_counters = CountersOf(event, "reduceCounters");
      job_.diagnostics = TextOf(event, "diagnostics");
      job_.state = type == "JOB_FINISHED" ? "SUCCEEDED" : TextOf(event, "jobStatus");
    }
  }

  void TakeTask(const std::string& type, const Json& event) {
    TaskRecord& task = job_.tasks[TextOf(event, "taskid")];
    task.id = TextOf(event, "taskid");
    if (const std::string kind = TextOf(event, "taskType"); !kind.empty()) task.type = kind;
    if (type == "TASK_STARTED") {
      task.start_ms = NumberOf(event, "startTime");
      task.state = "RUNNING";
      return;
    }
    if (type != "TASK_FINISHED" && type != "TASK_FAILED") return;
    task.finish_ms = NumberOf(event, "finishTime");
    task.state = TextOf(event, "status");
    task.counters = CountersOf(event, "counters");
    task.successful_attempt = TextOf(event, "successfulAttemptId");
    task.error = TextOf(event, "error");
    task.progress_percent = 100;
  }

  AttemptRecord& AttemptOf(const Json& event) {
    TaskRecord& task = job_.tasks[TextOf(event, "taskid")];
    if (task.id.empty()) task.id = TextOf(event, "taskid");
    const std::string id = TextOf(event, "attemptId");
    for (AttemptRecord& attempt : task.attempts) {
      if (attempt.id == id) return attempt;
    }
    AttemptRecord& attempt = task.attempts.emplace_back();
    attempt.id = id;
    return attempt;
  }

  void TakeAttempt(const std::string& type, const Json& event) {
    AttemptRecord& attempt = AttemptOf(event);
    if (const std::string kind = TextOf(event, "taskType"); !kind.empty()) attempt.type = kind;
    if (type.ends_with("_STARTED")) {
      attempt.start_ms = NumberOf(event, "startTime");
      attempt.host = TextOf(event, "trackerName");
      attempt.http_port = static_cast<int32_t>(NumberOf(event, "httpPort"));
      attempt.container = TextOf(event, "containerId");
      attempt.state = "RUNNING";
      return;
    }
    attempt.finish_ms = NumberOf(event, "finishTime");
    attempt.shuffle_finish_ms = NumberOf(event, "shuffleFinishTime");
    attempt.sort_finish_ms = NumberOf(event, "sortFinishTime");
    if (const std::string rack = TextOf(event, "rackname"); !rack.empty()) attempt.rack = rack;
    if (const std::string host = TextOf(event, "hostname"); !host.empty()) attempt.host = host;
    const bool good = type.ends_with("_FINISHED");
    attempt.state = good ? TextOf(event, "taskStatus") : TextOf(event, "status");
    attempt.status = good ? TextOf(event, "state") : "";
    attempt.diagnostics = TextOf(event, "error");
    attempt.counters = CountersOf(event, "counters");
    attempt.progress_percent = 100;
  }

  JobRecord job_;
};

std::string_view TakeLine(std::string_view* rest) {
  const size_t end = rest->find('\n');
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return line;
}

// In Avro's JSON a value of a union stands as {"its type": value}.
Json WithoutUnions(const Json& value) {
  if (value.is_object() && value.size() == 1) {
    const std::string& key = value.begin().key();
    if (key == "string" || key == "long" || key == "int" || key.starts_with("org.apache.hadoop.")) return WithoutUnions(value.front());
  }
  if (!value.is_structured()) return value;
  Json out = value;
  for (Json& member : out) member = WithoutUnions(member);
  return out;
}

}  // namespace

Result<JobRecord> ReadHistoryFile(std::string_view bytes) {
  const std::string_view version = TakeLine(&bytes);
  if (version != "Avro-Binary" && version != "Avro-Json") return Status(Code::kCorruption, "it is no history file");
  const Json schema = Json::parse(TakeLine(&bytes), nullptr, /*allow_exceptions=*/false);
  if (schema.is_discarded()) return Status(Code::kCorruption, "the history file's schema is malformed");
  JobBuilder builder;
  if (version == "Avro-Json") {
    while (!bytes.empty()) {
      const Json event = WithoutUnions(Json::parse(TakeLine(&bytes), nullptr, false));
      if (event.is_object() && event.contains("event")) builder.Take(TextOf(event, "type"), event["event"]);
    }
    return builder.Finish();
  }
  AvroReader reader(schema, bytes);
  while (!reader.at_end()) {
    const Result<Json> event = reader.Next();
    if (!event.ok() && event.status().code() == Code::kEndOfFile) break;
    if (!event.ok()) return event.status();
    if (event->is_object() && event->contains("event") && (*event)["event"].is_object()) {
      builder.Take(TextOf(*event, "type"), (*event)["event"]);
    }
  }
  return builder.Finish();
}

}  // namespace tusk::mapreduce
