// mini-yarn FOLDER NODES [KEY=VALUE...]: a MiniYarn until the standard input ends. Use it with HADOOP_CONF_DIR=FOLDER/conf.
#include <cstdio>
#include <cstdlib>

#include "base/log/log.h"
#include "mapreduce/testing/mini_yarn.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "mini-yarn FOLDER NODES\n");
    return 2;
  }
  tusk::OpenLogStderr(tusk::LogLevel::kInfo);
  tusk::mapreduce::MiniYarnOptions options;
  options.folder = argv[1];
  options.nodes = std::atoi(argv[2]);
  for (int i = 3; i < argc; ++i) {
    std::string setting = argv[i];
    size_t equals = setting.find('=');
    if (equals != std::string::npos) options.extra.Set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  auto yarn = tusk::mapreduce::MiniYarn::Start(options);
  if (!yarn.ok()) {
    std::fprintf(stderr, "%s\n", yarn.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", (*yarn)->conf_folder().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
