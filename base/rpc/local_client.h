// LocalServices and MakeLocalClient: calls of the services of this process without a wire, for what else a daemon
// serves of them (WebHDFS is ClientProtocol over HTTP). A handler sees a call like any other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"
#include "base/rpc/client.h"
#include "base/rpc/service.h"

namespace tusk::rpc {

class LocalServices {
 public:
  // Calls of these services are told to have come by `transport` (a literal).
  explicit LocalServices(std::string_view transport = "local") : transport_(transport) {}
  // Outlives this.
  void set_observer(CallObserver* observer) { observer_ = observer; }
  CallObserver* observer() const { return observer_; }
  std::string_view transport() const { return transport_; }
  // `service` outlives this.
  void Add(Service& service);
  // Null where there is none.
  const Method* Find(std::string_view protocol, std::string_view method) const;

 private:
  struct Served {
    std::string protocol;
    Method method;
  };
  std::vector<Served> methods_;
  std::string_view transport_;
  CallObserver* observer_ = nullptr;
};

// A client whose calls are calls of `user` from `remote`, whatever the channel says. `services` and `clock` outlive it.
std::unique_ptr<Client> MakeLocalClient(const LocalServices& services, const Clock& clock, CallUser user,
                                        HostPort remote);

}  // namespace tusk::rpc
