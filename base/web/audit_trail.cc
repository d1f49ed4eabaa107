// A ring of entries.
#include "base/web/audit_trail.h"

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
  return json.Set("allowed", entry.allowed).Set("changes", entry.changes).Set("via", entry.via).Done();
}

void AuditTrail::Add(AuditEntry entry) {
  entry.id = ++last_id_;
  for (std::string* text : {&entry.user, &entry.address, &entry.action, &entry.target, &entry.destination}) Cut(*text);
  entries_.push_back(std::move(entry));
  if (entries_.size() > entries_max_) entries_.pop_front();
}

}  // namespace tusk::web
