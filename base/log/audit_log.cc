// The queue, the thread and the files.
#include "base/log/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log/log.h"

namespace tusk {
namespace {

// How long a line may wait for its thread, which is woken at once only where many wait: a wake-up costs more than a line.
constexpr auto kBatchTime = std::chrono::milliseconds(50);
constexpr size_t kBatchRecords = 1024;

class TextRecord : public AuditRecord {
 public:
  explicit TextRecord(std::string text) : text_(std::move(text)) {}
  std::string Text() const override { return text_; }

 private:
  std::string text_;
};

// "2026-11-22 01:24:19,317", in the machine's zone.
class TimeText {
 public:
  const char* Of(int64_t wall_ms) {
    const time_t second = static_cast<time_t>(wall_ms / 1000);
    if (second != second_ || text_[0] == 0) {
      second_ = second;
      struct tm parts {};
      localtime_r(&second, &parts);
      std::strftime(text_, sizeof text_, "%Y-%m-%d %H:%M:%S", &parts);
    }
    std::snprintf(whole_, sizeof whole_, "%s,%03d", text_, static_cast<int>(wall_ms % 1000));
    return whole_;
  }

 private:
  time_t second_ = 0;
  char text_[32] = {};
  char whole_[48] = {};
};

// Appends to a file and rolls it over.
class RollingFile {
 public:
  RollingFile(std::string path, uint64_t bytes_max, int files_max)
      : path_(std::move(path)), bytes_max_(bytes_max), files_max_(files_max) {}
  ~RollingFile() { Close(); }

  bool Write(const std::string& text) {
    if (fd_ < 0 && !Open()) return false;
    if (bytes_ > 0 && bytes_ + text.size() > bytes_max_) {
      Roll();
      if (!Open()) return false;
    }
    for (size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(fd_, text.data() + done, text.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      done += static_cast<size_t>(count);
    }
    bytes_ += text.size();
    return true;
  }
  const std::string& path() const { return path_; }

 private:
  bool Open() {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    struct stat now {};
    bytes_ = fd_ >= 0 && ::fstat(fd_, &now) == 0 ? static_cast<uint64_t>(now.st_size) : 0;
    return fd_ >= 0;
  }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void Roll() {
    Close();
    for (int i = files_max_; i > 0; --i) {
      const std::string from = i == 1 ? path_ : path_ + "." + std::to_string(i - 1);
      if (::rename(from.c_str(), (path_ + "." + std::to_string(i)).c_str()) != 0 && errno != ENOENT) {
        LogWarn("audit", "{} was not rolled over: {}", from, std::strerror(errno));
      }
    }
    bytes_ = 0;
  }

  const std::string path_;
  const uint64_t bytes_max_;
  const int files_max_;
  int fd_ = -1;
  uint64_t bytes_ = 0;
};

}  // namespace

struct AuditLog::State {
  explicit State(AuditLogOptions wanted)
      : options(std::move(wanted)), file(options.path, options.file_bytes_max, options.files_max) {}

  void Run() {
    std::unique_lock lock(mutex);
    while (!stopping || !queue.empty()) {
      if (queue.empty()) wake.wait_for(lock, kBatchTime);
      if (queue.empty()) continue;
      std::vector<std::unique_ptr<AuditRecord>> batch;
      batch.swap(queue);
      lock.unlock();
      room.notify_all();
      WriteOut(batch);
      lock.lock();
      done += batch.size();
      written.notify_all();
    }
  }

  void WriteOut(const std::vector<std::unique_ptr<AuditRecord>>& batch) {
    std::string out;
    std::vector<Line> fresh;
    for (const auto& record : batch) {
      Line line{0, record->wall_ms, record->failure, record->Text()};
      if (line.text.empty()) continue;
      if (!options.path.empty()) {
        out += times.Of(line.wall_ms);
        out += line.failure ? " WARN " : " INFO ";
        out += options.title + ": " + line.text + "\n";
      }
      fresh.push_back(std::move(line));
    }
    const bool good = out.empty() || file.Write(out);
    if (!good) LogWarn("audit", "{} lines were not written to {}: {}", fresh.size(), file.path(), std::strerror(errno));
    std::lock_guard lock(ring_mutex);
    if (!good) unwritten += fresh.size();
    for (Line& line : fresh) {
      line.number = ++last_number;
      ring.push_back(std::move(line));
      if (ring.size() > options.lines_kept) ring.pop_front();
    }
  }

