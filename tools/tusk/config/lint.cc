// The findings about settings: syntax, names, conflicts, values.
#include "tools/tusk/config/lint.h"

#include <map>

#include "base/config/known_keys.h"

namespace tusk::tools {
namespace {

class Lint {
 public:
  void Site(const SiteFile& site) {
    for (const SiteError& error : site.errors) {
      Add(LintKind::kSyntax, Severity::kError, error.place, error.what, "correct the file there");
    }
    for (const SiteProperty& property : site.properties) Property(property);
  }
  // Settings that are good by themselves and keep a daemon from starting together.
  void Together() {
    const SiteProperty* recovery = Find("yarn.nodemanager.recovery.enabled");
    const SiteProperty* address = Find("yarn.nodemanager.address");
    if (recovery != nullptr && recovery->value == "true" && (address == nullptr || address->value.ends_with(":0"))) {
      Add(LintKind::kValue, Severity::kError, address == nullptr ? recovery->place : address->place,
          "yarn.nodemanager.recovery.enabled needs a fixed port of yarn.nodemanager.address, whose default is any free one",
          "set yarn.nodemanager.address to ${yarn.nodemanager.hostname}:8041");
    }
  }
  std::vector<LintFinding> Take() { return std::move(findings_); }

 private:
  const SiteProperty* Find(const std::string& name) const {
    const auto found = seen_.find(name);
    return found == seen_.end() ? nullptr : found->second;
  }

  void Property(const SiteProperty& property) {
    const auto renamed = PresentNameOf(property.key);
    const std::string name(renamed.value_or(property.key));
    if (renamed) {
      Add(LintKind::kKey, Severity::kWarning, property.place, property.key + " is the old name of " + name, "write " + name);
    }
    Before(property, name);
    const KnownKey* key = FindKnownKey(name);
    if (key == nullptr) return Unknown(property);
    const Status good = CheckKeyValue(*key, property.value);
    if (!good.ok()) {
      Add(LintKind::kValue, Severity::kError, property.place, property.key + ": " + std::string(good.message()),
          "the default is \"" + std::string(key->value) + "\"; `tusk config explain " + name + "` says what it means");
    }
    if (StateOfKey(name) == KeyState::kIgnored && property.value != key->value) {
      Add(LintKind::kKey, Severity::kInfo, property.place, property.key + " is accepted and changes nothing in tusk", "");
    }
  }

  // What an earlier place says of the same key.
  void Before(const SiteProperty& property, const std::string& name) {
    auto [before, first] = seen_.try_emplace(name, &property);
    if (first) return;
    const SiteProperty& other = *before->second;
    if (other.value == property.value) return;
    const std::string where = other.place.ToString();
    if (other.is_final) {
      Add(LintKind::kKey, Severity::kWarning, property.place,
          name + " is final in " + where + " (\"" + other.value + "\"); the value here, \"" + property.value + "\", does not count",
          "remove it here, or <final> there");
      return;
    }
    Add(LintKind::kKey, Severity::kWarning, property.place,
        name + " stands in " + where + " too, as \"" + other.value + "\"; the value here, \"" + property.value + "\", counts",
        "leave one of the two");
    before->second = &property;
  }

  void Unknown(const SiteProperty& property) {
    const auto nearest = NearestKnownKey(property.key);
    if (nearest) {
      Add(LintKind::kKey, Severity::kWarning, property.place, "nothing reads the key " + property.key,
          "did you mean " + std::string(*nearest) + "?");
    } else if (IsKeyOfOurs(property.key)) {
      Add(LintKind::kKey, Severity::kInfo, property.place, "neither tusk nor Hadoop's own defaults know the key " + property.key, "");
    }
  }

  void Add(LintKind kind, Severity severity, const SitePlace& place, std::string what, std::string remedy) {
    findings_.push_back({kind, severity, place, std::move(what), std::move(remedy)});
  }

  std::map<std::string, const SiteProperty*> seen_;  // by present name; the one that counts so far
  std::vector<LintFinding> findings_;
};

}  // namespace

std::string_view SeverityName(Severity severity) {
  if (severity == Severity::kError) return "error";
  return severity == Severity::kWarning ? "warning" : "info";
}

std::vector<LintFinding> LintSites(const std::vector<SiteFile>& sites) {
  Lint lint;
  for (const SiteFile& site : sites) lint.Site(site);
  lint.Together();
  return lint.Take();
}

}  // namespace tusk::tools
