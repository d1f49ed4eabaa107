// Uploading logs as TFile.
#include "yarn_like/nodemanager/logs/log_aggregator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/logs/tfile_writer.h"

namespace tusk::yarn {
namespace {

constexpr size_t kReadBytes = 256 << 10;

std::string Key(std::string_view text) {
  std::string key;
  AppendUtf(key, text);
  return key;
}

Task<Status> Drain(TFileWriter& writer, dfs::OutputStream& out) {
  std::string bytes = writer.Take();
  if (bytes.empty()) co_return Status::Ok();
  co_return co_await out.Write(AsBytes(bytes));
}

// A folder with exactly this mode, whatever the umask says; one that is there stays as it is.
Task<Status> MakeOne(dfs::FileSystem* fs, std::string path, uint32_t mode) {
  auto there = co_await fs->GetFileStatus(path);
  if (there.ok()) co_return Status::Ok();
  CO_RETURN_IF_ERROR(co_await fs->Mkdirs(path, mode));
  co_return co_await fs->SetPermission(path, mode);
}

}  // namespace

Task<Result<std::string>> LogAggregator::MakeFolders(dfs::FileSystems* systems, AggregationRequest request) {
  CO_ASSIGN_OR_RETURN(dfs::FileSystems* own, files_.Of(""));
  CO_ASSIGN_OR_RETURN(auto root, own->Resolve(options_.remote_dir));
  CO_RETURN_IF_ERROR(co_await MakeOne(root.fs, root.path, 01777));
  CO_ASSIGN_OR_RETURN(auto place, systems->Resolve(options_.remote_dir));
  std::string folder = place.path;
  for (const auto& part : {request.user, "bucket-" + options_.suffix + "-tfile",
                           fmt::format("{:04}", request.application.id % 10000), request.application.ToString()}) {
    folder += "/" + part;
    CO_RETURN_IF_ERROR(co_await MakeOne(place.fs, folder, 0770));
  }
  co_return folder;
}

LogAggregator::Files LogAggregator::Select(const AggregationRequest& request) const {
  Files selected;
  std::string application = request.application.ToString();
  for (const auto& container : logs_.Containers(application)) {
    std::vector<LogFile> files = logs_.List(application, container);
    std::erase_if(files, [&](const LogFile& file) { return request.wanted && !request.wanted(container, file.name); });
    if (!files.empty()) selected.emplace_back(container, std::move(files));
  }
  return selected;
}

Task<Result<AggregationOutcome>> LogAggregator::Upload(AggregationRequest request) {
  std::string application = request.application.ToString();
  Files files = co_await env_.disk_pool.Run([&] { return Select(request); });
  AggregationOutcome outcome;
  if (!files.empty()) {
    CO_ASSIGN_OR_RETURN(dfs::FileSystems* systems, files_.Of(request.user));
    CO_ASSIGN_OR_RETURN(std::string folder, co_await MakeFolders(systems, request));
    CO_ASSIGN_OR_RETURN(auto place, systems->Resolve(options_.remote_dir));
    std::string final_path = fmt::format("{}/{}_{}", folder, request.node.host, request.node.port);
    std::string temporary = final_path + ".tmp";
    if (request.cycle_wall_ms > 0) final_path += fmt::format("_{}", request.cycle_wall_ms);
    dfs::CreateOptions create;
    create.permission = 0640;
    create.apply_umask = false;
    CO_ASSIGN_OR_RETURN(auto out, co_await place.fs->Create(temporary, create));
    CO_RETURN_IF_ERROR(co_await WriteAll(*out, request, files));
    CO_RETURN_IF_ERROR(co_await out->Close());
    if (request.cycle_wall_ms > 0) CO_RETURN_IF_ERROR(co_await RemoveOldest(place.fs, folder, request));
    CO_RETURN_IF_ERROR(co_await place.fs->RenameTo(temporary, final_path, true));
    LogInfo("logs", "{} aggregated to {}", application, final_path);
    for (auto& [container, list] : files) outcome.uploaded.insert(outcome.uploaded.end(), list.begin(), list.end());
  }
  if (request.last) {
    bool removed = co_await env_.disk_pool.Run([this, application] {
      logs_.RemoveApplication(application);
      return true;
    });
    TUSK_CHECK(removed);
  }
  co_return outcome;
}

// Room for one more.
Task<Status> LogAggregator::RemoveOldest(dfs::FileSystem* fs, std::string folder, AggregationRequest request) {
  std::string prefix = fmt::format("{}_{}_", request.node.host, request.node.port);
  CO_ASSIGN_OR_RETURN(auto entries, co_await fs->List(folder));
  std::vector<std::pair<int64_t, std::string>> ours;
  for (const auto& entry : entries) {
    std::string name = BaseName(entry.path);
    if (name.starts_with(prefix) && !name.ends_with(".tmp")) ours.emplace_back(entry.mtime_wall_ms, name);
  }
  std::sort(ours.begin(), ours.end());
  for (size_t i = 0; i + request.remote_files_max <= ours.size(); ++i) {
    auto removed = co_await fs->Delete(folder + "/" + ours[i].second, false);
    if (!removed.ok()) LogWarn("logs", "{}", removed.status().ToString());
  }
  co_return Status::Ok();
}

Task<Status> LogAggregator::WriteAll(dfs::OutputStream& out, AggregationRequest request, Files files) {
  TFileWriter writer;
  auto record = [&writer](std::string_view key, std::string_view value) {
    writer.StartRecord(Key(key));
    writer.Append(value);
    writer.EndRecord();
  };
  record("VERSION", std::string_view("\0\0\0\1", 4));
  std::string acls;
  for (const auto& [type, list] : request.acls) {
    AppendUtf(acls, type);
    AppendUtf(acls, list);
  }
  record("APPLICATION_ACL", acls);
  record("APPLICATION_OWNER", Key(request.user));
  for (const auto& [container, list] : files) CO_RETURN_IF_ERROR(co_await WriteContainer(out, writer, container, list));
  writer.Finish();
  co_return co_await Drain(writer, out);
}

Task<Status> LogAggregator::WriteContainer(dfs::OutputStream& out, TFileWriter& writer, std::string container,
                                           std::vector<LogFile> files) {
  writer.StartRecord(Key(container));
  std::vector<uint8_t> bytes(kReadBytes);
  for (const auto& file : files) {
    auto opened = co_await env_.disk_pool.Run([this, &file] { return env_.disk.Open(file.path, OpenMode::kRead); });
    if (!opened.ok()) continue;
    std::string head;
    AppendUtf(head, file.name);
    AppendUtf(head, std::to_string(file.size));
    writer.Append(head);
    uint64_t at = 0;
    while (at < file.size) {
      MutableByteView piece(bytes.data(), std::min<uint64_t>(bytes.size(), file.size - at));
      CO_ASSIGN_OR_RETURN(size_t count, co_await env_.disk_pool.Run([&] { return (*opened)->ReadAt(at, piece); }));
      if (count == 0) {  // it was cut meanwhile: the length has been told already
        std::fill(piece.begin(), piece.end(), uint8_t{0});
        count = piece.size();
      }
      writer.Append(ByteView(piece).first(count));
      at += count;
      CO_RETURN_IF_ERROR(co_await Drain(writer, out));
    }
  }
  writer.EndRecord();
  co_return co_await Drain(writer, out);
}

}  // namespace tusk::yarn
