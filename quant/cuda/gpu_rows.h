// The GPU as a RowDevice. Which one: the first that CUDA shows this process; a node manager shows a container its own
// (CUDA_VISIBLE_DEVICES).
#pragma once

#include <memory>
#include <string>

#include "base/core/result.h"
#include "quant/types/row_device.h"

namespace tusk::quant {

// kUnsupported with the reason where this program was built without CUDA or the machine has no device.
Result<std::unique_ptr<RowDevice>> MakeGpuRows();

// "cpu": null. "cuda": a device, or the reason why there is none. "auto": a device, or null with the reason in *why_none.
inline Result<std::unique_ptr<RowDevice>> MakeRowDevice(const std::string& choice, std::string* why_none) {
  if (choice == "cpu") return std::unique_ptr<RowDevice>();
  Result<std::unique_ptr<RowDevice>> device = MakeGpuRows();
  if (device.ok() || choice == "cuda") return device;
  *why_none = std::string(device.status().message());
  return std::unique_ptr<RowDevice>();
}

}  // namespace tusk::quant
