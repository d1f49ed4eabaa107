// Fuzzes the unpackers: any bytes as zip, tar or tar.gz, on a disk in memory. Nothing may appear outside the target.
#include <cstddef>
#include <cstdint>

#include "base/core/check.h"
#include "base/sim/sim_loop.h"
#include "base/sim/sim_disk.h"
#include "yarn_like/nodemanager/localize/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;  // NOLINT
  if (size < 1) return 0;
  sim::SimClock clock;
  sim::SimDisk disk(clock);
  TUSK_CHECK(disk.MakeDir("/t", 0755).ok());
  TUSK_CHECK(disk.WriteFileAtomic("/a", ByteView(data + 1, size - 1)).ok());
  yarn::UnpackOptions options;
  options.bytes_max = 1 << 20;
  options.members_max = 1000;
  switch (data[0] % 3) {
    case 0: (void)yarn::UnpackZip(disk, "/a", "/t", options); break;
    case 1: (void)yarn::UnpackTar(disk, "/a", "/t", false, options); break;
    default: (void)yarn::UnpackTar(disk, "/a", "/t", true, options); break;
  }
  auto names = disk.List("/");
  TUSK_CHECK(names.ok() && names->size() == 2) << "something lies outside the target";
  return 0;
}
