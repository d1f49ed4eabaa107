// ContainerHost: what changes a container while it runs: its size, its program, its files.
#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/container/container_host.h"

namespace tusk::yarn {

Status ContainerHost::ChangeGrant(const ContainerId& id, ContainerTokenIdentifier grant, const ResourceTypes& types) {
  Container* container = Find(id);
  if (container == nullptr) return Status(Code::kYarn, "Container " + id.ToString() + " is not handled by this NodeManager");
  container->grant = std::move(grant);
  state_.Put(ContainerKey(container->name, "grant"), container->grant.Serialize(types));
  LogInfo("containers", "{} now has {} MB, {} vcores", container->name, container->grant.resource.memory_mb(),
          container->grant.resource.vcores());
  if (!cgroups_ || !container->process || !container->process->running()) return Status::Ok();
  // More is used already than the smaller size allows: the watch over memory sees to it.
  Status changed = cgroups_->Change(container->name, LimitsOf(*container));
  if (!changed.ok()) LogWarn("containers", "{}: {}", container->name, changed.ToString());
  return Status::Ok();
}

void ContainerHost::Reinitialize(const ContainerId& id, std::unique_ptr<LaunchContext> next, bool auto_commit, std::string request) {
  Container* container = Find(id);
  if (container == nullptr) return;
  container->machine.StartReinitialization();
  scope_.Spawn(RunReinitialization(container, std::move(next), auto_commit, std::move(request)));
}

Task<void> ContainerHost::RunReinitialization(Container* container, std::unique_ptr<LaunchContext> next, bool auto_commit,
                                              std::string request) {
  ContainerId id = container->grant.container;
  if (next == nullptr) {  // the same again
    Act(*container, container->machine.ReinitializationReady(container->machine.can_roll_back()));
    co_return;
  }
  auto files = co_await localizer_.Localize(container->name, next->resources, container->abandon.get_token());
  container = Find(id);  // it may have ended and been forgotten
  if (container == nullptr || leaving_) co_return;
  if (!files.ok()) {
    container->machine.ReinitializationFailed(files.status().message(), env_.clock.WallMillis());
    co_return;
  }
  if (!container->machine.reinitializing()) co_return;
  container->previous = std::move(container->launch);
  container->launch = PreparedLaunch{std::move(*next), std::move(*files)};
  if (auto_commit) container->previous.reset();
  container->machine.SetRetryPolicy(container->launch.context.retry);
  state_.Put(ContainerKey(container->name, "request"), std::move(request));
  Act(*container, container->machine.ReinitializationReady(container->previous.has_value()));
}

void ContainerHost::RollBack(const ContainerId& id) {
  Container* container = Find(id);
  if (container == nullptr || !container->previous) return;
  container->machine.StartReinitialization();
  container->launch = std::move(*container->previous);
  container->previous.reset();
  container->machine.SetRetryPolicy(container->launch.context.retry);
  Act(*container, container->machine.ReinitializationReady(false));
}

void ContainerHost::Commit(const ContainerId& id) {
  Container* container = Find(id);
  if (container == nullptr) return;
  container->previous.reset();
  container->machine.Commit();
}

void ContainerHost::LocalizeMore(const ContainerId& id, std::vector<ResourceRequest> requests) {
  Container* container = Find(id);
  if (container == nullptr) return;
  for (auto& request : requests) {
    container->extra_files[request.link] = std::nullopt;
    scope_.Spawn(RunLocalizeMore(container, std::move(request)));
  }
}

Task<void> ContainerHost::RunLocalizeMore(Container* container, ResourceRequest request) {
  ContainerId id = container->grant.container;
  auto files = co_await localizer_.Localize(container->name, {request}, container->abandon.get_token());
  container = Find(id);
  if (container == nullptr || leaving_) co_return;
  Status linked = files.status();
  if (linked.ok()) {
    std::string folder = container->work_dir;
    linked = co_await env_.disk_pool.Run([this, folder, links = files->links]() -> Status {
      for (const auto& [target, link] : links) {
        std::string path = folder + "/" + link;
        RETURN_IF_ERROR(env_.disk.MakeDirs(ParentPath(path), 0755));
        RETURN_IF_ERROR(env_.disk.Symlink(target, path));
      }
      return Status::Ok();
    });
    container = Find(id);
    if (container == nullptr) co_return;
  }
  if (linked.ok()) {  // another launch needs them as well
    auto& all = container->launch.files.links;
    all.insert(all.end(), files->links.begin(), files->links.end());
    container->launch.context.resources.push_back(request);
  } else {
    container->machine.AddDiagnostics(std::string(linked.message()) + "\n", env_.clock.WallMillis());
  }
  container->extra_files[request.link] = linked;
}

}  // namespace tusk::yarn
