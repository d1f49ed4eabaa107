// Goal: a session cannot be made, changed or used beyond its end by who lacks the key; passwords and limits hold.
#include "base/web/login_limiter.h"
#include "base/web/session_cookie.h"
#include "base/web/users_file.h"

#include "base/env/real_env.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::web {
namespace {

using namespace std::chrono_literals;

Session Sample() {
  Session session;
  session.id = "abc";
  session.user = "ann";
  session.password_tag = "tag";
  session.issued_wall_ms = 1000;
  session.expires_wall_ms = 9000;
  return session;
}

TEST(SessionTest, ACookieIsReadBackUntilItsEnd) {
  SessionSigner signer("a key of at least thirty-two bytes");
  const std::string cookie = signer.Cookie(Sample());
  auto read = signer.Read(cookie, 8999);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->user, "ann");
  EXPECT_FALSE(read->local);
  EXPECT_FALSE(signer.Read(cookie, 9000).has_value());
  EXPECT_FALSE(SessionSigner("another key of thirty-two bytes..").Read(cookie, 2000).has_value());
}

TEST(SessionTest, EveryChangedByteVoidsTheCookie) {
  SessionSigner signer("a key of at least thirty-two bytes");
  const std::string cookie = signer.Cookie(Sample());
  // The last digit of each Base64 part carries spare bits; those parts are compared as text or signed as bytes.
  size_t accepted = 0;
  for (size_t i = 0; i < cookie.size(); ++i) {
    std::string changed = cookie;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    auto read = signer.Read(changed, 2000);
    if (read) {
      ++accepted;
      EXPECT_EQ(read->user, "ann");
    }
  }
  EXPECT_LE(accepted, 1u);
  for (std::string_view text : {"", ".", "a.b", "....", "MXx8fHx8fA.x"}) EXPECT_FALSE(signer.Read(text, 2000).has_value()) << text;
}

TEST(SessionTest, ATokenHoldsForItsSessionOnly) {
  SessionSigner signer("a key of at least thirty-two bytes");
  EXPECT_TRUE(signer.CsrfMatches("abc", signer.Csrf("abc")));
  EXPECT_FALSE(signer.CsrfMatches("abd", signer.Csrf("abc")));
  EXPECT_FALSE(signer.CsrfMatches("", signer.Csrf("")));
}

TEST(SessionTest, APassedOnRequestIsBoundToItsTargetAndTime) {
  SessionSigner signer("a key of at least thirty-two bytes");
  const std::string header = signer.Forwarded("POST", "/api/v1/x", "10.0.0.1", 1000000);
  EXPECT_EQ(signer.ReadForwarded(header, "POST", "/api/v1/x", 1000500), "10.0.0.1");
  EXPECT_FALSE(signer.ReadForwarded(header, "POST", "/api/v1/y", 1000500).has_value());
  EXPECT_FALSE(signer.ReadForwarded(header, "GET", "/api/v1/x", 1000500).has_value());
  EXPECT_FALSE(signer.ReadForwarded(header, "POST", "/api/v1/x", 2000000).has_value());
}

TEST(SessionTest, CookiesAreFoundByTheirWholeName) {
  EXPECT_EQ(CookieOf("a=1; tusk.session=xyz; b=2", kCookieName), "xyz");
  EXPECT_EQ(CookieOf("xtusk.session=1", kCookieName), std::nullopt);
  EXPECT_EQ(CookieOf("tusk.session2=1", kCookieName), std::nullopt);
}

TEST(UsersFileTest, AHashVerifiesItsPasswordOnly) {
  RealWorld world;
  const std::string hash = HashPassword("correct horse", world.env().random);
  EXPECT_TRUE(VerifyPassword("correct horse", hash));
  EXPECT_FALSE(VerifyPassword("correct horsf", hash));
  EXPECT_FALSE(VerifyPassword("", ""));
  EXPECT_NE(hash, HashPassword("correct horse", world.env().random));
  ConsoleUsers users;
  users.Put("ann", {Role::kOperator, hash});
  const std::string path = world.folder() + "/console/users";
  ASSERT_OK(users.Write(world.disk(), path));
  ASSERT_OK_AND_ASSIGN(FileStat stat, world.disk().Stat(path));
  EXPECT_EQ(stat.mode, 0600u);
  ASSERT_OK_AND_ASSIGN(ConsoleUsers read, ConsoleUsers::Read(world.disk(), path));
  ASSERT_NE(read.Find("ann"), nullptr);
  EXPECT_EQ(read.Find("ann")->role, Role::kOperator);
  ASSERT_OK(world.disk().SetMode(path, 0666));
  EXPECT_STATUS(Code::kAccessControl, ConsoleUsers::Read(world.disk(), path));
}

TEST(UsersFileTest, LinesThatAreNoneAreNamed) {
  for (const char* text : {"ann", "ann:king:scrypt:15:8:1:AAAAAAAAAAA=:AA", "ann:admin:plain", "a b:admin:scrypt:15:8:1:x:y",
                           "ann:admin:scrypt:99:8:1:AAAAAAAAAAAAAAAAAAAAAA==:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
    SCOPED_TRACE(text);
    EXPECT_STATUS(Code::kInvalidArgument, ConsoleUsers::Parse(text));
  }
  EXPECT_OK(ConsoleUsers::Parse("# nothing\n\n").status());
}

TEST(LoginLimiterTest, FailuresShutOutUntilTimePasses) {
  LoginLimiter limiter;
  TimePoint now{};
  now += 1h;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limiter.WaitFor("ann", "1.1.1.1", now), Duration{});
    limiter.Failed("ann", "1.1.1.1", now);
  }
  EXPECT_GT(limiter.WaitFor("ann", "1.1.1.1", now), 20s);
  EXPECT_GT(limiter.WaitFor("ann", "2.2.2.2", now), 20s);   // whoever tries it
  EXPECT_EQ(limiter.WaitFor("bob", "1.1.1.1", now), Duration{});
  EXPECT_EQ(limiter.WaitFor("ann", "1.1.1.1", now + 31s), Duration{});
}

TEST(LoginLimiterTest, AKnownAddressIsNotShutOutByOthers) {
  LoginLimiter limiter;
  TimePoint now{};
  now += 1h;
  limiter.Failed("ann", "1.1.1.1", now);
  limiter.Succeeded("ann", "1.1.1.1");
  for (int i = 0; i < 30; ++i) limiter.Failed("ann", "9.9.9.9", now);
  EXPECT_GT(limiter.WaitFor("ann", "3.3.3.3", now), Duration{});
  EXPECT_EQ(limiter.WaitFor("ann", "1.1.1.1", now), Duration{});
  EXPECT_GT(limiter.WaitFor("bob", "9.9.9.9", now), Duration{});
}

}  // namespace
}  // namespace tusk::web
