// Names, commits, and the joining of parts.
#include "quant/job/part_store.h"

#include <algorithm>
#include <map>

#include "base/env/disk.h"
#include "base/security/sha256.h"

namespace tusk::quant {
namespace {

constexpr size_t kDigestDigits = 24;
constexpr size_t kJoinedAtOnce = 1000;       // parts in one call of concat
constexpr size_t kCopyBytes = 4 << 20;

std::string DigestOf(const std::string& identity) {
  Sha256 digest;
  digest.Update(AsBytes(identity));
  return digest.Hex().substr(0, kDigestDigits);
}

}  // namespace

PartStore::PartStore(mapreduce::Location output, const std::string& identity, std::vector<Piece> pieces)
    : output_(std::move(output)),
      folder_(JoinPath(ParentPath(output_.path), "_" + BaseName(output_.path) + ".parts")),
      digest_(DigestOf(identity)),
      pieces_(std::move(pieces)) {
  for (const Piece& piece : pieces_) size_ += piece.bytes;
}

std::string PartStore::NameOf(size_t piece) const {
  std::string number = std::to_string(piece);
  number.insert(0, number.size() < 7 ? 7 - number.size() : 0, '0');
  return JoinPath(folder_, "part-" + number + "-" + digest_);
}

Result<std::vector<mapreduce::FileStatus>> PartStore::List() const {
  Result<std::vector<mapreduce::FileStatus>> entries = output_.fs->List(folder_);
  if (!entries.ok() && entries.code() == Code::kFileNotFound) return std::vector<mapreduce::FileStatus>();
  return entries;
}

Result<PartStore::Standing> PartStore::Look() const {
  Standing standing;
  // Nobody starts this where the output is there: who finds it, finds what an earlier master has made of the parts.
  const Result<mapreduce::FileStatus> output = output_.fs->Stat(output_.path);
  if (!output.ok() && output.code() != Code::kFileNotFound) return output.status();
  standing.whole = output.ok() && !output->is_directory && output->length == size_;
  standing.made.assign(pieces_.size(), standing.whole);
  if (standing.whole) return standing;
  ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> entries, List());
  std::map<std::string, uint64_t> lengths;
  for (const mapreduce::FileStatus& entry : entries) lengths[BaseName(entry.path)] = entry.length;
  // The first part grows as others are joined to it.
  uint64_t joined = 0;
  if (const auto first = lengths.find(BaseName(NameOf(0))); first != lengths.end()) joined = first->second;
  for (size_t piece = 0; piece < pieces_.size(); ++piece) {
    const auto found = lengths.find(BaseName(NameOf(piece)));
    standing.made[piece] = pieces_[piece].offset + pieces_[piece].bytes <= joined ||
                           (piece > 0 && found != lengths.end() && found->second == pieces_[piece].bytes);
  }
  return standing;
}

Status PartStore::Commit(size_t piece, ByteView bytes, const std::string& attempt) const {
  const std::string place = NameOf(piece), partial = JoinPath(folder_, "." + BaseName(place) + "." + attempt);
  ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::OutputFile> file, output_.fs->Create(partial, {}));
  Status status = file->Write(bytes);
  if (status.ok()) status = file->Close();
  if (status.ok()) status = output_.fs->Rename(partial, place);
  if (status.ok()) return status;
  (void)output_.fs->Remove(partial);  // another attempt may have been first: then it is there
  const Result<mapreduce::FileStatus> there = output_.fs->Stat(place);
  return there.ok() && there->length >= bytes.size() ? Status::Ok() : status;
}

Result<std::string> PartStore::Join() const {
  const std::string first = NameOf(0);
  ASSIGN_OR_RETURN(const mapreduce::FileStatus begun, output_.fs->Stat(first));
  size_t joined = 0;
  while (joined < pieces_.size() && pieces_[joined].offset + pieces_[joined].bytes <= begun.length) ++joined;
  if (joined == 0 || pieces_[joined - 1].offset + pieces_[joined - 1].bytes != begun.length) {
    return Status(Code::kCorruption, first + " has a length that no row of parts has");
  }
  size_t calls = 0;
  while (joined < pieces_.size()) {
    std::vector<std::string> next;
    for (size_t piece = joined; piece < std::min(joined + kJoinedAtOnce, pieces_.size()); ++piece) next.push_back(NameOf(piece));
    const Status status = output_.fs->Concat(first, next);
    if (!status.ok()) {
      const std::string whole = JoinPath(folder_, "whole-" + digest_);
      RETURN_IF_ERROR(CopyTogether(whole, joined).WithContext("copied together, since concat was refused (" + status.ToString() + ")"));
      RETURN_IF_ERROR(output_.fs->Rename(whole, output_.path));
      return std::to_string(pieces_.size()) + " parts copied together: concat was refused: " + std::string(status.message());
    }
    joined += next.size();
    ++calls;
  }
  RETURN_IF_ERROR(output_.fs->Rename(first, output_.path));
  return std::to_string(pieces_.size()) + " parts joined on the DFS by " + std::to_string(calls) + " concat" + (calls == 1 ? "" : "s");
}

// `joined`: the first part holds that many.
Status PartStore::CopyTogether(const std::string& to, size_t joined) const {
  ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::OutputFile> out, output_.fs->Create(to, {}));
  std::vector<uint8_t> buffer(kCopyBytes);
  uint64_t copied = 0;
  for (size_t piece = 0; piece < pieces_.size(); piece = piece == 0 ? joined : piece + 1) {
    ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::InputFile> in, output_.fs->Open(NameOf(piece)));
    for (uint64_t at = 0; at < in->length();) {
      ASSIGN_OR_RETURN(const size_t count, in->ReadAt(at, buffer));
      if (count == 0) return Status(Code::kCorruption, NameOf(piece) + " has shrunk");
      RETURN_IF_ERROR(out->Write(ByteView(buffer).first(count)));
      at += count;
      copied += count;
    }
  }
  if (copied != size_) return Status(Code::kCorruption, "the parts have " + std::to_string(copied) + " bytes, not " + std::to_string(size_));
  return out->Close();
}

Result<std::string> PartStore::Assemble() const {
  ASSIGN_OR_RETURN(const Standing standing, Look());
  Result<std::string> how = std::string("the output is there");
  if (!standing.whole) how = Join();
  RETURN_IF_ERROR(how);
  RETURN_IF_ERROR(output_.fs->Remove(folder_));
  return how;
}

}  // namespace tusk::quant
