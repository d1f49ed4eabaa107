// Node manager first, then the DFS.
#include "yarn_like/resourcemanager/console/log_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/web/json.h"
#include "dfs/client/blocking_file_system.h"
#include "yarn_like/common/aggregated_logs.h"

namespace tusk::yarn {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kAnswerMax = 1 << 20;
constexpr int64_t kWholeMax = 16 << 20;  // of one answer that says where it ends
constexpr int64_t kFollowMax = 64 << 20;
constexpr auto kFollowFor = std::chrono::minutes(10);
constexpr auto kFollowPause = milliseconds(500);
constexpr auto kPatience = std::chrono::seconds(10);
constexpr size_t kListBytesMax = 4 << 20;
constexpr size_t kFilesMax = 1000;
constexpr size_t kNodeFilesMax = 10'000;  // of one application

int64_t NumberOf(std::string_view text) { return std::strtoll(std::string(text).c_str(), nullptr, 10); }

bool IsPlainName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." && name.find('/') == std::string::npos &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; });
}

http::ResponseHead HeadOf(int64_t start, int64_t size, bool complete) {
  http::ResponseHead head;
  head.headers.Add("Content-Type", "text/plain; charset=utf-8");
  head.headers.Add("Cache-Control", "no-store");
  head.headers.Add("X-Content-Type-Options", "nosniff");
  head.headers.Add("X-Tusk-Log-Start", std::to_string(start));
  head.headers.Add("X-Tusk-Log-Size", std::to_string(size));
  head.headers.Add("X-Tusk-Log-Complete", complete ? "true" : "false");
  return head;
}

// [begin, end) of a file of `size` bytes that an answer gives.
std::pair<int64_t, int64_t> RangeOf(const LogPart& part, int64_t size) {
  const int64_t begin = std::clamp<int64_t>(part.start < 0 ? size + part.start : part.start, 0, size);
  const int64_t wanted = part.end < 0 ? begin + kAnswerMax : std::min(part.end, begin + kWholeMax);
  return {begin, std::clamp<int64_t>(wanted, begin, size)};
}

}  // namespace

LogPages::LogPages(Env env, const Cluster& cluster, const Configuration& conf, std::string user)
    : env_(env), cluster_(cluster), conf_(conf), user_(std::move(user)), client_(http::Client::Make(env)) {}

Result<LogPages::Place> LogPages::Find(const ContainerId& id) const {
  const Application* application = cluster_.Find(id.attempt.application);
  if (application == nullptr) {
    return Status(Code::kContainerNotFound, "the application of " + id.ToString() + " is not known");
  }
  Place place;
  place.owner = application->submission.user;
  const auto view = FindContainer(*application, id);
  place.over = !view || view->state == ContainerView::State::kComplete;
  if (view) {
    place.node = view->node.ToString();
    place.node_http_address = view->node_http_address;
  }
  return place;
}

Task<Result<std::vector<LogPages::File>>> LogPages::ListOnNode(Place place, ContainerId id) {
  using Json = nlohmann::json;
  if (place.node_http_address.empty()) co_return Status(Code::kFileNotFound, "it is not known where it ran");
  CO_ASSIGN_OR_RETURN(http::Response response,
                      co_await client_->Get("http://" + place.node_http_address + "/ws/v1/node/containers/" + id.ToString() + "/logs",
                                            env_.loop.In(kPatience), kListBytesMax));
  if (response.head.status != 200) co_return Status(Code::kFileNotFound, "its node manager has no logs of it");
  std::vector<File> files;
  const Json json = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("containerLogsInfo")) co_return files;
  const Json outer = json["containerLogsInfo"].is_array() ? json["containerLogsInfo"] : Json::array({json["containerLogsInfo"]});
  for (const Json& each : outer) {
    if (!each.is_object() || each.value("logAggregationType", "LOCAL") != "LOCAL" || !each.contains("containerLogInfo")) continue;
    for (const Json& file : each["containerLogInfo"]) {
      if (!file.is_object() || !file.contains("fileName") || !file["fileName"].is_string() || files.size() >= kFilesMax) continue;
      const Json size = file.value("fileSize", Json("0"));
      files.push_back({file["fileName"].get<std::string>(),
                       size.is_string() ? NumberOf(size.get<std::string>()) : size.is_number() ? size.get<int64_t>() : 0, std::nullopt});
    }
  }
  co_return files;
}

