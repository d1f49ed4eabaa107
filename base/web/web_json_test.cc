// Goal: whatever bytes go in, what is written is JSON, and a body is taken only as what it says it is.
#include "base/web/json.h"

#include "base/testing/matchers.h"

namespace tusk::web {
namespace {

TEST(JsonTest, TextThatIsNoUtf8IsMarkedAndTheRestEscaped) {
  EXPECT_EQ(Quote("a\"b\\c\n\x7f"), R"("a\"b\\c\u000a\u007f")");
  EXPECT_EQ(Quote("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(Quote("\xC3"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(Quote("\xED\xA0\x80").size(), 2u + 9u);  // half a surrogate pair: three bad bytes
  EXPECT_EQ(Quote("\xC0\xAF").size(), 2u + 6u);      // an overlong slash
}

TEST(JsonTest, ObjectsAndArraysNest) {
  JsonArray list;
  list.Add(1).Add("x").Add(JsonObject().Set("a", true));
  JsonObject object;
  object.Set("n", -3).Set("d", 0.5).Set("none", std::optional<int64_t>()).SetJson("list", list.Done());
  EXPECT_EQ(object.Done(), R"({"n":-3,"d":0.5,"none":null,"list":[1,"x",{"a":true}]})");
  EXPECT_EQ(NumberText(0.0 / 0.0), "null");
}

TEST(JsonTest, ABodyIsReadByName) {
  ASSERT_OK_AND_ASSIGN(JsonBody body, JsonBody::Parse(R"({"a":"x","n":7,"f":2.0,"z":null,"l":["p","q"]})"));
  EXPECT_EQ(*body.Text("a"), "x");
  EXPECT_EQ(*body.Int("n", 0, 10), 7);
  EXPECT_EQ(*body.Int("f", 0, 10), 2);
  EXPECT_STATUS(Code::kInvalidArgument, body.Int("n", 8, 10));
  EXPECT_STATUS(Code::kInvalidArgument, body.Int("a", 0, 10));
  EXPECT_STATUS(Code::kInvalidArgument, body.Text("missing"));
  EXPECT_TRUE(body.IsNull("z"));
  EXPECT_EQ(body.Texts("l")->size(), 2u);
  EXPECT_STATUS(Code::kInvalidArgument, body.OnlyHas({"a", "n"}));
}

TEST(JsonTest, MalformedBodiesAreRefused) {
  for (std::string_view text : {"[]", "1", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"a\":\"\xFF\"}"}) {
    SCOPED_TRACE(text);
    EXPECT_STATUS(Code::kInvalidArgument, JsonBody::Parse(text));
  }
  EXPECT_STATUS(Code::kInvalidArgument, JsonBody::Parse("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}"));
  ASSERT_OK_AND_ASSIGN(JsonBody with_nul, JsonBody::Parse(R"({"a":"x\u0000y"})"));
  EXPECT_STATUS(Code::kInvalidArgument, with_nul.Text("a"));
  EXPECT_OK(JsonBody::Parse(" \n").status());
}

}  // namespace
}  // namespace tusk::web
