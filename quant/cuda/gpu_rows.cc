// Rows to the device, the kernel, codes back. One call at a time has the device; other threads read and decode meanwhile.
#include "quant/cuda/gpu_rows.h"

#include <mutex>
#include <vector>

#include "base/gpu/device.h"
#include "quant/cuda/gpu_codec.h"
#include "quant/cuda/gpu_scaled.h"

namespace tusk::quant {
namespace {

// Memory of the device that grows to the largest that was asked for.
class Room {
 public:
  Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { Drop(); }
  // Null: there is not so much.
  void* Of(size_t bytes) {
    if (bytes <= bytes_) return memory_;
    Drop();
    memory_ = gpu::Allocate(bytes);
    bytes_ = memory_ == nullptr ? 0 : bytes;
    return memory_;
  }
  void* Filled(const void* host, size_t bytes) {
    void* const memory = Of(bytes);
    if (memory != nullptr) gpu::CopyIn(memory, host, bytes);
    return memory;
  }

 private:
  void Drop() {
    if (memory_ != nullptr) gpu::Free(memory_);
    memory_ = nullptr;
  }
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

class GpuRows final : public RowDevice {
 public:
  bool EncodeRows(TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance, std::span<uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty() || rows <= 0 || TraitsOf(type)->block_weights == 1) return false;
    cuda::EncodeCall call{};
    call.rows = rows;
    call.columns = columns;
    const auto row_count = static_cast<size_t>(rows), column_count = static_cast<size_t>(columns);
    call.weights = static_cast<const float*>(weights_.Filled(src, row_count * column_count * sizeof(float)));
    call.out = static_cast<uint8_t*>(out_.Of(out.size()));
    if (importance != nullptr) {
      call.importance = static_cast<const float*>(columns_.Filled(importance, column_count * sizeof(float)));
      call.row_means = static_cast<float*>(means_.Of(row_count * sizeof(float)));
    }
    const bool has_room = call.weights != nullptr && call.out != nullptr && (importance == nullptr || (call.importance != nullptr && call.row_means != nullptr));
    if (!has_room) return NoRoom();
    if (!cuda::EncodeOnGpu(type, call)) return false;
    return Fetch(call.out, out);
  }

  bool EncodeScaled(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns, std::span<const BlockScale> scales,
                    std::span<uint8_t> out) override {
    const Result<ScaleGrid> grid = GridOf(settings, rows, columns);
    const std::lock_guard lock(mutex_);
    if (!failure_.empty() || !grid.ok() || scales.size() != static_cast<size_t>(grid->blocks())) return false;
    std::vector<float> values(scales.size());
    std::vector<int8_t> zero_points(scales.size());
    for (size_t i = 0; i < scales.size(); ++i) {
      values[i] = scales[i].scale;
      zero_points[i] = static_cast<int8_t>(scales[i].zero_point);
    }
    cuda::ScaledCall call{settings.type, settings.affine, rows, columns, *grid, nullptr, nullptr};
    const auto* in = static_cast<const float*>(weights_.Filled(weights.data(), weights.size() * sizeof(float)));
    auto* codes = static_cast<uint8_t*>(out_.Of(out.size()));
    call.scales = static_cast<const float*>(columns_.Filled(values.data(), values.size() * sizeof(float)));
    if (settings.affine) call.zero_points = static_cast<const int8_t*>(means_.Filled(zero_points.data(), zero_points.size()));
    if (in == nullptr || codes == nullptr || call.scales == nullptr || (settings.affine && call.zero_points == nullptr)) return NoRoom();
    cuda::EncodeScaledOnGpu(call, in, codes);
    return Fetch(codes, out);
  }

  std::string name() const override {
    const std::lock_guard lock(mutex_);
    return gpu::DeviceName();
  }
  std::string failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  bool NoRoom() {
    failure_ = "GPU: no memory for a piece";
    return false;
  }
  bool Fetch(const uint8_t* from, std::span<uint8_t> out) {
    gpu::CopyOut(out.data(), from, out.size());
    const std::string error = gpu::TakeError();
    if (error.empty()) return true;
    failure_ = "GPU: " + error;
    return false;
  }

  mutable std::mutex mutex_;
  std::string failure_;
  Room weights_, columns_, means_, out_;   // columns_, means_: of the scaled types scales and zero points
};

}  // namespace

Result<std::unique_ptr<RowDevice>> MakeGpuRows() {
  std::string why_none;
  if (gpu::DeviceCount(&why_none) == 0) return Status(Code::kUnsupported, why_none);
  return std::unique_ptr<RowDevice>(std::make_unique<GpuRows>());
}

}  // namespace tusk::quant
