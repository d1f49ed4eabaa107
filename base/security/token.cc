// Tokens and credential files.
#include "base/security/token.h"

#include "base/security/hmac.h"

namespace tusk {
namespace {

constexpr std::string_view kMagic = "HDTS";
constexpr uint8_t kFormatWritable = 0;
constexpr uint8_t kFormatProtobuf = 1;
constexpr uint64_t kCredentialsBytesMax = 16 << 20;

// Protobuf by hand: two small messages, and no other use of their types here.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : rest_(bytes) {}
  bool AtEnd() const { return rest_.empty(); }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Status(Code::kEndOfFile, "a credentials message ends too early");
      auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Status(Code::kCorruption, "a credentials message has an endless number");
  }
  Result<std::string_view> Delimited() {
    ASSIGN_OR_RETURN(uint64_t length, Varint());
    if (length > rest_.size()) return Status(Code::kEndOfFile, "a credentials message ends too early");
    std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }
  // The next field, all of which hold bytes.
  Result<std::string_view> Field(int& number) {
    ASSIGN_OR_RETURN(uint64_t tag, Varint());
    if ((tag & 7) != 2) return Status(Code::kCorruption, "a credentials message has an odd field");
    number = static_cast<int>(tag >> 3);
    return Delimited();
  }

 private:
  std::string_view rest_;
};

Result<Token> ParseTokenProto(std::string_view bytes) {
  Token token;
  for (ProtoReader in(bytes); !in.AtEnd();) {
    int number = 0;
    ASSIGN_OR_RETURN(std::string_view value, in.Field(number));
    if (number == 1) token.identifier = value;
    if (number == 2) token.password = value;
    if (number == 3) token.kind = value;
    if (number == 4) token.service = value;
  }
  return token;
}

// One entry of CredentialsProto: {1 alias, 2 token, 3 secret}.
Status ParseEntry(std::string_view bytes, Credentials& credentials) {
  std::string alias;
  for (ProtoReader in(bytes); !in.AtEnd();) {
    int number = 0;
    ASSIGN_OR_RETURN(std::string_view value, in.Field(number));
    if (number == 1) alias = value;
    if (number == 2) {
      ASSIGN_OR_RETURN(credentials.tokens[alias], ParseTokenProto(value));
    }
    if (number == 3) credentials.secrets[alias] = value;
  }
  return Status::Ok();
}

Result<Credentials> ParseProtobuf(std::string_view bytes) {
  ASSIGN_OR_RETURN(std::string_view message, ProtoReader(bytes).Delimited());
  Credentials credentials;
  for (ProtoReader in(message); !in.AtEnd();) {
    int number = 0;
    ASSIGN_OR_RETURN(std::string_view entry, in.Field(number));
    if (number == 1 || number == 2) RETURN_IF_ERROR(ParseEntry(entry, credentials));
  }
  return credentials;
}

Result<Credentials> ParseWritable(std::string_view bytes) {
  WritableReader in(bytes);
  Credentials credentials;
  ASSIGN_OR_RETURN(size_t tokens, in.VCount());
  for (size_t i = 0; i < tokens; ++i) {
    ASSIGN_OR_RETURN(std::string alias, in.Text());
    ASSIGN_OR_RETURN(credentials.tokens[alias], ReadToken(in));
  }
  ASSIGN_OR_RETURN(size_t secrets, in.VCount());
  for (size_t i = 0; i < secrets; ++i) {
    ASSIGN_OR_RETURN(std::string alias, in.Text());
    ASSIGN_OR_RETURN(credentials.secrets[alias], in.Text());
  }
  return credentials;
}

}  // namespace

void WriteToken(const Token& token, WritableWriter& out) {
  out.Text(token.identifier);
  out.Text(token.password);
  out.Text(token.kind);
  out.Text(token.service);
}

Result<Token> ReadToken(WritableReader& in) {
  Token token;
  ASSIGN_OR_RETURN(token.identifier, in.Text());
  ASSIGN_OR_RETURN(token.password, in.Text());
  ASSIGN_OR_RETURN(token.kind, in.Text());
  ASSIGN_OR_RETURN(token.service, in.Text());
  return token;
}

std::string TokenToUrlString(const Token& token) {
  WritableWriter out;
  WriteToken(token, out);
  return Base64UrlEncode(out.bytes());
}

Result<Token> TokenFromUrlString(std::string_view text) {
  ASSIGN_OR_RETURN(std::string bytes, Base64Decode(text));
  WritableReader in(bytes);
  return ReadToken(in);
}

Result<Credentials> Credentials::Parse(std::string_view file) {
  if (file.size() < kMagic.size() + 1 || file.substr(0, kMagic.size()) != kMagic) {
    return Status(Code::kIOError, "Bad header found in token storage.");
  }
  auto format = static_cast<uint8_t>(file[kMagic.size()]);
  std::string_view body = file.substr(kMagic.size() + 1);
  if (format == kFormatWritable) return ParseWritable(body);
  if (format == kFormatProtobuf) return ParseProtobuf(body);
  return Status(Code::kIOError, "Unknown format " + std::to_string(format) + " of token storage");
}

Result<Credentials> Credentials::ReadFile(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(std::string bytes, disk.ReadFile(path, kCredentialsBytesMax));
  Result<Credentials> credentials = Parse(bytes);
  if (!credentials.ok()) return credentials.status().WithContext(path);
  return credentials;
}

std::string Credentials::Serialize() const {
  WritableWriter out;
  out.Raw(kMagic);
  out.Byte(kFormatWritable);
  out.VInt(static_cast<int32_t>(tokens.size()));
  for (const auto& [alias, token] : tokens) {
    out.Text(alias);
    WriteToken(token, out);
  }
  out.VInt(static_cast<int32_t>(secrets.size()));
  for (const auto& [alias, secret] : secrets) {
    out.Text(alias);
    out.Text(secret);
  }
  return std::move(out).bytes();
}

const Token* Credentials::Find(std::string_view kind, std::string_view service) const {
  for (const auto& [alias, token] : tokens) {
    if (token.kind == kind && (service.empty() || token.service == service)) return &token;
  }
  return nullptr;
}

}  // namespace tusk
