// `tusk quant --cluster`: the command line as a job of quant/job.
#pragma once

#include <string>
#include <vector>

#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {

Status QuantizeOnCluster(CliContext& context, const QuantOptions& options);

// Whether the words behind `tusk quant` are those of a container of a job; then RunQuantContainer is all there is to do.
bool IsQuantContainer(const std::vector<std::string>& args);
int RunQuantContainer(const std::vector<std::string>& args);

}  // namespace tusk::tools
