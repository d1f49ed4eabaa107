// Which GPUs this machine has, as its driver says: NVIDIA's management library is opened at run time, so nothing is linked and a
// machine without it has none.
#pragma once

#include <string>
#include <vector>

#include "base/core/result.h"
#include "yarn_like/nodemanager/container/gpu_devices.h"

namespace tusk::yarn {

inline constexpr char kGpuLibrary[] = "libnvidia-ml.so.1";

// kFileNotFound where `library` is not there; kUnsupported with the reason where it does not answer. Indexes are in the order of the
// bus, as CUDA_DEVICE_ORDER=PCI_BUS_ID has them.
Result<std::vector<GpuDevice>> AskGpuDriver(const std::string& library);

}  // namespace tusk::yarn
