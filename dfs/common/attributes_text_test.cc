// Text of ACL entries and extended attributes: what Hadoop's clients accept and print.
#include "base/testing/matchers.h"
#include "dfs/common/acl.h"
#include "dfs/common/xattr.h"

namespace tusk::dfs {
namespace {

TEST(AclTextTest, EntriesComeBackAsTheyWereWritten) {
  auto entries = ParseAclSpec("user:bob:rw-,group::r-x,default:mask::rwx,OTHER::---", true);
  ASSERT_OK(entries);
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ(ToString((*entries)[0]), "user:bob:rw-");
  EXPECT_EQ(ToString((*entries)[1]), "group::r-x");
  EXPECT_EQ(ToString((*entries)[2]), "default:mask::rwx");
  EXPECT_EQ(ToString((*entries)[3]), "other::---");
}

TEST(AclTextTest, WhatIsNoSpecIsRefusedInHadoopsWords) {
  EXPECT_EQ(ParseAclSpec("user:bob", true).status().message(), "Invalid <aclSpec> : user:bob");
  EXPECT_EQ(ParseAclSpec("someone:bob:rwx", true).status().message(), "Invalid type of acl in <aclSpec> :someone:bob:rwx");
  EXPECT_EQ(ParseAclSpec("user:bob:rwz", true).status().message(), "Invalid permission in <aclSpec> : user:bob:rwz");
  EXPECT_EQ(ParseAclSpec("user:bob:rwx", false).status().message(), "Invalid <aclSpec> : user:bob:rwx");
  EXPECT_OK(ParseAclSpec("user:bob,default:group", false));
}

TEST(XAttrTextTest, NamesNeedAKnownPrefix) {
  ASSERT_OK_AND_ASSIGN(XAttr attribute, ParseXAttrName("User.color.of.it"));
  EXPECT_EQ(PrefixedName(attribute), "user.color.of.it");
  EXPECT_FALSE(ParseXAttrName("color").ok());
  EXPECT_FALSE(ParseXAttrName("users.color").ok());
  EXPECT_EQ(ParseXAttrName("user.").status().message(), "XAttr name cannot be empty.");
}

TEST(XAttrTextTest, ValuesInThreeEncodings) {
  EXPECT_EQ(EncodeXAttrValue("a1\xff", XAttrCodec::kHex), "0x6131ff");
  EXPECT_EQ(EncodeXAttrValue("abc", XAttrCodec::kBase64), "0sYWJj");
  EXPECT_EQ(EncodeXAttrValue("abc", XAttrCodec::kText), "\"abc\"");
  for (std::string_view text : {"abc", "\"abc\"", "0x616263", "0SYWJj"}) {
    ASSERT_OK_AND_ASSIGN(std::string value, DecodeXAttrValue(text));
    EXPECT_EQ(value, "abc") << text;
  }
  EXPECT_FALSE(DecodeXAttrValue("0x6").ok());
}

}  // namespace
}  // namespace tusk::dfs
