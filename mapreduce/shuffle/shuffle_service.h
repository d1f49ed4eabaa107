// ShuffleService: mapreduce_shuffle, the node manager's service that gives map outputs to reducers over HTTP, also to
// Java's. Reads <local-dir>/usercache/<user>/appcache/<application>/output/<attempt>/file.out and its index.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/server.h"
#include "mapreduce/task/ifile.h"
#include "yarn_like/nodemanager/aux_service.h"

namespace tusk::mapreduce {

class ShuffleService : public yarn::AuxService {
 public:
  // Port 0 picks a free one.
  ShuffleService(Env env, HostPort bind);
  // mapreduce.shuffle.port (13562) on the host that the node manager listens on.
  static Result<HostPort> BindAddress(const Configuration& conf);
  ~ShuffleService() override;
  std::string name() const override;
  Task<Status> Start() override;
  Task<void> Stop() override;
  std::string metadata() const override;
  Status InitializeApplication(const yarn::AuxApplication& application) override;
  void StopApplication(const std::string& application_id) override;
  uint16_t port() const { return port_; }

 private:
  struct JobOutputs {
    std::string application_id;
    std::string user;
    std::string secret;
    std::vector<std::string> local_dirs;
  };
  // One segment that a request names.
  struct Segment {
    std::string header;
    std::unique_ptr<File> file;
    uint64_t start = 0;
    uint64_t length = 0;
  };
  struct Wanted {
    std::string job;
    int reduce = 0;
    std::vector<std::string> maps;
    bool keep_alive = false;
  };

  Task<void> Serve(http::Exchange& exchange);
  Task<Status> SendSegments(http::Exchange& exchange, std::vector<Segment> segments, std::string reply_hash, bool keep_alive);
  // An HTTP status and its text where something is wrong.
  struct Refusal {
    int status = 0;
    std::string text;
  };
  static Refusal ReadQuery(const http::Request& request, Wanted& wanted);
  Refusal Authenticate(const http::Request& request, const JobOutputs& job, std::string& reply_hash) const;
  static Result<Segment> OpenSegment(Disk& disk, const JobOutputs& job, const std::string& attempt, int reduce);

  Env env_;
  HostPort bind_;
  uint16_t port_ = 0;
  std::unique_ptr<http::Server> server_;
  std::map<std::string, JobOutputs> jobs_;  // by job id
};

}  // namespace tusk::mapreduce
