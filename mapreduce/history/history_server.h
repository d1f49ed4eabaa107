// HistoryServer: the daemon `tusk historyserver`: REST and pages on mapreduce.jobhistory.webapp.address, MRClientProtocol for
// Java's job clients on mapreduce.jobhistory.address.
#pragma once

#include <memory>
#include <string>

#include "base/async/task.h"
#include "base/config/configuration.h"
#include "base/env/env.h"

namespace tusk::mapreduce {

class HistoryServer {
 public:
  // Reads the configuration; `user` is who reads the files. Opens no port.
  static Result<std::unique_ptr<HistoryServer>> Create(Env env, const Configuration& configuration, const std::string& user);
  virtual ~HistoryServer() = default;
  virtual Task<Status> Start() = 0;
  virtual Task<void> Stop() = 0;
};

}  // namespace tusk::mapreduce
