// The text of /prom: the metrics among the beans, with the names and labels that Hadoop's PrometheusMetricsSink gives them.
#pragma once

#include <string>
#include <vector>

#include "base/metrics/bean.h"

namespace tusk {

// "FSNamesystem" and "BlocksTotal" -> "fs_namesystem_blocks_total".
std::string HadoopMetricName(std::string_view record, std::string_view metric);
// Of beans that are metrics sources in Hadoop; the others are left out.
std::string HadoopPrometheusText(const std::vector<Bean>& beans);

}  // namespace tusk
