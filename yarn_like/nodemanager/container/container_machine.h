// ContainerMachine: the life of one container as a pure state machine. Events come in with the wall time that their
// diagnostics carry; each answers what the driver must do next. No I/O.
//
//   NEW -> LOCALIZING -> SCHEDULED -> RUNNING -> EXITED_WITH_SUCCESS | EXITED_WITH_FAILURE -> DONE
//   any of the first four, on Kill -> KILLING -> (EXITED_...| CONTAINER_CLEANEDUP_AFTER_KILL) -> DONE
//   LOCALIZING -> LOCALIZATION_FAILED -> DONE
//   RUNNING -> RELAUNCHING -> RUNNING: it failed and its retry policy has another go
//   RUNNING -> REINITIALIZING -> REINITIALIZING_AWAITING_KILL -> SCHEDULED -> RUNNING: another launch context is put in
//   its place (or the same one, for a restart); a new one that fails for good is rolled back unless it was committed
#pragma once

#include <cstdint>
#include <deque>
#include <set>
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
  kRelaunching,
  kReinitializing,
  kReinitializingAwaitingKill,
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

// What a container that fails is worth: ContainerRetryContextProto.
struct RetryPolicy {
  enum class When : unsigned char { kNever = 0, kOnAllErrors = 1, kOnSpecificErrors = 2 };
  When when = When::kNever;
  std::set<int> codes;
  int retries_max = 0;              // -1: for ever
  int64_t interval_ms = 0;
  int64_t failures_validity_ms = -1;  // older failures do not count; -1: all do
};

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
    kRelaunch,            // after retry_pause_ms: start the process again, then Launched or LaunchFailed
    kRollBack,            // the same with the launch context before this one
  };

  explicit ContainerMachine(std::string container_id) : container_id_(std::move(container_id)) {}

  Step Start();
  Step Localized();
  Step LocalizationFailed(std::string_view reason, int64_t wall_ms);
  // The process runs.
  Step Launched();
  // It could not be started.
  Step LaunchFailed(std::string_view reason, int64_t wall_ms, int exit_status = -1);
  // The process has ended; `tails` is the end of its error files, as they go into the diagnostics.
  Step Ended(int exit_code, std::string_view tails, int64_t wall_ms);
  Step Kill(int exit_status, std::string_view reason, int64_t wall_ms);
  Step CleanedUp();
  // More for people; no transition.
  void AddDiagnostics(std::string_view text, int64_t wall_ms);

  // --- Another process in the same container ---
  void SetRetryPolicy(RetryPolicy policy) { retry_ = std::move(policy); }
  int64_t retry_pause_ms() const { return retry_.interval_ms; }
  // Only while running; the driver fetches the files of what comes, then says Reinitialize's outcome.
  void StartReinitialization();
  // The files are there: the running process must go. kNone where the container has ended meanwhile.
  Step ReinitializationReady(bool can_roll_back);
  void ReinitializationFailed(std::string_view reason, int64_t wall_ms);
  bool reinitializing() const {
    return state_ == ContainerState::kReinitializing || state_ == ContainerState::kReinitializingAwaitingKill;
  }
  bool can_roll_back() const { return can_roll_back_; }
  void Commit() { can_roll_back_ = false; }

  // --- After a restart of the node manager ---
  // Its process was started; it runs, or its end is told next.
  void Recover(std::string diagnostics);
  void RecoverDone(int exit_status, std::string diagnostics);

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
  bool TakeRetry(int exit_code, int64_t wall_ms);

  std::string container_id_;
  ContainerState state_ = ContainerState::kNew;
  int exit_status_ = kExitInvalid;
  std::string diagnostics_;
  RetryPolicy retry_;
  std::deque<int64_t> failures_wall_ms_;  // that count
  bool can_roll_back_ = false;
};

}  // namespace tusk::yarn
