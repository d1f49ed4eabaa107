// Lines of progress.
#include "tools/tusk/ml/training_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tusk::tools {
namespace {

constexpr Duration kTerminalPause = Millis(100), kJsonPause = Millis(100);

std::string Format(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

double Seconds(Duration duration) { return static_cast<double>(duration.count()) * 1e-9; }

}  // namespace

std::string ShortNumber(double value) {
  const double size = std::abs(value);
  if (size >= 1e9) return Format("%.1f G", value / 1e9);
  if (size >= 1e6) return Format("%.1f M", value / 1e6);
  if (size >= 1e4) return Format("%.1f k", value / 1e3);
  return Format("%.0f", value);
}

std::string ShortSeconds(double seconds) {
  if (seconds < 0.1) return Format("%.0f ms", seconds * 1e3);
  if (seconds < 10) return Format("%.1f s", seconds);
  if (seconds < 120) return Format("%.0f s", seconds);
  if (seconds < 7200) return Format("%.0f min", seconds / 60);
  return Format("%.1f h", seconds / 3600);
}

TrainingProgress::TrainingProgress(CliContext& context, bool json, bool quiet, std::string unit)
    : context_(context),
      unit_(std::move(unit)),
      json_(json),
      quiet_(quiet),
      terminal_(::isatty(::fileno(context.err)) == 1),
      start_(context.clock.Now()),
      last_shown_(start_),
      first_step_end_(start_) {}

double TrainingProgress::seconds() const { return Seconds(context_.clock.Now() - start_); }

double TrainingProgress::RowsPerSecond() const {
  const double later = Seconds(context_.clock.Now() - first_step_end_);
  return rows_after_first_ > 0 && later > 0 ? static_cast<double>(rows_after_first_) / later : 0;
}

double TrainingProgress::SecondsLeft(const ml::StepReport& report) const {
  const double done = report.progress - first_progress_;
  const double elapsed = Seconds(context_.clock.Now() - first_step_end_);
  return done <= 0 ? -1 : elapsed / done * std::max(0.0, 1 - report.progress);
}

std::string TrainingProgress::Line(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers) const {
  std::string line = "step " + std::to_string(step);
  for (const auto& [name, value] : figures_) line += "  " + name + " " + Format("%.6g", value);
  if (const double rate = RowsPerSecond(); rate > 0) line += "  " + ShortNumber(rate) + " " + unit_ + "/s";
  if (workers > 0) line += "  " + ShortNumber(static_cast<double>(bytes)) + "B/step  " + std::to_string(workers) + " workers";
  if (report.progress > 0 && !report.finished) {
    line += "  " + Format("%.0f", report.progress * 100) + " %";
    const double left = SecondsLeft(report);
    if (left >= 0) line += "  " + ShortSeconds(left) + " left";
  }
  return line;
}

void TrainingProgress::PrintJson(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers) {
  nlohmann::json json = {{"event", "step"},
                         {"step", step},
                         {unit_, report.rows},
                         {unit_ + "_per_second", RowsPerSecond()},
                         {"bytes", bytes},
                         {"progress", report.progress},
                         {"seconds", seconds()},
                         {"finished", report.finished}};
  if (workers > 0) json["workers"] = workers;
  const double left = SecondsLeft(report);
  if (left >= 0) json["seconds_left"] = left;
  json["figures"] = nlohmann::json::object();
  for (const auto& [name, value] : report.figures) {
    if (std::isfinite(value)) json["figures"][name] = value;
  }
  pending_ = json.dump();
}

void TrainingProgress::Step(uint64_t step, const ml::StepReport& report, uint64_t bytes, int workers) {
  const TimePoint now = context_.clock.Now();
  rows_ += report.rows;
  for (const auto& [name, value] : report.figures) figures_[name] = value;
  if (any_) {
    rows_after_first_ += report.rows;
  } else {
    first_step_end_ = now;
    first_progress_ = report.progress;
  }
  const bool first = !any_;
  any_ = true;
  if (json_) {
    PrintJson(step, report, bytes, workers);
    if (!first && !report.finished && now - last_shown_ < kJsonPause) return;
    std::fprintf(context_.out, "%s\n", pending_.c_str());
    std::fflush(context_.out);
  } else if (quiet_) {
    return;
  } else if (terminal_) {
    pending_ = Line(step, report, bytes, workers);
    if (!first && !report.finished && now - last_shown_ < kTerminalPause) return;
    const size_t length = pending_.size();
    if (length < in_place_) pending_.append(in_place_ - length, ' ');
    in_place_ = length;
    std::fprintf(context_.err, "\r%s", pending_.c_str());
    std::fflush(context_.err);
  } else {
    pending_ = Line(step, report, bytes, workers);
    if (step < next_line_ && !first && !report.finished) return;
    while (next_line_ <= step) next_line_ *= 2;
    std::fprintf(context_.err, "%s\n", pending_.c_str());
  }
  last_shown_ = now;
  pending_.clear();
}

void TrainingProgress::Finish() {
  if (json_) {
    if (!pending_.empty()) std::fprintf(context_.out, "%s\n", pending_.c_str());
  } else if (in_place_ > 0) {
    if (!pending_.empty()) std::fprintf(context_.err, "\r%-*s", static_cast<int>(in_place_), pending_.c_str());
    std::fputc('\n', context_.err);
  } else if (!pending_.empty()) {
    std::fprintf(context_.err, "%s\n", pending_.c_str());
  }
  in_place_ = 0;
  pending_.clear();
}

void TrainingProgress::Note(const std::string& kind, const std::string& text) {
  if (json_) {
    const nlohmann::json json = {{"event", kind}, {"message", text}, {"seconds", seconds()}};
    std::fprintf(context_.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    std::fflush(context_.out);
    return;
  }
  if (quiet_) return;
  if (in_place_ > 0) std::fputc('\n', context_.err);
  in_place_ = 0;
  std::fprintf(context_.err, "%s\n", text.c_str());
}

}  // namespace tusk::tools
