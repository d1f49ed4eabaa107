// A ring of entries.
#include "base/web/audit_trail.h"

#include <algorithm>

#include "base/web/daemon_views.h"

namespace tusk::web {
namespace {

constexpr size_t kTextBytesMax = 512;

void Cut(std::string& text) {
  if (text.size() > kTextBytesMax) text.resize(kTextBytesMax);
}

JsonObject& SetText(JsonObject& json, std::string_view name, const std::string& text) {
  return text.empty() ? json.SetNull(name) : json.Set(name, text);
}

}  // namespace

std::string AuditEntryJson(const AuditEntry& entry) {
  JsonObject json;
  json.Set("id", entry.id).Set("at", entry.at_wall_ms).Set("user", entry.user).Set("address", entry.address).Set("action", entry.action);
  SetText(json, "target", entry.target);
  SetText(json, "destination", entry.destination);
  return json.Set("allowed", entry.allowed).Set("via", entry.via).Done();
}

void AuditTrail::Add(AuditEntry entry) {
  entry.id = ++last_id_;
  for (std::string* text : {&entry.user, &entry.address, &entry.action, &entry.target, &entry.destination}) Cut(*text);
  entries_.push_back(std::move(entry));
  if (entries_.size() > entries_max_) entries_.pop_front();
}

Result<ApiAnswer> AuditTrail::Answer(const ApiCall& call) const {
  ASSIGN_OR_RETURN(Page page, Page::Of(call));
  const std::string q = call.Text("q");
  size_t total = 0;
  JsonArray list;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    const bool shown = ContainsNoCase(entry->user, q) || ContainsNoCase(entry->action, q) || ContainsNoCase(entry->target, q) ||
                       ContainsNoCase(entry->destination, q) || ContainsNoCase(entry->address, q);
    if (!shown) continue;
    if (total >= page.offset && total < page.offset + page.limit) list.AddJson(AuditEntryJson(*entry));
    ++total;
  }
  return ApiAnswer{JsonObject().Set("total", total).SetJson("entries", list.Done()).Done()};
}

std::vector<AuditEntry> AuditTrail::Since(int64_t id, size_t count_max) const {
  std::vector<AuditEntry> found;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->id > id && found.size() < count_max; ++entry) found.push_back(*entry);
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace tusk::web
