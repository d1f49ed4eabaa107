// Goal: what containers find in the cache has Hadoop's shapes and modes (golden nm/container_view.txt); a fetch that
// many wait for happens once; one that fails leaves nothing. Method: a source of files in memory.
#include "yarn_like/nodemanager/localize/localizer.h"

#include <cstdlib>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::yarn {
namespace {

class LocalSource : public ResourceSource {
 public:
  explicit LocalSource(RealWorld& world) : world_(world) {}
  Task<Result<SourceStat>> Stat(std::string uri, std::string, bool) override {
    CO_ASSIGN_OR_RETURN(FileStat stat, world_.disk().Stat(uri));
    co_return SourceStat{stat.size, 1000, false, is_public};
  }
  Task<Result<uint64_t>> Copy(std::string uri, std::string, std::string local_path) override {
    ++copies;
    CO_RETURN_IF_ERROR(co_await SleepFor(world_.loop(), 5ms));
    CO_ASSIGN_OR_RETURN(std::string bytes, world_.disk().ReadFile(uri));
    CO_RETURN_IF_ERROR(world_.disk().WriteFileAtomic(local_path, AsBytes(bytes)));
    co_return bytes.size();
  }
  bool is_public = true;
  int copies = 0;

 private:
  RealWorld& world_;
};

class LocalizerTest : public ::testing::Test {
 protected:
  LocalizerTest() : source_(world_) {
    LocalizerOptions options;
    options.local_dirs = {world_.folder() + "/local"};
    TUSK_CHECK(world_.disk().MakeDir(options.local_dirs[0], 0755).ok());
    localizer_ = std::make_unique<Localizer>(world_.env(), source_, options, state_);
    Shell("python3 -c \"import zipfile\nz=zipfile.ZipFile('my.jar','w')\n"
          "z.writestr('classes/c.txt','c')\nz.writestr('lib/x.txt','x')\nz.writestr('other.txt','o')\nz.close()\"");
    Shell("mkdir -p in/sub && echo run > in/run.sh && echo f > in/sub/f.txt && tar czf arch.tar.gz -C in .");
  }
  ~LocalizerTest() override {
    world_.Run([](Localizer& localizer) -> Task<bool> {
      co_await localizer.Shutdown();
      co_return true;
    }(*localizer_));
  }
  void Shell(const std::string& script) {
    std::string command = "cd " + world_.folder() + " && " + script;
    TUSK_CHECK(std::system(command.c_str()) == 0) << script;  // NOLINT
  }
  ResourceRequest Request(const std::string& file, Visibility visibility, ResourceKind kind, std::string pattern = "") {
    ResourceRequest request;
    request.link = file;
    request.key.visibility = visibility;
    request.key.kind = kind;
    request.key.uri = world_.folder() + "/" + file;
    request.key.timestamp_wall_ms = 1000;
    request.key.pattern = std::move(pattern);
    if (visibility != Visibility::kPublic) request.key.user = "root";
    if (visibility == Visibility::kApplication) request.key.application = "application_1_0001";
    return request;
  }
  Result<Localizer::Outcome> Localize(std::vector<ResourceRequest> requests) {
    return world_.Run(localizer_->Localize("container_1", std::move(requests), {}));
  }
  uint32_t Mode(const std::string& path) {
    auto stat = world_.disk().Stat(path);
    return stat.ok() ? stat->mode & 0777 : 0;
  }

  RealWorld world_;
  LocalSource source_;
  StateWriter state_{world_.env(), nullptr};
  std::unique_ptr<Localizer> localizer_;
};

TEST_F(LocalizerTest, ArchivesBecomeFoldersWithTheModesOfTheirScope) {
  ASSERT_OK_AND_ASSIGN(auto own, Localize({Request("arch.tar.gz", Visibility::kPrivate, ResourceKind::kArchive)}));
  std::string folder = own.links[0].first;
  EXPECT_EQ(folder, world_.folder() + "/local/usercache/root/filecache/10/arch.tar.gz");
  EXPECT_EQ(Mode(folder), 0700u);
  EXPECT_EQ(Mode(folder + "/sub"), 0700u);
  EXPECT_EQ(Mode(folder + "/run.sh"), 0500u);
  ASSERT_OK_AND_ASSIGN(auto shared, Localize({Request("my.jar", Visibility::kPublic, ResourceKind::kArchive)}));
  EXPECT_EQ(Mode(shared.links[0].first), 0755u);
  EXPECT_EQ(Mode(shared.links[0].first + "/lib/x.txt"), 0555u);
}

TEST_F(LocalizerTest, APatternKeepsTheJarBesideItsClasses) {
  ASSERT_OK_AND_ASSIGN(auto outcome, Localize({Request("my.jar", Visibility::kApplication, ResourceKind::kPattern, "(?:classes/|lib/).*")}));
  std::string folder = outcome.links[0].first;
  EXPECT_EQ(folder, world_.folder() + "/local/usercache/root/appcache/application_1_0001/filecache/10/my.jar");
  EXPECT_EQ(Mode(folder + "/my.jar"), 0500u);
  EXPECT_EQ(Mode(folder + "/classes/c.txt"), 0500u);
  EXPECT_FALSE(world_.disk().Exists(folder + "/other.txt"));
}

Task<bool> Two(Localizer& localizer, ResourceRequest request, int& good) {
  struct One {
    static Task<void> Go(Localizer& l, std::string container, ResourceRequest r, int& count) {
      auto outcome = co_await l.Localize(std::move(container), {std::move(r)}, {});
      if (outcome.ok()) ++count;
    }
  };
  TaskScope scope(*EventLoop::Current());
  scope.Spawn(One::Go(localizer, "container_1", request, good));
  scope.Spawn(One::Go(localizer, "container_2", request, good));
  co_await scope.Join();
  co_return true;
}

TEST_F(LocalizerTest, ManyWaitersCostOneFetch) {
  int good = 0;
  world_.Run(Two(*localizer_, Request("my.jar", Visibility::kPublic, ResourceKind::kFile), good));
  EXPECT_EQ(good, 2);
  EXPECT_EQ(source_.copies, 1);
}

TEST_F(LocalizerTest, WhatIsNotPublicMayNotBeSharedAndAFailureLeavesNothing) {
  source_.is_public = false;
  auto refused = Localize({Request("my.jar", Visibility::kPublic, ResourceKind::kFile)});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find(" is not publicly accessible and as such cannot be part of the public cache."),
            std::string::npos);
  EXPECT_EQ(localizer_->cache().size(), 0u);
  Shell("echo broken > bad.zip");
  EXPECT_FALSE(Localize({Request("bad.zip", Visibility::kPrivate, ResourceKind::kArchive)}).ok());
  auto names = world_.disk().List(world_.folder() + "/local/usercache/root/filecache");
  EXPECT_TRUE(names.ok() && names->empty());
}

}  // namespace
}  // namespace tusk::yarn
