// The few functions of NVML that count devices. Their C interface is documented and stable.
#include "yarn_like/nodemanager/container/gpu_driver.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tusk::yarn {
namespace {

constexpr unsigned kDevicesMost = 256;

template <typename Pointer>
bool Find(void* library, const char* name, Pointer& function) {
  function = reinterpret_cast<Pointer>(::dlsym(library, name));
  return function != nullptr;
}

struct Functions {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*by_index)(unsigned, void**) = nullptr;
  int (*minor)(void*, unsigned*) = nullptr;

  bool FindIn(void* library) {
    return Find(library, "nvmlInit_v2", init) && Find(library, "nvmlShutdown", shutdown) && Find(library, "nvmlDeviceGetCount_v2", count) &&
           Find(library, "nvmlDeviceGetHandleByIndex_v2", by_index) && Find(library, "nvmlDeviceGetMinorNumber", minor);
  }
};

Result<std::vector<GpuDevice>> Devices(const Functions& nvml) {
  unsigned count = 0;
  if (const int error = nvml.count(&count); error != 0) return Status(Code::kUnsupported, fmt::format("NVML error {} counting GPUs", error));
  if (count > kDevicesMost) return Status(Code::kUnsupported, fmt::format("NVML counts {} GPUs", count));
  std::vector<GpuDevice> devices;
  for (unsigned index = 0; index < count; ++index) {
    void* handle = nullptr;
    unsigned minor = 0;
    int error = nvml.by_index(index, &handle);
    if (error == 0) error = nvml.minor(handle, &minor);
    if (error != 0) return Status(Code::kUnsupported, fmt::format("NVML error {} at GPU {}", error, index));
    devices.push_back({static_cast<int>(index), static_cast<int>(minor)});
  }
  return devices;
}

}  // namespace

Result<std::vector<GpuDevice>> AskGpuDriver(const std::string& library) {
  void* opened = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) return Status(Code::kFileNotFound, library + " is not on this machine");
  Functions nvml;
  Result<std::vector<GpuDevice>> devices = Status(Code::kUnsupported, library + " is not NVIDIA's management library");
  if (nvml.FindIn(opened)) {
    if (const int error = nvml.init(); error != 0) {
      devices = Status(Code::kUnsupported, fmt::format("NVML error {} at its start", error));
    } else {
      devices = Devices(nvml);
      nvml.shutdown();
    }
  }
  ::dlclose(opened);
  return devices;
}

}  // namespace tusk::yarn
