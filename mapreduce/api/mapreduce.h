// Everything that a MapReduce program includes. See mapreduce/examples/user_wordcount for one of 30 lines.
#pragma once

#include "mapreduce/api/formats.h"   // IWYU pragma: export
#include "mapreduce/api/job.h"       // IWYU pragma: export
#include "mapreduce/api/mapper.h"    // IWYU pragma: export
#include "mapreduce/api/program.h"   // IWYU pragma: export
#include "mapreduce/api/writable.h"  // IWYU pragma: export
