// Checks of the configuration files and of files that hold secrets.
#include "base/server/pages.h"
#include "tools/tusk/doctor/checks.h"

namespace tusk::tools {
namespace {

void Lint(Patient& patient, LintKind kind) {
  if (patient.options.conf_folder.empty()) return;
  for (const LintFinding& finding : LintSites(ReadSites(patient.cli.disk, patient.options.conf_folder))) {
    if (finding.kind == kind) patient.Add(finding.severity, finding.place.ToString() + ": " + finding.what, finding.remedy);
  }
}

std::string Octal(uint32_t mode) {
  std::string digits;
  for (int shift = 6; shift >= 0; shift -= 3) digits += static_cast<char>('0' + (mode >> shift & 7));
  return digits;
}

}  // namespace

void CheckSyntax(Patient& patient) {
  if (!patient.options.conf_folder.empty() && !patient.cli.disk.Exists(patient.options.conf_folder)) {
    patient.Error("the configuration folder " + patient.options.conf_folder + " is not there",
                  "set HADOOP_CONF_DIR, or --conf, to a folder with core-site.xml");
  }
  if (!patient.cluster_json.empty()) {
    patient.Error("the cluster of " + patient.options.cluster_folder + ": " + patient.cluster_json, "tusk up --dir makes one");
  }
  Lint(patient, LintKind::kSyntax);
}

void CheckKeys(Patient& patient) { Lint(patient, LintKind::kKey); }
void CheckValues(Patient& patient) { Lint(patient, LintKind::kValue); }

void CheckSecrets(Patient& patient) {
  // Files that are secret as a whole.
  for (const char* key : {"tusk.console.secret.file", "tusk.console.users.file", "hadoop.token.files",
                          "hadoop.http.authentication.signature.secret.file"}) {
    for (const std::string& path : patient.conf.GetStrings(key)) {
      const FolderFacts file = FolderOf(path);
      if (file.exists && (file.mode & 077) != 0) {
        patient.Warn(path + " (" + key + ") has mode " + Octal(file.mode) + ": others can read a secret", "chmod 600 " + path);
      }
    }
  }
  for (const SiteFile& site : ReadSites(patient.cli.disk, patient.options.conf_folder)) {
    const FolderFacts file = FolderOf(site.path);
    for (const SiteProperty& property : site.properties) {
      if (!IsSecretKey(property.key) || property.value.empty() || (file.mode & 004) == 0) continue;
      if (property.value.find('/') != std::string::npos) continue;  // names a file
      patient.Warn(property.place.ToString() + ": " + property.key + " is a secret, and everybody can read the file (mode " + Octal(file.mode) + ")",
                   "chmod o-r " + site.path);
    }
  }
  for (const Role& role : patient.roles) {
    for (const std::string& folder : role.folders) {
      const FolderFacts facts = FolderOf(folder);
      if (facts.exists && facts.is_folder && (facts.mode & 002) != 0 && (facts.mode & 01000) == 0) {
        patient.Error(folder + " of the " + role.name + " has mode " + Octal(facts.mode) + ": everybody can change what is in it",
                      "chmod o-w " + folder);
      }
    }
  }
}

}  // namespace tusk::tools
