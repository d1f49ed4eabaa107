// CheckpointStore: a job's checkpoints in a folder of any file system. A checkpoint is the encoded bundle cut into pieces, one a
// rank where it is large, and a manifest with their lengths and checksums; it exists once its folder has its final name. Two are
// kept. Blocking; format: docs/formats/mlkit_job.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "mapreduce/api/file_system.h"

namespace tusk::ml {

struct CheckpointPiece {
  uint32_t number = 0;
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
};

// What a manifest says: pieces in order, of names that are no paths. Exposed for its tests.
struct ManifestPiece {
  std::string name;
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
};
Result<std::vector<ManifestPiece>> DecodeManifest(std::string_view json);

class CheckpointStore {
 public:
  // `place` is the folder; it need not exist.
  explicit CheckpointStore(mapreduce::Location place) : place_(std::move(place)) {}

  // How many pieces a checkpoint of `bytes` has on `ranks` ranks, and where piece `number` lies.
  static uint32_t PiecesOf(uint64_t bytes, int ranks);
  static ByteView PieceOf(ByteView whole, uint32_t pieces, uint32_t number);

  Result<CheckpointPiece> WritePiece(uint64_t epoch, uint64_t step, uint32_t number, ByteView bytes);
  // All pieces, by number. The path of the checkpoint.
  Result<std::string> Commit(uint64_t epoch, uint64_t step, const std::vector<CheckpointPiece>& pieces);
  // Steps of the complete ones, newest first; none where there is no folder.
  Result<std::vector<uint64_t>> Steps() const;
  Result<std::vector<uint8_t>> Read(uint64_t step) const;
  std::string PathOf(uint64_t step) const;

 private:
  std::string WritingPath(uint64_t epoch, uint64_t step) const;
  mapreduce::Location place_;
};

}  // namespace tusk::ml
