// PipeProcess: a child program behind pipes. One thread writes its standard input and takes what it prints, by turns as
// the pipes allow: a child that prints before it has read, or does not read at all, never holds the parent up for good.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::mapreduce {

struct PipeRequest {
  std::vector<std::string> argv;         // argv[0] is looked for in PATH where it has no slash
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;                 // empty: the parent's
};

// Cuts a stream into lines, which end with LF, CR or CR LF as Hadoop's LineReader has it. A line's bytes are valid
// during the call.
class LineCutter {
 public:
  using Take = std::function<Status(std::string_view line)>;
  explicit LineCutter(size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}
  Status Feed(std::string_view bytes, const Take& take);
  // The last line, where it has no end.
  Status Finish(const Take& take);

 private:
  size_t line_bytes_max_;
  std::string rest_;
  bool after_return_ = false;
};

class PipeProcess {
 public:
  // Called while Write and Finish run. An error of `output` ends them.
  struct Readers {
    LineCutter::Take output;
    LineCutter::Take error;
    std::function<Status()> check;  // now and then while waiting; an error ends the wait
  };
  // "Cannot run program …" where it is not there.
  static Result<std::unique_ptr<PipeProcess>> Start(const PipeRequest& request, Readers readers);
  // Kills a child that still runs.
  ~PipeProcess();
  PipeProcess(const PipeProcess&) = delete;

  // Queues bytes for the child; waits when many are queued. kBrokenPipe-like kIOError "Broken pipe" where the child
  // does not read any more.
  Status Write(std::string_view bytes);
  // Sends the bytes and takes outputs until `answered` says so. kEndOfFile where the child ends its output before.
  Status Exchange(std::string_view bytes, const std::function<bool()>& answered);
  // Ends the child's input and takes its output to the end. The exit code, 128 + signal for a killed child.
  Result<int> Finish();
  // Sends what is queued as far as the child takes it without waiting.
  bool input_is_open() const { return input_ >= 0; }

 private:
  explicit PipeProcess(Readers readers);
  // Moves bytes until fewer than `queued_max` wait for the child and, with `to_end`, its outputs have ended.
  Status Pump(size_t queued_max, bool to_end);
  // Waits for what the pipes allow, and does it once.
  Status Turn();
  Status TakeFrom(int& fd, LineCutter& lines, const LineCutter::Take& take);
  Status SendSome();

  Readers readers_;
  int64_t pid_ = -1;
  int input_ = -1, output_ = -1, error_ = -1;
  std::string queued_;
  size_t sent_ = 0;  // of queued_
  LineCutter output_lines_, error_lines_;
};

}  // namespace tusk::mapreduce
