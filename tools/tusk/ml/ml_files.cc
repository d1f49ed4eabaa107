// Local or remote, by scheme and default file system.
#include "tools/tusk/ml/ml_files.h"

#include "mapreduce/client/dfs_file_systems.h"
#include "mapreduce/task/local_file_system.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/ensemble/xgboost_json.h"
#include "mlkit/job/file_sources.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kBundleMax = uint64_t{8} << 30;

}  // namespace

MlFiles::MlFiles(CliContext& context)
    : context_(context), local_(mapreduce::MakeLocalFileSystems(context.disk, context.working_directory)) {}

MlFiles::~MlFiles() = default;

Result<mapreduce::Location> MlFiles::Resolve(std::string_view path) {
  std::string scheme = mapreduce::CutPath(path).scheme;
  if (scheme.empty()) scheme = DefaultScheme();
  if (scheme == "file") return local_->Resolve(mapreduce::CutPath(path).path);
  std::lock_guard lock(mutex_);
  if (remote_ == nullptr) {
    ASSIGN_OR_RETURN(remote_, mapreduce::MakeDfsFileSystems(context_.clock, context_.random, context_.disk, context_.conf,
                                                            context_.user, context_.working_directory));
  }
  return remote_->Resolve(path);
}

std::string MlFiles::DefaultScheme() const {
  const std::string scheme = mapreduce::CutPath(context_.conf.Get("fs.defaultFS").value_or("file:///")).scheme;
  return scheme.empty() ? "file" : scheme;
}

// Local names go without their scheme only where that still means the local disk.
std::shared_ptr<ml::ByteSources> MlFiles::Sources() { return ml::MakeFileSources(*this, DefaultScheme() == "file"); }

Result<bool> MlFiles::Exists(const std::string& path) {
  ASSIGN_OR_RETURN(const mapreduce::Location location, Resolve(path));
  return location.fs->Exists(location.path);
}

Result<ml::Bundle> MlFiles::ReadBundle(const std::string& path) {
  ASSIGN_OR_RETURN(const mapreduce::Location location, Resolve(path));
  ASSIGN_OR_RETURN(const std::string bytes, location.fs->ReadFile(location.path, kBundleMax));
  return ml::Bundle::Decode(AsBytes(bytes), path);
}

Result<std::unique_ptr<ml::Model>> MlFiles::ReadModel(const std::string& path) {
  ASSIGN_OR_RETURN(const mapreduce::Location location, Resolve(path));
  ASSIGN_OR_RETURN(const std::string bytes, location.fs->ReadFile(location.path, kBundleMax));
  if (ml::IsXgboostJson(bytes)) return ml::ReadXgboostJson(bytes, path);
  ASSIGN_OR_RETURN(const ml::Bundle bundle, ml::Bundle::Decode(AsBytes(bytes), path));
  Result<std::unique_ptr<ml::Model>> model = ml::LoadModel(bundle);
  if (!model.ok()) return model.status().WithContext(path);
  return model;
}

Status MlFiles::WriteModel(const std::string& path, const ml::Model& model) {
  if (!path.ends_with(".json")) return WriteAtomically(path, model.Save().Encode());
  ASSIGN_OR_RETURN(const std::string text, ml::WriteXgboostJson(model));
  return WriteAtomically(path, AsBytes(text));
}

Status MlFiles::WriteAtomically(const std::string& path, ByteView bytes) {
  ASSIGN_OR_RETURN(const mapreduce::Location location, Resolve(path));
  const std::string folder = ParentPath(location.path);
  if (location.fs->uri().starts_with("file")) {
    RETURN_IF_ERROR(context_.disk.MakeDirs(folder, 0755));
    return context_.disk.WriteFileAtomic(location.path, bytes);
  }
  const std::string temporary = JoinPath(folder, "_" + BaseName(location.path) + ".tmp");
  RETURN_IF_ERROR(location.fs->WriteFile(temporary, AsText(bytes)));
  RETURN_IF_ERROR(location.fs->Remove(location.path));
  return location.fs->Rename(temporary, location.path);
}

}  // namespace tusk::tools
