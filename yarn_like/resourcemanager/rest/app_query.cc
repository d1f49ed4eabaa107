// Parameters, with the messages of Hadoop's ApplicationsRequestBuilder.
#include "yarn_like/resourcemanager/rest/app_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

std::string Changed(std::string text, int (*change)(int)) {
  std::transform(text.begin(), text.end(), text.begin(), [change](unsigned char c) { return static_cast<char>(change(c)); });
  return text;
}

Status Bad(std::string words) { return {Code::kYarn, std::move(words)}; }

// A time, or what is wrong with it; absent: `otherwise`.
Result<int64_t> TimeOf(const http::Query& query, const char* name, int64_t otherwise) {
  const std::string text = query.Get(name, "");
  if (text.empty()) return otherwise;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Bad(fmt::format("For input string: \"{}\"", text));
  if (value < 0) return Bad(fmt::format("{} must be greater than 0", name));
  return value;
}

Status SetTimes(const http::Query& query, const char* word, int64_t* begin, int64_t* end) {
  const std::string first = fmt::format("{}TimeBegin", word), last = fmt::format("{}TimeEnd", word);
  ASSIGN_OR_RETURN(*begin, TimeOf(query, first.c_str(), 0));
  ASSIGN_OR_RETURN(*end, TimeOf(query, last.c_str(), INT64_MAX));
  if (*begin <= *end) return Status::Ok();
  // Hadoop's words are not the parameters' names.
  return Bad(*word == 's' ? "startedTimeEnd must be greater than startTimeBegin"
                          : "finishTimeEnd must be greater than finishTimeBegin");
}

}  // namespace

std::set<std::string> ListOf(const http::Query& query, std::string_view name, bool lower) {
  std::set<std::string> values;
  for (const auto& [key, text] : query.pairs()) {
    if (key != name) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      std::string value(rest.substr(0, comma));
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
      while (!value.empty() && value.front() == ' ') value.erase(0, 1);
      while (!value.empty() && value.back() == ' ') value.pop_back();
      if (!value.empty()) values.insert(lower ? Changed(std::move(value), std::tolower) : std::move(value));
    }
  }
  return values;
}

Result<std::set<AppState>> StatesOf(const http::Query& query) {
  std::set<std::string> names = ListOf(query, "states", false);
  names.merge(ListOf(query, "state", false));
  std::set<AppState> states;
  for (const std::string& name : names) {
    const std::string upper = Changed(name, std::toupper);
    const std::optional<AppState> state = AppStateOf(upper);
    if (upper == "NEW_SAVING") {
      states.insert(AppState::kNew);
    } else if (!state) {
      return Bad(fmt::format("Invalid application-state {} specified. It should be one of [NEW, NEW_SAVING, SUBMITTED, "
                             "ACCEPTED, RUNNING, FINISHED, FAILED, KILLED]",
                             name));
    } else {
      states.insert(*state);
    }
  }
  return states;
}

Result<std::set<NodeState>> NodeStatesOf(const http::Query& query) {
  std::set<NodeState> states;
  for (const std::string& name : ListOf(query, "states", false)) {
    const std::optional<NodeState> state = NodeStateOf(Changed(name, std::toupper));
    if (!state) {
      return Status(Code::kInvalidArgument, fmt::format("No enum constant org.apache.hadoop.yarn.api.records.NodeState.{}",
                                                        Changed(name, std::toupper)));
    }
    states.insert(*state);
  }
  return states;
}

Result<AppQuery> AppQueryOf(const http::Query& query) {
  AppQuery wanted;
  ApplicationFilter& filter = wanted.filter;
  if (const std::string limit = query.Get("limit", ""); !limit.empty()) {
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), wanted.limit);
    if (error != std::errc() || end != limit.data() + limit.size()) return Bad("limit value must be a number!");
    if (wanted.limit <= 0) return Bad("limit value must be greater then 0");
  }
  RETURN_IF_ERROR(SetTimes(query, "started", &filter.started_begin, &filter.started_end));
  RETURN_IF_ERROR(SetTimes(query, "finished", &filter.finished_begin, &filter.finished_end));
  if (const std::string queue = query.Get("queue", ""); !queue.empty()) {
    if (queue != "default" && queue != "root.default" && queue != "root") return Bad("Unknown queue: " + queue);
    if (queue != "root") filter.queues.insert(queue);
  }
  ASSIGN_OR_RETURN(filter.states, StatesOf(query));
  filter.types = ListOf(query, "applicationTypes", true);
  filter.tags = ListOf(query, "applicationTags", true);
  if (const std::string user = query.Get("user", ""); !user.empty()) filter.users.insert(user);
  if (const std::string name = query.Get("name", ""); !name.empty()) filter.name = name;
  if (const std::string status = query.Get("finalStatus", ""); !status.empty()) {
    filter.final_status = FinalStatusOf(status);
    if (!filter.final_status) {
      return Status(Code::kInvalidArgument,
                    "No enum constant org.apache.hadoop.yarn.api.records.FinalApplicationStatus." + status);
    }
  }
  wanted.left_out = ListOf(query, "deSelects", false);
  for (const std::string& field : wanted.left_out) {
    if (kDeselectable.contains(field)) continue;
    return Bad(fmt::format("Invalid deSelects string {} specified. It should be one of [resourceRequests, timeouts, "
                           "appNodeLabelExpression, amNodeLabelExpression, resourceInfo]",
                           field));
  }
  return wanted;
}

Result<ApplicationId> ApplicationIdOf(const std::string& text) {
  if (!text.starts_with("application_")) {
    return Status(Code::kInvalidArgument,
                  fmt::format("Invalid ApplicationId prefix: {}. The valid ApplicationId should start with prefix application",
                              text));
  }
  return ApplicationId::Parse(text);
}

Result<ApplicationAttemptId> AttemptIdOf(const std::string& text) {
  if (!text.starts_with("appattempt_")) return Status(Code::kInvalidArgument, "Invalid AppAttemptId prefix: " + text);
  return ApplicationAttemptId::Parse(text);
}

Result<ContainerId> ContainerIdOf(const std::string& text) {
  if (!text.starts_with("container_")) return Status(Code::kInvalidArgument, "Invalid ContainerId prefix: " + text);
  return ContainerId::Parse(text);
}

}  // namespace tusk::yarn::rm_rest
