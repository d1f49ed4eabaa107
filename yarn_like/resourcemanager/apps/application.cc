// Names of states, as Hadoop prints them, and bounds.
#include "yarn_like/resourcemanager/apps/application.h"

namespace tusk::yarn {

std::string BoundedDiagnostics(std::string text) {
  if (text.size() > kDiagnosticsBytesMax) text.erase(0, text.size() - kDiagnosticsBytesMax);
  return text;
}

std::string_view NameOf(AppState state) {
  switch (state) {
    case AppState::kNew: return "NEW";
    case AppState::kSubmitted: return "SUBMITTED";
    case AppState::kAccepted: return "ACCEPTED";
    case AppState::kRunning: return "RUNNING";
    case AppState::kFinishing:
    case AppState::kFinished: return "FINISHED";
    case AppState::kFailed: return "FAILED";
    case AppState::kKilled: return "KILLED";
  }
  return "NEW";
}

std::string_view NameOf(AttemptState state) {
  switch (state) {
    case AttemptState::kScheduled: return "SCHEDULED";
    case AttemptState::kAllocated: return "ALLOCATED";
    case AttemptState::kLaunched: return "LAUNCHED";
    case AttemptState::kRunning: return "RUNNING";
    case AttemptState::kFinishing: return "FINISHING";
    case AttemptState::kFinished: return "FINISHED";
    case AttemptState::kFailed: return "FAILED";
    case AttemptState::kKilled: return "KILLED";
  }
  return "SCHEDULED";
}

std::string_view NameOf(FinalStatus status) {
  switch (status) {
    case FinalStatus::kUndefined: return "UNDEFINED";
    case FinalStatus::kSucceeded: return "SUCCEEDED";
    case FinalStatus::kFailed: return "FAILED";
    case FinalStatus::kKilled: return "KILLED";
    case FinalStatus::kEnded: return "ENDED";
  }
  return "UNDEFINED";
}

}  // namespace tusk::yarn
