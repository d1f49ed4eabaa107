// Names and labels as Hadoop makes them.
#include "base/metrics/hadoop_prometheus.h"

#include <cctype>
#include <map>
#include <optional>

namespace tusk {
namespace {

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// The record that a bean of this name is in Hadoop; nothing for what is only a management bean.
std::optional<std::string> RecordOf(std::string_view object_name) {
  constexpr std::pair<std::string_view, std::string_view> kRecords[] = {
      {"RpcActivityForPort", "rpc"},           {"RpcDetailedActivityForPort", "rpcdetailed"}, {"NameNodeActivity", "namenode"},
      {"DataNodeActivity-", "datanode"},       {"DataNodeVolume-", "FsVolume"},         {"QueueMetrics", "QueueMetrics"},
      {"JvmMetrics", "JvmMetrics"},            {"UgiMetrics", "UgiMetrics"},                  {"StartupProgress", "StartupProgress"},
      {"ClusterMetrics", "ClusterMetrics"},    {"NodeManagerMetrics", "NodeManagerMetrics"},  {"ShuffleMetrics", "ShuffleMetrics"},
      {"FSDatasetState", "org.apache.hadoop.hdfs.server.datanode.fsdataset.impl.FsDatasetImpl"},    {"RetryCache.", "RetryCache/NameNodeRetryCache"}};
  const size_t at = object_name.find("name=");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view name = object_name.substr(at + 5);
  if (name == "FSNamesystem") return "FSNamesystem";
  for (const auto& [prefix, record] : kRecords) {
    if (name.starts_with(prefix)) return std::string(record);
  }
  return std::nullopt;
}

std::string Lower(std::string_view text) {
  std::string lower;
  for (char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string LabelText(std::string_view json) {
  if (json == "null") return "\"null\"";
  return std::string(json);
}

bool IsNumber(std::string_view json) {
  return !json.empty() && (std::isdigit(static_cast<unsigned char>(json[0])) != 0 || json[0] == '-');
}

}  // namespace

std::string HadoopMetricName(std::string_view record, std::string_view metric) {
  // Words begin at capitals; a row of capitals is a word less its last, where a small letter follows.
  std::string joined(record);
  if (!metric.empty()) {
    joined += static_cast<char>(std::toupper(static_cast<unsigned char>(metric[0])));
    joined += metric.substr(1);
  }
  std::string name;
  for (size_t i = 0; i < joined.size(); ++i) {
    const char c = joined[i];
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      if (!name.empty() && name.back() != '_') name += '_';
      continue;
    }
    const bool begins = IsUpper(c) && i > 0 &&
                        (!IsUpper(joined[i - 1]) || (i + 1 < joined.size() && IsLower(joined[i + 1])));
    if (begins && !name.empty() && name.back() != '_') name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string HadoopPrometheusText(const std::vector<Bean>& beans) {
  std::map<std::string, std::string> families;
  for (const Bean& bean : beans) {
    const std::optional<std::string> record = RecordOf(bean.object_name());
    if (!record) continue;
    std::string labels;
    for (const auto& [attribute, json] : bean.attributes()) {
      if (!attribute.starts_with("tag.") || attribute == "tag.NumOpenConnectionsPerUser") continue;
      labels += (labels.empty() ? "" : ",") + Lower(attribute.substr(4)) + "=" + LabelText(json);
    }
    for (const auto& [attribute, json] : bean.attributes()) {
      if (attribute.starts_with("tag.") || !IsNumber(json)) continue;
      const std::string name = HadoopMetricName(*record, attribute);
      std::string& text = families[name];
      if (text.empty()) text = "# TYPE " + name + " " + (attribute.ends_with("NumOps") ? "counter" : "gauge") + "\n";
      text += name + "{" + labels + "} " + json + "\n";
    }
  }
  std::string all;
  for (const auto& [name, text] : families) all += text;
  return all;
}

}  // namespace tusk
