// The bridge to quant/job: the words travel as the recipe; what was measured here (a budget's types) goes along.
#include "tools/tusk/quant/cluster_run.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "quant/job/client/file_ranges.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/ml_files.h"
#include "tools/tusk/ml/training_progress.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/planned_output.h"

namespace tusk::tools {
namespace {

constexpr char kRecipe[] = "the job's recipe";

// `in` and `imatrix` are complete ("hdfs://nn:8020/a"): the containers' default file system may be another.
std::string EncodeRecipe(const QuantOptions& options, const std::string& in, const std::string& imatrix, const PlannedModel* planned) {
  nlohmann::json json = {{"args", options.args}, {"in", in}, {"imatrix", imatrix}};
  if (planned != nullptr && options.budget_bytes > 0) {
    json["mix"] = planned->mix;
    for (const auto& [name, type] : planned->chosen) json["chosen"].push_back({name, static_cast<uint32_t>(type)});
  }
  return json.dump();
}

Result<std::unique_ptr<quant::OpenedRecipe>> OpenRecipe(const std::string& text, mapreduce::FileSystems& files) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Status(Code::kInvalidArgument, std::string(kRecipe) + " is not a JSON object");
  std::string in;
  QuantOptions options;
  try {
    ASSIGN_OR_RETURN(options, ParseQuantOptions(json.at("args").get<std::vector<std::string>>()));
    in = json.at("in").get<std::string>();
    options.imatrix = json.at("imatrix").get<std::string>();
    if (json.contains("mix")) {
      options.budget_bytes = 0;
      options.type = json.at("mix").get<std::string>();
      for (const auto& [name, type] : json.value("chosen", std::vector<std::pair<std::string, uint32_t>>())) {
        options.settings.chosen[name] = static_cast<quant::TensorType>(type);
      }
    }
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kInvalidArgument, std::string(kRecipe) + ": " + error.what());
  }
  const std::unique_ptr<quant::RangeFiles> ranges = quant::MakeFileRanges(files);
  const IdentityOf identity_of = [&files](const std::string& path) { return quant::IdentityOfFiles(files, path); };
  ASSIGN_OR_RETURN(std::unique_ptr<PlannedOutput> output, PlanOutput(*ranges, identity_of, in, options));
  return std::unique_ptr<quant::OpenedRecipe>(std::move(output));
}

quant::QuantProgram Program() { return {.open = OpenRecipe, .launch_arguments = {"quant"}}; }

// The job on standard error: messages, and how far it is (at 1, 2, 4, 8, … pieces where that is no terminal); or JSON lines.
class JobProgress {
 public:
  JobProgress(CliContext& context, const QuantOptions& options)
      : context_(context), options_(options), terminal_(isatty(fileno(context.err)) != 0), begin_(context.clock.Now()) {}
  ~JobProgress() { EndLine(); }

  void Show(const quant::ClusterQuantProgress& now) {
    last_ = now;
    if (application_ != now.application) {
      application_ = now.application;
      Note("application", application_);
    }
    if (!now.message.empty()) return Note("note", now.message);
    if (now.pieces_done == done_) return;
    const bool first = done_ == 0;
    done_ = now.pieces_done;
    if (first) {
      first_bytes_ = now.bytes_done;
      first_at_ = context_.clock.Now();
    }
    Figures(now);
  }
  // Of the whole job, for its end.
  nlohmann::json Figures() const {
    return {{"at_work", last_.at_work}, {"worker_peak_bytes", last_.worker_peak_bytes}, {"pieces_made_again", last_.made_again},
            {"first_piece_begun_seconds", last_.begun_seconds}, {"first_piece_made_seconds", last_.made_seconds}};
  }
  double seconds() const { return std::chrono::duration<double>(context_.clock.Now() - begin_).count(); }

