// What an HTTP/1.1 message is, apart from its bytes on the wire: headers, request, response head, and the escapes of
// URLs and HTML. No I/O; server.h and client.h move messages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/result.h"
#include "base/env/network.h"

namespace tusk::http {

// Header fields in order of arrival. Names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Replaces every field of that name.
  void Set(std::string_view name, std::string value);
  void Remove(std::string_view name);
  // The first field of that name; nothing where absent.
  std::optional<std::string_view> Get(std::string_view name) const;
  std::string_view Get(std::string_view name, std::string_view otherwise) const;
  bool Has(std::string_view name) const { return Get(name).has_value(); }
  // Whether the comma-separated list in `name` holds `token`, without case ("Connection" holds "close").
  bool HasToken(std::string_view name, std::string_view token) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Decoded key=value pairs of a query, in order; a name may repeat.
class Query {
 public:
  Query() = default;
  // "a=1&b=x%20y"; '+' is a blank. Undecodable escapes stay as they are.
  static Query Parse(std::string_view text);
  std::optional<std::string_view> Get(std::string_view name) const;
  // Name compared without case, as WebHDFS does.
  std::optional<std::string_view> GetNoCase(std::string_view name) const;
  std::string Get(std::string_view name, std::string_view otherwise) const;
  // Absent: `otherwise`. Not a number: kInvalidArgument.
  Result<int64_t> GetInt(std::string_view name, int64_t otherwise) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Request {
  std::string method;     // "GET"
  std::string target;     // as sent: "/a%20b?x=1"
  std::string path;       // decoded: "/a b"
  std::string raw_query;  // as sent, without '?'
  Query query;            // decoded
  Headers headers;
  int version = 11;       // 10 or 11
  HostPort remote;
};

struct ResponseHead {
  int status = 200;
  std::string reason;  // empty: the usual words for `status`
  Headers headers;
};

struct Response {
  ResponseHead head;
  std::string body;
};

std::string_view ReasonOf(int status);

// "%41+b" with '+' kept; nullopt for a bad escape or a NUL.
std::optional<std::string> PercentDecode(std::string_view text);
// Encodes everything but unreserved characters and those in `keep`.
std::string PercentEncode(std::string_view text, std::string_view keep = "/");
std::string HtmlEscape(std::string_view text);
bool EqualsNoCase(std::string_view a, std::string_view b);

// "http://host:port/path?query". https is refused: kUnsupported.
struct Url {
  std::string scheme;
  HostPort host;
  std::string target;  // path and query, at least "/"
  static Result<Url> Parse(std::string_view text);
};

}  // namespace tusk::http
