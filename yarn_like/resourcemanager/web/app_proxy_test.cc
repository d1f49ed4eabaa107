// Which page of a master a path below /proxy means.
#include "yarn_like/resourcemanager/web/app_proxy.h"

#include <gtest/gtest.h>

namespace tusk::yarn {
namespace {

std::string Page(std::string_view tracking, std::string_view target) {
  auto url = PageBehindProxy(tracking, target);
  return url.ok() ? url->host.ToString() + url->target : "error";
}

TEST(AppProxyTest, PathAndQueryFollowTheTrackingUrl) {
  EXPECT_EQ(Page("host:4040", "/proxy/application_1_0001"), "host:4040/");
  EXPECT_EQ(Page("host:4040", "/proxy/application_1_0001/"), "host:4040/");
  EXPECT_EQ(Page("host:4040", "/proxy/application_1_0001/jobs/job/?id=0&a=%20b"), "host:4040/jobs/job/?id=0&a=%20b");
  EXPECT_EQ(Page("http://host:4040/base/", "/proxy/application_1_0001/jobs"), "host:4040/base/jobs");
  EXPECT_EQ(Page("http://host:4040/base?x=1", "/proxy/application_1_0001"), "host:4040/base?x=1");
  EXPECT_EQ(Page("http://host:4040/base?x=1", "/proxy/application_1_0001?y=2"), "host:4040/base/?y=2");
}

TEST(AppProxyTest, ComingBackFromTheMastersFilterMeansTheSamePage) {
  EXPECT_EQ(Page("host:4040", "/proxy/redirect/application_1_0001/jobs/"), "host:4040/jobs/");
}

TEST(AppProxyTest, OnlyHttp) { EXPECT_EQ(Page("https://host:1", "/proxy/application_1_0001"), "error"); }

}  // namespace
}  // namespace tusk::yarn
