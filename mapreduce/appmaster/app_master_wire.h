// AppMaster's protobuf side. Private to appmaster/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapreduce/appmaster/app_master.h"
#include "yarn_like/client/app_master_client.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::mapreduce {

struct AppMaster::Wire {
  yarn::ApplicationAttemptId attempt;
  HostPort scheduler;
  Token am_rm_token;
  std::unique_ptr<yarn::AppMasterClient> yarn;
  std::vector<hadoop::yarn::StringLocalResourceMapProto> resources;
  hadoop::yarn::ResourceProto map_resource, reduce_resource;
  std::string umbilical_address;
};

}  // namespace tusk::mapreduce
