// Parameters against what a real namenode said of them.
#include "dfs/common/webhdfs/params.h"

#include <gtest/gtest.h>

#include "dfs/common/webhdfs/reply.h"

namespace tusk::dfs::webhdfs {
namespace {

class WebHdfsParams : public testing::Test {
 protected:
  Params Of(std::string_view query) {
    query_ = http::Query::Parse(query);
    return Params(query_, true);
  }
  static std::string Complaint(const Status& status) {
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    std::string message(status.message());
    return message.substr(message.find(": ") + 2);
  }
  http::Query query_;
};

TEST_F(WebHdfsParams, NamesHaveNoCaseAndNullIsAbsent) {
  EXPECT_EQ(Of("OFFSET=7").Number("offset", kOffset, 0).value(), 7);
  EXPECT_EQ(Of("length=null").Number("length", kOffset, 9).value(), 9);
  EXPECT_TRUE(Of("Recursive=TRUE").Bool("recursive", false).value());
}

TEST_F(WebHdfsParams, NumbersOutOfBoundsAreRefusedInHadoopsWords) {
  EXPECT_EQ(Complaint(Of("offset=-1").Number("offset", kOffset).status()), "Invalid parameter range: offset = -1 < 0");
  EXPECT_EQ(Complaint(Of("permission=77777").Permission("permission").status()),
            "Invalid parameter range: permission = 77777 > 1777");
  EXPECT_EQ(Complaint(Of("permission=999").Permission("permission").status()),
            "Failed to parse \"999\" as a radix-8 short integer.");
  EXPECT_EQ(Complaint(Of("replication=70000").Number("replication", kReplication).status()),
            "Failed to parse \"70000\" as a radix-10 short integer.");
  EXPECT_EQ(Complaint(Of("offset=").Number("offset", kOffset).status()),
            "Failed to parse \"\" as a radix-10 long integer.");
  EXPECT_EQ(Complaint(Of("x=99999999999999999999").Number("x", kTime).status()),
            "Failed to parse \"99999999999999999999\" as a radix-10 long integer.");
}

TEST_F(WebHdfsParams, ADatanodeDoesNotNameTheParameter) {
  http::Query query = http::Query::Parse("offset=abc");
  EXPECT_EQ(Params(query, false).Number("offset", kOffset).status().message(),
            "Failed to parse \"abc\" as a radix-10 long integer.");
}

TEST_F(WebHdfsParams, AclSpecsMustHaveTheirShape) {
  EXPECT_TRUE(Of("aclspec=user::rwx,default:group:some.one:r-x,mask::---").AclSpec("SETACL").ok());
  EXPECT_TRUE(Of("aclspec=user:alice:").AclSpec("REMOVEACLENTRIES").ok());
  for (const char* bad : {"nonsense", "user:alice:rwxr", "user:al ice:rwx", "user::rwx,", "king:alice:rwx", "user:rwx"}) {
    EXPECT_FALSE(Of(std::string("aclspec=") + bad).AclSpec("SETACL").ok()) << bad;
  }
  EXPECT_EQ(Of("").AclSpec("SETACL").status().message(), "Required param aclspec for op: SETACL is null or empty");
}

TEST_F(WebHdfsParams, UserNames) {
  EXPECT_EQ(Of("user.name=a_b.c-d$").UserName().value(), "a_b.c-d$");
  EXPECT_EQ(Of("x=1").UserName().value(), "");
  for (const char* bad : {"1bad", "with%20blank", "", "$", "a/b"}) {
    EXPECT_FALSE(Of(std::string("user.name=") + bad).UserName().ok()) << bad;
  }
}

TEST_F(WebHdfsParams, FsActions) {
  EXPECT_EQ(Of("fsaction=r-x").FsAction("fsaction").value(), 5);
  EXPECT_EQ(Of("fsaction=---").FsAction("fsaction").value(), 0);
  EXPECT_FALSE(Of("fsaction=xwr").FsAction("fsaction").ok());
  EXPECT_FALSE(Of("fsaction=rw").FsAction("fsaction").ok());
}

TEST(WebHdfsReply, RemoteExceptions) {
  EXPECT_EQ(RemoteExceptionJson(Status(Code::kInvalidToken, "say \"no\"\n")),
            R"({"RemoteException":{"exception":"InvalidToken","javaClassName":)"
            R"("org.apache.hadoop.security.token.SecretManager$InvalidToken","message":"say \"no\"\n"}})");
  EXPECT_EQ(RemoteExceptionJson(Status(Code::kEndOfFile, "")),
            R"({"RemoteException":{"exception":"EOFException","javaClassName":"java.io.EOFException","message":null}})");
}

TEST(WebHdfsReply, UrlsAreEscapedAsJavaDoes) {
  EXPECT_EQ(EscapePath("/a b+c%/\xc3\xa4/d&e=f?"), "/a%20b+c%25/%C3%A4/d&e=f%3F");
  EXPECT_EQ(EscapeValue("a b~*"), "a%20b%7E*");
}

}  // namespace
}  // namespace tusk::dfs::webhdfs