Task<Result<LogPages::Piece>> LogPages::ReadOnNode(Place place, ContainerId id, std::string file, int64_t start, int64_t end) {
  if (place.node_http_address.empty()) co_return Status(Code::kFileNotFound, "it is not known where it ran");
  const std::string target = fmt::format("http://{}/ws/v1/node/containers/{}/logs/{}?raw=true&start={}&end={}", place.node_http_address,
                                         id.ToString(), http::PercentEncode(file, ""), start, end);
  CO_ASSIGN_OR_RETURN(http::Response response, co_await client_->Get(target, env_.loop.In(kPatience), kWholeMax + kAnswerMax));
  if (response.head.status != 200) co_return Status(Code::kFileNotFound, "its node manager has no log " + file + " of it");
  Piece piece;
  // Hadoop's own node managers know no raw: their frame around the text is shown too, once.
  piece.size = NumberOf(response.head.headers.Get("X-Tusk-Log-Size", std::to_string(start + static_cast<int64_t>(response.body.size()))));
  piece.running = response.head.headers.Get("X-Tusk-Log-Running", "false") == "true";
  piece.bytes = std::move(response.body);
  co_return piece;
}

template <typename Visitor>
Status LogPages::WalkAggregated(const Place& place, const ContainerId& id, const Visitor& visitor) const {
  const std::string application = id.attempt.application.ToString();
  const std::string root = conf_.Get("yarn.nodemanager.remote-app-log-dir", "/tmp/logs");
  const std::string suffix = conf_.Get("yarn.nodemanager.remote-app-log-dir-suffix", "logs");
  ASSIGN_OR_RETURN(auto systems, dfs::BlockingFileSystems::Create(env_.clock, env_.random, env_.disk, conf_, dfs::ClientUser{user_, "/"}));
  ASSIGN_OR_RETURN(auto folder, systems->Resolve(root));
  std::string own_file = place.node;  // "host_port", as node managers name theirs
  std::replace(own_file.begin(), own_file.end(), ':', '_');
  size_t opened = 0;
  for (const std::string& dir : AggregatedLogFolders(folder.path, suffix, place.owner, application)) {
    auto files = folder.fs.List(dir);
    if (files.code() == Code::kFileNotFound) continue;
    if (!files.ok()) return files.status();
    for (const auto& file : *files) {
      if (!file.is_file() || file.name().ends_with(".tmp")) continue;
      if (!own_file.empty() && files->size() > 1 && !file.name().starts_with(own_file)) continue;
      if (++opened > kNodeFilesMax) return Status::Ok();
      ASSIGN_OR_RETURN(auto in, folder.fs.Open(file.path));
      auto read = [&in](uint64_t offset, MutableByteView out) { return in->ReadAt(offset, out); };
      ASSIGN_OR_RETURN(auto reader, AggregatedLogReader::Open(read, in->length()));
      RETURN_IF_ERROR(reader.Walk(visitor(file.mtime_wall_ms)));
    }
  }
  return Status::Ok();
}

Task<Result<std::vector<LogPages::File>>> LogPages::ListAggregated(Place place, ContainerId id) {
  const std::string name = id.ToString();
  co_return co_await env_.disk_pool.Run([this, &place, &id, &name]() -> Result<std::vector<File>> {
    std::vector<File> files;
    const auto visitor = [&](int64_t mtime_ms) {
      AggregatedLogReader::Visitor each;
      each.wants = [&files, &name, mtime_ms](std::string_view container, std::string_view file, uint64_t length) {
        if (container == name && files.size() < kFilesMax) files.push_back({std::string(file), static_cast<int64_t>(length), mtime_ms});
        return false;
      };
      each.on_bytes = [](ByteView) { return Status::Ok(); };
      each.on_end = [] { return Status::Ok(); };
      return each;
    };
    RETURN_IF_ERROR(WalkAggregated(place, id, visitor));
    return files;
  });
}

Task<Result<LogPages::Piece>> LogPages::ReadAggregated(Place place, ContainerId id, std::string file, LogPart part, int64_t* start) {
  const std::string name = id.ToString();
  co_return co_await env_.disk_pool.Run([this, &place, &id, &name, &file, &part, start]() -> Result<Piece> {
    Piece piece;
    bool found = false;
    int64_t at = 0, begin = 0, end = 0;
    const auto visitor = [&](int64_t) {
      AggregatedLogReader::Visitor each;
      each.wants = [&](std::string_view container, std::string_view log, uint64_t length) {
        if (found || container != name || log != file) return false;
        found = true;
        at = 0;
        piece.size = static_cast<int64_t>(length);
        std::tie(begin, end) = RangeOf(part, piece.size);
        return true;
      };
      each.on_bytes = [&](ByteView bytes) {
        const int64_t from = std::clamp<int64_t>(begin - at, 0, static_cast<int64_t>(bytes.size()));
        const int64_t to = std::clamp<int64_t>(end - at, from, static_cast<int64_t>(bytes.size()));
        piece.bytes.append(AsText(bytes.subspan(static_cast<size_t>(from), static_cast<size_t>(to - from))));
        at += static_cast<int64_t>(bytes.size());
        return Status::Ok();
      };
      each.on_end = [] { return Status::Ok(); };
      return each;
    };
    RETURN_IF_ERROR(WalkAggregated(place, id, visitor));
    if (!found) return Status(Code::kFileNotFound, "there is no log " + file + " of " + name);
    *start = begin;
    return piece;
  });
}

