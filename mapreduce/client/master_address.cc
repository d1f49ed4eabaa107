// One short file, committed by rename.
#include "mapreduce/client/master_address.h"

namespace tusk::mapreduce {
namespace {

constexpr char kName[] = "master";
constexpr uint64_t kAddressBytesMax = 1024;

}  // namespace

Status WriteMasterAddress(FileSystems& files, const std::string& staging, int attempt, const std::string& address) {
  ASSIGN_OR_RETURN(const Location place, files.Resolve(staging + "/" + kName));
  const std::string partial = place.path + "." + std::to_string(attempt);
  RETURN_IF_ERROR(place.fs->WriteFile(partial, address));
  RETURN_IF_ERROR(place.fs->Remove(place.path));
  return place.fs->Rename(partial, place.path);
}

Result<std::string> ReadMasterAddress(FileSystems& files, const std::string& staging) {
  ASSIGN_OR_RETURN(const Location place, files.Resolve(staging + "/" + kName));
  return place.fs->ReadFile(place.path, kAddressBytesMax);
}

}  // namespace tusk::mapreduce
