// What `tusk config` prints.
#include "tools/tusk/config/config_verb.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/config/known_keys.h"
#include "tools/tusk/config/lint.h"

namespace tusk::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kUsage =
    "Usage: tusk config explain [--json] KEY...     meaning, type, default, value and where it is set, who reads it\n"
    "       tusk config lint [--json] [-v] [DIR]    what is wrong in a configuration folder; exit 1 warnings, 2 errors\n"
    "       tusk config list [--json] [--ignored]   the keys that are read; --ignored: Hadoop's others\n"
    "The folder is DIR, or that of --config, HADOOP_CONF_DIR.\n"
    "  --json  for programs\n"
    "  -v      also keys that change nothing\n";

// Which program a source file belongs to, for a person.
std::string_view ProgramOf(std::string_view place) {
  struct Room {
    std::string_view prefix;
    std::string_view name;
  };
  constexpr Room kRooms[] = {{"dfs/namenode", "namenode"},      {"dfs/datanode", "datanode"},
                             {"dfs/", "filesystem client"},     {"yarn_like/resourcemanager", "resourcemanager"},
                             {"yarn_like/nodemanager", "nodemanager"}, {"yarn_like/", "YARN"},
                             {"mapreduce/shuffle", "nodemanager's shuffle"}, {"mapreduce/history", "history server"},
                             {"mapreduce/", "MapReduce jobs"},  {"mlkit/", "training jobs"},
                             {"quant/", "quantization jobs"},   {"base/", "every program"}};
  for (const Room& room : kRooms) {
    if (place.starts_with(room.prefix)) return room.name;
  }
  return "tools";
}

struct Setting {
  const SiteProperty* counts = nullptr;
  std::vector<const SiteProperty*> others;  // set as well, and do not count
};

Setting SettingOf(const std::vector<SiteFile>& sites, std::string_view name) {
  Setting setting;
  for (const SiteFile& site : sites) {
    for (const SiteProperty& property : site.properties) {
      if (PresentNameOf(property.key).value_or(property.key) != name) continue;
      if (setting.counts != nullptr && setting.counts->is_final) {
        setting.others.push_back(&property);
        continue;
      }
      if (setting.counts != nullptr) setting.others.push_back(setting.counts);
      setting.counts = &property;
    }
  }
  return setting;
}

Json ReadersJson(std::string_view name) {
  Json readers = Json::array();
  for (std::string_view place : ReadersOfKey(name)) {
    readers.push_back({{"program", std::string(ProgramOf(place))}, {"source", std::string(place)}});
  }
  return readers;
}

Json Explain(const CliContext& context, const std::vector<SiteFile>& sites, const std::string& asked) {
  const std::string name(PresentNameOf(asked).value_or(asked));
  const KnownKey* key = FindKnownKey(name);
  Json json = {{"key", name}, {"state", std::string(KeyStateName(StateOfKey(name)))}};
  if (name != asked) json["oldName"] = asked;
  if (key != nullptr) {
    json["meaning"] = key->explained() ? std::string(key->meaning) : "one of Hadoop's keys; nothing in tusk reads it";
    if (key->explained()) json["type"] = std::string(key->type);
    json["default"] = std::string(key->value);
    if (key->name != name) json["pattern"] = std::string(key->name);
  }
  const Setting setting = SettingOf(sites, name);
  if (setting.counts != nullptr) {
    json["value"] = context.conf.Get(name, setting.counts->value);
    json["source"] = setting.counts->place.ToString();
    json["final"] = setting.counts->is_final;
    for (const SiteProperty* other : setting.others) json["overridden"].push_back(other->place.ToString() + " \"" + other->value + "\"");
  } else if (auto value = context.conf.Get(name)) {
    json["value"] = *value;
    json["source"] = "command line";
  }
  if (key != nullptr && key->explained()) json["readBy"] = ReadersJson(name);
  if (auto nearest = NearestKnownKey(name); key == nullptr && nearest) json["didYouMean"] = std::string(*nearest);
  return json;
}

void PrintExplanation(std::FILE* out, const Json& json) {
  auto line = [&](const char* label, const std::string& text) { std::fprintf(out, "  %-9s %s\n", label, text.c_str()); };
  std::fprintf(out, "%s\n", json["key"].get<std::string>().c_str());
  if (json.contains("oldName")) line("note", json["oldName"].get<std::string>() + " is an old name of it");
  if (json.contains("meaning")) line("meaning", json["meaning"]);
  if (json.contains("type")) line("type", json["type"]);
  if (json.contains("default")) line("default", json["default"].get<std::string>().empty() ? "(none)" : json["default"].get<std::string>());
  if (json.contains("value")) {
    line("value", json["value"].get<std::string>() + "   (" + json["source"].get<std::string>() +
                      (json.value("final", false) ? ", final)" : ")"));
  } else {
    line("value", "(not set)");
  }
  for (const auto& other : json.value("overridden", Json::array())) line("not used", other);
  line("state", json["state"]);
  const Json readers = json.value("readBy", Json::array());
  for (const auto& reader : readers) {
    line(&reader == &readers.front() ? "read by" : "", reader["program"].get<std::string>() + ": " + reader["source"].get<std::string>());
  }
  if (json.contains("didYouMean")) line("", "did you mean " + json["didYouMean"].get<std::string>() + "?");
}

