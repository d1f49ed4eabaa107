// What every Stream can do by the virtual calls, and addresses as text.
#include "base/env/network.h"

#include <charconv>

namespace tusk {

std::string HostPort::ToString() const {
  if (host.find(':') != std::string::npos) return "[" + host + "]:" + std::to_string(port);
  return host + ":" + std::to_string(port);
}

Result<HostPort> HostPort::Parse(std::string_view text, uint16_t default_port) {
  HostPort parsed{"", default_port};
  std::string_view rest;
  if (text.starts_with("[")) {
    size_t end = text.find(']');
    if (end == std::string_view::npos) return Status(Code::kInvalidArgument, "missing ] in address: " + std::string(text));
    parsed.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    size_t colon = text.find(':');
    parsed.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (parsed.host.empty()) return Status(Code::kInvalidArgument, "no host in address: " + std::string(text));
  if (rest.empty()) return parsed;
  unsigned port = 0;
  auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
  if (rest[0] != ':' || error != std::errc() || end != rest.data() + rest.size() || port > 65535) {
    return Status(Code::kInvalidArgument, "not a port in address: " + std::string(text));
  }
  parsed.port = static_cast<uint16_t>(port);
  return parsed;
}

Task<Status> Stream::ReadExactly(MutableByteView out, TimePoint deadline) {
  while (!out.empty()) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await ReadSome(out, deadline));
    if (count == 0) co_return Status(Code::kEndOfFile, "connection closed by " + remote().ToString());
    out = out.subspan(count);
  }
  co_return Status::Ok();
}

Task<Status> Stream::Write(ByteView bytes, TimePoint deadline) {
  co_return co_await WriteParts({bytes}, deadline);
}

}  // namespace tusk
