// Hadoop's Token (identifier, password, kind, service) and Credentials, the set of tokens and secrets that a process
// is given in a file ("HDTS", HADOOP_TOKEN_FILE_LOCATION). Wire: yarn-wire §5.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/core/writable.h"
#include "base/env/disk.h"

namespace tusk {

struct Token {
  std::string identifier;
  std::string password;
  std::string kind;
  std::string service;
  bool operator==(const Token&) const = default;
};

// Writable: identifier and password as vint length and bytes, kind and service as Text.
void WriteToken(const Token& token, WritableWriter& out);
Result<Token> ReadToken(WritableReader& in);
// Token.encodeToUrlString: what WebHDFS calls a delegation token.
std::string TokenToUrlString(const Token& token);
Result<Token> TokenFromUrlString(std::string_view text);

class Credentials {
 public:
  // Both formats (0 Writable, 1 protobuf). Bytes after the end are ignored: Java sends whole buffers.
  static Result<Credentials> Parse(std::string_view file);
  static Result<Credentials> ReadFile(Disk& disk, const std::string& path);
  // Format 0, as Java writes it by default.
  std::string Serialize() const;

  // By alias, which usually is the service.
  std::map<std::string, Token> tokens;
  std::map<std::string, std::string> secrets;

  // The first token of `kind` whose service is `service`, or the first of `kind` where `service` is empty; null if
  // there is none.
  const Token* Find(std::string_view kind, std::string_view service = {}) const;
  bool operator==(const Credentials&) const = default;
};

}  // namespace tusk
