// DIGEST-MD5 over libgsasl; the only file that includes it.
#include "base/security/digest_md5.h"

#include <gsasl.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/security/hmac.h"

namespace tusk {
namespace {

constexpr const char* kMechanism = "DIGEST-MD5";
constexpr const char* kRealm = "default";
// digest-uri is service/host, "/default".
constexpr const char* kService = "";
constexpr const char* kHost = "default";
constexpr size_t kMessageBytesMax = 64 << 10;

class Session;
int OnProperty(Gsasl* context, Gsasl_session* handle, Gsasl_property property);

// The library's table of mechanisms; never changed once made.
Gsasl* SharedContext() {
  static Gsasl* const context = [] {
    Gsasl* fresh = nullptr;
    int outcome = gsasl_init(&fresh);
    TUSK_CHECK(outcome == GSASL_OK) << gsasl_strerror(outcome);
    gsasl_callback_set(fresh, OnProperty);
    return fresh;
  }();
  return context;
}

Status SaslError(std::string text) { return Status(Code::kSasl, "DIGEST-MD5: " + text); }

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  virtual ~Session() {
    if (handle_ != nullptr) gsasl_finish(handle_);
  }
  virtual int Provide(Gsasl_property property) = 0;

 protected:
  Status Adopt(int outcome) {
    if (outcome != GSASL_OK) return SaslError(gsasl_strerror(outcome));
    gsasl_session_hook_set(handle_, this);
    return Status::Ok();
  }
  void Set(Gsasl_property property, const std::string& value) {
    TUSK_CHECK(gsasl_property_set(handle_, property, value.c_str()) == GSASL_OK);
  }
  // Empty where the library does not know it.
  std::string Get(Gsasl_property property) {
    const char* value = gsasl_property_fast(handle_, property);
    return value == nullptr ? "" : value;
  }
  int Step(std::string_view input, std::string& output) {
    if (input.size() > kMessageBytesMax || input.find('\0') != std::string_view::npos) return GSASL_MECHANISM_PARSE_ERROR;
    char* out = nullptr;
    size_t size = 0;
    std::string copy(input);  // ends with a zero byte, which the library's parser expects
    int outcome = gsasl_step(handle_, copy.data(), copy.size(), &out, &size);
    output.assign(out == nullptr ? "" : out, out == nullptr ? 0 : size);
    gsasl_free(out);
    return outcome;
  }
  Gsasl_session* handle_ = nullptr;
};

int OnProperty(Gsasl*, Gsasl_session* handle, Gsasl_property property) {
  auto* session = static_cast<Session*>(gsasl_session_hook_get(handle));
  return session == nullptr ? GSASL_NO_CALLBACK : session->Provide(property);
}

class ServerSession : public Session, public DigestMd5Server {
 public:
  explicit ServerSession(PasswordOf password_of) : password_of_(std::move(password_of)) {}

  Status Open() {
    RETURN_IF_ERROR(Adopt(gsasl_server_start(SharedContext(), kMechanism, &handle_)));
    Set(GSASL_REALM, kRealm);
    Set(GSASL_SERVICE, kService);
    Set(GSASL_HOSTNAME, kHost);
    Set(GSASL_QOPS, "qop-auth");
    int outcome = Step("", challenge_);
    if (outcome != GSASL_NEEDS_MORE) return SaslError(gsasl_strerror(outcome));
    // The spelling of Java's servers: no spaces.
    std::erase(challenge_, ' ');
    return Status::Ok();
  }
  const std::string& challenge() const override { return challenge_; }
  const std::string& identifier() const override { return identifier_; }

  Result<std::string> Verify(std::string_view response) override {
    std::string proof;
    int outcome = Step(response, proof);
    if (refusal_) return *refusal_;
    if (outcome == GSASL_AUTHENTICATION_ERROR) {
      return SaslError("digest response format violation. Mismatched response.");
    }
    if ((outcome != GSASL_OK && outcome != GSASL_NEEDS_MORE) || proof.empty()) {
      return SaslError(std::string("digest response format violation. ") + gsasl_strerror(outcome));
    }
    return proof;
  }

  int Provide(Gsasl_property property) override {
    if (property != GSASL_PASSWORD) return GSASL_NO_CALLBACK;
    Result<std::string> identifier = Base64Decode(Get(GSASL_AUTHID));
    Result<std::string> password = identifier.ok() ? password_of_(*identifier) : Result<std::string>(identifier.status());
    if (!password.ok()) {
      refusal_ = password.status();
      return GSASL_AUTHENTICATION_ERROR;
    }
    identifier_ = std::move(identifier).value();
    Set(GSASL_PASSWORD, Base64Encode(*password));
    return GSASL_OK;
  }

 private:
  PasswordOf password_of_;
  std::string challenge_;
  std::string identifier_;
  std::optional<Status> refusal_;
};

class ClientSession : public Session, public DigestMd5Client {
 public:
  Status Open(std::string_view identifier, std::string_view password) {
    RETURN_IF_ERROR(Adopt(gsasl_client_start(SharedContext(), kMechanism, &handle_)));
    Set(GSASL_AUTHID, Base64Encode(identifier));
    Set(GSASL_PASSWORD, Base64Encode(password));
    Set(GSASL_REALM, kRealm);
    Set(GSASL_SERVICE, kService);
    Set(GSASL_HOSTNAME, kHost);
    Set(GSASL_QOP, "qop-auth");
    return Status::Ok();
  }

  Result<std::string> Respond(std::string_view challenge) override {
    size_t qop = challenge.find("qop=\"");
    if (qop != std::string_view::npos) {
      std::string_view offered = challenge.substr(qop + 5, challenge.find('"', qop + 5) - qop - 5);
      std::string padded = "," + std::string(offered) + ",";
      std::erase(padded, ' ');
      if (padded.find(",auth,") == std::string::npos) {
        return SaslError("the server wants protection \"" + std::string(offered) + "\", this client has \"auth\" only");
      }
    }
    std::string response;
    int outcome = Step(challenge, response);
    if (outcome == GSASL_NEEDS_MORE && response.empty()) outcome = Step(challenge, response);
    if (outcome != GSASL_NEEDS_MORE || response.empty()) return SaslError(gsasl_strerror(outcome));
    std::erase(response, ' ');
    return response;
  }

  Status CheckProof(std::string_view proof) override {
    std::string nothing;
    int outcome = Step(proof, nothing);
    if (outcome != GSASL_OK) return SaslError(std::string("the server's proof is wrong: ") + gsasl_strerror(outcome));
    return Status::Ok();
  }

  int Provide(Gsasl_property) override { return GSASL_NO_CALLBACK; }
};

}  // namespace

Result<std::unique_ptr<DigestMd5Server>> DigestMd5Server::Start(PasswordOf password_of) {
  auto session = std::make_unique<ServerSession>(std::move(password_of));
  RETURN_IF_ERROR(session->Open());
  return std::unique_ptr<DigestMd5Server>(std::move(session));
}

Result<std::unique_ptr<DigestMd5Client>> DigestMd5Client::Start(std::string_view identifier, std::string_view password) {
  auto session = std::make_unique<ClientSession>();
  RETURN_IF_ERROR(session->Open(identifier, password));
  return std::unique_ptr<DigestMd5Client>(std::move(session));
}

}  // namespace tusk
