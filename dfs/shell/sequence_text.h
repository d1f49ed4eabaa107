// A SequenceFile as lines "key<TAB>value", for -text. Uncompressed and record-compressed (zlib) files of Hadoop's
// simple Writables.
#pragma once

#include <functional>
#include <string_view>

#include "base/core/result.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::dfs {

// Calls `print` with each record's line. kUnsupported names what cannot be shown.
Status PrintSequenceFile(BlockingInputStream& stream, const std::function<Status(std::string_view)>& print);

}  // namespace tusk::dfs
