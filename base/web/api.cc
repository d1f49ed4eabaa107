// Routes, parameters, and what errors look like.
#include "base/web/api.h"

#include <algorithm>

#include "base/http/message.h"

namespace tusk::web {
namespace {

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const size_t slash = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return segments;
}

bool IsName(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// Fills `values`; false if the path is another. A segment that does not decode matches nothing.
bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::map<std::string, std::string, std::less<>>& values) {
  if (pattern.size() != path.size()) return false;
  values.clear();
  for (size_t i = 0; i < pattern.size(); ++i) {
    auto decoded = http::PercentDecode(path[i]);
    if (!decoded || decoded->empty()) return false;
    if (IsName(pattern[i])) {
      values[pattern[i].substr(1, pattern[i].size() - 2)] = std::move(*decoded);
    } else if (pattern[i] != *decoded) {
      return false;
    }
  }
  return true;
}

struct ErrorRow {
  Code code;
  int status;
  const char* name;
};
constexpr ErrorRow kErrors[] = {
    {Code::kInvalidArgument, 400, "badRequest"},
    {Code::kHadoopIllegalArgument, 400, "badRequest"},
    {Code::kInvalidPath, 400, "badRequest"},
    {Code::kPathComponentTooLong, 400, "badRequest"},
    {Code::kUnsupported, 400, "badRequest"},
    {Code::kAcl, 400, "badRequest"},
    {Code::kInvalidResourceRequest, 400, "badRequest"},
    {Code::kAccessControl, 403, "forbidden"},
    {Code::kAuthorization, 403, "forbidden"},
    {Code::kSnapshotAccessControl, 403, "forbidden"},
    {Code::kJavaSecurity, 403, "forbidden"},
    {Code::kFileNotFound, 404, "notFound"},
    {Code::kApplicationNotFound, 404, "notFound"},
    {Code::kApplicationAttemptNotFound, 404, "notFound"},
    {Code::kContainerNotFound, 404, "notFound"},
    {Code::kResourceNotFound, 404, "notFound"},
    {Code::kUnregisteredNode, 404, "notFound"},
    {Code::kSafeMode, 409, "safeMode"},
    {Code::kResourceExhausted, 429, "tooManyRequests"},
    {Code::kServerTooBusy, 503, "unavailable"},
    {Code::kRetriable, 503, "unavailable"},
    {Code::kStandby, 503, "unavailable"},
    {Code::kTimedOut, 503, "unavailable"},
    {Code::kConnectionRefused, 503, "unavailable"},
    {Code::kConnectionReset, 503, "unavailable"},
    {Code::kNoRouteToHost, 503, "unavailable"},
    {Code::kUnknownHost, 503, "unavailable"},
    {Code::kCancelled, 503, "unavailable"},
    {Code::kInternal, 500, "internal"},
    {Code::kNullPointer, 500, "internal"},
    {Code::kAssertionFailed, 500, "internal"},
};

}  // namespace

ApiAnswer Done() { return ApiAnswer{"{\"done\":true}"}; }

ApiError ErrorOf(const Status& status) {
  for (const ErrorRow& row : kErrors) {
    if (row.code == status.code()) return {row.status, row.name, std::string(status.message())};
  }
  // The state of things does not allow it: exists already, not empty, over a quota, being written.
  return {409, "conflict", std::string(status.message())};
}

std::string ErrorJson(const ApiError& error) {
  return JsonObject().Set("error", JsonObject().Set("code", error.code).Set("message", error.message)).Done();
}

const std::string& ApiCall::Path(std::string_view name) const {
  auto found = path.find(name);
  TUSK_CHECK(found != path.end()) << "the route has no {" << std::string(name) << "}";
  return found->second;
}

std::string ApiCall::Text(std::string_view name, std::string_view otherwise) const { return query().Get(name, otherwise); }

Result<int64_t> ApiCall::Int(std::string_view name, int64_t otherwise, int64_t min, int64_t max) const {
  auto number = query().GetInt(name, otherwise);
  if (!number.ok()) return Status(Code::kInvalidArgument, std::string(name) + ": is no whole number");
  if (*number < min || *number > max) return Status(Code::kInvalidArgument, std::string(name) + ": is out of range");
  return *number;
}

Result<bool> ApiCall::Bool(std::string_view name, bool otherwise) const {
  auto text = query().Get(name);
  if (!text) return otherwise;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return Status(Code::kInvalidArgument, std::string(name) + ": is neither true nor false");
}

Result<Page> Page::Of(const ApiCall& call) {
  ASSIGN_OR_RETURN(int64_t offset, call.Int("offset", 0, 0, 1000000000));
  ASSIGN_OR_RETURN(int64_t limit, call.Int("limit", 100, 1, 1000));
  return Page{static_cast<size_t>(offset), static_cast<size_t>(limit)};
}

void Api::Handle(ApiRoute route, ApiHandler handler) {
  std::vector<std::string> segments = Segments(route.pattern);
  entries_.push_back({std::move(route), std::move(segments), std::move(handler)});
}

Api::Match Api::Find(std::string_view method, std::string_view raw_path) const {
  const std::vector<std::string> path = Segments(raw_path);
  Match match;
  size_t names_in_best = path.size() + 1;
  std::map<std::string, std::string, std::less<>> values;
  for (const Entry& entry : entries_) {
    if (!Matches(entry.segments, path, values)) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += entry.route.method == "GET" ? "GET, HEAD" : entry.route.method;
    const bool serves = entry.route.method == method || (method == "HEAD" && entry.route.method == "GET");
    // "/files/trash" goes before "/files/{id}".
    const auto names = static_cast<size_t>(std::count_if(entry.segments.begin(), entry.segments.end(), IsName));
    if (!serves || names >= names_in_best) continue;
    names_in_best = names;
    match.route = &entry.route;
    match.handler = &entry.handler;
    match.path = values;
  }
  return match;
}

}  // namespace tusk::web
