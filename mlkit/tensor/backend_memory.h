// BackendMemory: some of a backend's memory, freed with it. The backend lives longer.
#pragma once

#include <utility>

#include "mlkit/tensor/backend.h"

namespace tusk::ml {

class BackendMemory {
 public:
  BackendMemory() = default;
  ~BackendMemory() { Drop(); }
  BackendMemory(BackendMemory&& other) noexcept
      : backend_(other.backend_), data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  BackendMemory(const BackendMemory&) = delete;
  BackendMemory& operator=(const BackendMemory&) = delete;
  BackendMemory& operator=(BackendMemory&& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }

  // At least `count` floats; what it held is lost where it has to grow.
  Status Make(TensorBackend& backend, size_t count) {
    if (count <= count_) return Status::Ok();
    Drop();
    backend_ = &backend;
    ASSIGN_OR_RETURN(data_, backend.Allocate(count));
    count_ = count;
    return Status::Ok();
  }
  float* data() const { return data_; }

 private:
  void Drop() {
    if (data_ != nullptr) backend_->Free(data_);
    data_ = nullptr;
    count_ = 0;
  }
  TensorBackend* backend_ = nullptr;
  float* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace tusk::ml
