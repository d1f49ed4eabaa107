// A namespace on a simulated disk for tests: open, change, crash, open again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/core/check.h"
#include "base/sim/sim_disk.h"
#include "base/testing/real_world.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/namespace/directory_ops.h"
#include "dfs/namenode/namespace/file_ops.h"
#include "dfs/namenode/namespace/query_ops.h"

namespace tusk::dfs {

inline constexpr const char* kNameDir = "/name";

inline Caller Superuser() { return Caller{"hdfs", {"supergroup"}, true, "127.0.0.1"}; }

// One start of a namenode's namespace. Destroy it without Stop to crash it.
class NamespaceRun {
 public:
  NamespaceRun(RealWorld& world, Disk& disk)
      : world_(world), env_{world.clock(), random_(), disk, world.loop(), world.network(), world.env().disk_pool} {}
  ~NamespaceRun() {
    if (driver_ != nullptr && started_) Halt();
  }

  static Status Format(RealWorld& world, Disk& disk, std::vector<NameFolder> folders = {{kNameDir}}) {
    Env env = world.env();
    Env on_disk{env.clock, env.random, disk, env.loop, env.network, env.disk_pool};
    return StatusOf(FormatNameDirectories(on_disk, {std::move(folders), "127.0.0.1", "CID-test", false}));
  }

  Status Open(DriverOptions options = SmallOptions()) {
    BlockLimits limits;
    limits.safe_mode_threshold = 0;
    limits.safe_mode_extension = Duration(0);
    registry_ = std::make_unique<DatanodeRegistry>(DatanodeLimits());
    blocks_ = std::make_unique<BlockManager>(limits, *registry_, world_.env().random);
    Result<std::unique_ptr<NamespaceDriver>> opened =
        NamespaceDriver::Open(env_, std::move(options), *blocks_, [this](const Status& status) { fatal_ = status; });
    if (!opened.ok()) return std::move(opened).status();
    driver_ = std::move(opened).value();
    blocks_->safe_mode().Leave();
    return Status::Ok();
  }
  // Coroutines run only inside Run of the world.
  void Start() {
    started_ = true;
    [[maybe_unused]] Status started = world_.Run(StartOnLoop(*driver_));
  }
  Status Stop() {
    started_ = false;
    return world_.Run(StopOnLoop(*driver_));
  }

  static DriverOptions SmallOptions() {
    DriverOptions options;
    options.folders = {{kNameDir}};
    options.process_user = "hdfs";
    options.host_name = "test";
    options.preallocate_bytes = 4096;
    options.store.block_cache_bytes = 1 << 20;
    options.store.write_buffer_bytes = 64 << 10;
    return options;
  }

  NamespaceDriver& driver() { return *driver_; }
  Namesystem& ns() { return driver_->namesystem(); }
  BlockManager& blocks() { return *blocks_; }
  const Status& fatal() const { return fatal_; }
  Call At(const Caller& caller) { return Call{caller, world_.loop().Now(), world_.clock().WallMillis()}; }

  // Applies `operation(const Call&, Edit&) -> Result<T> or Status` and waits until it is durable.
  template <typename Operation>
  Status Change(Operation operation, RetryKey key = {}, std::string response = {}) {
    return world_.Run(ChangeOnLoop(*this, std::move(operation), std::move(key), std::move(response)));
  }

 private:
  static const Status& StatusOf(const Status& status) { return status; }
  template <typename T>
  static Status StatusOf(const Result<T>& result) {
    return result.status();
  }
  Random& random_() { return world_.env().random; }

  static Task<Status> StartOnLoop(NamespaceDriver& driver) {
    driver.Start();
    co_return Status::Ok();
  }
  static Task<Status> StopOnLoop(NamespaceDriver& driver) {
    co_await driver.Stop();
    co_return Status::Ok();
  }
  // The tasks must end before their driver goes; what they still write goes to a disk that nobody looks at again.
  void Halt() { [[maybe_unused]] Status stopped = Stop(); }

  template <typename Operation>
  static Task<Status> ChangeOnLoop(NamespaceRun& run, Operation operation, RetryKey key, std::string response) {
    CO_RETURN_IF_ERROR(co_await run.driver().Room());
    Caller caller = Superuser();
    Call at = run.At(caller);
    Edit edit(run.ns().counters());
    auto outcome = operation(at, edit);
    Status status = StatusOf(outcome);
    CommitNote note{"test", {}, {}};
    if (status.ok()) note = {"test", std::move(key), std::move(response)};
    Status committed = co_await run.driver().Commit(std::move(edit), std::move(note), at);
    co_return status.ok() ? committed : status;
  }

  RealWorld& world_;
  Env env_;
  std::unique_ptr<DatanodeRegistry> registry_;
  std::unique_ptr<BlockManager> blocks_;
  std::unique_ptr<NamespaceDriver> driver_;
  Status fatal_;
  bool started_ = false;
};

}  // namespace tusk::dfs
