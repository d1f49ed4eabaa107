// Containers of a job.
#include "mapreduce/client/launch_context.h"

#include <set>

#include "base/env/network.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/shuffle/shuffle_wire.h"
#include "mapreduce/task/local_file_system.h"

namespace tusk::mapreduce {
namespace {

using hadoop::yarn::LocalResourceProto;
using hadoop::yarn::StringLocalResourceMapProto;

// In single quotes, for the launch script's shell.
std::string Quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%") == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Result<StringLocalResourceMapProto> MakeResourceEntry(FileSystems& files, const std::string& uri, const std::string& name,
                                                      hadoop::yarn::LocalResourceTypeProto type,
                                                      hadoop::yarn::LocalResourceVisibilityProto visibility) {
  ASSIGN_OR_RETURN(Location location, files.Resolve(uri));
  ASSIGN_OR_RETURN(FileStatus status, location.fs->Stat(location.path));
  StringLocalResourceMapProto entry;
  entry.set_key(name);
  LocalResourceProto* resource = entry.mutable_value();
  PathParts parts = CutPath(location.ToString());
  resource->mutable_resource()->set_scheme(parts.scheme);
  if (!parts.authority.empty()) {
    ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(parts.authority, 8020));
    resource->mutable_resource()->set_host(address.host);
    resource->mutable_resource()->set_port(address.port);
  }
  resource->mutable_resource()->set_file(location.path);
  resource->set_size(static_cast<int64_t>(status.length));
  resource->set_timestamp(status.mtime_wall_ms);
  resource->set_type(type);
  resource->set_visibility(visibility);
  return entry;
}

// "uri#name,uri": each a resource under its fragment or its last component.
Status AddCacheFiles(FileSystems& files, const Configuration& conf, const char* key, hadoop::yarn::LocalResourceTypeProto type,
                     std::vector<StringLocalResourceMapProto>& resources) {
  for (const std::string& listed : conf.GetStrings(key)) {
    size_t hash = listed.find('#');
    std::string uri = listed.substr(0, hash);
    std::string name = hash == std::string::npos ? BaseName(uri) : listed.substr(hash + 1);
    ASSIGN_OR_RETURN(StringLocalResourceMapProto entry, MakeResourceEntry(files, uri, name, type, hadoop::yarn::APPLICATION));
    resources.push_back(std::move(entry));
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<StringLocalResourceMapProto>> JobResources(const Configuration& conf, FileSystems& files) {
  return StagedResources(conf, files, {kJobXmlName, kSplitName, kSplitMetaName});
}

Result<std::vector<StringLocalResourceMapProto>> StagedResources(const Configuration& conf, FileSystems& files,
                                                                 const std::vector<std::string>& staged) {
  std::vector<StringLocalResourceMapProto> resources;
  std::string staging = conf.Get(kStagingDirKey, "");
  // Private: kept by the node managers from job to job, since a program's name holds its time and size.
  ASSIGN_OR_RETURN(StringLocalResourceMapProto executable,
                   MakeResourceEntry(files, conf.Get(kExecutableKey, ""), kExecutableName, hadoop::yarn::FILE, hadoop::yarn::PRIVATE));
  resources.push_back(std::move(executable));
  if (std::string libraries = conf.Get(kLibrariesKey, ""); !libraries.empty()) {
    ASSIGN_OR_RETURN(StringLocalResourceMapProto entry,
                     MakeResourceEntry(files, libraries, kLibrariesName, hadoop::yarn::ARCHIVE, hadoop::yarn::PRIVATE));
    resources.push_back(std::move(entry));
  }
  for (const std::string& name : staged) {
    ASSIGN_OR_RETURN(StringLocalResourceMapProto entry,
                     MakeResourceEntry(files, staging + "/" + name, name, hadoop::yarn::FILE, hadoop::yarn::APPLICATION));
    resources.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(AddCacheFiles(files, conf, "mapreduce.job.cache.files", hadoop::yarn::FILE, resources));
  RETURN_IF_ERROR(AddCacheFiles(files, conf, "mapreduce.job.cache.archives", hadoop::yarn::ARCHIVE, resources));
  return resources;
}

Status AddFileSystemTokens(FileSystems& files, const std::vector<std::string>& paths, Credentials& credentials) {
  std::set<FileSystem*> asked;
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    ASSIGN_OR_RETURN(const Location location, files.Resolve(path));
    if (asked.insert(location.fs).second) RETURN_IF_ERROR(location.fs->AddTokens(credentials).WithContext(location.fs->uri()));
  }
  return Status::Ok();
}

Result<hadoop::yarn::ContainerLaunchContextProto> MakeLaunchContext(const Configuration& conf,
                                                                    const std::vector<StringLocalResourceMapProto>& resources,
                                                                    const LaunchPlan& plan) {
  hadoop::yarn::ContainerLaunchContextProto context;
  for (const StringLocalResourceMapProto& resource : resources) *context.add_localresources() = resource;
  std::string command = std::string("./") + kExecutableName;
  if (std::string loader = conf.Get(kLoaderKey, ""); !loader.empty()) {
    // Nothing of the node but its kernel. The folder is complete, since the program may change its own. No variable is
    // set: the program's children are to find the node's libraries. The node's cache of libraries stays in use behind
    // ours, for what belongs to its devices (libcuda.so.1).
    std::string folder = std::string("$PWD/") + kLibrariesName;
    command = folder + "/" + loader + " --library-path " + folder + " " + command;
  }
  ASSIGN_OR_RETURN(std::vector<std::string> launch, DecodeArguments(conf.Get(kLaunchArgumentsKey, "")));
  for (const std::string& argument : launch) command += " " + Quoted(argument);
  command += " " + Quoted(kRoleOption + plan.role);
  for (const std::string& option : plan.options) command += " " + Quoted(option);
  command += " 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr ";
  context.add_command(command);
  context.set_tokens(plan.credentials.Serialize());
  auto* user = context.add_environment();
  user->set_key("HADOOP_USER_NAME");
  user->set_value(conf.Get(kUserKey, ""));
  const char* key = plan.role == kAppMasterRole ? "yarn.app.mapreduce.am.env" : "mapreduce.admin.user.env";
  for (const std::string& setting : conf.GetStrings(key)) {
    size_t equals = setting.find('=');
    if (equals == std::string::npos) continue;
    auto* variable = context.add_environment();
    variable->set_key(setting.substr(0, equals));
    variable->set_value(setting.substr(equals + 1));
  }
  if (!plan.shuffle_service_data.empty()) {
    auto* service = context.add_service_data();
    service->set_key(kShuffleServiceName);
    service->set_value(plan.shuffle_service_data);
  }
  return context;
}

hadoop::yarn::ResourceProto MakeResource(int64_t memory_mb, int64_t vcores, int64_t gpus) {
  hadoop::yarn::ResourceProto resource;
  resource.set_memory(memory_mb);
  resource.set_virtual_cores(static_cast<int32_t>(vcores));
  if (gpus > 0) {
    auto* entry = resource.add_resource_value_map();
    entry->set_key("yarn.io/gpu");
    entry->set_value(gpus);
    entry->set_units("");
    entry->set_type(hadoop::yarn::COUNTABLE);
  }
  return resource;
}

Credentials WithoutMasterToken(const Credentials& credentials) {
  Credentials others;
  for (const auto& [alias, token] : credentials.tokens) {
    if (token.kind != "YARN_AM_RM_TOKEN") others.tokens[alias] = token;
  }
  return others;
}

}  // namespace tusk::mapreduce
