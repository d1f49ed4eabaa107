// Moves within the namespace, and a bounded walk.
#include "dfs/namenode/console/trash_endpoints.h"

#include <ctime>

#include "dfs/namenode/console/file_actions.h"
#include "dfs/namenode/console/file_json.h"
#include "dfs/namenode/console/file_views.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;
using web::JsonArray;
using web::JsonObject;

namespace {

constexpr size_t kEntriesMax = 10000;
constexpr uint32_t kPrivateFolder = 0700;
constexpr uint32_t kFolder = 0755;

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Task<Status> MoveExactly(const ProtocolCaller& caller, std::string from, std::string to, bool to_trash) {
  wire::Rename2RequestProto request;
  request.set_src(from);
  request.set_dst(to);
  request.set_overwritedest(false);
  if (to_trash) request.set_movetotrash(true);
  co_return (co_await caller->Rename2(request)).status();
}

Task<Result<wire::DirectoryListingProto>> ListFolder(const ProtocolCaller& caller, std::string path, std::string after) {
  wire::GetListingRequestProto request;
  request.set_src(path);
  request.set_startafter(after);
  request.set_needlocation(false);
  CO_ASSIGN_OR_RETURN(wire::GetListingResponseProto response, co_await caller->GetListing(request));
  co_return std::move(*response.mutable_dirlist());
}

}  // namespace

std::string OriginalPathOf(std::string_view user, std::string_view trash_path) {
  const std::string root = TrashRoot(user) + "/";
  if (!trash_path.starts_with(root)) return "";
  const std::string_view inside = trash_path.substr(root.size());
  const size_t slash = inside.find('/');
  return slash == std::string_view::npos ? "" : std::string(inside.substr(slash));
}

int64_t CheckpointTime(std::string_view name) {
  if (name.size() < 12 || name.substr(0, 12).find_first_not_of("0123456789") != std::string_view::npos) return 0;
  const auto two = [&name](size_t at) { return (name[at] - '0') * 10 + (name[at + 1] - '0'); };
  std::tm parts{};
  parts.tm_year = 100 + two(0);
  parts.tm_mon = two(2) - 1;
  parts.tm_mday = two(4);
  parts.tm_hour = two(6);
  parts.tm_min = two(8);
  parts.tm_sec = two(10);
  return static_cast<int64_t>(::timegm(&parts)) * 1000;
}

void TrashEndpoints::AddTo(web::Api& api) {
  using web::Role;
  api.Handle({"GET", "/dfs/files/trash"}, [this](web::ApiCall& call) { return List(call); });
  api.Handle({"POST", "/dfs/files/trash", Role::kOperator, "trashFile"}, [this](web::ApiCall& call) { return Trash(call); });
  api.Handle({"POST", "/dfs/files/restore", Role::kOperator, "restoreFile"}, [this](web::ApiCall& call) { return Restore(call); });
}

ProtocolCaller TrashEndpoints::As(const web::ApiCall& call) const {
  return ProtocolCaller(services_, context_.env.clock, call.who.user, call.who.address);
}

Task<TrashEndpoints::Answer> TrashEndpoints::Trash(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  std::string target = TrashPathOf(call.who.user, path);
  if (target.empty()) co_return Status(Code::kInvalidArgument, "path: " + path + " cannot go to the trash");
  const ProtocolCaller caller = As(call);
  CO_RETURN_IF_ERROR(co_await StatusOf(caller, path));
  CO_RETURN_IF_ERROR(co_await MakeFolder(caller, ParentOf(target), kPrivateFolder));
  const std::string wanted = target;
  for (int tries = 0; tries < 3; ++tries) {
    Status moved = co_await MoveExactly(caller, path, target, true);
    if (moved.ok()) co_return web::ApiAnswer{JsonObject().Set("trashPath", target).Done()};
    if (moved.code() != Code::kFileAlreadyExists) co_return moved;
    target = wanted + std::to_string(context_.env.clock.WallMillis() + tries);  // as the shell does where the name is taken
  }
  co_return Status(Code::kFileAlreadyExists, wanted + " is in the trash already");
}

