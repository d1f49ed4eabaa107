// Fuzz: any bytes are an ELF file or an error.
#include <cstring>

#include "base/core/check.h"
#include "mapreduce/packaging/elf_file.h"

namespace tusk::mapreduce {
namespace {

class MemoryFile : public File {
 public:
  explicit MemoryFile(ByteView bytes) : bytes_(bytes) {}
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    if (offset >= bytes_.size()) return size_t{0};
    size_t count = std::min(out.size(), bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  Status WriteAt(uint64_t, ByteView) override { return Status(Code::kUnsupported, "read only"); }
  Status Truncate(uint64_t) override { return Status(Code::kUnsupported, "read only"); }
  Result<uint64_t> Size() override { return uint64_t{bytes_.size()}; }
  Status Sync() override { return Status::Ok(); }

 private:
  ByteView bytes_;
};

}  // namespace
}  // namespace tusk::mapreduce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;
  mapreduce::MemoryFile file({data, size});
  Result<mapreduce::ElfFile> elf = mapreduce::ReadElf(file);
  if (elf.ok()) TUSK_CHECK(elf->loaded_size <= size) << "more to load than there is";
  // With a right start, so that what lies behind it is reached.
  static const uint8_t kStart[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  std::string patched(AsText({data, size}));
  if (patched.size() < 64) return 0;
  std::memcpy(patched.data(), kStart, sizeof(kStart));
  patched[16] = 3;
  patched[17] = 0;
  patched[54] = 56;
  patched[55] = 0;
  mapreduce::MemoryFile again(AsBytes(patched));
  elf = mapreduce::ReadElf(again);
  if (elf.ok()) TUSK_CHECK(elf->loaded_size <= size) << "more to load than there is";
  return 0;
}
