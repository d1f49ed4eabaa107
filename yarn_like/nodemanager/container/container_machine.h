// ContainerMachine: the life of one container as a pure state machine. Events come in with the wall time that their
// diagnostics carry; each answers what the driver must do next. No I/O.
//
//   NEW -> LOCALIZING -> SCHEDULED -> RUNNING -> EXITED_WITH_SUCCESS | EXITED_WITH_FAILURE -> DONE
//   any of the first four, on Kill -> KILLING -> (EXITED_...| CONTAINER_CLEANEDUP_AFTER_KILL) -> DONE
//   LOCALIZING -> LOCALIZATION_FAILED -> DONE
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "yarn_like/nodemanager/container/exit_status.h"

namespace tusk::yarn {

enum class ContainerState : unsigned char {
  kNew,
  kLocalizing,
  kLocalizationFailed,
  kScheduled,  // files are there, the process is being made
  kRunning,
  kKilling,
  kExitedWithSuccess,
  kExitedWithFailure,
  kCleanedUpAfterKill,
  kDone,
};
// As Hadoop spells it in /ws/v1/node and logs.
std::string_view NameOf(ContainerState state);

// The coarse state of ContainerStatusProto, and its sub-state.
enum class ReportedState : unsigned char { kNew = 1, kRunning = 2, kComplete = 3 };
enum class ReportedSubState : unsigned char { kScheduled = 1, kRunning = 2, kPaused = 3, kCompleting = 4, kDone = 5 };

// "[2026-11-21 08:24:31.814]"
std::string DiagnosticsStamp(int64_t wall_ms);

class ContainerMachine {
 public:
  enum class Step : unsigned char {
    kNone,
    kLocalize,            // fetch the resources, then Localized or LocalizationFailed
    kLaunch,              // start the process, then Launched or LaunchFailed
    kKillProcess,         // TERM, then KILL; Ended follows
    kAbandonLocalizing,   // stop fetching, then CleanUp
    kCleanUp,             // remove the container's files, then CleanedUp
    kReport,              // the container is done: tell the resource manager
  };

  explicit ContainerMachine(std::string container_id) : container_id_(std::move(container_id)) {}

  Step Start();
  Step Localized();
  Step LocalizationFailed(std::string_view reason, int64_t wall_ms);
  // The process runs.
  Step Launched();
  // It could not be started.
  Step LaunchFailed(std::string_view reason, int64_t wall_ms);
  // The process has ended; `tails` is the end of its error files, as they go into the diagnostics.
  Step Ended(int exit_code, std::string_view tails, int64_t wall_ms);
  Step Kill(int exit_status, std::string_view reason, int64_t wall_ms);
  Step CleanedUp();
  // More for people; no transition.
  void AddDiagnostics(std::string_view text, int64_t wall_ms);

  ContainerState state() const { return state_; }
  bool done() const { return state_ == ContainerState::kDone; }
  bool killing() const { return state_ == ContainerState::kKilling; }
  // kExitInvalid until the container is done.
  int exit_status() const { return done() ? exit_status_ : kExitInvalid; }
  const std::string& diagnostics() const { return diagnostics_; }
  ReportedState reported_state() const;
  ReportedSubState reported_sub_state() const;

 private:
  Step EndWithCode(int exit_code, std::string_view tails, int64_t wall_ms);

  std::string container_id_;
  ContainerState state_ = ContainerState::kNew;
  int exit_status_ = kExitInvalid;
  bool process_expected_ = false;  // Launch was answered; a process exists or is being made
  std::string diagnostics_;
};

}  // namespace tusk::yarn
