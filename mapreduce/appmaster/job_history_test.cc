// A job's history, read back by its own schema.
#include "mapreduce/appmaster/job_history.h"

#include <cstdlib>
#include <fstream>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/task/counter_names.h"

namespace tusk::mapreduce {
namespace {

// Reads Avro by the schema in the file, as any reader would, and prints one line per event.
constexpr char kReader[] = R"py(
import io, json, sys
data = open(sys.argv[1], "rb").read()
magic, schema, body = data.split(b"\n", 2)
assert magic == b"Avro-Binary"
named, stream = {}, io.BytesIO(body)
def number():
    shift = value = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128: return (value >> 1) ^ -(value & 1)
def blocks(read):
    items = []
    while count := number(): items += [read() for _ in range(count)]
    return items
def read(kind):
    if isinstance(kind, list): return read(kind[number()])
    if isinstance(kind, dict):
        if "name" in kind: named[kind["name"]] = kind
        if kind["type"] == "record": return {f["name"]: read(f["type"]) for f in kind["fields"]}
        if kind["type"] == "enum": return kind["symbols"][number()]
        if kind["type"] == "array": return blocks(lambda: read(kind["items"]))
        if kind["type"] == "map": return blocks(lambda: (read("string"), read(kind["values"])))
        return read(kind["type"])
    if kind == "null": return None
    if kind == "string": return stream.read(number()).decode()
    if kind in ("int", "long"): return number()
    if kind == "boolean": return stream.read(1) == b"\1"
    return read(named[kind])
def learn(kind):  # named types may be used before they are met in the data
    if isinstance(kind, list):
        for one in kind: learn(one)
    elif isinstance(kind, dict):
        if "name" in kind: named[kind["name"]] = kind
        for part in kind.get("fields", []): learn(part["type"])
        for key in ("items", "values", "type"): learn(kind.get(key))
root = json.loads(schema)
learn(root)
while stream.tell() < len(body):
    event = read(root)
    print(event["type"], json.dumps(event["event"], sort_keys=True))
)py";

TEST(JobHistoryTest, EveryEventIsReadByTheFilesOwnSchema) {
  RealWorld world;
  JobPlan plan;
  plan.job_id = "job_1700000000000_0007";
  plan.split_hosts = {{"here"}};
  plan.reduces = 1;
  JobRun run(world.loop(), plan, {InputSplit{"file:/in", 0, 10, {"here"}}});
  run.name = "word-count, of everything";
  run.user = "alice";
  run.staging = "hdfs://nn/staging";
  run.start_wall_ms = 1'700'000'001'000;
  run.finish_wall_ms = 1'700'000'009'000;
  TimePoint now = world.clock().Now();
  auto grant = [&](const char* container, int priority) { run.brain.ContainerGranted(container, "here:41", "here", priority, now); };
  grant("container_1", kMapPriority);
  run.brain.Failed({TaskKind::kMap, 0, 0}, "it broke", now);
  grant("container_2", kFailedMapPriority);
  run.counters[{TaskKind::kMap, 0, 1}].Find(kTaskCounters, "MAP_INPUT_RECORDS").Set(42);
  ASSERT_TRUE(run.brain.Done({TaskKind::kMap, 0, 1}, now));
  grant("container_3", kReducePriority);
  ASSERT_TRUE(run.brain.Done({TaskKind::kReduce, 0, 0}, now));
  run.brain.Committed(Status::Ok());
  JobHistory history{&run, "appattempt_1700000000000_0007_000001", "container_0", "here", 41, 42, "root.default", run.finish_wall_ms, now, ""};
  EXPECT_EQ(HistoryFileName(history),
            "job_1700000000000_0007-1700000001000-alice-word%2Dcount%2C+of+everything-1700000009000-1-1-SUCCEEDED-root.default-1700000001000.jhist");
  std::string file = world.folder() + "/x.jhist", reader = world.folder() + "/read.py", output = world.folder() + "/events";
  std::ofstream(file, std::ios::binary) << EncodeHistory(history);
  std::ofstream(reader) << kReader;
  ASSERT_EQ(std::system(("python3 " + reader + " " + file + " >" + output).c_str()), 0);
  ASSERT_OK_AND_ASSIGN(std::string text, world.disk().ReadFile(output));
  for (const char* wanted : {"AM_STARTED", "JOB_SUBMITTED", "JOB_INITED", "TASK_STARTED", "MAP_ATTEMPT_FAILED", "\"error\": \"it broke\"", "MAP_ATTEMPT_FINISHED",
                             "\"attemptId\": \"attempt_1700000000000_0007_m_000000_1\"", "REDUCE_ATTEMPT_FINISHED", "\"taskid\": \"task_1700000000000_0007_r_000000\"",
                             "\"displayName\": \"Map input records\", \"name\": \"MAP_INPUT_RECORDS\", \"value\": 42", "JOB_FINISHED", "\"finishedMaps\": 1"}) {
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  }
}

}  // namespace
}  // namespace tusk::mapreduce
