// MessageParser over Boost.Beast's incremental parser: the one file that includes it.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/http/parser_internal.h"

namespace tusk::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

template <bool kIsRequest>
class BeastParser : public beast::http::basic_parser<kIsRequest> {
 public:
  BeastParser(ParsedHead& head, std::string& body) : head_(head), body_(body) {}

 private:
  using string_view = beast::string_view;

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version, error_code&) override {
    head_.method = View(method);
    head_.target = View(target);
    head_.version = version;
  }
  void on_response_impl(int code, string_view reason, int version, error_code&) override {
    head_.status = code;
    head_.reason = View(reason);
    head_.version = version;
  }
  void on_field_impl(beast::http::field, string_view name, string_view value, error_code&) override {
    head_.headers.Add(std::string(View(name)), std::string(View(value)));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override {
    body_.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    body_.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  ParsedHead& head_;
  std::string& body_;
};

template <bool kIsRequest>
class MessageParserImpl : public MessageParser {
 public:
  MessageParserImpl(size_t header_bytes_max, bool bodiless) : parser_(head_, body_) {
    parser_.header_limit(static_cast<std::uint32_t>(header_bytes_max));
    parser_.body_limit(boost::none);
    if (bodiless) parser_.skip(true);
  }

  Result<size_t> Feed(std::string_view bytes) override {
    size_t consumed = 0;
    while (consumed < bytes.size() && !parser_.is_done()) {
      bool head_was_done = parser_.is_header_done();
      error_code error;
      size_t count = parser_.put(boost::asio::const_buffer(bytes.data() + consumed, bytes.size() - consumed), error);
      consumed += count;
      if (error == beast::http::error::need_more) break;
      if (error == beast::http::error::header_limit) {
        return Status(Code::kResourceExhausted, "HTTP header too large");
      }
      if (error) return Status(Code::kInvalidArgument, "malformed HTTP message: " + error.message());
      if (!head_was_done && parser_.is_header_done()) {
        FinishHead();
        break;
      }
      if (count == 0) break;
    }
    return consumed;
  }
  bool head_done() const override { return parser_.is_header_done(); }
  bool message_done() const override { return parser_.is_done(); }

 private:
  void FinishHead() {
    head_.keep_alive = parser_.keep_alive();
    if (parser_.is_done()) {
      head_.framing = Framing::kNone;
    } else if (parser_.chunked()) {
      head_.framing = Framing::kChunked;
    } else if (auto length = parser_.content_length()) {
      head_.framing = *length == 0 ? Framing::kNone : Framing::kLength;
      head_.length = *length;
    } else {
      head_.framing = kIsRequest ? Framing::kNone : Framing::kUntilClose;
    }
  }

  BeastParser<kIsRequest> parser_;
};

}  // namespace

std::unique_ptr<MessageParser> MessageParser::Make(Kind kind, size_t header_bytes_max, bool bodiless) {
  if (kind == Kind::kRequest) return std::make_unique<MessageParserImpl<true>>(header_bytes_max, bodiless);
  return std::make_unique<MessageParserImpl<false>>(header_bytes_max, bodiless);
}

}  // namespace tusk::http
