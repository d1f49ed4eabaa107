// FsckRepairs: what fsck's -move and -delete do to a corrupt file, with the rights of who asked. A client of the
// filesystem does it; the namenode includes none, so the composition room (tools/tusk/daemons) plugs one in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/task.h"
#include "base/core/result.h"
#include "base/env/network.h"

namespace tusk::dfs {

class FsckRepairs {
 public:
  // For one fsck of `user`, against the namenode at `namenode`.
  using Factory = std::function<Result<std::unique_ptr<FsckRepairs>>(const HostPort& namenode, const std::string& user)>;

  virtual ~FsckRepairs() = default;
  // What can be read goes to /lost+found/PATH/N. Not OK where a replica could not be read.
  virtual Task<Status> Salvage(std::string path) = 0;
  virtual Task<Status> Delete(std::string path) = 0;
  // Before it is destroyed.
  virtual Task<void> Shutdown() = 0;
};

}  // namespace tusk::dfs
