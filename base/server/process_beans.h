// Beans of every process, with Hadoop's and Java's names and this process's true figures: JvmMetrics, UgiMetrics, and of
// java.lang Memory, OperatingSystem, Runtime, Threading. What only a JVM has (collections, class paths) is 0 or empty.
#pragma once

#include <string>

#include "base/env/clock.h"
#include "base/metrics/metrics.h"

namespace tusk {

// `daemon` as in "Hadoop:service=NameNode". `clock` outlives the registry's use.
void AddProcessBeans(MetricRegistry& metrics, const std::string& daemon, const std::string& host_name, const std::string& version,
                     int64_t started_wall_ms, const Clock& clock);

}  // namespace tusk
