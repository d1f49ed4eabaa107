// Goal: the script is Hadoop's own, byte for byte, for the same container. Method: scripts of a real node manager
// (tests/golden/yarn/nm), rebuilt from what went into them.
#include "yarn_like/nodemanager/container/launch_script.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/security/hmac.h"

namespace tusk::yarn {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(TUSK_GOLDEN_DIR) + "/yarn/nm/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

LaunchPlan PlanOf(const std::string& app, const std::string& container) {
  LaunchPlan plan;
  plan.container_id = container;
  plan.user = "root";
  std::string app_dir = "/tmp/yp/data/nm-local/usercache/root/appcache/" + app;
  plan.work_dir = app_dir + "/" + container;
  plan.log_dir = "/tmp/yp/logs/containers/" + app + "/" + container;
  plan.log_dirs = {plan.log_dir};
  plan.local_dirs = {app_dir};
  plan.local_user_dirs = {"/tmp/yp/data/nm-local/usercache/root/"};
  plan.token_file = plan.work_dir + "/container_tokens";
  plan.node_host = "localhost";
  plan.node_port = 28041;
  plan.node_http_port = 28042;
  std::string metadata("\x00\x00\x6f\x92", 4);
  metadata.resize(32);
  plan.aux_metadata = {{"mapreduce_shuffle", metadata}};
  plan.admin_environment = {{"MALLOC_ARENA_MAX", ""}};
  return plan;
}

TEST(LaunchScriptTest, EqualsHadoopsForOddValuesAndFiveResources) {
  LaunchPlan plan = PlanOf("application_1795249456226_0001", "container_1795249456226_0001_01_000002");
  plan.inherited = {{"JAVA_HOME", "/usr/lib/jvm/x"}, {"HADOOP_CONF_DIR", "/tmp/yp/conf"}, {"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
  plan.localization_counters = "524,55,3,2,280";
  plan.environment = {{"OUT2", "/tmp/yp/out/a2"}, {"JAVA_HOME", "/my/java"}, {"E1", "a b \"q\" 's'"}, {"E2", "$E3/x"},
                      {"E3", "three"}, {"E4", "{{E3}}<CPS><LOG_DIR>"}, {"E5", "back`date`tick \\ $(echo sub)"},
                      {"PWD", "/nowhere"}, {"USER", "nobody"}};
  std::string cache = "/tmp/yp/data/nm-local/";
  std::string app_cache = cache + "usercache/root/appcache/application_1795249456226_0001/filecache/";
  plan.links = {{cache + "filecache/11/tool.sh", "pub/tool"},
                {cache + "usercache/root/filecache/10/arch.tar.gz", "arch"},
                {cache + "filecache/10/arch.zip", "z"},
                {app_cache + "11/my.jar", "my.jar"},
                {app_cache + "10/data.txt", "data.txt"}};
  plan.commands = {
      "(id; umask; pwd -P; env|sort; find . | sort | xargs ls -ld; find -L . -type f|xargs stat -L -c %A/%s/%Y/%n; "
      "find -L . -type d | xargs stat -L -c %A/%n; cat launch_container.sh) > $OUT2/c2.txt 2>&1; cat container_tokens "
      "> $OUT2/c2_tokens.bin; cp launch_container.sh $OUT2/; echo done 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr; sleep 2; exit 7"};
  EXPECT_EQ(BuildLaunchScript(plan), Golden("launch_container_env.sh"));
}

TEST(LaunchScriptTest, ReferencesAreOrderedAndLoopsEnd) {
  std::vector<std::pair<std::string, std::string>> ordered =
      OrderByReference({{"A", "$B:${C}"}, {"B", "$C"}, {"C", "x"}, {"L1", "$L2"}, {"L2", "$L1"}, {"S", "$S"}, {"Q", "\\$Z"}});
  std::string names;
  for (const auto& [name, value] : ordered) names += name + " ";
  EXPECT_EQ(names, "C B A L2 L1 S Q ");
}

TEST(LaunchScriptTest, NamesThatBashCannotExportAreLeftOut) {
  LaunchPlan plan = PlanOf("application_1_0001", "container_1_0001_01_000001");
  plan.environment = {{"a.b", "x"}, {"", "y"}, {"GOOD_1", "z"}};
  std::string script = BuildLaunchScript(plan);
  EXPECT_EQ(script.find("a.b"), std::string::npos);
  EXPECT_NE(script.find("export GOOD_1=\"z\"\n"), std::string::npos);
}

TEST(Base64Test, PadsAsJavaDoes) {
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64Encode("a"), "YQ==");
  EXPECT_EQ(Base64Encode("ab"), "YWI=");
  EXPECT_EQ(Base64Encode("abc"), "YWJj");
}

}  // namespace
}  // namespace tusk::yarn
