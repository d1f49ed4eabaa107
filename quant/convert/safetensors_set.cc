// Shards put together.
#include "quant/convert/safetensors_set.h"

#include <algorithm>
#include <set>

#include "quant/convert/json_text.h"

namespace tusk::quant {
namespace {

constexpr uint64_t kIndexMax = 64 << 20;
constexpr size_t kFilesMax = 10'000;
constexpr std::string_view kIndexTail = ".index.json";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

Status AddFile(const RangeFiles& files, const std::string& path, SafetensorsSet& set) {
  ASSIGN_OR_RETURN(std::shared_ptr<const RangeReader> file, files.Open(path));
  ASSIGN_OR_RETURN(SafetensorsHeader header, ReadSafetensorsHeader(*file));
  const auto index = static_cast<uint32_t>(set.files.size());
  for (SafetensorsEntry& entry : header.tensors) {
    set.tensors.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape), index, header.data_offset + entry.begin});
  }
  set.files.push_back(std::move(file));
  return Status::Ok();
}

// Each tensor must be in the shard that the index says.
Status CheckIndex(const std::string& path, const nlohmann::json& map, const std::vector<std::string>& shards, const SafetensorsSet& set) {
  size_t found = 0;
  for (const SetTensor& tensor : set.tensors) {
    const auto it = map.find(tensor.name);
    if (it == map.end()) continue;  // more than the index knows: harmless
    if (it->get_ref<const std::string&>() != shards[tensor.file]) {
      return Status(Code::kCorruption, path + ": tensor '" + tensor.name + "' is in " + shards[tensor.file] + ", not where the index says");
    }
    ++found;
  }
  if (found == map.size()) return Status::Ok();
  for (const auto& [name, shard] : map.items()) {
    const bool there = std::any_of(set.tensors.begin(), set.tensors.end(), [&name](const SetTensor& t) { return t.name == name; });
    if (!there) return Status(Code::kCorruption, path + ": tensor '" + name + "' is not in " + shard.get<std::string>());
  }
  return Status::Ok();
}

Status AddIndexed(const RangeFiles& files, const std::string& path, SafetensorsSet& set) {
  ASSIGN_OR_RETURN(const nlohmann::json index, ReadJsonObject(files, path, kIndexMax));
  const nlohmann::json* map = ObjectIn(index, "weight_map");
  if (map == nullptr) return Status(Code::kCorruption, path + " has no weight_map");
  std::set<std::string> names;
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string()) return Status(Code::kCorruption, path + ": weight_map." + tensor + " is not a file name");
    const auto& name = shard.get_ref<const std::string&>();
    // A shard beside the index, nowhere else.
    if (name.empty() || name.find('/') != std::string::npos) {
      return Status(Code::kCorruption, path + ": weight_map." + tensor + " is '" + name + "', not a name of a file beside it");
    }
    names.insert(name);
  }
  if (names.size() > kFilesMax) return Status(Code::kResourceExhausted, path + " names " + std::to_string(names.size()) + " files");
  const std::vector<std::string> shards(names.begin(), names.end());
  for (const std::string& shard : shards) RETURN_IF_ERROR(AddFile(files, FolderOf(path) + shard, set));
  return CheckIndex(path, *map, shards, set);
}

}  // namespace

Result<SafetensorsSet> OpenSafetensorsSet(const RangeFiles& files, const std::string& path) {
  SafetensorsSet set;
  ASSIGN_OR_RETURN(const bool folder, files.IsFolder(path));
  set.folder = folder ? path : FolderOf(path);
  if (!folder && path.ends_with(kIndexTail)) {
    RETURN_IF_ERROR(AddIndexed(files, path, set));
  } else if (!folder) {
    RETURN_IF_ERROR(AddFile(files, path, set));
  } else {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(path));
    const std::string index = "model.safetensors" + std::string(kIndexTail);
    if (std::find(names.begin(), names.end(), index) != names.end()) {
      RETURN_IF_ERROR(AddIndexed(files, PathIn(path, index), set));
    } else {
      for (const std::string& name : names) {
        if (name.ends_with(".safetensors")) RETURN_IF_ERROR(AddFile(files, PathIn(path, name), set));
      }
    }
    if (set.files.empty()) return Status(Code::kFileNotFound, path + " holds no .safetensors file");
  }
  std::sort(set.tensors.begin(), set.tensors.end(), [](const SetTensor& a, const SetTensor& b) { return a.name < b.name; });
  for (size_t i = 1; i < set.tensors.size(); ++i) {
    if (set.tensors[i].name == set.tensors[i - 1].name) {
      return Status(Code::kCorruption, path + ": tensor '" + set.tensors[i].name + "' is in two of the files");
    }
  }
  return set;
}

}  // namespace tusk::quant
