// The pages for people, and the beans.
#include "yarn_like/resourcemanager/web/cluster_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rest/answer.h"

namespace tusk::yarn {
namespace {

std::string Row(std::initializer_list<std::string> cells) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) row += "<td>" + cell + "</td>";
  return row + "</tr>\n";
}

std::string Link(const std::string& target, const std::string& text) {
  return "<a href=\"" + http::HtmlEscape(target) + "\">" + http::HtmlEscape(text) + "</a>";
}

std::string ApplicationRow(const Cluster& cluster, const Application& application, Now now) {
  const std::string id = application.id().ToString();
  const std::string note = cluster.WhyWaiting(application, now);
  return Row({Link("/cluster/app/" + id, id), http::HtmlEscape(application.submission.user),
              http::HtmlEscape(application.submission.name), http::HtmlEscape(application.submission.type),
              std::string(NameOf(application.state)), std::string(NameOf(application.final_status)),
              application.current() == nullptr ? "" : fmt::format("{:.0f}%", application.current()->progress * 100),
              http::HtmlEscape(note.empty() ? application.diagnostics.substr(0, 200) : note),
              Link("/proxy/" + id + "/", "tracking")});
}

std::string ClusterPage(const Cluster& cluster, Now now) {
  const Scheduler& scheduler = cluster.scheduler();
  const ResourceTypes& types = cluster.config().types;
  std::string page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Cluster</title><style>body{font-family:"
                     "sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:4px 8px;"
                     "text-align:left}</style></head><body><h1>Cluster</h1>\n";
  page += fmt::format("<p>{} node(s), {} of {} in use, {} container(s), {} pending.</p>\n", scheduler.node_count(),
                      http::HtmlEscape(types.Format(scheduler.used())), http::HtmlEscape(types.Format(scheduler.total())),
                      scheduler.container_count(), scheduler.pending_container_count());
  page += "<h2>Applications</h2><table><tr><th>Id<th>User<th>Name<th>Type<th>State<th>Final status<th>Progress<th>"
          "Note<th></tr>\n";
  const auto& applications = cluster.applications();
  for (auto at = applications.rbegin(); at != applications.rend(); ++at) {
    page += ApplicationRow(cluster, at->second, now);
  }
  page += "</table><h2>Nodes</h2><table><tr><th>Node<th>Rack<th>State<th>Containers<th>Used<th>Total</tr>\n";
  for (const auto& [id, node] : cluster.nodes().all()) {
    const SchedulerNode* scheduled = scheduler.FindNode(id);
    page += Row({Link("http://" + node.http_address() + "/", id.ToString()), http::HtmlEscape(node.rack),
                 std::string(NameOf(node.state)), std::to_string(scheduled ? scheduled->containers.size() : 0),
                 http::HtmlEscape(types.Format(scheduled ? scheduled->used : Resource())),
                 http::HtmlEscape(types.Format(node.total))});
  }
  return page + "</table></body></html>\n";
}

std::string ApplicationPage(const Cluster& cluster, const Application& application, Now now) {
  std::string page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>" + application.id().ToString() +
                     "</title></head><body><p><a href=\"/cluster\">Cluster</a></p><h1>" + application.id().ToString() +
                     "</h1><table>\n" + ApplicationRow(cluster, application, now) + "</table><h2>Attempts</h2><table>\n";
  for (const Attempt& attempt : application.attempts) {
    const std::string logs = attempt.am_container.id == 0
                                 ? ""
                                 : Link("http://" + attempt.am_node_http_address + "/node/containerlogs/" +
                                            attempt.am_container.ToString() + "/" + application.submission.user,
                                        "logs");
    page += Row({attempt.id.ToString(), std::string(NameOf(attempt.state)), logs,
                 "<pre>" + http::HtmlEscape(attempt.diagnostics) + "</pre>"});
  }
  return page + "</table><h2>Diagnostics</h2><pre>" + http::HtmlEscape(application.diagnostics) +
         "</pre></body></html>\n";
}

}  // namespace

void ClusterPages::Mount(http::Server& server) {
  server.Handle("GET", "/cluster", [this](http::Exchange& exchange) { return Page(exchange); });
  server.Handle("GET", "/", [this](http::Exchange& exchange) { return Page(exchange); });
}

Task<void> ClusterPages::Page(http::Exchange& exchange) {
  const std::vector<std::string> parts = rest::PathParts(exchange.request().path);
  if (parts.empty()) {
    (void)co_await exchange.Redirect(302, "/cluster");
    co_return;
  }
  if (parts[0] != "cluster") {
    (void)co_await exchange.Reply(404, "text/plain", "not found\n");
    co_return;
  }
  std::string page;
  if (parts.size() == 3 && parts[1] == "app") {
    const Result<ApplicationId> id = ApplicationId::Parse(parts[2]);
    const Application* application = id.ok() ? cluster_.Find(*id) : nullptr;
    if (application == nullptr) {
      (void)co_await exchange.Reply(404, "text/plain", "Application not found: " + parts[2] + "\n");
      co_return;
    }
    page = ApplicationPage(cluster_, *application, GetNow());
  } else {
    page = ClusterPage(cluster_, GetNow());
  }
  (void)co_await exchange.Reply(200, "text/html;charset=utf-8", std::move(page));
}

}  // namespace tusk::yarn
