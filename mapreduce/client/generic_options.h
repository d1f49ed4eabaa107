// Hadoop's generic options, which stand before a program's own arguments: -D k=v, -Dk=v, -conf FILE, -fs URI, -jt
// local|host:port, -files A,B, -archives A,B, -libjars (ignored: there are no jars here), -tokenCacheFile FILE.
#pragma once

#include "base/config/configuration.h"
#include "base/env/disk.h"
#include "mapreduce/api/program.h"

namespace tusk::mapreduce {

// Applies the options to `conf`; gives the arguments that are left. -files and -archives land in tmpfiles and
// tmparchives, as in Hadoop.
Result<Arguments> ParseGenericOptions(Configuration& conf, Disk& disk, const Arguments& arguments);

}  // namespace tusk::mapreduce
