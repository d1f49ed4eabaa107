// The table of verbs.
#include "tools/tusk/verbs.h"

#include "dfs/shell/fetchdt.h"
#include "dfs/shell/admin/hdfs_commands.h"
#include "dfs/shell/shell.h"
#include "mapreduce/client/job_command.h"
#include "mapreduce/examples/examples.h"
#include "mapreduce/streaming/stream_job.h"
#include "tools/tusk/cluster/cluster_verbs.h"
#include "tools/tusk/config/config_verb.h"
#include "tools/tusk/console/console_verb.h"
#include "tools/tusk/daemonlog/daemonlog.h"
#include "tools/tusk/daemons/daemons.h"
#include "tools/tusk/doctor/doctor_verb.h"
#include "tools/tusk/docs/docs_verbs.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/quant/quant_commands.h"
#include "tools/tusk/top/top_verb.h"
#include "yarn_like/client/yarn_cli.h"

namespace tusk::tools {
namespace {

int RunExamplesVerb(CliContext&, std::vector<std::string> args) {
  return mapreduce::RunExamples(args, {"examples"});
}

int RunStreamingVerb(CliContext&, std::vector<std::string> args) {
  return mapreduce::RunStreaming(args, {"streaming"});
}

// `jar FILE [MAIN] ARGS`: the jars that we have in C++ are known by their names.
int RunJar(CliContext& context, std::vector<std::string> args) {
  if (args.empty()) {
    std::fputs("RunJar jarFile [mainClass] args...\n", context.err);
    return 1;
  }
  std::string jar = BaseName(args[0]);
  args.erase(args.begin());
  if (jar.find("mapreduce-examples") != std::string::npos) return mapreduce::RunExamples(args, {"examples"});
  if (jar.find("streaming") != std::string::npos) return mapreduce::RunStreaming(args, {"streaming"});
  std::fprintf(context.err, "%s: tusk has no JVM; of Hadoop's jars it brings hadoop-mapreduce-examples and hadoop-streaming itself. Run %s with "
               "Hadoop's own `hadoop jar` and this cluster's HADOOP_CONF_DIR.\n", jar.c_str(), jar.c_str());
  return 1;
}

constexpr Verb kVerbs[] = {
    {"up", kTusk, false, RunUp, "start a cluster on this machine"},
    {"status", kTusk, false, RunStatus, "what runs, since when, where"},
    {"down", kTusk, false, RunDown, "stop it; data stays"},
    {"console", kTusk, true, RunConsole, "the web console: its users, its actions on datanodes, any call of its API"},
    {"doctor", kTusk, false, RunDoctor, "find what is wrong, and what to do"},
    {"config", kTusk, false, RunConfig, "settings: explain KEY, lint, list"},
    {"top", kYarn, true, RunTop, "the cluster at a glance, again and again"},
    {"completion", kTusk, false, RunCompletion, "completion for bash or zsh"},
    {"man", kTusk, false, RunMan, "manual pages"},
    {"daemonlog", kHadoop | kYarn, true, RunDaemonLog, "log levels of a running daemon"},
    {"supervise", 0, false, RunSupervise, ""},
    {"dfs", kHdfs, true, dfs::RunFsShell, "filesystem commands (-ls, -put, -get, ...)"},
    {"fs", kHadoop, true, dfs::RunFsShell, "filesystem commands, as dfs"},
    {"dfsadmin", kHdfs, true, dfs::RunDfsAdmin, "reports and safe mode"},
    {"fsck", kHdfs, true, dfs::RunFsck, "health of files and blocks"},
    {"fetchdt", kHdfs, true, dfs::RunFetchDt, "a delegation token: fetch, print, renew, cancel"},
    {"getconf", kHdfs, true, dfs::RunGetConf, "what the configuration says"},
    {"groups", kHdfs, true, dfs::RunGroups, "groups of a user, as the namenode sees them"},
    {"storagepolicies", kHdfs, true, dfs::RunStoragePolicies, "storage policies of files and folders"},
    {"debug", kHdfs, true, dfs::RunDebug, "checksums of block files, leases"},
    {"lsSnapshottableDir", kHdfs, true, dfs::RunLsSnapshottableDir, "folders that allow snapshots"},
    {"version", kHdfs | kHadoop | kYarn | kMapred, true, dfs::RunVersion, "which Hadoop it speaks"},
    {"envvars", kHdfs | kHadoop | kYarn | kMapred, true, dfs::RunEnvVars, "what the environment says"},
    {"classpath", kHdfs | kHadoop | kYarn | kMapred, true, dfs::RunClasspath, "the configuration folder"},
    {"namenode", kHdfs, true, RunNamenode, "run a namenode, or -format one"},
    {"datanode", kHdfs, true, RunDatanode, "run a datanode"},
    {"resourcemanager", kYarn, true, RunResourcemanager, "run a resource manager"},
    {"nodemanager", kYarn, true, RunNodemanager, "run a node manager"},
    {"historyserver", kMapred, true, RunHistoryserver, "run a job history server"},
    {"application", kYarn, true, yarn::RunYarnApplication, "applications: -list, -status, -kill"},
    {"app", kYarn, true, yarn::RunYarnApplication, "as application"},
    {"applicationattempt", kYarn, true, yarn::RunYarnAttempt, "attempts of an application"},
    {"container", kYarn, true, yarn::RunYarnContainer, "containers of an attempt"},
    {"node", kYarn, true, yarn::RunYarnNode, "nodes: -list, -status"},
    {"queue", kYarn, true, yarn::RunYarnQueue, "queues: -status, -list"},
    {"logs", kYarn, true, yarn::RunYarnLogs, "logs of an application's containers"},
    {"why", kTusk, true, yarn::RunWhy, "what an application waits for"},
    {"rmadmin", kYarn, true, yarn::RunYarnAdmin, "lists, nodes and settings of the resource manager"},
    {"cluster", kYarn, true, yarn::RunYarnCluster, "labels and attributes of nodes"},
    {"job", kMapred, true, mapreduce::RunMapredJob, "MapReduce jobs: -list, -status, -kill"},
    {"examples", kHadoop, false, RunExamplesVerb, "wordcount, grep, pi, teragen, terasort, teravalidate"},
    {"streaming", kMapred, false, RunStreamingVerb, "MapReduce with any program as mapper and reducer"},
    {"ml", kTusk, true, RunMl, "machine learning: train, predict, eval, inspect, gen"},
    {"quant", kTusk, true, RunQuant, "quantize models: GGUF and safetensors, inspect, plan, compare, verify, bench"},
    {"jar", kHadoop | kYarn, false, RunJar, "run the examples jar's programs, or streaming"},
};

unsigned ProgramOf(std::string_view name) {
  if (name == "hdfs") return kHdfs;
  if (name == "hadoop") return kHadoop;
  if (name == "yarn") return kYarn;
  if (name == "mapred") return kMapred;
  return kTusk;
}

}  // namespace

std::span<const Verb> Verbs() { return kVerbs; }

const Verb* FindVerb(std::string_view program, std::string_view name) {
  unsigned mask = ProgramOf(program);
  for (const Verb& verb : kVerbs) {
    if (verb.name == name && (mask == kTusk || (verb.programs & mask) != 0)) return &verb;
  }
  return nullptr;
}

}  // namespace tusk::tools
