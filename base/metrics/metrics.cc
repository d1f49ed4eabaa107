// The registry and its Prometheus text.
#include "base/metrics/metrics.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>

namespace tusk {
namespace {

std::string NumberText(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.15g", value);
  return text;
}

std::string LabelsText(const MetricLabels& labels) {
  if (labels.empty()) return "";
  std::string text = "{";
  for (size_t i = 0; i < labels.size(); ++i) {
    text += (i == 0 ? "" : ",") + labels[i].first + "=\"";
    for (char c : labels[i].second) {
      if (c == '\\' || c == '"') text += '\\';
      if (c == '\n') {
        text += "\\n";
      } else {
        text += c;
      }
    }
    text += '"';
  }
  return text + "}";
}

// Families in order of first mention, each with all its samples together, as the text format wants.
class PrometheusSink : public MetricSink {
 public:
  void Counter(std::string_view name, std::string_view help, const MetricLabels& labels, double value) override {
    Family(name, help, "counter") += std::string(name) + LabelsText(labels) + " " + NumberText(value) + "\n";
  }
  void Gauge(std::string_view name, std::string_view help, const MetricLabels& labels, double value) override {
    Family(name, help, "gauge") += std::string(name) + LabelsText(labels) + " " + NumberText(value) + "\n";
  }
  void Latency(std::string_view family, std::string_view help, const MetricLabels& own_labels,
               const LatencyHistogram& histogram) override {
    std::string& text = Family(family, help, "histogram");
    const std::string name(family);
    MetricLabels labels = own_labels;
    labels.emplace_back("le", "");
    for (size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
      labels.back().second = NumberText(LatencyHistogram::UpperBoundSeconds(i));
      text += name + "_bucket" + LabelsText(labels) + " " + std::to_string(histogram.CumulativeCount(i)) + "\n";
    }
    labels.back().second = "+Inf";
    text += name + "_bucket" + LabelsText(labels) + " " + std::to_string(histogram.count()) + "\n";
    double seconds = std::chrono::duration<double>(histogram.sum()).count();
    text += name + "_sum" + LabelsText(own_labels) + " " + NumberText(seconds) + "\n";
    text += name + "_count" + LabelsText(own_labels) + " " + std::to_string(histogram.count()) + "\n";
  }
  std::string Text() const {
    std::string all;
    for (const std::string& name : order_) all += families_.at(name);
    return all;
  }

 private:
  std::string& Family(std::string_view name, std::string_view help, const char* type) {
    auto [family, fresh] = families_.try_emplace(std::string(name));
    if (fresh) {
      order_.emplace_back(name);
      family->second = "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " + type + "\n";
    }
    return family->second;
  }
  std::map<std::string, std::string> families_;
  std::vector<std::string> order_;
};

// The "name" (or else "type") property.
std::string ShortName(std::string_view object_name) {
  for (std::string_view key : {"name=", "type="}) {
    size_t at = object_name.find(key);
    if (at == std::string_view::npos) continue;
    std::string_view value = object_name.substr(at + key.size());
    return std::string(value.substr(0, value.find(',')));
  }
  return std::string(object_name);
}

}  // namespace

void LatencyHistogram::Record(Duration time) {
  auto micros = static_cast<uint64_t>(std::max<int64_t>(0, (time.count() + 999) / 1000));
  size_t index = micros <= 1 ? 0 : static_cast<size_t>(std::bit_width(micros - 1));
  buckets_[std::min(index, kBuckets)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(time.count(), std::memory_order_relaxed);
}

double LatencyHistogram::MeanMillis() const {
  uint64_t records = count();
  return records == 0 ? 0 : static_cast<double>(sum().count()) / 1e6 / static_cast<double>(records);
}

uint64_t LatencyHistogram::CumulativeCount(size_t index) const {
  uint64_t records = 0;
  for (size_t i = 0; i <= std::min(index, kBuckets); ++i) records += buckets_[i].load(std::memory_order_relaxed);
  return records;
}

Counter& MetricRegistry::NewCounter(MetricSpec spec) {
  auto& entry = counters_.emplace_back();
  entry.spec = std::move(spec);
  AddAttribute(entry.spec, [&entry](Bean& bean) { bean.Set(entry.spec.attribute, entry.metric.value()); });
  return entry.metric;
}

Gauge& MetricRegistry::NewGauge(MetricSpec spec) {
  auto& entry = gauges_.emplace_back();
  entry.spec = std::move(spec);
  AddAttribute(entry.spec, [&entry](Bean& bean) { bean.Set(entry.spec.attribute, entry.metric.value()); });
  return entry.metric;
}

LatencyHistogram& MetricRegistry::NewLatency(MetricSpec spec) {
  auto& entry = latencies_.emplace_back();
  entry.spec = std::move(spec);
  AddAttribute(entry.spec, [&entry](Bean& bean) {
    bean.Set(entry.spec.attribute + "NumOps", entry.metric.count());
    bean.Set(entry.spec.attribute + "AvgTime", entry.metric.MeanMillis());
  });
  return entry.metric;
}

void MetricRegistry::AddAttribute(const MetricSpec& spec, std::function<void(Bean&)> fill) {
  if (!spec.bean.empty()) AddBean(spec.bean, std::move(fill));
}

void MetricRegistry::AddBean(std::string object_name, std::function<void(Bean&)> fill, std::string modeler_type) {
  beans_.push_back({std::move(object_name), std::move(modeler_type), std::move(fill)});
}

std::string MetricRegistry::PrometheusText() const {
  PrometheusSink sink;
  for (const auto& entry : counters_) {
    sink.Counter(entry.spec.name, entry.spec.help, entry.spec.labels, static_cast<double>(entry.metric.value()));
  }
  for (const auto& entry : gauges_) {
    sink.Gauge(entry.spec.name, entry.spec.help, entry.spec.labels, static_cast<double>(entry.metric.value()));
  }
  for (const auto& entry : latencies_) sink.Latency(entry.spec.name, entry.spec.help, entry.spec.labels, entry.metric);
  for (const auto& collect : collectors_) collect(sink);
  return sink.Text();
}

std::vector<Bean> MetricRegistry::Beans(std::string_view pattern) const {
  std::vector<Bean> beans;
  for (const BeanSource& source : beans_) {
    if (!ObjectNameMatches(pattern, source.object_name)) continue;
    auto bean = std::find_if(beans.begin(), beans.end(),
                             [&](const Bean& known) { return known.object_name() == source.object_name; });
    if (bean == beans.end()) {
      beans.emplace_back(source.object_name, source.modeler_type.empty() ? ShortName(source.object_name) : source.modeler_type);
      bean = std::prev(beans.end());
    }
    source.fill(*bean);
  }
  return beans;
}

}  // namespace tusk
