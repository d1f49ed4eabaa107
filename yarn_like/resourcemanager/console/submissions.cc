// Children and their output files.
#include "yarn_like/resourcemanager/console/submissions.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/log/log.h"

namespace tusk::yarn {
namespace {

constexpr std::string_view kLog = "console";
constexpr int64_t kShownMax = 256 << 10;
constexpr auto kLookAgain = std::chrono::seconds(1);
constexpr auto kEndPatience = std::chrono::seconds(5);

}  // namespace

Submissions::Submissions(Env env, const Cluster& cluster, SubmissionsConfig config)
    : env_(env), cluster_(cluster), config_(std::move(config)), scope_(env.loop) {}

Submissions::Submission* Submissions::Find(const std::string& id) {
  const auto at = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each->id == id; });
  return at == all_.end() ? nullptr : at->get();
}

Result<std::string> Submissions::UserOf(const std::string& id) const {
  const auto at = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each->id == id; });
  if (at == all_.end()) return Status(Code::kFileNotFound, "there is no submission " + id);
  return (*at)->user;
}

Task<Result<std::string>> Submissions::Start(SubmitCommand command, std::string user) {
  if (config_.launcher == nullptr) co_return Status(Code::kIllegalState, "this resource manager starts no commands");
  size_t running = 0, own = 0;
  for (const auto& each : all_) {
    if (each->state != Submission::State::kRunning) continue;
    ++running;
    own += each->user == user ? 1 : 0;
  }
  if (running >= config_.running_max || own >= config_.running_per_user_max) {
    co_return Status(Code::kResourceExhausted, fmt::format("{} submissions run, {} of them {}'s: wait for one to end", running, own, user));
  }
  auto submission = std::make_shared<Submission>();
  submission->id = fmt::format("submission_{}_{}", cluster_.config().start_wall_ms, ++last_);
  submission->folder = config_.folder + "/" + submission->id;
  submission->command = std::move(command);
  submission->user = std::move(user);
  submission->started_ms = env_.clock.WallMillis();
  all_.push_back(submission);
  const bool first = !ready_;
  ready_ = true;
  // What an earlier resource manager left is of no use any more.
  Status made = co_await env_.disk_pool.Run([this, submission, first]() -> Status {
    if (first) RETURN_IF_ERROR(env_.disk.RemoveTree(config_.folder));
    return env_.disk.MakeDirs(submission->folder, 0700);
  });
  SpawnRequest request;
  request.argv = submission->command.argv;
  request.argv[0] = config_.executable;
  request.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + submission->folder, "HADOOP_CONF_DIR=" + config_.conf_folder,
                         "HADOOP_USER_NAME=" + submission->user};
  request.directory = submission->folder;
  request.stdout_path = request.stderr_path = submission->folder + "/output";
  if (made.ok()) {
    auto spawned = config_.launcher->Spawn(request);
    if (spawned.ok()) submission->process = std::move(*spawned);
    else made = spawned.status();
  }
  if (!made.ok()) {
    submission->state = Submission::State::kFailed;
    submission->finished_ms = env_.clock.WallMillis();
    submission->note = std::string(made.message()) + "\n";
    co_return made;
  }
  LogInfo(kLog, "{} of {}: {}", submission->id, submission->user, submission->command.Line());
  scope_.Spawn(Watch(submission->id));
  Forget();
  co_return Json(*submission, {}).Done();
}

Task<void> Submissions::Watch(std::string id) {
  const auto at = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each->id == id; });
  if (at == all_.end()) co_return;
  const std::shared_ptr<Submission> submission = *at;
  const std::string path = submission->folder + "/output";
  for (;;) {
    const Result<int> ended = co_await submission->process->Wait(env_.loop.In(kLookAgain), scope_.token());
    const Output output = co_await ReadOutput(path, 0, "");
    LookForApplication(*submission, output.text);
    if (ended.ok()) {
      submission->exit_code = *ended;
      submission->state = submission->stopping ? Submission::State::kStopped
                          : *ended == 0        ? Submission::State::kSucceeded
                                               : Submission::State::kFailed;
      break;
    }
    if (ended.code() != Code::kTimedOut) {
      submission->state = Submission::State::kStopped;
      break;
    }
    if (output.end > config_.output_max && !submission->stopping) {
      submission->note = "\nThe command printed too much and was ended.\n";
      submission->stopping = true;
      (void)submission->process->SignalGroup(SIGKILL);
    }
  }
  submission->finished_ms = env_.clock.WallMillis();
  LogInfo(kLog, "{} ended: {}", submission->id, submission->exit_code ? std::to_string(*submission->exit_code) : "stopped");
}

