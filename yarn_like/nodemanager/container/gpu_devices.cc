// Parsing and assignment.
#include "yarn_like/nodemanager/container/gpu_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace tusk::yarn {
namespace {

bool Number(std::string_view text, int& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

}  // namespace

Result<std::vector<GpuDevice>> GpuDevices::Parse(std::string_view text) {
  std::vector<GpuDevice> devices;
  std::set<int> indexes, minors;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    size_t colon = one.find(':');
    GpuDevice device;
    bool good = colon != std::string_view::npos && Number(one.substr(0, colon), device.index) && Number(one.substr(colon + 1), device.minor);
    if (!good || !indexes.insert(device.index).second || !minors.insert(device.minor).second) {
      return Status(Code::kInvalidArgument, fmt::format("Illegal format of individual GPU device: {}! The whole config value was not index:minor "
                                                        "pairs, each once", one));
    }
    devices.push_back(device);
  }
  std::sort(devices.begin(), devices.end());
  return devices;
}

std::vector<GpuDevice> GpuDevices::Of(const std::string& container) const {
  auto found = assigned_.find(container);
  return found == assigned_.end() ? std::vector<GpuDevice>() : found->second;
}

Result<std::vector<GpuDevice>> GpuDevices::Assign(const std::string& container, int64_t count) {
  if (auto found = assigned_.find(container); found != assigned_.end()) return found->second;
  std::vector<GpuDevice> free = devices_;
  for (const auto& [other, theirs] : assigned_) {
    std::erase_if(free, [&](const GpuDevice& device) { return std::find(theirs.begin(), theirs.end(), device) != theirs.end(); });
  }
  if (count > static_cast<int64_t>(free.size())) {
    return Status(Code::kYarn, fmt::format("Failed to find enough GPUs, requestor={}, #RequestedGPUs={}, #AvailableGPUs={}", container,
                                           count, free.size()));
  }
  if (count <= 0) return std::vector<GpuDevice>();
  free.resize(static_cast<size_t>(count));
  assigned_[container] = free;
  return free;
}

void GpuDevices::Restore(const std::string& container, const std::vector<GpuDevice>& devices) {
  if (!devices.empty()) assigned_[container] = devices;
}

std::vector<GpuDevice> GpuDevices::DeniedTo(const std::string& container) const {
  std::vector<GpuDevice> denied = devices_;
  std::vector<GpuDevice> own = Of(container);
  std::erase_if(denied, [&](const GpuDevice& device) { return std::find(own.begin(), own.end(), device) != own.end(); });
  return denied;
}

std::string ToText(const std::vector<GpuDevice>& devices) {
  std::string text;
  for (const auto& device : devices) text += fmt::format("{}{}:{}", text.empty() ? "" : ",", device.index, device.minor);
  return text;
}

std::string IndexesOf(const std::vector<GpuDevice>& devices) {
  std::string text;
  for (const auto& device : devices) text += fmt::format("{}{}", text.empty() ? "" : ",", device.index);
  return text;
}

}  // namespace tusk::yarn
