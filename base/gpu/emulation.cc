// The emulated GPU: memory of the host, and grids run by one thread. A block's threads are fibers; __syncthreads() passes on to the
// next one. A barrier that only some threads of a block reach is undefined on a GPU: here it ends the program.
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "base/gpu/device.h"
#include "base/gpu/launch.h"

namespace tusk::gpu {

Extent threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr size_t kStackBytes = size_t{64} << 10;

struct Fiber {
  ucontext_t context{};
  std::vector<char> stack;
  Extent index;
  bool done = false, waits = false;
};

struct Machine {
  ucontext_t scheduler{};
  std::vector<Fiber> fibers;
  Fiber* running = nullptr;
  const std::function<void()>* thread = nullptr;
};

// The device's memory: an arena that only kernels and copies may touch, so that host code that reads a device pointer ends here as
// it would on a GPU.
class Memory {
 public:
  Memory() : arena_(static_cast<char*>(::mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {}
  void* Take(size_t bytes) {
    const size_t size = (bytes / 64 + 2) * 64;
    std::vector<char*>& spare = spare_[size];
    if (spare.empty()) {
      if (arena_ == MAP_FAILED || size > kBytes - used_) return nullptr;
      spare.push_back(arena_ + used_);
      used_ += size;
    }
    char* memory = spare.back();
    spare.pop_back();
    sizes_[memory] = size;
    return memory;
  }
  void Give(void* memory) {
    const auto found = sizes_.find(static_cast<char*>(memory));
    if (found == sizes_.end()) std::abort();  // not allocated, or given back already
    spare_[found->second].push_back(found->first);
    sizes_.erase(found);
  }
  void Protect(int how) const {
    if (used_ > 0) ::mprotect(arena_, (used_ + 4095) / 4096 * 4096, how);
  }

 private:
  static constexpr size_t kBytes = size_t{1} << 30;
  char* arena_;
  size_t used_ = 0;
  std::map<size_t, std::vector<char*>> spare_;
  std::map<char*, size_t> sizes_;
};

Memory& TheMemory() {
  static Memory memory;
  return memory;
}

struct Access {
  Access() { TheMemory().Protect(PROT_READ | PROT_WRITE); }
  ~Access() { TheMemory().Protect(PROT_NONE); }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
};

Machine& TheMachine() {
  static Machine machine;
  return machine;
}

void RunFiber() {
  Machine& machine = TheMachine();
  (*machine.thread)();
  machine.running->done = true;
}

void StartFiber(Fiber& fiber, unsigned number, Extent block) {
  fiber.stack.resize(kStackBytes);
  fiber.index = {number % block.x, number / block.x % block.y, number / block.x / block.y};
  fiber.done = fiber.waits = false;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.data();
  fiber.context.uc_stack.ss_size = fiber.stack.size();
  fiber.context.uc_link = &TheMachine().scheduler;
  makecontext(&fiber.context, &RunFiber, 0);
}

void RunBlock(Extent block) {
  Machine& machine = TheMachine();
  const unsigned threads = block.x * block.y * block.z;
  if (machine.fibers.size() < threads) machine.fibers.resize(threads);
  for (unsigned t = 0; t < threads; ++t) StartFiber(machine.fibers[t], t, block);
  for (unsigned live = threads; live > 0;) {
    unsigned ended = 0;
    for (unsigned t = 0; t < threads; ++t) {
      Fiber& fiber = machine.fibers[t];
      if (fiber.done) continue;
      machine.running = &fiber;
      threadIdx = fiber.index;
      swapcontext(&machine.scheduler, &fiber.context);
      ended += fiber.done ? 1 : 0;
    }
    if (ended != 0 && ended != live) {
      std::fprintf(stderr, "emulated GPU: a barrier that only a part of the block reaches\n");
      std::abort();
    }
    live -= ended;
  }
}

}  // namespace

void __syncthreads() {
  Machine& machine = TheMachine();
  swapcontext(&machine.running->context, &machine.scheduler);
}

void RunGrid(Extent grid, Extent block, const std::function<void()>& thread) {
  const Access access;
  TheMachine().thread = &thread;
  gridDim = grid;
  blockDim = block;
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) RunBlock(block);
    }
  }
}

int DeviceCount(std::string*) { return 1; }
std::string DeviceName() { return "emulated"; }

void* Allocate(size_t bytes) { return TheMemory().Take(bytes); }
void Free(void* memory) {
  if (memory != nullptr) TheMemory().Give(memory);
}
void CopyIn(void* to, const void* host, size_t bytes) {
  const Access access;
  if (bytes > 0) std::memcpy(to, host, bytes);
}
void CopyOnDevice(void* to, const void* from, size_t bytes) {
  const Access access;
  if (bytes > 0) std::memmove(to, from, bytes);
}
void CopyOut(void* host, const void* from, size_t bytes) {
  const Access access;
  if (bytes > 0) std::memcpy(host, from, bytes);
}
std::string TakeError() { return ""; }
double Milliseconds(const std::function<void()>& work) {
  work();
  return 0;
}

}  // namespace tusk::gpu
