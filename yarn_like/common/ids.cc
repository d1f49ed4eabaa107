// Strings of the ids, both ways.
#include "yarn_like/common/ids.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace tusk::yarn {
namespace {

std::vector<std::string_view> SplitParts(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

template <typename Int>
bool ParseNumber(std::string_view text, Int* value) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stopped == end && !text.empty() && text[0] != '-';
}

Status Malformed(std::string_view kind, std::string_view text) {
  return {Code::kInvalidArgument, fmt::format("Invalid {}: {}", kind, text)};
}

}  // namespace

std::string ApplicationId::ToString() const {
  return fmt::format("application_{}_{:04}", cluster_timestamp, id);
}

Result<ApplicationId> ApplicationId::Parse(std::string_view text) {
  const auto parts = SplitParts(text, '_');
  ApplicationId id;
  if (parts.size() != 3 || parts[0] != "application" || !ParseNumber(parts[1], &id.cluster_timestamp) ||
      !ParseNumber(parts[2], &id.id)) {
    return Malformed("ApplicationId", text);
  }
  return id;
}

std::string ApplicationAttemptId::ToString() const {
  return fmt::format("appattempt_{}_{:04}_{:06}", application.cluster_timestamp, application.id, attempt);
}

Result<ApplicationAttemptId> ApplicationAttemptId::Parse(std::string_view text) {
  const auto parts = SplitParts(text, '_');
  ApplicationAttemptId id;
  if (parts.size() != 4 || parts[0] != "appattempt" ||
      !ParseNumber(parts[1], &id.application.cluster_timestamp) || !ParseNumber(parts[2], &id.application.id) ||
      !ParseNumber(parts[3], &id.attempt)) {
    return Malformed("AppAttemptId", text);
  }
  return id;
}

std::string ContainerId::ToString() const {
  const std::string epoch_part = epoch() > 0 ? fmt::format("e{:02}_", epoch()) : "";
  return fmt::format("container_{}{}_{:04}_{:02}_{:06}", epoch_part, attempt.application.cluster_timestamp,
                     attempt.application.id, attempt.attempt, sequence());
}

Result<ContainerId> ContainerId::Parse(std::string_view text) {
  auto parts = SplitParts(text, '_');
  if (parts.empty() || parts[0] != "container") return Malformed("ContainerId", text);
  parts.erase(parts.begin());
  int64_t epoch = 0;
  if (!parts.empty() && parts[0].starts_with("e")) {
    if (!ParseNumber(parts[0].substr(1), &epoch) || epoch >= (1 << 23)) return Malformed("ContainerId", text);
    parts.erase(parts.begin());
  }
  ContainerId id;
  int64_t sequence = 0;
  if (parts.size() != 4 || !ParseNumber(parts[0], &id.attempt.application.cluster_timestamp) ||
      !ParseNumber(parts[1], &id.attempt.application.id) || !ParseNumber(parts[2], &id.attempt.attempt) ||
      !ParseNumber(parts[3], &sequence) || sequence > kSequenceMask) {
    return Malformed("ContainerId", text);
  }
  id.id = (epoch << kSequenceBits) | sequence;
  return id;
}

std::string NodeId::ToString() const { return fmt::format("{}:{}", host, port); }

Result<NodeId> NodeId::Parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  NodeId id;
  if (colon == std::string_view::npos || colon == 0 || !ParseNumber(text.substr(colon + 1), &id.port)) {
    return Malformed("NodeId", text);
  }
  id.host = text.substr(0, colon);
  return id;
}

}  // namespace tusk::yarn
