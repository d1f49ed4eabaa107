// WebHDFS: questions about the namespace that the namenode answers itself.
#include "base/async/task.h"
#include "dfs/namenode/web/webhdfs_call.h"
#include "dfs/common/webhdfs/reply.h"
#include "dfs/namenode/web/webhdfs_json.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

using Answer = Result<WebHdfsAnswer>;

WebHdfsAnswer JsonAnswer(std::string json) { return {std::move(json), false, false}; }
WebHdfsAnswer PathAnswer(const std::string& path) {
  return JsonAnswer("{\"Path\":" + webhdfs::JsonString(path) + "}");
}

Task<Answer> GetFileStatus(WebHdfsCall& call) {
  wire::GetFileInfoRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetFileInfoResponseProto response, co_await call.namenode.GetFileInfo(request));
  if (!response.has_fs()) co_return Status(Code::kFileNotFound, "File does not exist: " + call.path);
  co_return JsonAnswer("{\"FileStatus\":" + FileStatusJson(response.fs()) + "}");
}

Task<Answer> GetFileLinkStatus(WebHdfsCall& call) {
  wire::GetFileLinkInfoRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetFileLinkInfoResponseProto response, co_await call.namenode.GetFileLinkInfo(request));
  if (!response.has_fs()) co_return Status(Code::kFileNotFound, "File does not exist: " + call.path);
  co_return JsonAnswer("{\"FileStatus\":" + FileStatusJson(response.fs()) + "}");
}

Task<Answer> GetLinkTarget(WebHdfsCall& call) {
  wire::GetLinkTargetRequestProto request;
  request.set_path(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetLinkTargetResponseProto response, co_await call.namenode.GetLinkTarget(request));
  co_return PathAnswer(response.targetpath());
}

Task<Result<wire::DirectoryListingProto>> ListPage(WebHdfsCall& call, const std::string& after) {
  wire::GetListingRequestProto request;
  request.set_src(call.path);
  request.set_startafter(after);
  request.set_needlocation(false);
  CO_ASSIGN_OR_RETURN(wire::GetListingResponseProto response, co_await call.namenode.GetListing(request));
  if (!response.has_dirlist()) co_return Status(Code::kFileNotFound, "File " + call.path + " does not exist.");
  co_return std::move(*response.mutable_dirlist());
}

// Page by page: a directory may be larger than memory should be.
Task<Answer> ListStatus(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::DirectoryListingProto page, co_await ListPage(call, ""));
  http::ResponseHead head;
  head.headers.Add("Content-Type", webhdfs::kJson);
  CO_RETURN_IF_ERROR(co_await call.exchange.Begin(std::move(head)));
  std::string text = "{\"FileStatuses\":{\"FileStatus\":[\n";
  bool first = true;
  for (;;) {
    for (const wire::HdfsFileStatusProto& status : page.partiallisting()) {
      if (!first) text += ",\n";
      first = false;
      text += FileStatusJson(status);
    }
    if (page.remainingentries() == 0 || page.partiallisting_size() == 0) break;
    CO_RETURN_IF_ERROR(co_await call.exchange.Write(text));
    text.clear();
    std::string after = page.partiallisting(page.partiallisting_size() - 1).path();
    auto next = co_await ListPage(call, after);
    if (!next.ok()) break;  // deleted meanwhile: what was there has been listed
    page = std::move(*next);
  }
  text += "\n]}}\n";
  CO_RETURN_IF_ERROR(co_await call.exchange.Write(text));
  co_return WebHdfsAnswer{{}, false, true};
}

Task<Answer> ListStatusBatch(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::DirectoryListingProto page, co_await ListPage(call, call.params.Text("startafter")));
  co_return JsonAnswer(DirectoryListingJson(page));
}

Task<Answer> GetContentSummary(WebHdfsCall& call) {
  wire::GetContentSummaryRequestProto request;
  request.set_path(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetContentSummaryResponseProto response, co_await call.namenode.GetContentSummary(request));
  co_return JsonAnswer(ContentSummaryJson(response.summary()));
}

Task<Answer> GetQuotaUsage(WebHdfsCall& call) {
  wire::GetQuotaUsageRequestProto request;
  request.set_path(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetQuotaUsageResponseProto response, co_await call.namenode.GetQuotaUsage(request));
  co_return JsonAnswer(QuotaUsageJson(response.usage()));
}

Task<Result<wire::LocatedBlocksProto>> Locate(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(int64_t offset, call.params.Number("offset", webhdfs::kOffset, 0));
  CO_ASSIGN_OR_RETURN(int64_t length, call.params.Number("length", webhdfs::kOffset, INT64_MAX));
  wire::GetBlockLocationsRequestProto request;
  request.set_src(call.path);
  request.set_offset(static_cast<uint64_t>(offset));
  request.set_length(static_cast<uint64_t>(length));
  CO_ASSIGN_OR_RETURN(wire::GetBlockLocationsResponseProto response, co_await call.namenode.GetBlockLocations(request));
  co_return std::move(*response.mutable_locations());
}

