// Pieces, manifests, and the rename that makes a checkpoint.
#include "mlkit/job/wire/checkpoint_store.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/core/crc32c.h"
#include "base/env/disk.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kPieceBytesMin = 8 << 20;   // below, one rank writes it all
constexpr uint64_t kManifestBytesMax = 1 << 20;
constexpr uint64_t kWholeBytesMax = uint64_t{64} << 30;
constexpr size_t kKept = 2;
constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kWritingPrefix = ".writing-";
constexpr const char* kManifestName = "manifest.json";

std::string PieceName(uint32_t number) { return "piece-" + std::to_string(number); }

Status Damaged(const std::string& path, const std::string& what) { return Status(Code::kCorruption, path + ": " + what); }

}  // namespace

uint32_t CheckpointStore::PiecesOf(uint64_t bytes, int ranks) {
  return bytes < kPieceBytesMin ? 1 : static_cast<uint32_t>(std::max(1, ranks));
}

ByteView CheckpointStore::PieceOf(ByteView whole, uint32_t pieces, uint32_t number) {
  const size_t begin = whole.size() / pieces * number, end = number + 1 == pieces ? whole.size() : whole.size() / pieces * (number + 1);
  return whole.subspan(begin, end - begin);
}

std::string CheckpointStore::PathOf(uint64_t step) const {
  std::string digits = std::to_string(step);
  digits.insert(0, digits.size() < 12 ? 12 - digits.size() : 0, '0');
  return JoinPath(place_.path, std::string(kPrefix) + digits);
}

std::string CheckpointStore::WritingPath(uint64_t epoch, uint64_t step) const {
  return JoinPath(place_.path, std::string(kWritingPrefix) + std::to_string(epoch) + "-" + std::to_string(step));
}

Result<CheckpointPiece> CheckpointStore::WritePiece(uint64_t epoch, uint64_t step, uint32_t number, ByteView bytes) {
  const std::string folder = WritingPath(epoch, step);
  RETURN_IF_ERROR(place_.fs->MakeDirs(folder));
  ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::OutputFile> file, place_.fs->Create(JoinPath(folder, PieceName(number)), {}));
  RETURN_IF_ERROR(file->Write(bytes));
  RETURN_IF_ERROR(file->Close());
  return CheckpointPiece{number, bytes.size(), Crc32c(0, bytes)};
}

Result<std::string> CheckpointStore::Commit(uint64_t epoch, uint64_t step, const std::vector<CheckpointPiece>& pieces) {
  nlohmann::json manifest;
  manifest["format"] = "tusk.pieces";
  manifest["version"] = 1;
  manifest["step"] = step;
  for (const CheckpointPiece& piece : pieces) {
    manifest["pieces"].push_back({{"name", PieceName(piece.number)}, {"bytes", piece.bytes}, {"crc32c", piece.crc32c}});
  }
  const std::string writing = WritingPath(epoch, step), path = PathOf(step);
  RETURN_IF_ERROR(place_.fs->WriteFile(JoinPath(writing, kManifestName), manifest.dump()));
  const Status renamed = place_.fs->Rename(writing, path);
  if (renamed.code() == Code::kFileAlreadyExists) {  // written again after a restart: equal contents
    RETURN_IF_ERROR(place_.fs->Remove(writing));
  } else {
    RETURN_IF_ERROR(renamed);
  }
  // Leftovers do no harm: what cannot be removed stays.
  ASSIGN_OR_RETURN(const std::vector<uint64_t> steps, Steps());
  for (size_t i = kKept; i < steps.size(); ++i) (void)place_.fs->Remove(PathOf(steps[i]));
  return place_.fs->uri() + path;
}

Result<std::vector<uint64_t>> CheckpointStore::Steps() const {
  std::vector<uint64_t> steps;
  Result<std::vector<mapreduce::FileStatus>> entries = place_.fs->List(place_.path);
  if (entries.code() == Code::kFileNotFound) return steps;
  if (!entries.ok()) return std::move(entries).status();
  for (const mapreduce::FileStatus& entry : entries.value()) {
    const std::string name = BaseName(entry.path);
    if (!entry.is_directory || !name.starts_with(kPrefix)) continue;
    uint64_t step = 0;
    const auto [end, error] = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
    if (error == std::errc() && end == name.data() + name.size()) steps.push_back(step);
  }
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

Result<std::vector<ManifestPiece>> DecodeManifest(std::string_view json) {
  const Status wrong(Code::kCorruption, "its manifest is not one of a checkpoint");
  const nlohmann::json manifest = nlohmann::json::parse(json, nullptr, false);
  if (!manifest.is_object()) return wrong;
  std::vector<ManifestPiece> pieces;
  uint64_t whole = 0;
  try {
    if (manifest.at("format").get<std::string>() != "tusk.pieces") return wrong;
    if (manifest.at("version").get<int64_t>() != 1) return Status(Code::kCorruption, "written by a newer version");
    for (const nlohmann::json& entry : manifest.at("pieces")) {
      ManifestPiece piece;
      piece.name = entry.at("name").get<std::string>();
      const nlohmann::json& bytes = entry.at("bytes");
      if (!bytes.is_number_unsigned() || bytes.get<uint64_t>() > kWholeBytesMax - whole || piece.name.find('/') != std::string::npos) {
        return Status(Code::kCorruption, "its manifest names a bad piece");
      }
      piece.bytes = bytes.get<uint64_t>();
      piece.crc32c = entry.at("crc32c").get<uint32_t>();
      whole += piece.bytes;
      pieces.push_back(std::move(piece));
    }
  } catch (const nlohmann::json::exception&) {
    return wrong;
  }
  return pieces;
}

Result<std::vector<uint8_t>> CheckpointStore::Read(uint64_t step) const {
  const std::string folder = PathOf(step);
  ASSIGN_OR_RETURN(const std::string text, place_.fs->ReadFile(JoinPath(folder, kManifestName), kManifestBytesMax));
  Result<std::vector<ManifestPiece>> pieces = DecodeManifest(text);
  if (!pieces.ok()) return Damaged(folder, std::string(pieces.status().message()));
  std::vector<uint8_t> whole;
  for (const ManifestPiece& piece : *pieces) {
    const std::string path = JoinPath(folder, piece.name);
    ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::InputFile> file, place_.fs->Open(path));
    if (file->length() != piece.bytes) {
      return Damaged(path, std::to_string(file->length()) + " bytes instead of " + std::to_string(piece.bytes));
    }
    const size_t at = whole.size();
    whole.resize(at + piece.bytes);
    for (uint64_t done = 0; done < piece.bytes;) {
      ASSIGN_OR_RETURN(const size_t count, file->ReadAt(done, MutableByteView(whole).subspan(at + done)));
      if (count == 0) return Damaged(path, "ends at byte " + std::to_string(done));
      done += count;
    }
    if (Crc32c(0, ByteView(whole).subspan(at)) != piece.crc32c) return Damaged(path, "wrong checksum");
  }
  return whole;
}

}  // namespace tusk::ml
