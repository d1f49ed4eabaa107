// The table of checks, and what `tusk doctor` prints.
#include "tools/tusk/doctor/doctor_verb.h"

#include <algorithm>

#include "tools/tusk/doctor/checks.h"

namespace tusk::tools {
namespace {

constexpr Check kChecks[] = {
    {"conf-syntax", "the configuration files are there and are well-formed", CheckSyntax},
    {"conf-keys", "unknown, renamed and conflicting keys", CheckKeys},
    {"conf-values", "values of the right type and range", CheckValues},
    {"secrets", "files with secrets, and data folders, are not open to everybody", CheckSecrets},
    {"names", "host names resolve, and to the right machine", CheckNames},
    {"reverse-dns", "a datanode's address has a name, and the name leads back", CheckReverseNames},
    {"ports", "no other process holds a daemon's port", CheckPorts},
    {"daemons", "the daemons that belong here run", CheckDaemons},
    {"peers", "the masters, and the workers they know, can be reached; workers are not known by loopback", CheckPeers},
    {"clocks", "the daemons' clocks agree with this machine's", CheckClocks},
    {"folders", "data folders are there, writable and the daemon's own", CheckFolders},
    {"disk-space", "disks of data folders have room", CheckDiskSpace},
    {"disk-sync", "disks of data folders write through in time", CheckSyncTime},
    {"log-space", "the disk of the logs has room", CheckLogSpace},
    {"storage-ids", "name and data folders are of one cluster", CheckStorageIds},
    {"leftovers", "no pid or lock file of a dead process", CheckLeftovers},
    {"limits", "open files, processes, locked memory", CheckLimits},
    {"kernel", "swap and huge pages (notes)", CheckKernel},
    {"cpu", "instructions that make it fast (notes)", CheckCpu},
    {"cgroups", "containers can be limited", CheckControlGroups},
    {"gpu", "the GPU's driver and library match", CheckGpu},
    {"versions", "daemons are of one version", CheckVersions},
    {"safe-mode", "the namenode is not in safe mode", CheckSafeMode},
    {"datanodes", "datanodes live and are known", CheckDatanodes},
    {"blocks", "no block is missing", CheckBlocks},
    {"nodes", "node managers are registered and healthy", CheckNodes},
};

constexpr const char* kUsage =
    "Usage: tusk doctor [--json] [-v] [--conf DIR] [--dir FOLDER] [--roles LIST] [CHECK...]\n"
    "  --conf DIR     configuration folder (HADOOP_CONF_DIR)\n"
    "  --dir FOLDER   folder of a `tusk up` cluster (~/.tusk where there is no configuration)\n"
    "  --roles LIST   daemons that belong on this machine: namenode,datanode,resourcemanager,nodemanager\n"
    "                 (found out from the folders and addresses otherwise)\n"
    "  -v             notes too\n"
    "  --json         for programs\n"
    "  --list         the checks\n"
    "Exit code: 0 healthy, 1 warnings, 2 errors.\n";

struct Words {
  PatientOptions patient;
  std::vector<const Check*> checks;
  bool json = false;
  bool verbose = false;
};

const Check* FindCheck(std::string_view name) {
  const auto found = std::find_if(std::begin(kChecks), std::end(kChecks), [&](const Check& check) { return check.name == name; });
  return found == std::end(kChecks) ? nullptr : found;
}

std::string Absolute(const CliContext& context, const std::string& path) {
  return path.starts_with('/') ? path : JoinPath(context.working_directory, path);
}

std::vector<std::string> Split(const std::string& text) {
  Configuration list;
  list.Set("list", text);
  return list.GetStrings("list");
}

Status Parse(const CliContext& context, const std::vector<std::string>& args, Words& words) {
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& word = args[i];
    const bool takes_value = word == "--conf" || word == "--dir" || word == "--roles" || word == "--system-root";
    if (takes_value && i + 1 == args.size()) return Status(Code::kInvalidArgument, word + " needs a value");
    if (word == "--json") words.json = true;
    else if (word == "-v" || word == "--verbose") words.verbose = true;
    else if (word == "--conf") words.patient.conf_folder = Absolute(context, args[++i]);
    else if (word == "--dir") words.patient.cluster_folder = Absolute(context, args[++i]);
    else if (word == "--roles") words.patient.roles = Split(args[++i]);
    else if (word == "--system-root") words.patient.system_root = args[++i];
    else if (const Check* check = FindCheck(word)) words.checks.push_back(check);
    else return Status(Code::kInvalidArgument, "there is no check or option \"" + word + "\"; `tusk doctor --list` lists the checks");
  }
  return Status::Ok();
}

// Where nothing is named: the environment's configuration, else the cluster of `tusk up` at its usual place.
void FindFolders(CliContext& context, PatientOptions& options) {
  if (options.conf_folder.empty() && options.cluster_folder.empty()) {
    options.conf_folder = context.conf_folder;
    const std::string usual = EnvironmentVariable("HOME").value_or("/tmp") + "/.tusk";
    if (options.conf_folder.empty() && context.disk.Exists(usual + "/conf/cluster.json")) options.cluster_folder = usual;
  }
  if (options.conf_folder.empty() && !options.cluster_folder.empty()) options.conf_folder = options.cluster_folder + "/conf";
  if (options.cluster_folder.empty() && options.roles.empty() && context.disk.Exists(options.conf_folder + "/cluster.json")) {
    options.cluster_folder = ParentPath(options.conf_folder);
  }
}

void PrintJson(std::FILE* out, const Patient& patient, Severity worst) {
  nlohmann::ordered_json json = {{"worst", patient.findings.empty() ? "ok" : std::string(SeverityName(worst))}};
  for (const Role& role : patient.roles) json["roles"].push_back(role.name);
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : patient.findings) {
    json["findings"].push_back({{"check", finding.check}, {"severity", std::string(SeverityName(finding.severity))}, {"what", finding.what}, {"remedy", finding.remedy}});
  }
  std::fprintf(out, "%s\n", json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void PrintText(std::FILE* out, const Patient& patient, Severity worst, size_t checks, bool verbose) {
  for (const Finding& finding : patient.findings) {
    if (finding.severity == Severity::kInfo && !verbose) continue;
    std::fprintf(out, "%-7s %s: %s\n", std::string(SeverityName(finding.severity)).c_str(), finding.check.c_str(), finding.what.c_str());
    if (!finding.remedy.empty()) std::fprintf(out, "        -> %s\n", finding.remedy.c_str());
  }
  if (worst != Severity::kInfo) return;
  std::string roles;
  for (const Role& role : patient.roles) roles += (roles.empty() ? "" : ", ") + role.name;
  std::fprintf(out, "OK: %zu checks%s%s\n", checks, roles.empty() ? "" : "; here: ", roles.c_str());
}

}  // namespace

std::span<const Check> Checks() { return kChecks; }

int RunDoctor(CliContext& context, std::vector<std::string> args) {
  if (args.size() == 1 && (args[0] == "help" || args[0] == "-help" || args[0] == "--help" || args[0] == "-h")) {
    std::fputs(kUsage, context.out);
    return 0;
  }
  if (args.size() == 1 && args[0] == "--list") {
    for (const Check& check : kChecks) {
      std::fprintf(context.out, "%-12s %s\n", std::string(check.name).c_str(), std::string(check.what).c_str());
    }
    return 0;
  }
  Words words;
  const Status parsed = Parse(context, args, words);
  if (!parsed.ok()) {
    std::fprintf(context.err, "tusk doctor: %s\n", std::string(parsed.message()).c_str());
    return 2;
  }
  FindFolders(context, words.patient);
  if (words.checks.empty()) {
    for (const Check& check : kChecks) words.checks.push_back(&check);
  }
  Patient patient(context, words.patient);
  for (const Check* check : words.checks) {
    patient.check_running = check->name;
    check->run(patient);
  }
  Severity worst = Severity::kInfo;
  for (const Finding& finding : patient.findings) worst = std::max(worst, finding.severity);
  if (words.json) PrintJson(context.out, patient, worst);
  else PrintText(context.out, patient, worst, words.checks.size(), words.verbose);
  return static_cast<int>(worst);
}

}  // namespace tusk::tools
