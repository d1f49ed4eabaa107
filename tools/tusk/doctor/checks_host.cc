// Checks of this machine: limits, memory settings, processor, control groups, GPU driver.
#include <algorithm>

#include "tools/tusk/doctor/checks.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kFilesMin = 4096;
constexpr uint64_t kProcessesMin = 4096;

// A file below /proc, /sys or /usr, of the machine or of the one that a test has laid down.
std::string SystemPath(const Patient& patient, const std::string& path) { return patient.options.system_root + path; }
std::string SystemFile(Patient& patient, const std::string& path) {
  auto text = patient.cli.disk.ReadFile(SystemPath(patient, path), 1 << 20);
  return text.ok() ? *text : "";
}

void CheckLimitsOf(Patient& patient, int pid, const std::string& whom) {
  const std::string remedy = " in the daemon's unit or /etc/security/limits.conf, then start it again";
  if (auto files = ProcessLimit(pid, "Max open files"); files && files->soft < kFilesMin) {
    patient.Warn(whom + " may open " + std::to_string(files->soft) + " files; each block stream and connection takes one",
                 "LimitNOFILE=65536" + remedy + "; `ulimit -n 65536` in a shell");
  }
  if (auto processes = ProcessLimit(pid, "Max processes"); processes && processes->soft < kProcessesMin) {
    patient.Warn(whom + " may have " + std::to_string(processes->soft) + " processes and threads, containers included",
                 "LimitNPROC=32768" + remedy);
  }
  auto locked = patient.conf.GetBytes("dfs.datanode.max.locked.memory", 0);
  auto memory = ProcessLimit(pid, "Max locked memory");
  if (locked.ok() && memory && *locked > 0 && static_cast<uint64_t>(*locked) > memory->soft) {
    patient.Error(whom + " may lock " + std::to_string(memory->soft) + " bytes of memory, dfs.datanode.max.locked.memory is " + std::to_string(*locked),
                  "LimitMEMLOCK=" + std::to_string(*locked) + remedy);
  }
}

// The first number with a dot in a text: "NVRM version: ... 550.54.15  Tue" -> "550.54.15".
std::string VersionIn(const std::string& text) {
  size_t at = 0;
  while ((at = text.find_first_of("0123456789", at)) != std::string::npos) {
    const size_t end = std::min(text.find_first_not_of("0123456789.", at), text.size());
    std::string word = text.substr(at, end - at);
    if (std::count(word.begin(), word.end(), '.') >= 1 && word.size() > 3) return word;
    at = end;
  }
  return "";
}

}  // namespace

void CheckLimits(Patient& patient) {
  bool any = false;
  for (const Role& role : patient.roles) {
    if (auto process = patient.ProcessOf(role)) {
      CheckLimitsOf(patient, process->pid, "the " + role.name);
      any = true;
    }
  }
  if (!any) CheckLimitsOf(patient, 0, "this shell");
}

void CheckKernel(Patient& patient) {
  const std::string pages = SystemFile(patient, "/sys/kernel/mm/transparent_hugepage/enabled");
  if (pages.find("[always]") != std::string::npos) {
    patient.Info("transparent huge pages are \"always\"; \"madvise\" keeps the daemons' memory smaller");
  }
  const std::string swappiness = SystemFile(patient, "/proc/sys/vm/swappiness");
  const std::string swaps = SystemFile(patient, "/proc/swaps");
  if (std::count(swaps.begin(), swaps.end(), '\n') > 1 && std::atoi(swappiness.c_str()) > 30) {
    patient.Info("there is swap and vm.swappiness is " + std::to_string(std::atoi(swappiness.c_str())) + "; 1 to 10 keeps daemons from being swapped out");
  }
}

void CheckCpu(Patient& patient) {
  const std::string text = SystemFile(patient, "/proc/cpuinfo");
  const size_t at = text.find("\nflags");
  if (at == std::string::npos) return;  // another architecture
  const std::string flags = " " + text.substr(text.find(':', at) + 1, text.find('\n', at + 1) - text.find(':', at) - 1) + " ";
  struct Feature {
    const char* flag;
    const char* use;
  };
  for (const Feature& feature : {Feature{"sse4_2", "checksums of blocks (CRC32C)"}, Feature{"pclmulqdq", "checksums of blocks (CRC32)"},
                                 Feature{"aes", "encryption"}, Feature{"avx2", "training and quantization"}}) {
    if (flags.find(std::string(" ") + feature.flag + " ") == std::string::npos) {
      patient.Info(std::string("the processor has no ") + feature.flag + ": " + feature.use + " will be slower");
    }
  }
}

void CheckControlGroups(Patient& patient) {
  if (!patient.IsHere("nodemanager") || patient.conf.Get("tusk.nodemanager.cgroups", "auto") == "off") return;
  const std::string root = SystemPath(patient, "/sys/fs/cgroup");
  if (!FolderOf(root).exists) {
    return patient.Warn("there is no /sys/fs/cgroup: containers are measured, not limited",
                        "mount -t cgroup2 none /sys/fs/cgroup, or say that it is meant: tusk.nodemanager.cgroups=off");
  }
  for (const Role& role : patient.roles) {
    const auto process = patient.ProcessOf(role);
    if (role.kind != "nodemanager" || (process && process->user != patient.cli.user && patient.options.system_root.empty())) continue;
    // Version 2 has its files at the top, version 1 a folder per controller.
    const bool unified = patient.cli.disk.Exists(root + "/cgroup.controllers");
    const std::string folder = unified ? root : root + "/memory";
    const FolderFacts facts = FolderOf(folder);
    // Under root, and so in a test's laid-down machine, everything is writable: there the mode says it.
    const bool test = !patient.options.system_root.empty();
    if (facts.exists && facts.writable && (!test || (facts.mode & 0200) != 0)) continue;
    patient.Warn("the " + role.name + " cannot make control groups in " + folder + ": containers are measured, not limited",
                 "start it as a systemd unit with Delegate=yes, or say that it is meant: tusk.nodemanager.cgroups=off");
  }
}

void CheckGpu(Patient& patient) {
  const bool wanted = patient.conf.Get("yarn.nodemanager.resource-plugins", "").find("gpu") != std::string::npos;
  const std::string loaded = VersionIn(SystemFile(patient, "/proc/driver/nvidia/version"));
  if (loaded.empty()) {
    const bool fake = patient.conf.Get("tusk.nodemanager.gpu.fake-devices", "0") != "0";
    if (wanted && !fake && patient.IsHere("nodemanager")) {
      patient.Error("yarn.nodemanager.resource-plugins wants GPUs, and no NVIDIA driver is loaded",
                    "install and load the driver (`nvidia-smi` must work), or take yarn.io/gpu out of the key on this node");
    }
    return;
  }
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"}) {
    auto names = patient.cli.disk.List(SystemPath(patient, folder));
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      constexpr std::string_view kLibrary = "libcuda.so.";
      if (!name.starts_with(kLibrary)) continue;
      const std::string library = VersionIn(name.substr(kLibrary.size()));
      if (library.empty() || library == loaded) continue;
      patient.Error("the NVIDIA driver that is loaded is " + loaded + ", the library " + std::string(folder) + "/" + name + " is " + library + ": CUDA will not start",
                    "reboot, or load the new driver: rmmod nvidia_uvm nvidia && modprobe nvidia");
    }
  }
}

}  // namespace tusk::tools
