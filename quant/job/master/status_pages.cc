// What the master shows of the job, and keeps of it.
#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "quant/job/master/quant_master.h"
#include "quant/job/master/quant_page.h"

namespace tusk::quant {

Status QuantMaster::ServeStatus(const std::string& listen_on) {
  mapreduce::StatusPages pages{"/ws/v1/quant/", kQuantPage, {}};
  pages.json.push_back({"job", "", [this](uint64_t) { return JobJson(); }});
  pages.json.push_back({"events", "from", [this](uint64_t from) { return events_.Json(from); }});
  ASSIGN_OR_RETURN(status_server_, mapreduce::MasterStatusServer::Listen(env_, listen_on, std::move(pages)));
  return Status::Ok();
}

// Empty until the model was read.
std::string QuantMaster::JobJson() const {
  if (!ledger_) return "";
  QuantStatus::Now now;
  now.application = application_;
  now.name = setup_.job.name;
  now.input = setup_.job.input;
  now.output = setup_.job.output;
  now.type = setup_.job.type;
  now.state = !failure_.ok()         ? "FAILED"
              : assembled_           ? "SUCCEEDED"
              : ledger_->finished()  ? "JOINING"
              : figures_.nobody()    ? "GATHERING"
                                     : "RUNNING";
  if (!failure_.ok()) now.diagnostics = std::string(failure_.message());
  now.attempt = attempt_;
  now.workers_wanted = setup_.job.workers;
  now.gpus = setup_.job.gpus;
  now.started_ms = started_ms_;
  now.wall_ms = env_.clock.WallMillis();
  now.time = ledger_->finished() ? finished_ : env_.clock.Now();
  now.made_again = made_again_;
  std::map<std::string, QuantStatus::Worker> workers = known_workers_;
  for (auto& [container, worker] : workers) {
    if (ledger_->IsMaking(container)) worker.state = "WORKING";
  }
  return status_->JobJson(now, *ledger_, figures_, workers);
}

// What the tracking URL has served, for the console once this process is gone.
tusk::Task<void> QuantMaster::KeepHistory() {
  const std::string job = JobJson();
  if (job.empty()) co_return;
  const std::string history = "{\"job\": " + job + ", \"events\": " + events_.Json(0) + "}\n";
  const Status kept = co_await env_.disk_pool.Run(
      [this, &history] { return mapreduce::KeepMasterStatus(setup_.conf, *setup_.files, application_, "quant", history); });
  if (!kept.ok()) LogWarn("master", "the history is not kept: {}", kept.ToString());
}

}  // namespace tusk::quant
