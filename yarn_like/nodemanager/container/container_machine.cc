// Transitions of a container and the texts that explain its end.
#include "yarn_like/nodemanager/container/container_machine.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/core/check.h"

namespace tusk::yarn {
namespace {
// yarn.nodemanager.container-diagnostics-maximum-size
constexpr size_t kDiagnosticsBytesMax = 10000;
}  // namespace

std::string_view NameOf(ContainerState state) {
  switch (state) {
    case ContainerState::kNew: return "NEW";
    case ContainerState::kLocalizing: return "LOCALIZING";
    case ContainerState::kLocalizationFailed: return "LOCALIZATION_FAILED";
    case ContainerState::kScheduled: return "SCHEDULED";
    case ContainerState::kRunning: return "RUNNING";
    case ContainerState::kRelaunching: return "RELAUNCHING";
    case ContainerState::kReinitializing: return "REINITIALIZING";
    case ContainerState::kReinitializingAwaitingKill: return "REINITIALIZING_AWAITING_KILL";
    case ContainerState::kKilling: return "KILLING";
    case ContainerState::kExitedWithSuccess: return "EXITED_WITH_SUCCESS";
    case ContainerState::kExitedWithFailure: return "EXITED_WITH_FAILURE";
    case ContainerState::kCleanedUpAfterKill: return "CONTAINER_CLEANEDUP_AFTER_KILL";
    case ContainerState::kDone: return "DONE";
  }
  return "NEW";
}

std::string DiagnosticsStamp(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("[{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}]", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wall_ms % 1000);
}

void ContainerMachine::AddDiagnostics(std::string_view text, int64_t wall_ms) {
  diagnostics_ += DiagnosticsStamp(wall_ms);
  diagnostics_ += text;
  if (diagnostics_.size() > kDiagnosticsBytesMax) {  // the end says how it ended
    diagnostics_.erase(0, diagnostics_.size() - kDiagnosticsBytesMax);
  }
}

ContainerMachine::Step ContainerMachine::Start() {
  if (state_ != ContainerState::kNew) return Step::kNone;  // killed before it began
  state_ = ContainerState::kLocalizing;
  return Step::kLocalize;
}

ContainerMachine::Step ContainerMachine::Localized() {
  if (state_ != ContainerState::kLocalizing) return Step::kNone;
  state_ = ContainerState::kScheduled;
  return Step::kLaunch;
}

ContainerMachine::Step ContainerMachine::LocalizationFailed(std::string_view reason, int64_t wall_ms) {
  if (state_ != ContainerState::kLocalizing) return Step::kNone;
  state_ = ContainerState::kLocalizationFailed;
  AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
  return Step::kCleanUp;
}

ContainerMachine::Step ContainerMachine::Launched() {
  // Killed while the process was being made: it must go now.
  if (state_ == ContainerState::kKilling) return Step::kKillProcess;
  TUSK_CHECK(state_ == ContainerState::kScheduled || state_ == ContainerState::kRelaunching)
      << container_id_ << " launched in state " << NameOf(state_);
  state_ = ContainerState::kRunning;
  return Step::kNone;
}

ContainerMachine::Step ContainerMachine::LaunchFailed(std::string_view reason, int64_t wall_ms, int exit_status) {
  AddDiagnostics(fmt::format("Exception from container-launch.\nContainer id: {}\n{}\n\n", container_id_, reason), wall_ms);
  if (state_ != ContainerState::kKilling) exit_status_ = exit_status;
  state_ = ContainerState::kExitedWithFailure;
  return Step::kCleanUp;
}

ContainerMachine::Step ContainerMachine::EndWithCode(int exit_code, std::string_view tails, int64_t wall_ms) {
  exit_status_ = exit_code;
  if (exit_code == kExitSuccess) {
    state_ = ContainerState::kExitedWithSuccess;
    return Step::kCleanUp;
  }
  state_ = ContainerState::kExitedWithFailure;
  AddDiagnostics(fmt::format("Exception from container-launch.\nContainer id: {}\nExit code: {}\n\n", container_id_, exit_code),
                 wall_ms);
  AddDiagnostics(fmt::format("Container exited with a non-zero exit code {}. Error file: prelaunch.err.\n{}\n", exit_code, tails),
                 wall_ms);
  return Step::kCleanUp;
}

ContainerMachine::Step ContainerMachine::Ended(int exit_code, std::string_view tails, int64_t wall_ms) {
  bool by_signal = exit_code == kExitForceKilled || exit_code == kExitTerminated;
  if (state_ == ContainerState::kKilling) {
    // One that handles SIGTERM and ends in its own way keeps its own code.
    if (!by_signal) return EndWithCode(exit_code, tails, wall_ms);
    AddDiagnostics(fmt::format("Container killed on request. Exit code is {}\n", exit_code), wall_ms);
    AddDiagnostics(fmt::format("Container exited with a non-zero exit code {}. \n", exit_code), wall_ms);
    state_ = ContainerState::kCleanedUpAfterKill;
    return Step::kCleanUp;
  }
  if (state_ == ContainerState::kReinitializingAwaitingKill) {  // as was asked for
    state_ = ContainerState::kScheduled;
    return Step::kLaunch;
  }
  TUSK_CHECK(state_ == ContainerState::kRunning || state_ == ContainerState::kReinitializing)
      << container_id_ << " ended in state " << NameOf(state_);
  if (state_ == ContainerState::kRunning && exit_code != kExitSuccess && !by_signal) {
    if (TakeRetry(exit_code, wall_ms)) {
      state_ = ContainerState::kRelaunching;
      return Step::kRelaunch;
    }
    if (can_roll_back_) {
      AddDiagnostics(fmt::format("Exit code {} after re-initialization: rolled back\n", exit_code), wall_ms);
      can_roll_back_ = false;
      failures_wall_ms_.clear();
      state_ = ContainerState::kScheduled;
      return Step::kRollBack;
    }
  }
  if (!by_signal) return EndWithCode(exit_code, tails, wall_ms);
  exit_status_ = exit_code;
  state_ = ContainerState::kExitedWithFailure;
  AddDiagnostics(fmt::format("Container killed on request. Exit code is {}\n", exit_code), wall_ms);
  AddDiagnostics(fmt::format("Container exited with a non-zero exit code {}. \n", exit_code), wall_ms);
  AddDiagnostics("Killed by external signal\n", wall_ms);
  return Step::kCleanUp;
}

ContainerMachine::Step ContainerMachine::Kill(int exit_status, std::string_view reason, int64_t wall_ms) {
  switch (state_) {
    case ContainerState::kNew:
      exit_status_ = exit_status;
      AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
      state_ = ContainerState::kKilling;
      return Step::kCleanUp;
    case ContainerState::kLocalizing:
      exit_status_ = exit_status;
      AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
      state_ = ContainerState::kKilling;
      return Step::kAbandonLocalizing;
    case ContainerState::kScheduled:
    case ContainerState::kRelaunching:
      exit_status_ = exit_status;
      AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
      state_ = ContainerState::kKilling;
      return Step::kNone;  // Launched asks for the kill
    case ContainerState::kReinitializing:
    case ContainerState::kReinitializingAwaitingKill:
    case ContainerState::kRunning:
      exit_status_ = exit_status;
      AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
      state_ = ContainerState::kKilling;
      return Step::kKillProcess;
    default: return Step::kNone;  // it is ending already
  }
}

ContainerMachine::Step ContainerMachine::CleanedUp() {
  if (state_ == ContainerState::kDone) return Step::kNone;
  state_ = ContainerState::kDone;
  return Step::kReport;
}

bool ContainerMachine::TakeRetry(int exit_code, int64_t wall_ms) {
  if (retry_.when == RetryPolicy::When::kNever) return false;
  if (retry_.when == RetryPolicy::When::kOnSpecificErrors && !retry_.codes.contains(exit_code)) return false;
  if (retry_.failures_validity_ms > 0) {
    while (!failures_wall_ms_.empty() && failures_wall_ms_.front() < wall_ms - retry_.failures_validity_ms) failures_wall_ms_.pop_front();
  }
  if (retry_.retries_max >= 0 && failures_wall_ms_.size() >= static_cast<size_t>(retry_.retries_max)) return false;
  if (retry_.retries_max >= 0) failures_wall_ms_.push_back(wall_ms);  // without a bound nobody counts
  return true;
}

void ContainerMachine::StartReinitialization() {
  TUSK_CHECK(state_ == ContainerState::kRunning) << container_id_ << " re-initialized in state " << NameOf(state_);
  state_ = ContainerState::kReinitializing;
}

ContainerMachine::Step ContainerMachine::ReinitializationReady(bool can_roll_back) {
  if (state_ != ContainerState::kReinitializing) return Step::kNone;
  can_roll_back_ = can_roll_back;
  failures_wall_ms_.clear();
  state_ = ContainerState::kReinitializingAwaitingKill;
  return Step::kKillProcess;
}

void ContainerMachine::ReinitializationFailed(std::string_view reason, int64_t wall_ms) {
  AddDiagnostics(fmt::format("{}\n", reason), wall_ms);
  if (state_ == ContainerState::kReinitializing) state_ = ContainerState::kRunning;  // the old one goes on
}

void ContainerMachine::Recover(std::string diagnostics) {
  TUSK_CHECK(state_ == ContainerState::kNew) << container_id_ << " recovered in state " << NameOf(state_);
  diagnostics_ = std::move(diagnostics);
  state_ = ContainerState::kRunning;
}

void ContainerMachine::RecoverDone(int exit_status, std::string diagnostics) {
  TUSK_CHECK(state_ == ContainerState::kNew) << container_id_ << " recovered in state " << NameOf(state_);
  diagnostics_ = std::move(diagnostics);
  exit_status_ = exit_status;
  state_ = ContainerState::kDone;
}

ReportedState ContainerMachine::reported_state() const {
  if (state_ == ContainerState::kDone) return ReportedState::kComplete;
  return state_ == ContainerState::kNew ? ReportedState::kNew : ReportedState::kRunning;
}

ReportedSubState ContainerMachine::reported_sub_state() const {
  switch (state_) {
    case ContainerState::kNew:
    case ContainerState::kLocalizing:
    case ContainerState::kScheduled: return ReportedSubState::kScheduled;
    case ContainerState::kRelaunching:
    case ContainerState::kReinitializing:
    case ContainerState::kReinitializingAwaitingKill:
    case ContainerState::kRunning: return ReportedSubState::kRunning;
    case ContainerState::kDone: return ReportedSubState::kDone;
    default: return ReportedSubState::kCompleting;
  }
}

}  // namespace tusk::yarn
