// AppMaster's protobuf side. Private to appmaster/.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mapreduce/appmaster/app_master.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/proto/applicationmaster_protocol.rpc.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"
#include "yarn_like/proto/yarn_protos.pb.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::mapreduce {

struct AppMaster::Wire {
  yarn::ApplicationAttemptId attempt;
  HostPort scheduler;
  std::string queue = "default";  // as the resource manager calls it
  Token am_rm_token;
  int32_t response_id = 0;
  // What the resource manager still has to grant, as far as we know: (priority, resource name) -> containers.
  std::map<std::pair<int, std::string>, int> outstanding;
  std::set<std::string> avoided_told;
  std::vector<hadoop::yarn::ContainerIdProto> releases;
  std::map<std::string, hadoop::yarn::ContainerProto> containers;  // granted and not yet ended
  std::map<std::string, Token> node_tokens;                        // by "host:port"
  std::vector<hadoop::yarn::StringLocalResourceMapProto> resources;
  hadoop::yarn::ResourceProto map_resource, reduce_resource;
  std::string umbilical_address;

  rpc::Channel SchedulerChannel(rpc::Client& client) const;
  Result<rpc::Channel> NodeChannel(rpc::Client& client, const std::string& node) const;
  // The rows of `ask` that differ from what the resource manager has.
  void FillAsks(const JobBrain& brain, hadoop::yarn::AllocateRequestProto& request);
  void NoteGrant(const hadoop::yarn::ContainerProto& container);
};

inline Token FromProto(const hadoop::common::TokenProto& proto) {
  return {proto.identifier(), proto.password(), proto.kind(), proto.service()};
}
inline std::string NodeName(const hadoop::yarn::NodeIdProto& node) { return node.host() + ":" + std::to_string(node.port()); }
std::string ContainerName(const hadoop::yarn::ContainerIdProto& id);

}  // namespace tusk::mapreduce
