// YarnConsole: the resource manager's half of the console: the endpoints /api/v1/yarn/… (base/web/openapi/yarn.json is the
// contract) over the brain, and its events. Actions do what the `yarn` commands do, as the session's user.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/async/task_scope.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/metrics/history.h"
#include "base/web/audit_view.h"
#include "base/web/console.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/audit/rm_audit.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/console/cluster_json.h"
#include "yarn_like/resourcemanager/console/log_pages.h"
#include "yarn_like/resourcemanager/console/event_feed.h"
#include "yarn_like/resourcemanager/console/master_pages.h"
#include "yarn_like/resourcemanager/console/node_exclusion.h"
#include "yarn_like/resourcemanager/console/submissions.h"

namespace tusk::yarn {

struct YarnConsoleParts {
  std::string process_user;
  ClusterFacts facts;
  FinishedJobs* finished = nullptr;  // null: nothing is known of jobs that are over
  SubmitContext submit;
  SubmissionsConfig submissions;
  NodeExclusion::Reload reload;
};

class YarnConsole {
 public:
  // All outlive it. Blocks (see web::Console::Open).
  static Result<std::unique_ptr<YarnConsole>> Open(Env env, Cluster& cluster, Access& access, const Configuration& conf,
                                                   const History& history, const AuditLog& audit_log, RmAudit& audit,
                                                   YarnConsoleParts parts);
  void Mount(http::Server& server) { console_->Mount(server); }
  void Start();
  // Before the server's Shutdown.
  Task<void> Stop();

 private:
  using Answer = Task<Result<web::ApiAnswer>>;
  YarnConsole(Env env, Cluster& cluster, Access& access, const Configuration& conf, const History& history, RmAudit& audit, YarnConsoleParts parts);
  void AddRoutes();
  void AddApplicationRoutes();
  void AddActionRoutes();

  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }
  Result<const Application*> FindApplication(const web::ApiCall& call) const;
  Result<const NodeRecord*> FindNode(const web::ApiCall& call) const;
  // Whether the session may look at (or act on) what is somebody's.
  bool MayView(const web::Identity& who, const Submission& submission) const;
  bool MayModify(const web::Identity& who, const Submission& submission) const;

  Answer Applications(web::ApiCall& call);
  Answer ApplicationDetail(web::ApiCall& call);
  Answer Live(web::ApiCall& call);
  Answer Tasks(web::ApiCall& call);
  Answer Counters(web::ApiCall& call);
  Answer Timeline(web::ApiCall& call);
  Answer KillApplication(web::ApiCall& call);
  Answer KillTaskAttempt(web::ApiCall& call);
  Answer LogFiles(web::ApiCall& call);
  Answer LogText(web::ApiCall& call);
  Answer Nodes(web::ApiCall& call);
  Answer NodeDetail(web::ApiCall& call);
  Answer Exclude(web::ApiCall& call);
  Answer Readmit(web::ApiCall& call);
  Answer Preview(web::ApiCall& call);
  Answer Submit(web::ApiCall& call);
  Answer AllSubmitted(web::ApiCall& call);
  Answer Submitted(web::ApiCall& call);
  Answer StopSubmission(web::ApiCall& call);

  Env env_;
  Cluster& cluster_;
  Access& access_;
  const Configuration& conf_;
  const History& history_;
  RmAudit& audit_;
  YarnConsoleParts parts_;
  MasterPages masters_;
  LogPages logs_;
  Submissions submissions_;
  NodeExclusion exclusion_;
  std::unique_ptr<web::Console> console_;
  std::unique_ptr<web::AuditView> audit_view_;
  std::unique_ptr<EventFeed> feed_;
};

}  // namespace tusk::yarn
