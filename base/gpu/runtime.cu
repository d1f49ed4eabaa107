// Devices and memory by CUDA's runtime, which is linked statically and finds the driver itself at run time: on a machine without
// one there are no devices, and nothing fails.
#include "base/gpu/device.h"
#include "base/gpu/launch.h"

namespace tusk::gpu {
namespace {

cudaError_t first_error = cudaSuccess;

}  // namespace

void NoteError(cudaError_t error) {
  if (error != cudaSuccess && first_error == cudaSuccess) first_error = error;
}

int DeviceCount(std::string* why_none) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  if (why_none != nullptr) *why_none = std::string("no CUDA device: ") + cudaGetErrorString(error == cudaSuccess ? cudaErrorNoDevice : error);
  cudaGetLastError();  // it sticks otherwise
  return 0;
}

std::string DeviceName() {
  cudaDeviceProp properties{};
  NoteError(cudaGetDeviceProperties(&properties, 0));
  return properties.name;
}

void* Allocate(size_t bytes) {
  void* memory = nullptr;
  if (cudaMalloc(&memory, bytes == 0 ? 1 : bytes) == cudaSuccess) return memory;
  cudaGetLastError();
  return nullptr;
}

void Free(void* memory) { NoteError(cudaFree(memory)); }
void CopyIn(void* to, const void* host, size_t bytes) { NoteError(cudaMemcpy(to, host, bytes, cudaMemcpyHostToDevice)); }
void CopyOnDevice(void* to, const void* from, size_t bytes) { NoteError(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice)); }
void CopyOut(void* host, const void* from, size_t bytes) { NoteError(cudaMemcpy(host, from, bytes, cudaMemcpyDeviceToHost)); }

std::string TakeError() {
  NoteError(cudaDeviceSynchronize());
  const cudaError_t error = first_error;
  first_error = cudaSuccess;
  return error == cudaSuccess ? "" : std::string(cudaGetErrorName(error)) + ": " + cudaGetErrorString(error);
}

double Milliseconds(const std::function<void()>& work) {
  cudaEvent_t begin = nullptr, end = nullptr;
  NoteError(cudaEventCreate(&begin));
  NoteError(cudaEventCreate(&end));
  NoteError(cudaEventRecord(begin));
  work();
  NoteError(cudaEventRecord(end));
  NoteError(cudaEventSynchronize(end));
  float milliseconds = 0;
  NoteError(cudaEventElapsedTime(&milliseconds, begin, end));
  NoteError(cudaEventDestroy(begin));
  NoteError(cudaEventDestroy(end));
  return static_cast<double>(milliseconds);
}

}  // namespace tusk::gpu
