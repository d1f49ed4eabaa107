// GpuDevices: which of this node's GPUs which container has. Pure. Devices are named as
// yarn.nodemanager.resource-plugins.gpu.allowed-gpu-devices does: index:minor, the index as nvidia-smi counts and the
// minor number of /dev/nvidia<minor>.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::yarn {

struct GpuDevice {
  int index = 0;
  int minor = 0;
  auto operator<=>(const GpuDevice&) const = default;
};

class GpuDevices {
 public:
  GpuDevices() = default;
  explicit GpuDevices(std::vector<GpuDevice> devices) : devices_(std::move(devices)) {}
  // "0:0,1:2"; kInvalidArgument for anything else, and for a device named twice.
  static Result<std::vector<GpuDevice>> Parse(std::string_view text);

  bool any() const { return !devices_.empty(); }
  size_t count() const { return devices_.size(); }
  const std::vector<GpuDevice>& devices() const { return devices_; }
  // The free ones of lowest index. kYarn in Hadoop's words where there are too few; the same again for a container that
  // has some.
  Result<std::vector<GpuDevice>> Assign(const std::string& container, int64_t count);
  // As an earlier node manager had assigned them.
  void Restore(const std::string& container, const std::vector<GpuDevice>& devices);
  void Release(const std::string& container) { assigned_.erase(container); }
  std::vector<GpuDevice> Of(const std::string& container) const;
  // Those that the container must not see.
  std::vector<GpuDevice> DeniedTo(const std::string& container) const;
  const std::map<std::string, std::vector<GpuDevice>>& assigned() const { return assigned_; }

 private:
  std::vector<GpuDevice> devices_;
  std::map<std::string, std::vector<GpuDevice>> assigned_;
};

// "0:0,1:2"
std::string ToText(const std::vector<GpuDevice>& devices);
// "0,1": for CUDA_VISIBLE_DEVICES.
std::string IndexesOf(const std::vector<GpuDevice>& devices);

}  // namespace tusk::yarn
