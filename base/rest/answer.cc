// Accept, JSON to XML, and the words of Hadoop's errors.
#include "base/rest/answer.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log/log.h"
#include "base/rest/json.h"

namespace tusk::rest {
namespace {

constexpr std::string_view kJsonType = "application/json;charset=utf-8";
constexpr std::string_view kXmlType = "application/xml; charset=utf-8";
constexpr std::string_view kNotFoundClass = "org.apache.hadoop.yarn.webapp.NotFoundException";
constexpr std::string_view kBadRequestClass = "org.apache.hadoop.yarn.webapp.BadRequestException";
constexpr std::string_view kForbiddenClass = "org.apache.hadoop.yarn.webapp.ForbiddenException";

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// How much `type` is wanted: the quality of the narrowest range that covers it; -1 where none does.
double QualityOf(std::string_view accept, std::string_view type) {
  double quality = -1;
  size_t narrowest = 0;
  while (!accept.empty()) {
    const size_t comma = accept.find(',');
    std::string_view range = accept.substr(0, comma);
    accept.remove_prefix(comma == std::string_view::npos ? accept.size() : comma + 1);
    double own = 1;
    if (const size_t at = range.find("q="); at != std::string_view::npos) {
      const std::string_view number = Trimmed(range.substr(at + 2));
      (void)std::from_chars(number.data(), number.data() + number.size(), own);
    }
    range = Trimmed(range.substr(0, range.find(';')));
    const size_t width = range == type ? 3 : range == "application/*" ? 2 : range == "*/*" ? 1 : 0;
    if (width > narrowest) narrowest = width, quality = own;
  }
  return quality;
}

// Names of members whose "type" says the kind of the object: an attribute in XML.
bool HasKind(std::string_view element) { return element == "schedulerInfo" || element == "queue"; }

void AppendElement(std::string_view name, const Json& value, std::string* xml) {
  if (value.is_array()) {
    for (const Json& each : value) AppendElement(name, each, xml);
    return;
  }
  if (value.is_null()) return;
  if (value.is_object()) {
    const bool kind = HasKind(name) && value.contains("type");
    *xml += fmt::format("<{}", name);
    if (kind && name == "schedulerInfo") *xml += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    if (kind) *xml += fmt::format(" xsi:type=\"{}\"", http::HtmlEscape(value["type"].get_ref<const std::string&>()));
    if (value.empty()) {
      *xml += "/>";
      return;
    }
    *xml += ">";
    for (const auto& [key, member] : value.items()) {
      if (!kind || key != "type") AppendElement(std::string_view(key).substr(0, key.find('#')), member, xml);
    }
    *xml += fmt::format("</{}>", name);
    return;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : Dump(value);
  *xml += fmt::format("<{0}>{1}</{0}>", name, http::HtmlEscape(text));
}

Answer RemoteException(const http::Request& request, int status, std::string_view java_class, std::string_view message) {
  const size_t dot = java_class.rfind('.');
  const std::string_view simple = dot == std::string_view::npos ? java_class : java_class.substr(dot + 1);
  return Ok(request,
            {{"RemoteException",
              {{"exception", std::string(simple)}, {"message", std::string(message)}, {"javaClassName", std::string(java_class)}}}},
            status);
}

}  // namespace

double FloatOf(double value) {
  const std::string text = fmt::format("{}", static_cast<float>(value));
  double shortest = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), shortest);
  return shortest;
}

std::string Dump(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  // Within strings a quote is escaped, so this is always the end of a key.
  for (size_t at = text.find("#\":"); at != std::string::npos; at = text.find("#\":", at)) text.erase(at, 1);
  return text;
}

bool WantsXml(const http::Request& request) {
  const std::string_view accept = request.headers.Get("Accept", "");
  return QualityOf(accept, "application/xml") > QualityOf(accept, "application/json");
}

std::string XmlOf(const Json& document) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
  if (document.is_object()) {
    for (const auto& [name, value] : document.items()) AppendElement(name, value, &xml);
  }
  return xml;
}

Answer Ok(const http::Request& request, const Json& body, int status) {
  if (WantsXml(request)) return {status, std::string(kXmlType), XmlOf(body), {}};
  return {status, std::string(kJsonType), Dump(body), {}};
}

Answer Text(int status, std::string text) { return {status, "text/plain;charset=utf-8", std::move(text), {}}; }

Answer Empty(int status) { return {status, "", "", {}}; }

Answer Error(const http::Request& request, int status, std::string_view java_class, std::string_view message) {
  return RemoteException(request, status, java_class, message);
}

Answer BadRequest(const http::Request& request, std::string_view message) {
  return RemoteException(request, 400, kBadRequestClass, fmt::format("java.lang.Exception: {}", message));
}

Answer NotFound(const http::Request& request, std::string_view message) {
  return RemoteException(request, 404, kNotFoundClass, fmt::format("java.lang.Exception: {}", message));
}

Answer Forbidden(const http::Request& request, std::string_view message) {
  return RemoteException(request, 403, kForbiddenClass, fmt::format("java.lang.Exception: {}", message));
}

Answer BadId(const http::Request& request, std::string_view message) {
  return RemoteException(request, 400, kBadRequestClass, fmt::format("java.lang.IllegalArgumentException: {}", message));
}

Answer ErrorOf(const http::Request& request, const Status& status) {
  switch (status.code()) {
    case Code::kAccessControl: return Forbidden(request, status.message());
    case Code::kApplicationNotFound:
    case Code::kApplicationAttemptNotFound:
    case Code::kContainerNotFound: return NotFound(request, status.message());
    default: return BadRequest(request, status.message());
  }
}

std::vector<std::string> PathParts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

Task<void> Send(http::Exchange& exchange, Answer answer) {
  http::Response response;
  response.head.status = answer.status;
  response.head.headers = std::move(answer.headers);
  response.head.headers.Add("Cache-Control", "no-cache");
  response.head.headers.Add("X-Content-Type-Options", "nosniff");
  response.head.headers.Add("X-Frame-Options", "SAMEORIGIN");
  if (!answer.content_type.empty()) response.head.headers.Add("Content-Type", std::move(answer.content_type));
  response.body = std::move(answer.body);
  const Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) LogDebug("rest", "{}", sent.ToString());
}

}  // namespace tusk::rest
