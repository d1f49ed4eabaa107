// The files of a submitted job: job.split and job.splitmetainfo as Hadoop writes them, and the keys by which client,
// app master and tasks agree.
#pragma once

#include <string>
#include <vector>

#include "mapreduce/api/formats.h"

namespace tusk::mapreduce {

// Configuration keys of our own; the others are Hadoop's.
inline constexpr char kStagingDirKey[] = "mapreduce.job.dir";
inline constexpr char kExecutableKey[] = "tusk.mapreduce.executable";        // URI of the program's file
inline constexpr char kLibrariesKey[] = "tusk.mapreduce.executable.libraries";  // URI of the archive; unset: the node's
inline constexpr char kLoaderKey[] = "tusk.mapreduce.executable.loader";        // the dynamic loader's name in it
inline constexpr char kJobEntryKey[] = "tusk.mapreduce.job";                 // name in the Program
inline constexpr char kArgumentsKey[] = "tusk.mapreduce.arguments";          // EncodeArguments
inline constexpr char kLaunchArgumentsKey[] = "tusk.mapreduce.launch.arguments";
inline constexpr char kUserKey[] = "mapreduce.job.user.name";

inline constexpr char kTaskFolderKey[] = "tusk.mapreduce.task.folder";       // of the local runner: holds the -files
inline constexpr char kBackgroundKey[] = "tusk.mapreduce.client.background";  // true: submit and return

// Files in the staging folder, localized under the same names.
inline constexpr char kExecutableName[] = "job.exe";
inline constexpr char kLibrariesName[] = "job.lib";
inline constexpr char kJobXmlName[] = "job.xml";
inline constexpr char kSplitName[] = "job.split";
inline constexpr char kSplitMetaName[] = "job.splitmetainfo";

// In credentials.
inline constexpr char kShuffleSecretAlias[] = "MapReduceShuffleToken";
inline constexpr char kJobTokenAlias[] = "JobToken";
inline constexpr char kJobTokenKind[] = "mapreduce.job";

// Options that make an executable an app master or a task.
inline constexpr char kRoleOption[] = "--tusk-mr-role=";
inline constexpr char kPackageOption[] = "--tusk-mr-package=";  // writes what containers get to a folder
inline constexpr char kAppMasterRole[] = "app-master";
inline constexpr char kTaskRole[] = "task";
inline constexpr char kContainerOption[] = "--tusk-mr-container=";
inline constexpr char kAppMasterOption[] = "--tusk-mr-am=";

struct SplitFiles {
  std::string split;
  std::string meta;
};
SplitFiles EncodeSplits(const std::vector<InputSplit>& splits);
Result<std::vector<InputSplit>> DecodeSplits(ByteView split, ByteView meta);

// Any strings in one configuration value.
std::string EncodeArguments(const std::vector<std::string>& arguments);
Result<std::vector<std::string>> DecodeArguments(std::string_view text);

// application_1_0002 of job_1_0002.
std::string ApplicationIdOfJob(const std::string& job_id);

}  // namespace tusk::mapreduce
