// GenericOptionsParser.
#include "mapreduce/client/generic_options.h"

namespace tusk::mapreduce {

namespace {
constexpr char kSource[] = "from command line";

Status SetProperty(Configuration& conf, const std::string& setting) {
  size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) return Status(Code::kInvalidArgument, "-D needs property=value, not \"" + setting + "\"");
  conf.Set(setting.substr(0, equals), setting.substr(equals + 1), kSource);
  return Status::Ok();
}

Status Apply(Configuration& conf, Disk& disk, const std::string& option, const std::string& value) {
  if (option == "-D") return SetProperty(conf, value);
  if (option == "-conf") return conf.LoadFile(disk, value);
  if (option == "-fs") conf.Set("fs.defaultFS", value, kSource);
  if (option == "-files") conf.Set("tmpfiles", value, kSource);
  if (option == "-archives") conf.Set("tmparchives", value, kSource);
  if (option == "-tokenCacheFile") conf.Set("mapreduce.job.credentials.json", value, kSource);
  if (option == "-jt") {
    if (value == "local") {
      conf.Set("mapreduce.framework.name", "local", kSource);
    } else {
      conf.Set("mapreduce.framework.name", "yarn", kSource);
      conf.Set("yarn.resourcemanager.address", value, kSource);
    }
  }
  return Status::Ok();
}
}  // namespace

Result<Arguments> ParseGenericOptions(Configuration& conf, Disk& disk, const Arguments& arguments) {
  size_t at = 0;
  while (at < arguments.size()) {
    std::string option = arguments[at];
    if (option.starts_with("--") && option.size() > 2) option.erase(0, 1);
    if (option.starts_with("-D") && option.size() > 2) {
      RETURN_IF_ERROR(SetProperty(conf, option.substr(2)));
      ++at;
      continue;
    }
    bool known = false;
    for (std::string_view name : {"-D", "-conf", "-fs", "-jt", "-files", "-archives", "-libjars", "-tokenCacheFile"}) {
      known = known || option == name;
    }
    if (!known) break;
    if (at + 1 == arguments.size()) return Status(Code::kInvalidArgument, "Missing argument for option: " + option.substr(1));
    RETURN_IF_ERROR(Apply(conf, disk, option, arguments[at + 1]));
    at += 2;
  }
  return Arguments(arguments.begin() + static_cast<ptrdiff_t>(at), arguments.end());
}

}  // namespace tusk::mapreduce
