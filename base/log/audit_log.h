// AuditLog: who did what, one line each, in the layout of Hadoop's audit logs. The caller hands over a record; a thread of
// its own turns it into text, keeps the newest lines for the console and appends to a file that rolls over as log4j's does
// (x.log, x.log.1, ...). Nothing is dropped: where the thread is behind by queue_max records, Append waits for it. Lines
// that the disk refuses are counted, and the log says so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tusk {

class AuditRecord {
 public:
  virtual ~AuditRecord() = default;
  // What stands behind the title; called on the log's thread. Empty: no line after all.
  virtual std::string Text() const = 0;

  int64_t wall_ms = 0;
  bool failure = false;  // a line of level WARN, where the log's format has that
};

struct AuditLogOptions {
  std::string path = {};             // empty: no file, only the newest lines in memory
  std::string title;                 // "FSNamesystem.audit"
  uint64_t file_bytes_max = 256 << 20;
  int files_max = 20;                // beside the newest
  size_t queue_max = 1 << 16;
  size_t lines_kept = 10'000;
};

class AuditLog {
 public:
  struct Line {
    uint64_t number = 0;  // grows by one with each line since the start
    int64_t wall_ms = 0;
    bool failure = false;
    std::string text;
  };
  struct Page {
    uint64_t total = 0;  // lines in memory that match
    std::vector<Line> lines;
  };

  explicit AuditLog(AuditLogOptions options);
  ~AuditLog();  // writes what is queued
  AuditLog(const AuditLog&) = delete;

  // From any thread.
  void Append(std::unique_ptr<AuditRecord> record);
  // A line that is text already.
  void AppendText(int64_t wall_ms, bool failure, std::string text);
  // Waits until everything appended before is in memory and handed to the operating system.
  void Flush();
  // The newest lines that `wanted` takes (null: all), newest first, after `offset` of them. Without waiting for the thread,
  // but it looks at every line in memory: not for a loop.
  Page Recent(size_t offset, size_t limit, const std::function<bool(const Line&)>& wanted = {}) const;
  // Those behind line `number`, newest first, at most `limit`.
  std::vector<Line> Newer(uint64_t number, size_t limit) const;
  // Of the last line; 0 before the first.
  uint64_t last_number() const;
  // Lines that could not be written to the file.
  uint64_t unwritten() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// As commons-lang's escapeJava, with which Hadoop writes paths: \t, \", \uXXXX (of UTF-16) for what is no ASCII.
std::string EscapeJava(std::string_view utf8);

}  // namespace tusk
