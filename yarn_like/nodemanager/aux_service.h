// AuxService: a service that lives in the node manager beside the containers and serves applications after their
// containers have gone, as MapReduce's shuffle does. The composition room builds it and hands it to NodeManager; the
// node manager knows only this interface. All calls come on the node manager's loop.
#pragma once

#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/result.h"

namespace tusk::yarn {

// One application on this node, as the first startContainers that names the service tells it.
struct AuxApplication {
  std::string user;
  std::string application_id;            // "application_1795249456226_0001"
  std::string service_data;              // the launch context's bytes for this service
  std::vector<std::string> local_dirs;   // <local-dir>/usercache/<user>/appcache/<application id>, one per local dir
};

class AuxService {
 public:
  virtual ~AuxService() = default;
  // As in yarn.nodemanager.aux-services, service_data and services_meta_data: "mapreduce_shuffle".
  virtual std::string name() const = 0;
  // Before the node registers: opens ports. The node manager does not start if it fails.
  virtual Task<Status> Start() = 0;
  virtual Task<void> Stop() = 0;
  // After Start: returned in every startContainers reply and, in base64, to containers as NM_AUX_SERVICE_<name>.
  // mapreduce_shuffle: the 4-byte big-endian port.
  virtual std::string metadata() const = 0;
  // Once per application (again only after StopApplication). A failure fails the startContainers request.
  virtual Status InitializeApplication(const AuxApplication& application) = 0;
  // The application is over; its folders go away after this returns.
  virtual void StopApplication(const std::string& application_id) = 0;
};

}  // namespace tusk::yarn
