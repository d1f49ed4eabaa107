// Fuzzes the reading of a WebHDFS request's query: any bytes as a query, every kind of parameter.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/core/bytes.h"
#include "dfs/common/webhdfs/params.h"
#include "dfs/common/webhdfs/reply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tusk::dfs::webhdfs::Params;
  auto query = tusk::http::Query::Parse(tusk::AsText({data, size}));
  for (bool names : {true, false}) {
    Params params(query, names);
    for (const auto& [name, value] : query.pairs()) {
      (void)params.Number(name, tusk::dfs::webhdfs::kReplication);
      (void)params.Bool(name, false);
      (void)params.AbsolutePath(name);
      (void)params.Permission(name);
      (void)params.FsAction(name);
      (void)params.OneOf(name, {"TEXT", "HEX"}, "E");
      (void)params.SomeOf(name, {"CREATE", "REPLACE"}, "E");
      (void)tusk::dfs::webhdfs::EscapePath(value);
      (void)tusk::dfs::webhdfs::RemoteExceptionJson(params.Invalid(name, value));
    }
    (void)params.AclSpec("SETACL");
    (void)params.UserName();
  }
  return 0;
}
