// Goal: a file is fetched once per scope and version, kept while used, and the least recently used go first.
#include "yarn_like/nodemanager/localize/resource_cache.h"

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

using Outcome = ResourceCache::Outcome;

TimePoint At(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }

ResourceKey Key(std::string uri, Visibility visibility = Visibility::kPublic) {
  ResourceKey key;
  key.visibility = visibility;
  key.uri = std::move(uri);
  key.timestamp_wall_ms = 1;
  if (visibility != Visibility::kPublic) key.user = "root";
  if (visibility == Visibility::kApplication) key.application = "application_1_0001";
  return key;
}

TEST(ResourceCacheTest, OneFetchServesAllAndANewVersionIsAnother) {
  ResourceCache cache({"/d"});
  ASSERT_OK_AND_ASSIGN(auto first, cache.Acquire(Key("hdfs://h/a.jar"), "c1", At(0)));
  EXPECT_EQ(first.outcome, Outcome::kFetch);
  EXPECT_EQ(first.folder, "/d/filecache/10");
  EXPECT_EQ(first.name, "a.jar");
  ASSERT_OK_AND_ASSIGN(auto second, cache.Acquire(Key("hdfs://h/a.jar"), "c2", At(0)));
  EXPECT_EQ(second.outcome, Outcome::kWait);
  cache.Fetched(Key("hdfs://h/a.jar"), 100);
  ASSERT_OK_AND_ASSIGN(auto third, cache.Acquire(Key("hdfs://h/a.jar"), "c3", At(0)));
  EXPECT_EQ(third.outcome, Outcome::kReady);
  EXPECT_EQ(third.folder, first.folder);
  ResourceKey newer = Key("hdfs://h/a.jar");
  newer.timestamp_wall_ms = 2;
  ASSERT_OK_AND_ASSIGN(auto changed, cache.Acquire(newer, "c3", At(0)));
  EXPECT_EQ(changed.outcome, Outcome::kFetch);
  EXPECT_EQ(changed.folder, "/d/filecache/11");
}

TEST(ResourceCacheTest, ScopesHaveTheirOwnFolders) {
  ResourceCache cache({"/d"});
  ASSERT_OK_AND_ASSIGN(auto own, cache.Acquire(Key("f:/a", Visibility::kPrivate), "c", At(0)));
  EXPECT_EQ(own.folder, "/d/usercache/root/filecache/10");
  ASSERT_OK_AND_ASSIGN(auto app, cache.Acquire(Key("f:/a", Visibility::kApplication), "c", At(0)));
  EXPECT_EQ(app.folder, "/d/usercache/root/appcache/application_1_0001/filecache/10");
  cache.DropApplication("application_1_0001");
  EXPECT_EQ(cache.size(), 1u);
}

TEST(ResourceCacheTest, AFailedFetchIsForgotten) {
  ResourceCache cache({"/d"});
  ASSERT_OK(cache.Acquire(Key("f:/a"), "c1", At(0)));
  cache.FetchFailed(Key("f:/a"));
  EXPECT_EQ(cache.state(Key("f:/a")), ResourceCache::State::kAbsent);
  ASSERT_OK_AND_ASSIGN(auto again, cache.Acquire(Key("f:/a"), "c2", At(0)));
  EXPECT_EQ(again.outcome, Outcome::kFetch);
}

TEST(ResourceCacheTest, SurplusGoesOldestFirstAndNeverWhatIsUsed) {
  ResourceCache cache({"/d"});
  for (int i = 0; i < 4; ++i) {
    ResourceKey key = Key("f:/" + std::to_string(i));
    ASSERT_OK(cache.Acquire(key, "c", At(i)));
    cache.Fetched(key, 10);
    if (i != 0) cache.Release(key, "c", At(10 - i));
  }
  EXPECT_EQ(cache.TakeSurplus(40).size(), 0u);
  EXPECT_EQ(cache.TakeSurplus(25), (std::vector<std::string>{"/d/filecache/13", "/d/filecache/12"}));
  EXPECT_EQ(cache.TakeSurplus(0), (std::vector<std::string>{"/d/filecache/11"}));
  EXPECT_EQ(cache.bytes(), 10u);
}

TEST(ResourceCacheTest, NamesComeFromTheLastComponent) {
  EXPECT_EQ(ResourceNameOf("hdfs://h:1/a/b%20c.jar").value_or(""), "b%20c.jar");
  EXPECT_STATUS(Code::kInvalidArgument, ResourceNameOf("hdfs://h:1/.."));
  EXPECT_STATUS(Code::kInvalidArgument, ResourceNameOf("/"));
}

}  // namespace
}  // namespace tusk::yarn