Task<Answer> GetBlockLocations(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::LocatedBlocksProto blocks, co_await Locate(call));
  co_return JsonAnswer(LocatedBlocksJson(blocks));
}

Task<Answer> GetFileBlockLocations(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::LocatedBlocksProto blocks, co_await Locate(call));
  co_return JsonAnswer(BlockLocationsJson(blocks));
}

Task<Answer> GetServerDefaults(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::GetServerDefaultsResponseProto response,
                      co_await call.namenode.GetServerDefaults(wire::GetServerDefaultsRequestProto()));
  co_return JsonAnswer(ServerDefaultsJson(response.serverdefaults()));
}

Task<Answer> GetFsStatus(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::GetFsStatsResponseProto response,
                      co_await call.namenode.GetFsStats(wire::GetFsStatusRequestProto()));
  co_return JsonAnswer(FsStatusJson(response));
}

Task<Answer> CheckAccess(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("fsaction", call.op));
  CO_ASSIGN_OR_RETURN(std::optional<int> action, call.params.FsAction("fsaction"));
  wire::CheckAccessRequestProto request;
  request.set_path(call.path);
  request.set_mode(static_cast<wire::AclEntryProto::FsActionProto>(action.value_or(0)));
  co_return EmptyAnswer(co_await call.namenode.CheckAccess(request), true);
}

std::string HomeOf(const WebHdfsCall& call) { return "/user/" + call.user.name; }

Task<Answer> GetHomeDirectory(WebHdfsCall& call) { co_return PathAnswer(HomeOf(call)); }
// The one that the caller's -rm moves to; encryption zones and snapshots, which have their own, do not exist.
Task<Answer> GetTrashRoot(WebHdfsCall& call) { co_return PathAnswer(HomeOf(call) + "/.Trash"); }

Task<Result<std::string>> TrashRootAt(WebHdfsCall& call, std::string path) {
  wire::GetFileInfoRequestProto request;
  request.set_src(path);
  CO_ASSIGN_OR_RETURN(wire::GetFileInfoResponseProto response, co_await call.namenode.GetFileInfo(request));
  co_return response.has_fs() ? TrashRootJson(path, response.fs()) : std::string();
}

// The home folders of all users, or the caller's alone.
Task<Result<std::vector<std::string>>> TrashOwners(WebHdfsCall& call, bool all_users) {
  std::vector<std::string> homes;
  if (!all_users) {
    homes.push_back(HomeOf(call));
    co_return homes;
  }
  wire::GetListingRequestProto request;
  request.set_src("/user");
  request.set_startafter("");
  request.set_needlocation(false);
  for (;;) {
    CO_ASSIGN_OR_RETURN(wire::GetListingResponseProto response, co_await call.namenode.GetListing(request));
    const wire::DirectoryListingProto& page = response.dirlist();
    for (const wire::HdfsFileStatusProto& home : page.partiallisting()) homes.push_back("/user/" + home.path());
    if (page.remainingentries() == 0 || page.partiallisting_size() == 0) co_return homes;
    request.set_startafter(page.partiallisting(page.partiallisting_size() - 1).path());
  }
}

Task<Answer> GetTrashRoots(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(bool all_users, call.params.Bool("allusers", false));
  CO_ASSIGN_OR_RETURN(std::vector<std::string> homes, co_await TrashOwners(call, all_users));
  std::string roots;
  for (const std::string& home : homes) {
    auto root = co_await TrashRootAt(call, home + "/.Trash");
    if (!root.ok() || root->empty()) continue;  // what the caller may not see is left out
    roots += (roots.empty() ? "" : ",") + *root;
  }
  co_return JsonAnswer(roots.empty() ? "{\"Paths\":null}" : "{\"Paths\":[" + roots + "]}");
}

constexpr WebHdfsRow kRows[] = {
    {"GET", "GETFILESTATUS", GetFileStatus},
    {"GET", "GETFILELINKSTATUS", GetFileLinkStatus},
    {"GET", "GETLINKTARGET", GetLinkTarget},
    {"GET", "LISTSTATUS", ListStatus},
    {"GET", "LISTSTATUS_BATCH", ListStatusBatch},
    {"GET", "GETCONTENTSUMMARY", GetContentSummary},
    {"GET", "GETQUOTAUSAGE", GetQuotaUsage},
    {"GET", "GET_BLOCK_LOCATIONS", GetBlockLocations},
    {"GET", "GETFILEBLOCKLOCATIONS", GetFileBlockLocations},
    {"GET", "GETSERVERDEFAULTS", GetServerDefaults},
    {"GET", "GETSTATUS", GetFsStatus},
    {"GET", "CHECKACCESS", CheckAccess},
    {"GET", "GETHOMEDIRECTORY", GetHomeDirectory},
    {"GET", "GETTRASHROOT", GetTrashRoot},
    {"GET", "GETTRASHROOTS", GetTrashRoots},
};

}  // namespace

std::span<const WebHdfsRow> WebHdfsReads() { return kRows; }

}  // namespace tusk::dfs