Task<TrashEndpoints::Answer> TrashEndpoints::Restore(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"trashPath", "to"}));
  CO_ASSIGN_OR_RETURN(std::string from, BodyPath(call, "trashPath"));
  std::string to = OriginalPathOf(call.who.user, from);
  if (to.empty()) co_return Status(Code::kInvalidArgument, "trashPath: is not in the trash of " + call.who.user);
  if (call.body.Has("to")) {
    CO_ASSIGN_OR_RETURN(to, BodyPath(call, "to"));
  }
  const ProtocolCaller caller = As(call);
  CO_RETURN_IF_ERROR(co_await StatusOf(caller, from));
  if (auto there = co_await StatusOf(caller, to); there.ok()) co_return Status(Code::kFileAlreadyExists, to + " exists already");
  if (auto parent = co_await StatusOf(caller, ParentOf(to)); parent.code() == Code::kFileNotFound) {
    CO_RETURN_IF_ERROR(co_await MakeFolder(caller, ParentOf(to), kFolder));
  }
  CO_RETURN_IF_ERROR(co_await MoveExactly(caller, from, to, false));
  co_return web::ApiAnswer{JsonObject().Set("path", to).Done()};
}

Task<Status> TrashEndpoints::Collect(const ProtocolCaller& caller, std::string checkpoint, std::string folder, std::vector<Entry>& entries) {
  std::vector<std::string> folders = {std::move(folder)};
  const std::string base = folders.front();
  while (!folders.empty() && entries.size() < kEntriesMax) {
    const std::string at = std::move(folders.back());
    folders.pop_back();
    std::string after;
    for (bool more = true; more && entries.size() < kEntriesMax;) {
      CO_ASSIGN_OR_RETURN(wire::DirectoryListingProto listing, co_await ListFolder(caller, at, after));
      more = listing.remainingentries() > 0 && listing.partiallisting_size() > 0;
      for (const wire::HdfsFileStatusProto& status : listing.partiallisting()) {
        after = status.path();
        const std::string path = ChildPath(at, status.path());
        const std::string original = path.substr(base.size());
        const bool is_folder = status.filetype() == wire::HdfsFileStatusProto::IS_DIR;
        if (is_folder) {
          auto live = co_await StatusOf(caller, original);
          if (live.ok() && live->filetype() == wire::HdfsFileStatusProto::IS_DIR) {
            folders.push_back(path);
            continue;
          }
        }
        entries.push_back({path, original, is_folder ? "directory" : "file", status.length(), checkpoint, CheckpointTime(checkpoint)});
      }
    }
  }
  co_return Status::Ok();
}

Task<TrashEndpoints::Answer> TrashEndpoints::List(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(web::Page page, web::Page::Of(call));
  const ProtocolCaller caller = As(call);
  const std::string root = TrashRoot(call.who.user);
  std::vector<Entry> entries;
  auto checkpoints = co_await ListFolder(caller, root, "");
  if (!checkpoints.ok() && checkpoints.code() != Code::kFileNotFound) co_return checkpoints.status();
  if (checkpoints.ok()) {
    for (const wire::HdfsFileStatusProto& status : checkpoints->partiallisting()) {
      if (status.filetype() == wire::HdfsFileStatusProto::IS_DIR) {
        CO_RETURN_IF_ERROR(co_await Collect(caller, status.path(), ChildPath(root, status.path()), entries));
      }
    }
  }
  JsonArray list;
  for (size_t i = page.offset; i < std::min(entries.size(), page.offset + page.limit); ++i) {
    const Entry& entry = entries[i];
    JsonObject json;
    json.Set("trashPath", entry.trash_path).Set("originalPath", entry.original_path).Set("type", entry.type).Set("size", entry.size);
    if (entry.deleted_wall_ms == 0) json.SetNull("deletedAt");
    else json.Set("deletedAt", entry.deleted_wall_ms);
    list.Add(json.Set("checkpoint", entry.checkpoint));
  }
  JsonObject json;
  json.Set("root", root).Set("enabled", context_.config.defaults.trash_interval_minutes > 0).Set("total", entries.size());
  co_return web::ApiAnswer{json.SetJson("entries", list.Done()).Done()};
}

}  // namespace tusk::dfs
