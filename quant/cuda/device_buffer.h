// Memory of the device for one check.
#pragma once

#include "base/gpu/device.h"

namespace tusk::quant {

class DeviceBuffer {
 public:
  explicit DeviceBuffer(size_t bytes) : memory_(gpu::Allocate(bytes)) {}
  DeviceBuffer(const void* host, size_t bytes) : DeviceBuffer(bytes) { gpu::CopyIn(memory_, host, bytes); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  ~DeviceBuffer() { gpu::Free(memory_); }
  template <typename T>
  T* As() const {
    return static_cast<T*>(memory_);
  }

 private:
  void* memory_;
};

}  // namespace tusk::quant
