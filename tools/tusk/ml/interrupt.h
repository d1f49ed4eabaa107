// Ctrl-C of long commands, by the names that tools use.
#pragma once

#include "mapreduce/client/interrupt.h"

namespace tusk::tools {

using mapreduce::CatchInterrupts;
using mapreduce::Interrupted;
using mapreduce::kInterruptedExit;

}  // namespace tusk::tools