void Submissions::LookForApplication(Submission& submission, const std::string& text) const {
  constexpr std::string_view kPrefix = "application_";
  if (!submission.application.empty()) return;
  for (size_t at = text.find(kPrefix); at != std::string::npos; at = text.find(kPrefix, at + 1)) {
    const size_t end = text.find_first_not_of("0123456789_", at + kPrefix.size());
    const Result<ApplicationId> id = ApplicationId::Parse(text.substr(at, std::min(end, text.size()) - at));
    const Application* application = id.ok() ? cluster_.Find(*id) : nullptr;
    // A name may look like an id: it counts only if this is that user's, and newer than the command.
    if (application == nullptr || application->submission.user != submission.user) continue;
    if (application->submission.submit_wall_ms < submission.started_ms) continue;
    submission.application = id->ToString();
    return;
  }
}

Task<Submissions::Output> Submissions::ReadOutput(std::string path, int64_t from, std::string note) {
  co_return co_await env_.disk_pool.Run([this, &path, from, &note]() -> Output {
    Output output;
    auto file = env_.disk.Open(path, OpenMode::kRead);
    const uint64_t size = file.ok() ? (*file)->Size().value_or(0) : 0;
    output.end = static_cast<int64_t>(size);
    output.dropped = std::max<int64_t>(0, output.end - kShownMax);
    output.start = std::clamp<int64_t>(from, output.dropped, output.end);
    output.text.resize(static_cast<size_t>(output.end - output.start));
    if (!output.text.empty()) {
      auto read = (*file)->ReadAt(static_cast<uint64_t>(output.start),
                                  MutableByteView(reinterpret_cast<uint8_t*>(output.text.data()), output.text.size()));
      output.text.resize(read.ok() ? *read : 0);
      output.end = output.start + static_cast<int64_t>(output.text.size());
    }
    output.text += note;
    return output;
  });
}

web::JsonObject Submissions::Json(const Submission& submission, const Output& output) const {
  constexpr std::string_view kStates[] = {"running", "succeeded", "failed", "stopped"};
  web::JsonArray argv;
  for (const std::string& word : submission.command.argv) argv.Add(word);
  web::JsonObject text;
  text.Set("start", output.start).Set("end", output.end).Set("dropped", output.dropped).Set("text", output.text);
  web::JsonObject json;
  json.Set("id", submission.id).Set("kind", submission.command.kind).Set("user", submission.user).SetJson("argv", argv.Done());
  json.Set("command", submission.command.Line()).Set("state", kStates[static_cast<size_t>(submission.state)]);
  json.Set("exitCode", submission.exit_code).Set("startedAt", submission.started_ms);
  json.Set("finishedAt", submission.finished_ms > 0 ? std::optional(submission.finished_ms) : std::nullopt);
  json.Set("applicationId", submission.application.empty() ? std::nullopt : std::optional(submission.application));
  return json.Set("output", text);
}

std::string Submissions::ListJson(size_t offset, size_t limit) const {
  web::JsonArray list;
  for (size_t i = offset; i < all_.size() && i < offset + limit; ++i) list.Add(Json(*all_[all_.size() - 1 - i], {}));
  return web::JsonObject().Set("total", all_.size()).SetJson("submissions", list.Done()).Done();
}

Task<Result<std::string>> Submissions::Show(std::string id, int64_t from) {
  Submission* submission = Find(id);
  if (submission == nullptr) co_return Status(Code::kFileNotFound, "there is no submission " + id);
  const Output output = co_await ReadOutput(submission->folder + "/output", from, submission->note);
  submission = Find(id);
  if (submission == nullptr) co_return Status(Code::kFileNotFound, "there is no submission " + id);
  LookForApplication(*submission, output.text);
  co_return Json(*submission, output).Done();
}

Status Submissions::End(const std::string& id) {
  Submission* submission = Find(id);
  if (submission == nullptr) return {Code::kFileNotFound, "there is no submission " + id};
  if (submission->state != Submission::State::kRunning || submission->process == nullptr) {
    return {Code::kIllegalState, id + " has ended already"};
  }
  submission->stopping = true;
  return submission->process->SignalGroup(SIGTERM);
}

void Submissions::Forget() {
  while (all_.size() > config_.kept_max + config_.running_max) {
    const auto old = std::find_if(all_.begin(), all_.end(), [](const auto& each) { return each->state != Submission::State::kRunning; });
    if (old == all_.end()) return;
    env_.disk_pool.Execute([this, folder = (*old)->folder] {
      if (Status gone = env_.disk.RemoveTree(folder); !gone.ok()) LogWarn(kLog, "{}", gone.ToString());
    });
    all_.erase(old);
  }
}

Task<void> Submissions::Stop() {
  for (const auto& each : all_) {
    if (each->state == Submission::State::kRunning && each->process != nullptr) (void)each->process->SignalGroup(SIGTERM);
  }
  for (const auto& each : all_) {
    if (each->process == nullptr || !each->process->running()) continue;
    const auto ended = co_await each->process->Wait(env_.loop.In(kEndPatience), {});
    if (!ended.ok()) (void)each->process->SignalGroup(SIGKILL);
  }
  scope_.Cancel();
  co_await scope_.Join();
}

}  // namespace tusk::yarn
