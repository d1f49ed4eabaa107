// Generic options, the configuration folder and the process's environment.
#include "base/cli/cli_context.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace tusk {
namespace {

// "a=b" into conf; Hadoop wants the '='.
Status SetFromText(Configuration& conf, const std::string& setting) {
  size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Status(Code::kInvalidArgument, "-D needs key=value, not \"" + setting + "\"");
  }
  conf.Set(setting.substr(0, equals), setting.substr(equals + 1), "command line");
  return Status::Ok();
}

struct ValueOption {
  std::string_view option;
  std::string_view key;
};
constexpr std::array<ValueOption, 5> kValueOptions = {{{"-fs", "fs.defaultFS"},
                                                       {"-jt", "yarn.resourcemanager.address"},
                                                       {"-files", "tmpfiles"},
                                                       {"-libjars", "tmpjars"},
                                                       {"-archives", "tmparchives"}}};

Result<std::string> TakeValue(std::vector<std::string>& args) {
  if (args.size() < 2) return Status(Code::kInvalidArgument, "Missing argument for option: " + args[0].substr(1));
  std::string value = args[1];
  args.erase(args.begin(), args.begin() + 2);
  return value;
}

}  // namespace

Status TakeGenericOptions(CliContext& context, std::vector<std::string>& args) {
  while (!args.empty()) {
    const std::string& option = args.front();
    if (option == "-conf") {
      ASSIGN_OR_RETURN(std::string file, TakeValue(args));
      if (!file.starts_with('/')) file = JoinPath(context.working_directory, file);
      RETURN_IF_ERROR(context.conf.LoadFile(context.disk, file));
    } else if (option == "-D") {
      ASSIGN_OR_RETURN(std::string setting, TakeValue(args));
      RETURN_IF_ERROR(SetFromText(context.conf, setting));
    } else if (option.starts_with("-D")) {
      RETURN_IF_ERROR(SetFromText(context.conf, option.substr(2)));
      args.erase(args.begin());
    } else {
      const ValueOption* known = nullptr;
      for (const auto& candidate : kValueOptions) {
        if (candidate.option == option) known = &candidate;
      }
      if (known == nullptr) return Status::Ok();
      ASSIGN_OR_RETURN(std::string value, TakeValue(args));
      context.conf.Set(known->key, value, "command line");
    }
  }
  return Status::Ok();
}

namespace {
// The credentials that a container or a user is given by HADOOP_TOKEN_FILE_LOCATION are one more of hadoop.token.files.
Status TakeTokenFile(CliContext& context) {
  constexpr const char* kKey = "hadoop.token.files";
  auto file = EnvironmentVariable("HADOOP_TOKEN_FILE_LOCATION");
  if (!file || file->empty()) return Status::Ok();
  if (!context.disk.Exists(*file)) return Status(Code::kFileNotFound, "Token file " + *file + " does not exist");
  std::string others = context.conf.Get(kKey, "");
  context.conf.Set(kKey, others.empty() ? *file : *file + "," + others);
  return Status::Ok();
}
}  // namespace

Status LoadConfiguration(CliContext& context, std::vector<std::string>& args) {
  if (args.size() >= 2 && args[0] == "--config") {
    context.conf_folder = args[1];
    args.erase(args.begin(), args.begin() + 2);
  } else if (auto folder = EnvironmentVariable("HADOOP_CONF_DIR"); folder && !folder->empty()) {
    context.conf_folder = *folder;
  }
  if (context.conf_folder.empty()) return TakeTokenFile(context);
  if (!context.conf_folder.starts_with('/')) {
    context.conf_folder = JoinPath(context.working_directory, context.conf_folder);
  }
  auto stat = context.disk.Stat(context.conf_folder);
  if (!stat.ok() || !stat->is_directory) {
    return Status(Code::kInvalidArgument, "configuration folder " + context.conf_folder +
                                              " does not exist (HADOOP_CONF_DIR or --config)");
  }
  RETURN_IF_ERROR(context.conf.LoadFolder(context.disk, context.conf_folder));
  return TakeTokenFile(context);
}

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string SystemUserName() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(::geteuid());
}

std::string ProcessWorkingDirectory() {
  std::error_code error;
  auto path = std::filesystem::current_path(error);
  return error ? "/" : path.string();
}

Configuration::VariableSource ProcessVariables(const std::string& user) {
  return [user](std::string_view name) -> std::optional<std::string> {
    if (name == "user.name") return user;
    if (name == "user.home") return EnvironmentVariable("HOME");
    if (name == "java.io.tmpdir") return "/tmp";
    if (!name.starts_with("env.")) return std::nullopt;
    std::string variable(name.substr(4));
    size_t dash = variable.find('-');
    if (dash == std::string::npos) return EnvironmentVariable(variable);
    // ${env.NAME:-x}: x where NAME is unset or empty; ${env.NAME-x}: x where it is unset.
    bool empty_counts = dash > 0 && variable[dash - 1] == ':';
    auto value = EnvironmentVariable(variable.substr(0, empty_counts ? dash - 1 : dash));
    if (value && !(empty_counts && value->empty())) return value;
    return variable.substr(dash + 1);
  };
}

}  // namespace tusk
