// An NVIDIA GPU's memory and clock as the host sees them. Two libraries have them: base_gpu by CUDA's runtime (runtime.cu), and
// base_gpu_emulated (emulation.cc) for tests. Pointers are device memory unless said otherwise.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace tusk::gpu {

int DeviceCount(std::string* why_none);   // 0 with a reason: no driver, no device, too old
std::string DeviceName();
void* Allocate(size_t bytes);             // null where there is none
void Free(void* memory);
void CopyIn(void* to, const void* host, size_t bytes);
void CopyOnDevice(void* to, const void* from, size_t bytes);
void CopyOut(void* host, const void* from, size_t bytes);  // waits
// What failed since the last call, "" if nothing; waits.
std::string TakeError();
// The device's own clock around `work`; 0 in the emulation.
double Milliseconds(const std::function<void()>& work);

}  // namespace tusk::gpu
