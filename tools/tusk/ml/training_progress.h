// TrainingProgress: shows a training while it runs. On a terminal one line that is updated in place; elsewhere lines at steps
// 1, 2, 4, 8, …; with --json one JSON object a line on standard output, for the console.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include "base/cli/cli_context.h"
#include "mlkit/api/algorithm.h"

namespace tusk::tools {

class TrainingProgress {
 public:
  // `unit` is what the reports' `rows` count.
  TrainingProgress(CliContext& context, bool json, bool quiet, std::string unit = "rows");

  // `bytes` were sent by all ranks during the step; `workers` 0: in this process.
  void Step(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers);
  // A line of its own ("checkpoint /a/b", "worker 2 lost"): event=kind.
  void Note(const std::string& kind, const std::string& text);
  // Ends the line in place, so that others can be written.
  void Finish();

  double seconds() const;
  uint64_t rows() const { return rows_; }

 private:
  std::string Line(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers) const;
  void PrintJson(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers);
  double RowsPerSecond() const;
  // Negative: not known yet.
  double SecondsLeft(const ml::StepReport& report) const;

  CliContext& context_;
  const std::string unit_;
  const bool json_, quiet_, terminal_;
  const TimePoint start_;
  TimePoint last_shown_;
  TimePoint first_step_end_;   // rates count from here: before are loading and preparations
  std::map<std::string, double> figures_;   // the newest of each: some are told now and then only (the loss, once an epoch)
  uint64_t rows_ = 0, rows_after_first_ = 0;
  uint64_t next_line_ = 1;
  double first_progress_ = 0;
  bool any_ = false;
  std::string pending_;        // the last step's line, where it was not shown
  size_t in_place_ = 0;        // characters of the line that stands there
};

// "1.2 M", "950": for people.
std::string ShortNumber(double value);
std::string ShortSeconds(double seconds);

}  // namespace tusk::tools
