// Metrics: numbers that a daemon keeps about itself, shown as Prometheus text (/metrics) and as Hadoop-shaped beans
// (/jmx). A metric is declared by whoever changes it; the registry is passed in and outlives it.
//
//   Counter& blocks_read = registry.NewCounter({.name = "tusk_datanode_blocks_read_total", .help = "Blocks read.",
//                                               .bean = "Hadoop:service=DataNode,name=DataNodeActivity-h-9866",
//                                               .attribute = "BlocksRead"});
//
// Counters, gauges and histograms may be changed from any thread. Collectors and beans are called on the thread that
// asks for the text: the loop of the daemon's web server.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/time.h"
#include "base/metrics/bean.h"

namespace tusk {

class Counter {
 public:
  void Add(uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t difference) { value_.fetch_add(difference, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Durations in buckets of powers of two from 1 microsecond to about 67 seconds.
class LatencyHistogram {
 public:
  static constexpr size_t kBuckets = 27;
  void Record(Duration time);
  uint64_t count() const { return CumulativeCount(kBuckets); }
  Duration sum() const { return Duration(sum_ns_.load(std::memory_order_relaxed)); }
  double MeanMillis() const;
  // Records up to and including bucket `index`.
  uint64_t CumulativeCount(size_t index) const;
  uint64_t BucketCount(size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }
  static double UpperBoundSeconds(size_t index) { return 1e-6 * static_cast<double>(1ull << index); }

 private:
  std::array<std::atomic<uint64_t>, kBuckets + 1> buckets_{};
  std::atomic<int64_t> sum_ns_{0};
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricSpec {
  std::string name;  // snake_case, unit last, "_total" for counters
  std::string help;
  MetricLabels labels = {};
  std::string bean = {};  // where set: also an attribute of this bean
  std::string attribute = {};
};

// Where a collector puts numbers that it works out when asked.
class MetricSink {
 public:
  virtual ~MetricSink() = default;
  virtual void Counter(std::string_view name, std::string_view help, const MetricLabels& labels, double value) = 0;
  virtual void Gauge(std::string_view name, std::string_view help, const MetricLabels& labels, double value) = 0;
  virtual void Latency(std::string_view name, std::string_view help, const MetricLabels& labels,
                       const LatencyHistogram& histogram) = 0;
};

class MetricRegistry {
 public:
  MetricRegistry() = default;
  MetricRegistry(const MetricRegistry&) = delete;

  // Live as long as the registry.
  Counter& NewCounter(MetricSpec spec);
  Gauge& NewGauge(MetricSpec spec);
  // As a bean: <attribute>NumOps and <attribute>AvgTime (milliseconds).
  LatencyHistogram& NewLatency(MetricSpec spec);

  void AddCollector(std::function<void(MetricSink&)> collect) { collectors_.push_back(std::move(collect)); }
  // `fill` adds the attributes; several calls with one name make one bean. `modeler_type`: the Java class that real
  // Hadoop names; empty: the name's "name" property.
  void AddBean(std::string object_name, std::function<void(Bean&)> fill, std::string modeler_type = {});

  std::string PrometheusText() const;
  // In order of declaration; those that match an ObjectName pattern ("*:*" all).
  std::vector<Bean> Beans(std::string_view pattern) const;

 private:
  template <typename Metric>
  struct Entry {
    MetricSpec spec;
    Metric metric;
  };
  struct BeanSource {
    std::string object_name;
    std::string modeler_type;
    std::function<void(Bean&)> fill;
  };
  void AddAttribute(const MetricSpec& spec, std::function<void(Bean&)> fill);

  std::deque<Entry<Counter>> counters_;
  std::deque<Entry<Gauge>> gauges_;
  std::deque<Entry<LatencyHistogram>> latencies_;
  std::vector<std::function<void(MetricSink&)>> collectors_;
  std::vector<BeanSource> beans_;
};

}  // namespace tusk
