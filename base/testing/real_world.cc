// The real Env of tests.
#include "base/testing/real_world.h"

#include <cstdlib>

namespace tusk {

RealWorld::RealWorld()
    : clock_(MakeSystemClock()),
      random_(MakeSystemRandom()),
      disk_(MakePosixDisk()),
      loop_(std::make_unique<AsioLoop>(*clock_)),
      pool_(MakeThreadPool("test-pool", 2)),
      network_(MakeAsioNetwork(*loop_, *pool_)) {
  const char* scratch = std::getenv("TMPDIR");
  std::string pattern = std::string(scratch != nullptr ? scratch : "/tmp") + "/tusk-test-XXXXXX";
  TUSK_CHECK(::mkdtemp(pattern.data()) != nullptr) << pattern;
  folder_ = pattern;
}

RealWorld::~RealWorld() {
  pool_.reset();  // joins, so nothing writes while the folder goes
  [[maybe_unused]] Status removed = disk_->RemoveTree(folder_);
}

Env RealWorld::env() { return Env{*clock_, *random_, *disk_, *loop_, *network_, *pool_}; }

}  // namespace tusk
