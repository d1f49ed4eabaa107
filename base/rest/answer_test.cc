// What a request's Accept and Hadoop's way of writing objects make of an answer.
#include "base/rest/answer.h"

#include <gtest/gtest.h>

#include "base/rest/json.h"

namespace tusk::rest {
namespace {

http::Request Accepting(std::string accept) {
  http::Request request;
  if (!accept.empty()) request.headers.Add("Accept", std::move(accept));
  return request;
}

TEST(Answer, IsJsonUnlessXmlIsWantedMore) {
  EXPECT_FALSE(WantsXml(Accepting("")));
  EXPECT_FALSE(WantsXml(Accepting("*/*")));
  EXPECT_FALSE(WantsXml(Accepting("application/json, application/xml;q=0.9")));
  EXPECT_TRUE(WantsXml(Accepting("application/xml")));
  // A browser's.
  EXPECT_TRUE(WantsXml(Accepting("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")));
}

TEST(Answer, XmlRepeatsElementsAndEscapes) {
  const Json json = {{"nodes", {{"node", Json::array({{{"id", "a<b"}, {"up", true}}, {{"id", ""}}})}, {"tags", Json::object()}}}};
  EXPECT_EQ(XmlOf(json),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><nodes><node><id>a&lt;b</id><up>true</up></node>"
            "<node><id></id></node><tags/></nodes>");
}

TEST(Answer, EntriesOfAMapHaveOneName) {
  const Json json = {{"map", {{"entry", 1}, {"entry#", "x#\":"}}}};
  EXPECT_EQ(Dump(json), R"({"map":{"entry":1,"entry":"x#\":"}})");
}

TEST(Answer, ErrorsHaveHadoopsShape) {
  const Answer answer = NotFound(Accepting(""), "app with id: x not found");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body,
            R"({"RemoteException":{"exception":"NotFoundException","message":"java.lang.Exception: app with id: x not )"
            R"(found","javaClassName":"org.apache.hadoop.yarn.webapp.NotFoundException"}})");
}

TEST(Answer, FloatsHaveAFloatsDigits) {
  EXPECT_EQ(Dump(Json(FloatOf(100.0 / 3))), "33.333332");
  EXPECT_EQ(Dump(Json(FloatOf(0))), "0.0");
}

}  // namespace
}  // namespace tusk::rest
