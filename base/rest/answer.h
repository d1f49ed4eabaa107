// Answer: what a REST request gets, as values: a status and a body in the form that the request's Accept asks for.
//
//   rest::Answer answer = rest::Ok(exchange.request(), json);
//   co_await rest::Send(exchange, std::move(answer));
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/async/task.h"
#include "base/core/status.h"
#include "base/http/message.h"
#include "base/http/server.h"

namespace tusk::rest {

struct Answer {
  int status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  http::Headers headers;
};

// Hadoop answers JSON unless XML stands before it in Accept.
bool WantsXml(const http::Request& request);

Answer Ok(const http::Request& request, const nlohmann::ordered_json& body, int status = 200);
Answer Text(int status, std::string text);
// Without a body.
Answer Empty(int status);

// {"RemoteException":{"exception":"NotFoundException","message":…,"javaClassName":"org.apache.hadoop.yarn.webapp.…"}}
Answer Error(const http::Request& request, int status, std::string_view java_class, std::string_view message);
// The three exceptions of Hadoop's REST; it puts "java.lang.Exception: " before their words.
Answer BadRequest(const http::Request& request, std::string_view message);
Answer NotFound(const http::Request& request, std::string_view message);
Answer Forbidden(const http::Request& request, std::string_view message);
// An id that does not parse: 400 with "java.lang.IllegalArgumentException: Invalid ApplicationId prefix: …".
Answer BadId(const http::Request& request, std::string_view message);
// What a brain's or handler's Status becomes.
Answer ErrorOf(const http::Request& request, const Status& status);

// "/a//b/" -> {"a", "b"}
std::vector<std::string> PathParts(std::string_view path);

// A JSON object with one member as an XML document: arrays become repeated elements.
std::string XmlOf(const nlohmann::ordered_json& document);

Task<void> Send(http::Exchange& exchange, Answer answer);

}  // namespace tusk::rest
