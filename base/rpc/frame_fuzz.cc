// Fuzzes what a stranger can send to an RPC port before anyone knows him: frames, headers, SASL messages, contexts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/rpc/frame.h"
#include "base/rpc/server_negotiation.h"

namespace tusk::rpc {
namespace {

class NoTokens : public SecretManager {
 public:
  Result<std::string> PasswordOf(std::string_view) override { return std::string("password"); }
  Result<CallUser> UserOf(std::string_view identifier) override { return CallUser{.name = std::string(identifier)}; }
};

// The bytes in pieces of `step`, as a socket might give them.
void Feed(ByteView bytes, size_t step) {
  static NoTokens tokens;
  ServerOptions options{.frame_bytes_max = 1 << 16, .secret_manager = &tokens};
  ServerNegotiation negotiation(options, "127.0.0.1");
  if (negotiation.OnAuthByte(kAuthSasl)) std::abort();
  FrameBuffer buffer(options.frame_bytes_max);
  while (!bytes.empty()) {
    MutableByteView space = buffer.Space();
    if (space.empty()) std::abort();
    size_t count = std::min({step, bytes.size(), space.size()});
    std::copy_n(bytes.begin(), count, space.begin());
    buffer.Added(count);
    bytes = bytes.subspan(count);
    ByteView frame;
    for (;;) {
      FrameBuffer::Next next = buffer.TakeFrame(frame);
      if (next == FrameBuffer::Next::kBadLength) return;
      if (next == FrameBuffer::Next::kIncomplete) break;
      wire::RpcRequestHeaderProto header;
      if (!TakeMessage(frame, header).ok()) continue;
      wire::RpcSaslProto sasl;
      wire::IpcConnectionContextProto context;
      wire::RequestHeaderProto request;
      std::optional<wire::RpcSaslProto> reply;
      if (header.callid() == kCallIdSasl && TakeMessage(frame, sasl).ok()) {
        if (negotiation.OnSasl(sasl, reply)) return;
      } else if (header.callid() == kCallIdContext && TakeMessage(frame, context).ok()) {
        if (negotiation.OnContext(context)) return;
      } else if (TakeMessage(frame, request).ok()) {
        (void)TakeDelimited(frame).ok();
      }
    }
  }
}

}  // namespace
}  // namespace tusk::rpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  tusk::rpc::Feed({data + 1, size - 1}, data[0] == 0 ? size : data[0]);
  return 0;
}
