// The renamed keys that users still write (Hadoop's DeprecatedProperties page lists all of them).
#include <algorithm>
#include <array>
#include <utility>

#include "base/config/deprecated_keys_internal.h"

namespace tusk {
namespace {

using Rename = std::pair<std::string_view, std::string_view>;
// Sorted by the old name.
constexpr std::array kRenames = std::to_array<Rename>({
    {"dfs.block.size", "dfs.blocksize"},
    {"dfs.data.dir", "dfs.datanode.data.dir"},
    {"dfs.http.address", "dfs.namenode.http-address"},
    {"dfs.max.objects", "dfs.namenode.max.objects"},
    {"dfs.name.dir", "dfs.namenode.name.dir"},
    {"dfs.permissions", "dfs.permissions.enabled"},
    {"dfs.permissions.supergroup", "dfs.permissions.superusergroup"},
    {"dfs.replication.min", "dfs.namenode.replication.min"},
    {"dfs.safemode.extension", "dfs.namenode.safemode.extension"},
    {"dfs.safemode.threshold.pct", "dfs.namenode.safemode.threshold-pct"},
    {"dfs.socket.timeout", "dfs.client.socket-timeout"},
    {"dfs.umaskmode", "fs.permissions.umask-mode"},
    {"dfs.write.packet.size", "dfs.client-write-packet-size"},
    {"fs.default.name", "fs.defaultFS"},
    {"io.sort.factor", "mapreduce.task.io.sort.factor"},
    {"io.sort.mb", "mapreduce.task.io.sort.mb"},
    {"io.sort.spill.percent", "mapreduce.map.sort.spill.percent"},
    {"job.end.notification.url", "mapreduce.job.end-notification.url"},
    {"key.value.separator.in.input.line", "mapreduce.input.keyvaluelinerecordreader.key.value.separator"},
    {"map.output.key.field.separator", "mapreduce.map.output.key.field.separator"},
    {"mapred.cache.archives", "mapreduce.job.cache.archives"},
    {"mapred.cache.files", "mapreduce.job.cache.files"},
    {"mapred.compress.map.output", "mapreduce.map.output.compress"},
    {"mapred.input.dir", "mapreduce.input.fileinputformat.inputdir"},
    {"mapred.job.map.memory.mb", "mapreduce.map.memory.mb"},
    {"mapred.job.name", "mapreduce.job.name"},
    {"mapred.job.priority", "mapreduce.job.priority"},
    {"mapred.job.queue.name", "mapreduce.job.queuename"},
    {"mapred.job.reduce.memory.mb", "mapreduce.reduce.memory.mb"},
    {"mapred.line.input.format.linespermap", "mapreduce.input.lineinputformat.linespermap"},
    {"mapred.local.dir", "mapreduce.cluster.local.dir"},
    {"mapred.map.max.attempts", "mapreduce.map.maxattempts"},
    {"mapred.map.output.compression.codec", "mapreduce.map.output.compress.codec"},
    {"mapred.map.tasks", "mapreduce.job.maps"},
    {"mapred.map.tasks.speculative.execution", "mapreduce.map.speculative"},
    {"mapred.max.split.size", "mapreduce.input.fileinputformat.split.maxsize"},
    {"mapred.min.split.size", "mapreduce.input.fileinputformat.split.minsize"},
    {"mapred.output.compress", "mapreduce.output.fileoutputformat.compress"},
    {"mapred.output.compression.codec", "mapreduce.output.fileoutputformat.compress.codec"},
    {"mapred.output.dir", "mapreduce.output.fileoutputformat.outputdir"},
    {"mapred.output.key.comparator.class", "mapreduce.job.output.key.comparator.class"},
    {"mapred.partitioner.class", "mapreduce.job.partitioner.class"},
    {"mapred.reduce.max.attempts", "mapreduce.reduce.maxattempts"},
    {"mapred.reduce.slowstart.completed.maps", "mapreduce.job.reduce.slowstart.completedmaps"},
    {"mapred.reduce.tasks", "mapreduce.job.reduces"},
    {"mapred.reduce.tasks.speculative.execution", "mapreduce.reduce.speculative"},
    {"mapred.task.timeout", "mapreduce.task.timeout"},
    {"mapred.text.key.comparator.options", "mapreduce.partition.keycomparator.options"},
    {"mapred.text.key.partitioner.options", "mapreduce.partition.keypartitioner.options"},
    {"mapred.textoutputformat.separator", "mapreduce.output.textoutputformat.separator"},
    {"mapreduce.textoutputformat.separator", "mapreduce.output.textoutputformat.separator"},
    {"topology.script.file.name", "net.topology.script.file.name"},
});
static_assert(std::is_sorted(kRenames.begin(), kRenames.end()));

}  // namespace

std::string_view CurrentKeyOf(std::string_view key) {
  auto found = std::lower_bound(kRenames.begin(), kRenames.end(), key,
                                [](const Rename& rename, std::string_view name) { return rename.first < name; });
  return found != kRenames.end() && found->first == key ? found->second : key;
}

}  // namespace tusk
