// What a WebHDFS server answers: an error as a RemoteException with Hadoop's HTTP status, and the pieces of JSON that
// both servers write.
#pragma once

#include <string>
#include <string_view>

#include "base/core/status.h"
#include "base/http/server.h"

namespace tusk::dfs::webhdfs {

inline constexpr const char* kJson = "application/json";
inline constexpr const char* kJsonUtf8 = "application/json;charset=utf-8";
inline constexpr const char* kOctets = "application/octet-stream";

// As Jackson writes a string, with its quotes; bytes that are no UTF-8 become U+FFFD.
std::string JsonString(std::string_view text);
int HttpStatusOf(const Status& status);
// {"RemoteException":{"exception":...,"javaClassName":...,"message":...}}
std::string RemoteExceptionJson(const Status& status);
Task<void> ReplyError(http::Exchange& exchange, Status status, std::string content_type);
// 307, or with noredirect 200 and {"Location":...}.
Task<void> ReplyRedirect(http::Exchange& exchange, std::string location, bool in_body);

// The path of a URL as java.net.URI writes it: what a path may have stays, the rest is escaped.
std::string EscapePath(std::string_view path);
// As java.net.URLEncoder writes the value of a parameter.
std::string EscapeValue(std::string_view value);

}  // namespace tusk::dfs::webhdfs
