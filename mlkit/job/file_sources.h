// FileSources: the files of a data set on local disks and on hdfs://, through mapreduce's file systems.
#pragma once

#include <memory>

#include "mapreduce/api/file_system.h"
#include "mlkit/data/byte_source.h"

namespace tusk::ml {

// `files` lives longer. Paths that Find gives are complete ("hdfs://nn:8020/a", "file:/a"), so that a plan means the same in
// every container; with `plain_local` local ones are without scheme, for messages to a person.
std::shared_ptr<ByteSources> MakeFileSources(mapreduce::FileSystems& files, bool plain_local = false);

}  // namespace tusk::ml
