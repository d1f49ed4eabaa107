// posix_spawn, poll, waitpid.
#include "mapreduce/streaming/pipe_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace tusk::mapreduce {

namespace {

constexpr size_t kQueuedMax = 128 << 10;
constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kOutputLineMax = size_t{1} << 31;  // as Hadoop: a record is an int long
constexpr size_t kErrorLineMax = 1 << 20;
constexpr int kCheckMillis = 500;

Status SystemError(const std::string& what, int error) { return Status(Code::kIOError, what + ": " + std::strerror(error)); }

// Both ends closed on exec, ours not blocking.
struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    for (int fd : ends) {
      if (fd >= 0) ::close(fd);
    }
  }
  Status Open(int own) {
    if (::pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe", errno);
    if (::fcntl(ends[own], F_SETFL, O_NONBLOCK) != 0) return SystemError("pipe", errno);
    return Status::Ok();
  }
  int Release(int end) { return std::exchange(ends[end], -1); }
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// 0, or errno.
int Spawn(const PipeRequest& request, int in, int out, int error, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, error, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (!request.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, request.directory.c_str());
  // The child's group stays ours: whoever ends the container's processes ends it, too.
  sigset_t none, pipe;
  sigemptyset(&none);
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &pipe);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> argv = Pointers(request.argv), environment = Pointers(request.environment);
  int failure = ::posix_spawnp(pid, argv[0], &actions, &attributes, argv.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

void Close(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

}  // namespace

Status LineCutter::Feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_return_ = false;
    size_t end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      if (rest_.size() + bytes.size() > line_bytes_max_) {
        return Status(Code::kResourceExhausted, "a line of more than " + std::to_string(line_bytes_max_) + " bytes");
      }
      rest_.append(bytes);
      return Status::Ok();
    }
    after_return_ = bytes[end] == '\r';
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (rest_.empty()) {
      RETURN_IF_ERROR(take(line));
      continue;
    }
    rest_.append(line);
    Status taken = take(rest_);
    rest_.clear();
    RETURN_IF_ERROR(taken);
  }
  return Status::Ok();
}

Status LineCutter::Finish(const Take& take) {
  if (rest_.empty()) return Status::Ok();
  Status taken = take(rest_);
  rest_.clear();
  return taken;
}

PipeProcess::PipeProcess(Readers readers) : readers_(std::move(readers)), output_lines_(kOutputLineMax), error_lines_(kErrorLineMax) {}

PipeProcess::~PipeProcess() {
  for (int* fd : {&input_, &output_, &error_}) Close(*fd);
  if (pid_ < 0) return;
  ::kill(static_cast<pid_t>(pid_), SIGKILL);
  int status = 0;
  while (::waitpid(static_cast<pid_t>(pid_), &status, 0) < 0 && errno == EINTR) {
  }
}

Result<std::unique_ptr<PipeProcess>> PipeProcess::Start(const PipeRequest& request, Readers readers) {
  // A child that ends early must not end us when we write to it.
  std::signal(SIGPIPE, SIG_IGN);
  Pipe in, out, error;
  RETURN_IF_ERROR(in.Open(1));
  RETURN_IF_ERROR(out.Open(0));
  RETURN_IF_ERROR(error.Open(0));
  pid_t pid = -1;
  int failure = request.argv.empty() ? ENOENT : Spawn(request, in.ends[0], out.ends[1], error.ends[1], &pid);
  if (failure != 0) {
    return Status(Code::kFileNotFound, "Cannot run program \"" + (request.argv.empty() ? "" : request.argv[0]) + "\": error=" +
                                           std::to_string(failure) + ", " + std::strerror(failure));
  }
  std::unique_ptr<PipeProcess> process(new PipeProcess(std::move(readers)));
  process->pid_ = pid;
  process->input_ = in.Release(1);
  process->output_ = out.Release(0);
  process->error_ = error.Release(0);
  return process;
}

Status PipeProcess::Write(std::string_view bytes) {
  if (input_ < 0) return Status(Code::kIOError, "Broken pipe");
  queued_.append(bytes);
  return queued_.size() - sent_ < kQueuedMax ? Status::Ok() : Pump(kQueuedMax / 2, false);
}

Status PipeProcess::SendSome() {
  ssize_t count = ::write(input_, queued_.data() + sent_, queued_.size() - sent_);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return Status::Ok();
    int failure = errno;
    Close(input_);
    return Status(Code::kIOError, failure == EPIPE ? "Broken pipe" : std::strerror(failure));
  }
  sent_ += static_cast<size_t>(count);
  if (sent_ == queued_.size() || sent_ >= kQueuedMax) {
    queued_.erase(0, sent_);
    sent_ = 0;
  }
  return Status::Ok();
}

Status PipeProcess::TakeFrom(int& fd, LineCutter& lines, const LineCutter::Take& take) {
  char buffer[kReadBytes];
  ssize_t count = ::read(fd, buffer, sizeof(buffer));
  if (count > 0) return lines.Feed({buffer, static_cast<size_t>(count)}, take);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Status::Ok();
  Close(fd);
  return lines.Finish(take);
}

Status PipeProcess::Turn() {
  const bool sending = input_ >= 0 && queued_.size() > sent_;
  pollfd polled[3] = {{sending ? input_ : -1, POLLOUT, 0}, {output_, POLLIN, 0}, {error_, POLLIN, 0}};
  int ready = ::poll(polled, 3, kCheckMillis);
  if (ready < 0 && errno != EINTR) return SystemError("poll", errno);
  if (ready <= 0) return readers_.check ? readers_.check() : Status::Ok();
  // Outputs first: a child that has said why it ends is heard before its pipe breaks.
  if (polled[2].revents != 0) RETURN_IF_ERROR(TakeFrom(error_, error_lines_, readers_.error));
  if (polled[1].revents != 0) RETURN_IF_ERROR(TakeFrom(output_, output_lines_, readers_.output));
  return polled[0].revents != 0 ? SendSome() : Status::Ok();
}

Status PipeProcess::Pump(size_t queued_max, bool to_end) {
  for (;;) {
    bool wants_to_send = input_ >= 0 && queued_.size() - sent_ > queued_max;
    if (!wants_to_send && !(to_end && (output_ >= 0 || error_ >= 0))) return Status::Ok();
    RETURN_IF_ERROR(Turn());
  }
}

Status PipeProcess::Exchange(std::string_view bytes, const std::function<bool()>& answered) {
  if (input_ < 0) return Status(Code::kIOError, "Broken pipe");
  queued_.append(bytes);
  while (!answered()) {
    if (output_ < 0) return Status(Code::kEndOfFile, "the program has ended its output");
    RETURN_IF_ERROR(Turn());
  }
  return Status::Ok();
}

Result<int> PipeProcess::Finish() {
  Status sent = Pump(0, false);
  // A child need not read all that it is given; its exit code says how it went.
  if (!sent.ok() && input_ >= 0) return sent;
  Close(input_);
  RETURN_IF_ERROR(Pump(0, true));
  int status = 0;
  while (::waitpid(static_cast<pid_t>(pid_), &status, 0) < 0) {
    if (errno != EINTR) return SystemError("waitpid", errno);
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace tusk::mapreduce