  const AuditLogOptions options;
  RollingFile file;
  TimeText times;
  std::mutex mutex;
  std::condition_variable wake, room, written;
  std::vector<std::unique_ptr<AuditRecord>> queue;
  uint64_t appended = 0, done = 0;
  bool stopping = false;
  mutable std::mutex ring_mutex;
  std::deque<Line> ring;
  uint64_t last_number = 0, unwritten = 0;
  std::thread thread;
};

AuditLog::AuditLog(AuditLogOptions options) : state_(std::make_unique<State>(std::move(options))) {
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

AuditLog::~AuditLog() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  state_->thread.join();
}

void AuditLog::Append(std::unique_ptr<AuditRecord> record) {
  std::unique_lock lock(state_->mutex);
  if (state_->queue.size() >= state_->options.queue_max) {
    state_->wake.notify_one();
    state_->room.wait(lock, [this] { return state_->queue.size() < state_->options.queue_max; });
  }
  state_->queue.push_back(std::move(record));
  ++state_->appended;
  if (state_->queue.size() == kBatchRecords) state_->wake.notify_one();
}

void AuditLog::AppendText(int64_t wall_ms, bool failure, std::string text) {
  auto record = std::make_unique<TextRecord>(std::move(text));
  record->wall_ms = wall_ms;
  record->failure = failure;
  Append(std::move(record));
}

void AuditLog::Flush() {
  std::unique_lock lock(state_->mutex);
  const uint64_t wanted = state_->appended;
  state_->wake.notify_one();
  state_->written.wait(lock, [&] { return state_->done >= wanted; });
}

AuditLog::Page AuditLog::Recent(size_t offset, size_t limit, const std::function<bool(const Line&)>& wanted) const {
  Page page;
  std::lock_guard lock(state_->ring_mutex);
  for (auto line = state_->ring.rbegin(); line != state_->ring.rend(); ++line) {
    if (wanted && !wanted(*line)) continue;
    if (page.total++ >= offset && page.lines.size() < limit) page.lines.push_back(*line);
  }
  return page;
}

std::vector<AuditLog::Line> AuditLog::Newer(uint64_t number, size_t limit) const {
  std::vector<Line> lines;
  std::lock_guard lock(state_->ring_mutex);
  for (auto line = state_->ring.rbegin(); line != state_->ring.rend() && line->number > number && lines.size() < limit; ++line) {
    lines.push_back(*line);
  }
  return lines;
}

uint64_t AuditLog::last_number() const {
  std::lock_guard lock(state_->ring_mutex);
  return state_->last_number;
}

uint64_t AuditLog::unwritten() const {
  std::lock_guard lock(state_->ring_mutex);
  return state_->unwritten;
}

// ---- escapes

namespace {

void AppendUnit(std::string& out, uint32_t unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04X", unit);
  out += text;
}

// One code point of UTF-8, at most 4 bytes; what is malformed becomes U+FFFD, as in Java.
uint32_t TakeCodePoint(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 && lead < 0xF8 ? 3 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xC2 && lead < 0xE0 ? 1 : -1;
  if (more < 0) return 0xFFFD;
  uint32_t point = lead & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return 0xFFFD;
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
  }
  return point;
}

}  // namespace

std::string EscapeJava(std::string_view utf8) {
  std::string out;
  for (size_t at = 0; at < utf8.size();) {
    const char c = utf8[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
      const uint32_t point = TakeCodePoint(utf8, at);
      if (point >= 0x10000) {
        AppendUnit(out, 0xD800 + ((point - 0x10000) >> 10));
        AppendUnit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
      } else {
        AppendUnit(out, point);
      }
      continue;
    }
    ++at;
    constexpr std::string_view kPlain = "\"\\\b\n\t\f\r", kLetters = "\"\\bntfr";
    if (size_t known = kPlain.find(c); known != std::string_view::npos) {
      out += '\\';
      out += kLetters[known];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      AppendUnit(out, static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace tusk