bool TakeWord(std::vector<std::string>& args, std::string_view word) {
  const auto found = std::find(args.begin(), args.end(), word);
  if (found == args.end()) return false;
  args.erase(found);
  return true;
}

int RunExplain(CliContext& context, std::vector<std::string> args, bool json) {
  if (args.empty()) {
    std::fputs(kUsage, context.err);
    return 2;
  }
  const auto sites = context.conf_folder.empty() ? std::vector<SiteFile>() : ReadSites(context.disk, context.conf_folder);
  Json all = Json::array();
  int code = 0;
  for (const std::string& key : args) {
    Json one = Explain(context, sites, key);
    if (one["state"] == "unknown") code = 1;
    if (!json) PrintExplanation(context.out, one);
    all.push_back(std::move(one));
  }
  if (json) std::fprintf(context.out, "%s\n", all.dump(1).c_str());
  return code;
}

int RunLint(CliContext& context, const std::vector<std::string>& args, bool json, bool verbose) {
  const std::string folder = args.empty() ? context.conf_folder : args[0];
  if (folder.empty() || args.size() > 1) {
    std::fputs(folder.empty() ? "tusk config lint: no folder: name one, or set HADOOP_CONF_DIR\n" : kUsage, context.err);
    return 2;
  }
  const auto sites = ReadSites(context.disk, folder);
  if (sites.empty()) {
    std::fprintf(context.err, "tusk config lint: %s has no core-site.xml, hdfs-site.xml, yarn-site.xml or mapred-site.xml\n", folder.c_str());
    return 2;
  }
  Severity worst = Severity::kInfo;
  Json all = Json::array();
  for (const LintFinding& finding : LintSites(sites)) {
    worst = std::max(worst, finding.severity);
    const std::string severity(SeverityName(finding.severity));
    all.push_back({{"severity", severity}, {"file", finding.place.file}, {"line", finding.place.line},
                   {"column", finding.place.column}, {"what", finding.what}, {"remedy", finding.remedy}});
    if (json || (finding.severity == Severity::kInfo && !verbose)) continue;
    std::fprintf(context.out, "%s: %s: %s%s%s\n", finding.place.ToString().c_str(), severity.c_str(), finding.what.c_str(),
                 finding.remedy.empty() ? "" : "; ", finding.remedy.c_str());
  }
  if (json) std::fprintf(context.out, "%s\n", all.dump(1).c_str());
  if (!json && worst == Severity::kInfo) {
    size_t count = 0;
    for (const SiteFile& site : sites) count += site.properties.size();
    std::fprintf(context.out, "OK: %zu settings in %zu files of %s\n", count, sites.size(), folder.c_str());
  }
  return static_cast<int>(worst);
}

int RunList(CliContext& context, bool json, bool ignored) {
  Json all = Json::array();
  for (const KnownKey& key : KnownKeys()) {
    if (key.explained() == ignored) continue;
    const std::string state(KeyStateName(StateOfKey(key.name)));
    if (json) {
      all.push_back({{"key", std::string(key.name)}, {"type", std::string(key.type)}, {"default", std::string(key.value)},
                     {"state", state}, {"meaning", std::string(key.meaning)}});
    } else if (ignored) {
      std::fprintf(context.out, "%s\n", std::string(key.name).c_str());
    } else {
      std::fprintf(context.out, "%-58s %-12s %s\n", std::string(key.name).c_str(), std::string(key.type).c_str(), std::string(key.meaning).c_str());
    }
  }
  if (json) std::fprintf(context.out, "%s\n", all.dump(1).c_str());
  return 0;
}

}  // namespace

int RunConfig(CliContext& context, std::vector<std::string> args) {
  const bool json = TakeWord(args, "--json");
  const std::string verb = args.empty() ? "" : args[0];
  if (!args.empty()) args.erase(args.begin());
  if (verb == "explain") return RunExplain(context, std::move(args), json);
  if (verb == "lint") {
    const bool verbose = TakeWord(args, "-v");
    return RunLint(context, args, json, verbose);
  }
  if (verb == "list") return RunList(context, json, TakeWord(args, "--ignored"));
  const bool helped = verb == "help" || verb == "-help" || verb == "--help" || verb == "-h";
  std::fputs(kUsage, helped ? context.out : context.err);
  return helped ? 0 : 2;
}

}  // namespace tusk::tools
