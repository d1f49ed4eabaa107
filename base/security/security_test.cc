// Goal: tokens, credential files and DIGEST-MD5 are Hadoop's; method: what a real YARN cluster wrote
// (tests/golden/security) and its recorded SASL exchanges, recomputed.
#include <openssl/evp.h>

#include <fstream>
#include <sstream>

#include "base/security/digest_md5.h"
#include "base/security/hmac.h"
#include "base/security/token.h"
#include "base/testing/matchers.h"

namespace tusk {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(TUSK_GOLDEN_DIR "/security/" + name, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  TUSK_CHECK(!all.str().empty()) << name;
  return all.str();
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}
std::string Unhex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// The AMRM token of tests/golden (tokens.json).
const std::string kAmrmKey = Unhex("2a7435d9594956e0");
const std::string kAmrmIdentifier = Unhex("0a0d0a09080110e288d3e99f34100110b1c5e4f7fbffffffff01");
const std::string kAmrmPassword = Unhex("712430eced1021ec2c38cb9f3754b8087c51d1ab");

std::string Md5(const std::string& bytes) {
  std::string digest(16, 0);
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<uint8_t*>(digest.data()), nullptr, EVP_md5(), nullptr);
  return digest;
}

// The value of `key` in a DIGEST-MD5 message, quoted or not.
std::string Directive(const std::string& message, const std::string& key) {
  std::string text = "," + message;
  size_t at = text.find("," + key + "=");
  if (at == std::string::npos) return "";
  at += key.size() + 2;
  if (text[at] == '"') return text.substr(at + 1, text.find('"', at + 1) - at - 1);
  return text.substr(at, text.find(',', at) - at);
}

// RFC 2831 §2.1.2.1, from the message itself; `method` is "AUTHENTICATE", or "" for the server's proof.
std::string ResponseOf(const std::string& message, std::string_view password, const std::string& method) {
  std::string a1 = Md5(Directive(message, "username") + ":default:" + Base64Encode(password)) + ":" +
                   Directive(message, "nonce") + ":" + Directive(message, "cnonce");
  std::string a2 = method + ":" + Directive(message, "digest-uri");
  return Hex(Md5(Hex(Md5(a1)) + ":" + Directive(message, "nonce") + ":" + Directive(message, "nc") + ":" +
                 Directive(message, "cnonce") + ":auth:" + Hex(Md5(a2))));
}

TEST(HmacTest, SignsATokenAsTheResourceManagerDid) {
  EXPECT_EQ(HmacSha1(kAmrmKey, kAmrmIdentifier), kAmrmPassword);
  EXPECT_TRUE(EqualInConstantTime("abc", std::string("abc")));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abcd"));
}

TEST(Base64Test, BothAlphabetsBothWays) {
  for (std::string bytes : {"", "f", "fo", "foo", "\xff\xfe\xfd\xfc"}) {
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
    EXPECT_EQ(Base64Decode(Base64UrlEncode(bytes)).value(), bytes);
  }
  EXPECT_EQ(Base64Encode("fo"), "Zm8=");
  EXPECT_EQ(Base64UrlEncode("\xff\xfe"), "__4");
  EXPECT_STATUS(Code::kInvalidArgument, Base64Decode("a b!"));
  EXPECT_STATUS(Code::kInvalidArgument, Base64Decode("abcde"));
}

TEST(TokenTest, UrlStringsComeBack) {
  Token token{"id", "secret", "HDFS_DELEGATION_TOKEN", "127.0.0.1:8020"};
  EXPECT_EQ(TokenFromUrlString(TokenToUrlString(token)).value(), token);
}

TEST(CredentialsTest, FilesOfRealContainersReadAndWriteTheSameBytes) {
  for (const char* name : {"container_tokens_am.bin", "container_tokens_mr_am.bin", "container_tokens_mr_task.bin"}) {
    std::string file = ReadGolden(name);
    ASSERT_OK_AND_ASSIGN(Credentials credentials, Credentials::Parse(file));
    EXPECT_FALSE(credentials.tokens.empty());
    ASSERT_OK_AND_ASSIGN(Credentials again, Credentials::Parse(credentials.Serialize()));
    EXPECT_EQ(again, credentials);
    EXPECT_EQ(credentials.Serialize().size(), file.size()) << name;
    EXPECT_OK(Credentials::Parse(file + std::string(1000, '\0')));
    for (size_t cut = 0; cut < file.size(); ++cut) EXPECT_FALSE(Credentials::Parse(std::string_view(file).substr(0, cut)).ok());
  }
  ASSERT_OK_AND_ASSIGN(Credentials credentials, Credentials::Parse(ReadGolden("container_tokens_am.bin")));
  const Token* amrm = credentials.Find("YARN_AM_RM_TOKEN");
  ASSERT_NE(amrm, nullptr);
  EXPECT_EQ(amrm->identifier, kAmrmIdentifier);
  EXPECT_EQ(amrm->password, kAmrmPassword);
}

