// checkpoint-000000000120.safetensors and its like.
#include "tools/tusk/ml/checkpoint_folder.h"

#include <cstdio>

namespace tusk::tools {
namespace {

constexpr size_t kKept = 3;
constexpr std::string_view kPrefix = "checkpoint-", kSuffix = ".safetensors";

}  // namespace

Result<std::vector<std::string>> CheckpointFolder::List() {
  ASSIGN_OR_RETURN(const mapreduce::Location location, files_.Resolve(folder_));
  ASSIGN_OR_RETURN(const bool exists, location.fs->Exists(location.path));
  std::vector<std::string> names;
  if (!exists) return names;
  ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> entries, location.fs->List(location.path));
  for (const mapreduce::FileStatus& entry : entries) {
    const std::string name = BaseName(entry.path);
    if (!entry.is_directory && name.starts_with(kPrefix) && name.ends_with(kSuffix)) names.push_back(JoinPath(folder_, name));
  }
  return names;
}

Result<std::string> CheckpointFolder::Write(const ml::Checkpoint& checkpoint) {
  char name[64];
  std::snprintf(name, sizeof(name), "checkpoint-%012llu.safetensors", static_cast<unsigned long long>(checkpoint.steps));
  const std::string path = JoinPath(folder_, name);
  RETURN_IF_ERROR(files_.WriteAtomically(path, checkpoint.Save().Encode()));
  ASSIGN_OR_RETURN(const std::vector<std::string> all, List());
  for (size_t i = 0; i + kKept < all.size(); ++i) {
    ASSIGN_OR_RETURN(const mapreduce::Location old, files_.Resolve(all[i]));
    RETURN_IF_ERROR(old.fs->Remove(old.path));
  }
  return path;
}

Result<std::optional<CheckpointFolder::Found>> CheckpointFolder::Newest() {
  ASSIGN_OR_RETURN(const std::vector<std::string> all, List());
  Found found;
  for (size_t i = all.size(); i-- > 0;) {
    Result<ml::Bundle> bundle = files_.ReadBundle(all[i]);
    Result<ml::Checkpoint> checkpoint = bundle.ok() ? ml::Checkpoint::Load(*bundle) : Result<ml::Checkpoint>(bundle.status());
    if (checkpoint.ok()) {
      found.path = all[i];
      found.checkpoint = std::move(checkpoint).value();
      return std::optional<Found>(std::move(found));
    }
    found.damaged.push_back(std::string(checkpoint.status().message()));
  }
  if (!found.damaged.empty()) return Status(Code::kCorruption, "no checkpoint can be read: " + found.damaged.front());
  return std::optional<Found>();
}

Result<bool> CheckpointFolder::IsEmpty() {
  ASSIGN_OR_RETURN(const std::vector<std::string> all, List());
  return all.empty();
}

Status CheckpointFolder::Remove() {
  ASSIGN_OR_RETURN(const std::vector<std::string> all, List());
  for (const std::string& path : all) {
    ASSIGN_OR_RETURN(const mapreduce::Location location, files_.Resolve(path));
    RETURN_IF_ERROR(location.fs->Remove(location.path));
  }
  ASSIGN_OR_RETURN(const mapreduce::Location location, files_.Resolve(folder_));
  ASSIGN_OR_RETURN(const bool exists, location.fs->Exists(location.path));
  if (!exists) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> rest, location.fs->List(location.path));
  return rest.empty() ? location.fs->Remove(location.path) : Status::Ok();
}

}  // namespace tusk::tools
