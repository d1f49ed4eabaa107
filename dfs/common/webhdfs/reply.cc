// Errors and redirects of WebHDFS.
#include "dfs/common/webhdfs/reply.h"

#include <nlohmann/json.hpp>

namespace tusk::dfs::webhdfs {

std::string JsonString(std::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int HttpStatusOf(const Status& status) {
  // A user who cannot be told is forbidden here; elsewhere SecurityException means that one must say who one is.
  if (status.code() == Code::kJavaSecurity || status.code() == Code::kSasl) return 403;
  return WebHdfsStatusOf(status.code());
}

std::string RemoteExceptionJson(const Status& status) {
  std::string_view java_class = status.java_class();
  std::string_view simple = java_class.substr(java_class.find_last_of(".$") + 1);
  return "{\"RemoteException\":{\"exception\":" + JsonString(simple) + ",\"javaClassName\":" + JsonString(java_class) +
         ",\"message\":" + (status.message().empty() ? "null" : JsonString(status.message())) + "}}";
}

Task<void> ReplyError(http::Exchange& exchange, Status status, std::string content_type) {
  if (exchange.started()) co_return;  // the answer breaks off, which the client sees
  Status sent = co_await exchange.Reply(HttpStatusOf(status), std::move(content_type), RemoteExceptionJson(status));
  if (!sent.ok()) exchange.CloseAfter();
}

Task<void> ReplyRedirect(http::Exchange& exchange, std::string location, bool in_body) {
  http::Response response;
  if (in_body) {
    response.head.headers.Add("Content-Type", kJson);
    response.body = "{\"Location\":" + JsonString(location) + "}";
  } else {
    response.head.status = 307;
    response.head.headers.Add("Location", std::move(location));
    response.head.headers.Add("Content-Type", kOctets);
  }
  Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) exchange.CloseAfter();
}

std::string EscapePath(std::string_view path) { return http::PercentEncode(path, "/_-!.~'()*,;:$&+=@"); }

std::string EscapeValue(std::string_view value) {
  std::string escaped = http::PercentEncode(value, "*");
  for (size_t at = 0; (at = escaped.find('~', at)) != std::string::npos;) escaped.replace(at, 1, "%7E");
  return escaped;
}

}  // namespace tusk::dfs::webhdfs