TEST(CredentialsTest, TheProtobufFormatIsReadToo) {
  auto field = [](int number, const std::string& value) {
    return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(value.size()) + value;
  };
  std::string token = field(1, "id") + field(2, "pw") + field(3, "K") + field(4, "s");
  std::string message = field(1, field(1, "alias") + field(2, token)) + field(2, field(1, "name") + field(3, "secret"));
  ASSERT_OK_AND_ASSIGN(Credentials read, Credentials::Parse("HDTS\x01" + std::string(1, static_cast<char>(message.size())) + message));
  EXPECT_EQ(read.tokens.at("alias"), (Token{"id", "pw", "K", "s"}));
  EXPECT_EQ(read.secrets.at("name"), "secret");
}

Result<std::string> Known(std::string_view identifier) {
  if (identifier == kAmrmIdentifier) return kAmrmPassword;
  return Status(Code::kInvalidToken, "no such token");
}

TEST(DigestMd5Test, ClientAndServerProveThePasswordToEachOther) {
  ASSERT_OK_AND_ASSIGN(auto server, DigestMd5Server::Start(Known));
  EXPECT_EQ(Directive(server->challenge(), "realm"), "default");
  EXPECT_EQ(Directive(server->challenge(), "qop"), "auth");
  EXPECT_EQ(Directive(server->challenge(), "charset"), "utf-8");
  EXPECT_EQ(Directive(server->challenge(), "algorithm"), "md5-sess");
  ASSERT_OK_AND_ASSIGN(auto client, DigestMd5Client::Start(kAmrmIdentifier, kAmrmPassword));
  ASSERT_OK_AND_ASSIGN(std::string response, client->Respond(server->challenge()));
  EXPECT_EQ(Directive(response, "digest-uri"), "/default");
  EXPECT_EQ(Directive(response, "response"), ResponseOf(response, kAmrmPassword, "AUTHENTICATE"));
  ASSERT_OK_AND_ASSIGN(std::string proof, server->Verify(response));
  EXPECT_EQ(proof, "rspauth=" + ResponseOf(response, kAmrmPassword, ""));
  EXPECT_EQ(server->identifier(), kAmrmIdentifier);
  EXPECT_OK(client->CheckProof(proof));
}

TEST(DigestMd5Test, WrongPasswordsUnknownTokensAndGarbageAreRefused) {
  ASSERT_OK_AND_ASSIGN(auto server, DigestMd5Server::Start(Known));
  ASSERT_OK_AND_ASSIGN(auto client, DigestMd5Client::Start(kAmrmIdentifier, "wrong"));
  ASSERT_OK_AND_ASSIGN(std::string response, client->Respond(server->challenge()));
  auto refused = server->Verify(response);
  EXPECT_STATUS(Code::kSasl, refused);
  EXPECT_EQ(refused.status().message(), "DIGEST-MD5: digest response format violation. Mismatched response.");

  ASSERT_OK_AND_ASSIGN(server, DigestMd5Server::Start(Known));
  ASSERT_OK_AND_ASSIGN(client, DigestMd5Client::Start("other", "password"));
  ASSERT_OK_AND_ASSIGN(response, client->Respond(server->challenge()));
  EXPECT_STATUS(Code::kInvalidToken, server->Verify(response));

  for (const char* garbage : {"", "x", "username=", "username=\"\",nonce=\"\"", ",,,,"}) {
    ASSERT_OK_AND_ASSIGN(server, DigestMd5Server::Start(Known));
    EXPECT_FALSE(server->Verify(garbage).ok()) << garbage;
  }
}

TEST(DigestMd5Test, AServerThatLiesOrWantsEncryptionIsRefused) {
  ASSERT_OK_AND_ASSIGN(auto server, DigestMd5Server::Start(Known));
  ASSERT_OK_AND_ASSIGN(auto client, DigestMd5Client::Start(kAmrmIdentifier, kAmrmPassword));
  ASSERT_OK(client->Respond(server->challenge()));
  EXPECT_STATUS(Code::kSasl, client->CheckProof("rspauth=00000000000000000000000000000000"));
  ASSERT_OK_AND_ASSIGN(client, DigestMd5Client::Start("id", "password"));
  EXPECT_STATUS(Code::kSasl, client->Respond("realm=\"default\",nonce=\"abc\",qop=\"auth-conf\",charset=utf-8,algorithm=md5-sess"));
}

TEST(DigestMd5Test, RecordedExchangesOfJavaRecompute) {
  std::istringstream lines(ReadGolden("sasl_am_to_rm.hex"));
  std::string response, proof;
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 2 || line[0] == '#') continue;
    std::string bytes = Unhex(line.substr(2));
    if (size_t at = bytes.find("charset=utf-8,username="); at != std::string::npos) response = bytes.substr(at);
    if (size_t at = bytes.find("rspauth="); at != std::string::npos) proof = bytes.substr(at);
  }
  response = response.substr(0, response.find("qop=auth") + 8);
  EXPECT_EQ(Directive(response, "response"), ResponseOf(response, kAmrmPassword, "AUTHENTICATE"));
  EXPECT_EQ(proof, "rspauth=" + ResponseOf(response, kAmrmPassword, ""));
}

}  // namespace
}  // namespace tusk
