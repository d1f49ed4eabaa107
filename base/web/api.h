// Api: the router of /api/v1. An endpoint says its method, path, role and, if it changes something, its action; the
// router has checked login, role, CSRF, Origin and content type before the endpoint runs, and audits actions.
//
//   console.api().Handle({"POST", "/dfs/datanodes/{id}/decommission", Role::kAdmin, "decommissionDatanode"},
//                        [this](web::ApiCall& call) { return Decommission(call); });
//   Task<Result<web::ApiAnswer>> Decommission(web::ApiCall& call) {
//     ... co_return web::ApiAnswer{DatanodeJson(node)};
//   }
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/server.h"
#include "base/web/identity.h"
#include "base/web/json.h"

namespace tusk::web {

struct ApiAnswer {
  std::string json;
  int status = 200;
  bool sent = false;  // the endpoint has replied on the exchange by itself (streams, text)
  http::Headers headers = {};  // more of them
};
// {"done":true}
ApiAnswer Done();

// One request on its way through an endpoint.
struct ApiCall {
  http::Exchange& exchange;
  Identity who;
  JsonBody body;                            // of unsafe methods; read and parsed before
  std::map<std::string, std::string, std::less<>> path;  // "{id}" -> its decoded value
  std::string target;        // what the audit says it was done to; path and body fill it, an endpoint may
  bool forwarded = false;    // the other daemon has passed it on

  const http::Query& query() const { return exchange.request().query; }
  const std::string& Path(std::string_view name) const;
  // Parameters of the query: kInvalidArgument for what does not parse or is out of bounds.
  std::string Text(std::string_view name, std::string_view otherwise = "") const;
  Result<int64_t> Int(std::string_view name, int64_t otherwise, int64_t min, int64_t max) const;
  Result<bool> Bool(std::string_view name, bool otherwise) const;
};

struct ApiRoute {
  std::string method;   // "GET" or "POST"
  std::string pattern;  // below /api/v1: "/dfs/datanodes/{id}"; a {name} is one segment
  Role role = Role::kViewer;
  std::string action = {};  // of a POST: what the audit calls it
  bool open = false;        // for who is not logged in, too
};

// Runs an endpoint. A Status becomes {"error":{code,message}} with the HTTP status of ErrorOf.
using ApiHandler = std::function<Task<Result<ApiAnswer>>(ApiCall& call)>;

struct ApiError {
  int status = 500;
  std::string code;     // "notFound"
  std::string message;
};
// What a Status is to a client of the API.
ApiError ErrorOf(const Status& status);
std::string ErrorJson(const ApiError& error);

// Offset and limit of a list, checked.
struct Page {
  size_t offset = 0;
  size_t limit = 100;
  static Result<Page> Of(const ApiCall& call);
};

class Api {
 public:
  // Before the server starts. `handler`'s object outlives the server.
  void Handle(ApiRoute route, ApiHandler handler);

  struct Match {
    const ApiRoute* route = nullptr;
    const ApiHandler* handler = nullptr;
    std::map<std::string, std::string, std::less<>> path;
    std::string allowed;  // without a route: the methods that this path has ("GET, HEAD"); empty: no such path
  };
  // `raw_path`: as sent, below /api/v1, not decoded.
  Match Find(std::string_view method, std::string_view raw_path) const;

 private:
  struct Entry {
    ApiRoute route;
    std::vector<std::string> segments;
    ApiHandler handler;
  };
  std::vector<Entry> entries_;
};

}  // namespace tusk::web
