// Two lists by time, newest first, and a page of both.
#include "base/web/audit_view.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "base/async/blocking_pool.h"
#include "base/web/daemon_views.h"

namespace tusk::web {
namespace {

// One number for both: entries of the trail are even, lines odd.
AuditEntry Numbered(AuditEntry entry, int64_t number, bool line) {
  entry.id = number * 2 + (line ? 1 : 0);
  return entry;
}

bool Newer(const AuditEntry& a, const AuditEntry& b) { return a.at_wall_ms > b.at_wall_ms; }

std::string Json(const std::vector<AuditEntry>& entries, size_t from, size_t count) {
  JsonArray list;
  for (size_t i = from; i < entries.size() && i < from + count; ++i) list.AddJson(AuditEntryJson(entries[i]));
  return list.Done();
}

std::vector<AuditEntry> Merged(const std::vector<AuditEntry>& a, const std::vector<AuditEntry>& b) {
  std::vector<AuditEntry> all;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all), Newer);
  return all;
}

}  // namespace

std::string AuditField(std::string_view line, std::string_view key, char separator) {
  size_t at = line.starts_with(key) ? 0 : line.find(separator + std::string(key));
  if (at == std::string_view::npos) return {};
  if (!line.starts_with(key)) ++at;
  line.remove_prefix(at + key.size());
  return std::string(line.substr(0, line.find(separator)));
}

bool AuditView::Wanted::Takes(const AuditEntry& entry) const {
  if ((changes && !entry.changes) || (!via.empty() && entry.via != via)) return false;
  for (const std::string* text : {&entry.user, &entry.action, &entry.target, &entry.destination, &entry.address}) {
    if (ContainsNoCase(*text, q)) return true;
  }
  return false;
}

std::vector<AuditEntry> AuditView::LogPage(size_t count, const Wanted& wanted, uint64_t* total) const {
  std::vector<AuditEntry> found;
  const AuditLog::Page page = log_.Recent(0, 0, [&](const AuditLog::Line& line) {
    AuditEntry entry;
    entry.at_wall_ms = line.wall_ms;
    if (!reader_(line, &entry) || !wanted.Takes(entry)) return false;
    if (found.size() < count) found.push_back(Numbered(std::move(entry), static_cast<int64_t>(line.number), /*line=*/true));
    return true;
  });
  *total = page.total;
  return found;
}

Task<Result<ApiAnswer>> AuditView::Answer(const ApiCall& call) const {
  CO_ASSIGN_OR_RETURN(const Page page, Page::Of(call));
  Wanted wanted{call.Text("q"), call.Text("via")};
  CO_ASSIGN_OR_RETURN(wanted.changes, call.Bool("changes", false));
  // Of either at most so many: what a daemon keeps in memory is bounded.
  const size_t count = page.offset + page.limit;
  uint64_t total = 0;
  const std::vector<AuditEntry> lines = co_await env_.disk_pool.Run([&] { return LogPage(count, wanted, &total); });
  std::vector<AuditEntry> actions;
  for (const AuditEntry& entry : trail_.entries() | std::views::reverse) {
    if (!wanted.Takes(entry)) continue;
    ++total;
    if (actions.size() < count) actions.push_back(Numbered(entry, entry.id, /*line=*/false));
  }
  const std::vector<AuditEntry> all = Merged(actions, lines);
  co_return ApiAnswer{JsonObject().Set("total", total).SetJson("entries", Json(all, page.offset, page.limit)).Done()};
}

std::string AuditView::News(size_t count_max) {
  std::vector<AuditEntry> actions, lines;
  for (const AuditEntry& entry : trail_.entries() | std::views::reverse) {
    if (entry.id <= told_actions_ || actions.size() >= count_max) break;
    actions.push_back(Numbered(entry, entry.id, /*line=*/false));
  }
  for (const AuditLog::Line& line : log_.Newer(told_lines_, count_max)) {
    AuditEntry entry;
    entry.at_wall_ms = line.wall_ms;
    if (reader_(line, &entry)) lines.push_back(Numbered(std::move(entry), static_cast<int64_t>(line.number), /*line=*/true));
  }
  told_actions_ = trail_.last_id();
  told_lines_ = log_.last_number();
  if (actions.empty() && lines.empty()) return {};
  return Json(Merged(actions, lines), 0, count_max);
}

}  // namespace tusk::web
