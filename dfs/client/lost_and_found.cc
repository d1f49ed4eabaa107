// Salvage: blocks are read one by one, each from the first replica that answers.
#include "dfs/client/lost_and_found.h"

#include "base/log/log.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr const char* kFolder = "/lost+found";

// A packet of the block goes into `out` when its checksums are right. Where a replica breaks off amid it, no other one is
// asked: the chain ends there, as with Hadoop.
Task<Status> CopyBlock(DfsContext& context, const pb::LocatedBlockProto& block, OutputStream& out) {
  const uint64_t length = block.b().numbytes();
  Status last(Code::kIOError, "Could not obtain block blk_" + std::to_string(block.b().blockid()));
  for (int node = 0; node < block.locs_size(); ++node) {
    auto reader = co_await BlockReader::Open(context, block, node, 0, length, true);
    if (!reader.ok()) {
      last = reader.status();
      continue;
    }
    for (;;) {
      auto piece = co_await (*reader)->Next();
      if (!piece.ok()) co_return piece.status();
      if (piece->empty()) co_return Status::Ok();
      CO_RETURN_IF_ERROR(co_await out.Write(*piece));
    }
  }
  co_return last;
}

Task<Status> CloseChain(std::unique_ptr<OutputStream>& chain) {
  if (chain == nullptr) co_return Status::Ok();
  Status closed = co_await chain->Close();
  chain = nullptr;
  co_return closed;
}

// With exactly these rights, whatever the umask: the file's own.
Task<Status> MakeTarget(DfsContext& context, std::string path, uint32_t permission) {
  pb::MkdirsRequestProto request;
  request.set_src(path);
  request.mutable_masked()->set_perm(permission);
  request.set_createparent(true);
  auto response = co_await context.namenode().Mkdirs(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->result() ? Status::Ok() : Status(Code::kIOError, "failed to create directory " + path);
}

}  // namespace

Task<Status> LostAndFound::MakeFolder() {
  auto folder = co_await fs_.GetFileStatus(kFolder);
  if (folder.ok() && folder->is_directory()) co_return Status::Ok();
  if (folder.ok()) co_return Status(Code::kIOError, "Cannot use /lost+found : a regular file with this name exists.");
  if (folder.status().code() != Code::kFileNotFound) co_return folder.status();
  co_return co_await fs_.Mkdirs(kFolder);
}

Task<Status> LostAndFound::CopyBlocks(std::string path, std::string target, uint64_t length) {
  DfsContext& context = *ContextOf(fs_);
  pb::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(0);
  request.set_length(length);
  auto response = co_await context.namenode().GetBlockLocations(std::move(request));
  if (!response.ok()) co_return response.status();
  Status outcome;
  std::unique_ptr<OutputStream> chain;
  int chains = 0;
  for (const pb::LocatedBlockProto& block : response->locations().blocks()) {
    if (block.locs_size() == 0) {
      CO_RETURN_IF_ERROR(co_await CloseChain(chain));
      continue;
    }
    if (chain == nullptr) {
      auto created = co_await fs_.Create(target + "/" + std::to_string(chains++));
      if (!created.ok()) co_return created.status();
      chain = std::move(created).value();
    }
    Status copied = co_await CopyBlock(context, block, *chain);
    if (copied.ok()) continue;
    LogError("lost_and_found", "could not copy block blk_{} to {}: {}", block.b().blockid(), target, copied.ToString());
    outcome = copied;
    CO_RETURN_IF_ERROR(co_await CloseChain(chain));
  }
  CO_RETURN_IF_ERROR(co_await CloseChain(chain));
  co_return outcome;
}

Task<Status> LostAndFound::Salvage(std::string path) {
  if (ContextOf(fs_) == nullptr) co_return Status(Code::kUnsupported, "no blocks in " + fs_.uri());
  CO_RETURN_IF_ERROR(co_await MakeFolder());
  auto file = co_await fs_.GetFileStatus(path);
  if (!file.ok()) co_return file.status();
  const std::string target = kFolder + path;
  auto there = co_await fs_.GetFileStatus(target);
  if (there.ok()) {
    LogWarn("lost_and_found", "can't copy the remains of {}, because {} already exists", path, target);
    co_return Status::Ok();
  }
  if (there.status().code() != Code::kFileNotFound) co_return there.status();
  CO_RETURN_IF_ERROR(co_await MakeTarget(*ContextOf(fs_), target, file->permission));
  co_return co_await CopyBlocks(path, target, file->length);
}

}  // namespace tusk::dfs