 private:
  void EndLine() {
    if (in_place_) std::fputc('\n', context_.err);
    in_place_ = false;
  }
  void Note(const char* event, const std::string& text) {
    if (options_.json) {
      const nlohmann::json json = {{"event", event}, {"text", text}};
      std::fprintf(context_.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
      std::fflush(context_.out);
    } else if (!options_.quiet) {
      EndLine();
      std::fprintf(context_.err, "%s: %s\n", event, text.c_str());
    }
  }
  void Figures(const quant::ClusterQuantProgress& now) {
    const double passed = std::chrono::duration<double>(context_.clock.Now() - first_at_).count();
    const double rate = passed > 0 ? static_cast<double>(now.bytes_done - first_bytes_) / passed : 0;
    const double left = rate > 0 ? static_cast<double>(now.bytes - now.bytes_done) / rate : -1;
    if (options_.json) {
      const nlohmann::json json = {{"event", "progress"}, {"pieces", now.pieces}, {"pieces_done", now.pieces_done}, {"bytes", now.bytes},
                                   {"bytes_done", now.bytes_done}, {"workers", now.workers}, {"bytes_per_second", rate}, {"seconds_left", left}};
      std::fprintf(context_.out, "%s\n", json.dump().c_str());
      std::fflush(context_.out);
      return;
    }
    const bool due = terminal_ || now.pieces_done >= next_line_ || now.pieces_done == now.pieces;
    if (options_.quiet || !due) return;
    while (next_line_ <= now.pieces_done) next_line_ *= 2;
    std::fprintf(context_.err, "%s%llu of %llu pieces, %s of %s, %d workers, %s/s%s%s", terminal_ ? "\r" : "",
                 static_cast<unsigned long long>(now.pieces_done), static_cast<unsigned long long>(now.pieces),
                 ShortBytes(static_cast<double>(now.bytes_done)).c_str(), ShortBytes(static_cast<double>(now.bytes)).c_str(), now.workers,
                 ShortBytes(rate).c_str(), left >= 0 ? (", " + ShortSeconds(left) + " left").c_str() : "", terminal_ ? "  " : "\n");
    in_place_ = terminal_;
    std::fflush(context_.err);
  }

  CliContext& context_;
  const QuantOptions& options_;
  const bool terminal_;
  const TimePoint begin_;
  TimePoint first_at_;
  std::string application_;
  quant::ClusterQuantProgress last_;
  uint64_t done_ = 0, first_bytes_ = 0, next_line_ = 1;
  bool in_place_ = false;
};

}  // namespace

Status QuantizeOnCluster(CliContext& context, const QuantOptions& options) {
  MlFiles files(context);
  ASSIGN_OR_RETURN(const mapreduce::Location in, files.Resolve(options.words[0]));
  ASSIGN_OR_RETURN(const mapreduce::Location out, files.Resolve(options.words[1]));
  std::string imatrix;
  QuantOptions complete = options;
  if (!options.imatrix.empty()) {
    ASSIGN_OR_RETURN(const mapreduce::Location place, files.Resolve(options.imatrix));
    complete.imatrix = imatrix = place.ToString();
  }
  // What is wrong with the words or the model is told here, before anything is submitted.
  const std::unique_ptr<quant::RangeFiles> ranges = quant::MakeFileRanges(files);
  const IdentityOf identity_of = [&files](const std::string& path) { return quant::IdentityOfFiles(files, path); };
  ASSIGN_OR_RETURN(const std::unique_ptr<PlannedOutput> planned, PlanOutput(*ranges, identity_of, in.ToString(), complete));
  const uint64_t bytes = planned->recipe().size();
  quant::ClusterQuant job;
  job.recipe = EncodeRecipe(options, in.ToString(), imatrix, planned->model.get());
  job.inputs = {in.ToString()};
  if (!imatrix.empty()) job.inputs.push_back(imatrix);
  job.output = out.ToString();
  job.name = options.job_name;
  job.queue = options.queue;
  job.workers = options.workers;
  job.input = in.ToString();
  job.type = options.budget_bytes > 0 ? "budget of " + ShortBytes(static_cast<double>(options.budget_bytes)) : options.type;
  job.gpus = options.gpus;
  job.device = !options.device.empty() ? options.device : options.gpus > 0 ? "auto" : "cpu";
  job.vcores = options.vcores;
  job.memory_mb = options.memory_mb;
  job.threads = static_cast<int>(options.threads);
  CatchInterrupts();
  JobProgress progress(context, options);
  const quant::ClusterQuantHooks hooks{.on_progress = [&progress](const quant::ClusterQuantProgress& now) { progress.Show(now); },
                                       .cancelled = &Interrupted(), .settings = {}};
  RETURN_IF_ERROR(quant::RunQuantOnCluster(std::move(job), Program(), hooks));
  if (options.json) {
    const nlohmann::json json = {{"event", "done"}, {"path", options.words[1]}, {"bytes", bytes}, {"seconds", progress.seconds()},
                                 {"job", progress.Figures()}};
    std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!options.quiet) {
    std::fprintf(context.err, "%s: %s in %s\n", options.words[1].c_str(), ShortBytes(static_cast<double>(bytes)).c_str(), ShortSeconds(progress.seconds()).c_str());
  }
  return Status::Ok();
}

bool IsQuantContainer(const std::vector<std::string>& args) { return quant::IsQuantRole(args); }

int RunQuantContainer(const std::vector<std::string>& args) { return quant::RunQuantRole(Program(), args); }

}  // namespace tusk::tools
