// Keys and series as JSON.
#include "base/web/daemon_views.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/config/known_keys.h"
#include "base/server/pages.h"
#include "base/web/text.h"

namespace tusk::web {
namespace {

constexpr const char* kRedacted = "<redacted>";
constexpr size_t kSeriesAskedMax = 64;

struct ShownKey {
  std::optional<std::string> value;
  std::string source;
  bool is_final = false;
  const KnownKey* known = nullptr;
};

bool Shows(const std::string& key, const ShownKey& shown, std::string_view q) {
  if (ContainsNoCase(key, q)) return true;
  if (shown.known != nullptr && ContainsNoCase(shown.known->meaning, q)) return true;
  return shown.value && !IsSecretKey(key) && ContainsNoCase(*shown.value, q);
}

JsonObject KeyJson(const std::string& key, const ShownKey& shown) {
  const KnownKey* known = shown.known;
  JsonObject json;
  json.Set("key", key);
  if (IsSecretKey(key) && shown.value && !shown.value->empty()) json.Set("value", kRedacted);
  else json.Set("value", shown.value);
  json.Set("source", shown.source);
  if (known != nullptr) json.Set("default", known->value);
  else json.SetNull("default");
  json.Set("known", known != nullptr).Set("final", shown.is_final);
  if (known != nullptr && known->explained()) json.Set("meaning", known->meaning);
  else json.SetNull("meaning");
  return json;
}

}  // namespace

bool ContainsNoCase(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  return part.empty() || std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

Result<ApiAnswer> ConfigurationAnswer(const Configuration& conf, const ApiCall& call) {
  ASSIGN_OR_RETURN(Page page, Page::Of(call));
  ASSIGN_OR_RETURN(bool unknown, call.Bool("unknown", false));
  const std::string q = call.Text("q");
  std::map<std::string, ShownKey> keys;
  for (const auto& [key, entry] : conf.entries()) keys[key] = ShownKey{conf.Get(key), entry.source, entry.is_final, FindKnownKey(key)};
  for (const KnownKey& known : KnownKeys()) {
    if (known.name.find('*') == std::string_view::npos && known.explained()) {
      keys.try_emplace(std::string(known.name), ShownKey{std::string(known.value), "default", false, &known});
    }
  }
  size_t total = 0;
  JsonArray entries;
  for (const auto& [key, shown] : keys) {
    if ((unknown && shown.known != nullptr) || !Shows(key, shown, q)) continue;
    if (total >= page.offset && total < page.offset + page.limit) entries.Add(KeyJson(key, shown));
    ++total;
  }
  return ApiAnswer{JsonObject().Set("total", total).SetJson("entries", entries.Done()).Done()};
}

Result<ApiAnswer> HistoryAnswer(const History& history, const ApiCall& call) {
  ASSIGN_OR_RETURN(int64_t seconds, call.Int("seconds", 3600, 1, 86400));
  const std::vector<std::string> available = history.Names();
  std::vector<std::string> wanted;
  const std::string asked = call.Text("series");
  for (std::string_view name : Split(asked, ',')) {
    if (!name.empty() && wanted.size() < kSeriesAskedMax) wanted.emplace_back(name);
  }
  if (wanted.empty()) wanted = available;
  JsonObject series;
  std::vector<int64_t> times;
  for (const std::string& name : wanted) {
    if (!history.Has(name)) return Status(Code::kInvalidArgument, "series: there is no " + name);
    JsonArray values;
    const std::vector<HistoryPoint> points = history.Series(name, seconds);
    if (times.empty()) {
      for (const HistoryPoint& point : points) times.push_back(point.time_ms);
    }
    for (const HistoryPoint& point : points) values.AddJson(NumberText(point.value));
    series.SetJson(name, values.Done());
  }
  JsonArray time_list;
  for (int64_t time : times) time_list.Add(time);
  JsonArray names;
  for (const std::string& name : available) names.Add(name);
  JsonObject json;
  json.Set("intervalMs", seconds <= 3600 ? 5000 : 60000).SetJson("times", time_list.Done());
  json.Set("series", series).SetJson("available", names.Done());
  return ApiAnswer{json.Done()};
}

}  // namespace tusk::web
