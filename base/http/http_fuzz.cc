// Fuzzes the HTTP message parser: any bytes, in two pieces, as request and as response.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/bytes.h"
#include "base/http/parser_internal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tusk::http::MessageParser;
  if (size == 0) return 0;
  auto kind = (data[0] & 1) != 0 ? MessageParser::Kind::kRequest : MessageParser::Kind::kResponse;
  std::string_view bytes = tusk::AsText({data + 1, size - 1});
  auto parser = MessageParser::Make(kind, 8192, (data[0] & 2) != 0);
  size_t used = 0;
  for (size_t end : {bytes.size() / 2, bytes.size()}) {
    while (used < end && !parser->message_done()) {
      auto count = parser->Feed(bytes.substr(used, end - used));
      if (!count.ok()) return 0;
      if (*count == 0) break;
      used += *count;
    }
  }
  for (const auto& [name, value] : parser->head().headers.fields()) {
    auto decoded = tusk::http::PercentDecode(value);
    auto query = tusk::http::Query::Parse(value);
    (void)tusk::http::Url::Parse(value);
  }
  return 0;
}