Task<Result<std::string>> LogPages::List(ContainerId id) {
  CO_ASSIGN_OR_RETURN(const Place place, Find(id));
  std::string source = "node", message;
  auto files = co_await ListOnNode(place, id);
  if ((!files.ok() || files->empty()) && place.over) {
    auto aggregated = co_await ListAggregated(place, id);
    if (aggregated.ok() && !aggregated->empty()) {
      files = std::move(aggregated);
      source = "aggregated";
    } else if (!files.ok()) {
      message = std::string(files.status().message());
      if (!aggregated.ok()) message += "; on the DFS: " + std::string(aggregated.status().message());
    }
  }
  if (!files.ok() || files->empty()) {
    source = "none";
    if (message.empty()) message = files.ok() ? "It has not written any yet." : std::string(files.status().message());
  }
  web::JsonArray list;
  if (files.ok()) {
    for (const File& file : *files) list.Add(web::JsonObject().Set("name", file.name).Set("size", file.size).Set("modifiedAt", file.modified));
  }
  web::JsonObject json;
  json.Set("container", id.ToString()).Set("application", id.attempt.application.ToString());
  json.Set("node", place.node.empty() ? std::nullopt : std::optional(place.node)).Set("source", source).Set("complete", place.over);
  json.Set("message", message.empty() ? std::nullopt : std::optional(message));
  co_return json.SetJson("files", list.Done()).Done();
}

Task<Status> LogPages::Send(http::Exchange& exchange, ContainerId id, std::string file, LogPart part) {
  if (!IsPlainName(file)) co_return Status(Code::kInvalidArgument, "file: is no log's name");
  CO_ASSIGN_OR_RETURN(const Place place, Find(id));
  // The size first: where an answer begins and ends depends on it.
  auto probe = co_await ReadOnNode(place, id, file, 0, 0);
  int64_t begin = 0, end = 0;
  if (!probe.ok()) {
    if (!place.over) co_return probe.status();
    auto piece = co_await ReadAggregated(place, id, file, part, &begin);
    if (!piece.ok()) co_return piece.status();
    Status sent = co_await exchange.Begin(HeadOf(begin, piece->size, true), piece->bytes.size());
    if (sent.ok()) sent = co_await exchange.Write(AsBytes(piece->bytes));
    if (!sent.ok()) exchange.CloseAfter();
    co_return Status::Ok();
  }
  std::tie(begin, end) = RangeOf(part, probe->size);
  if (part.follow && probe->running) {
    Status begun = co_await exchange.Begin(HeadOf(begin, probe->size, false));
    if (begun.ok()) begun = co_await Follow(exchange, place, id, std::move(file), begin);
    if (!begun.ok()) exchange.CloseAfter();
    co_return Status::Ok();
  }
  CO_ASSIGN_OR_RETURN(Piece piece, co_await ReadOnNode(place, id, file, begin, end));
  Status sent = co_await exchange.Begin(HeadOf(begin, piece.size, !piece.running), piece.bytes.size());
  if (sent.ok()) sent = co_await exchange.Write(AsBytes(piece.bytes));
  if (!sent.ok()) exchange.CloseAfter();
  co_return Status::Ok();
}

Task<Status> LogPages::Follow(http::Exchange& exchange, Place place, ContainerId id, std::string file, int64_t at) {
  const TimePoint until = env_.loop.In(kFollowFor);
  const int64_t first = at;
  while (!stopped_ && env_.clock.Now() < until && at - first < kFollowMax) {
    auto piece = co_await ReadOnNode(place, id, file, at, at + kAnswerMax);
    if (!piece.ok()) co_return Status::Ok();  // its logs have moved to the DFS: the page asks again
    if (!piece->bytes.empty()) {
      CO_RETURN_IF_ERROR(co_await exchange.Write(AsBytes(piece->bytes)));
      at += static_cast<int64_t>(piece->bytes.size());
    }
    if (at < piece->size) continue;
    if (!piece->running) co_return Status::Ok();
    CO_RETURN_IF_ERROR(co_await SleepUntil(env_.loop, env_.loop.In(kFollowPause), {}));
  }
  co_return Status::Ok();
}

}  // namespace tusk::yarn
