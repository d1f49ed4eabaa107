// Asking a program: a few dozen points at a time, so that both sides work.
#include "mlkit/job/fitness/program_problem.h"

#include <charconv>
#include <utility>

#include "mapreduce/streaming/pipe_process.h"

namespace tusk::ml {
namespace {

constexpr double kCheckSeconds = 0.5;   // PipeProcess asks so often while nothing comes
constexpr size_t kSaidMax = 4096;       // of the error stream, for messages

}  // namespace

Status ParseFitnessLine(std::string_view line, std::span<double> values) {
  std::string_view rest = line;
  for (double& value : values) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) break;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (&value == &values.back() && rest.find_first_not_of(" \t\r") == std::string_view::npos) return Status::Ok();
  }
  return Status(Code::kInvalidArgument, "the fitness program answered '" + std::string(line.substr(0, 100)) + "' where " +
                                            std::to_string(values.size()) + " number(s) are wanted");
}

class ProgramProblem::Child {
 public:
  static Result<std::unique_ptr<Child>> Start(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                                              double answer_seconds) {
    auto child = std::make_unique<Child>();
    Child* self = child.get();
    mapreduce::PipeProcess::Readers readers;
    readers.output = [self](std::string_view line) { return self->Take(line); };
    readers.error = [self](std::string_view line) {
      if (self->said_.size() < kSaidMax) self->said_ += std::string(line.substr(0, kSaidMax)) + "\n";
      return Status::Ok();
    };
    readers.check = [self, answer_seconds] {
      self->silent_seconds_ += kCheckSeconds;
      if (self->silent_seconds_ < answer_seconds) return Status::Ok();
      return Status(Code::kTimedOut, "the fitness program has not answered for " + std::to_string(answer_seconds) + " s");
    };
    ASSIGN_OR_RETURN(child->process_, mapreduce::PipeProcess::Start({argv, environment, ""}, std::move(readers)));
    return child;
  }

  // f: [count][objectives].
  Status Ask(const std::string& lines, size_t objectives, std::span<double> f) {
    answers_ = f;
    objectives_ = objectives;
    silent_seconds_ = 0;
    Status asked = process_->Exchange(lines, [this] { return answers_.empty(); });
    if (asked.ok() || asked.code() == Code::kInvalidArgument || asked.code() == Code::kTimedOut) return asked;
    const Result<int> code = process_->Finish();
    std::string message = "the fitness program has ended" + (code.ok() ? " with exit code " + std::to_string(*code) : "");
    if (!said_.empty()) message += "; it said: " + said_.substr(0, said_.size() - 1);
    return Status(Code::kIOError, message);
  }

 private:
  Status Take(std::string_view line) {
    silent_seconds_ = 0;
    if (answers_.empty()) {
      return Status(Code::kInvalidArgument, "the fitness program printed more lines than it was given points");
    }
    RETURN_IF_ERROR(ParseFitnessLine(line, answers_.first(objectives_)));
    answers_ = answers_.subspan(objectives_);
    return Status::Ok();
  }

  std::unique_ptr<mapreduce::PipeProcess> process_;
  std::span<double> answers_;  // not yet given
  size_t objectives_ = 1;
  double silent_seconds_ = 0;
  std::string said_;
};

ProgramProblem::ProgramProblem(std::string name, std::vector<std::string> argv, std::vector<std::string> environment, ProblemShape shape,
                               double answer_seconds)
    : OutsideProblem(std::move(name), std::move(shape)),
      argv_(std::move(argv)),
      environment_(std::move(environment)),
      answer_seconds_(answer_seconds) {}
ProgramProblem::~ProgramProblem() = default;

Result<std::unique_ptr<ProgramProblem::Child>> ProgramProblem::TakeChild() const {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Child> child = std::move(idle_.back());
      idle_.pop_back();
      return child;
    }
  }
  return Child::Start(argv_, environment_, answer_seconds_);
}

Status ProgramProblem::Evaluate(std::span<const double> x, size_t count, std::span<double> f) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Child> child, TakeChild());
  RETURN_IF_ERROR(Ask(*child, x, count, f));  // a child that failed is not kept
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(child));
  return Status::Ok();
}

Status ProgramProblem::Ask(Child& child, std::span<const double> x, size_t count, std::span<double> f) const {
  std::string lines;
  char number[32];
  for (size_t i = 0; i < count; ++i) {
    for (size_t d = 0; d < dimensions(); ++d) {
      const auto [end, error] = std::to_chars(number, number + sizeof(number), x[i * dimensions() + d]);
      if (error != std::errc()) return Status(Code::kInternal, "a number does not fit its text");
      if (d > 0) lines += ' ';
      lines.append(number, end);
    }
    lines += '\n';
  }
  return child.Ask(lines, objectives(), f.first(count * objectives()));
}

}  // namespace tusk::ml
