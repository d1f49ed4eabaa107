// TFileWriter: Hadoop's TFile (unsorted, not compressed) as aggregated logs have it (shared facts yarn-wire §12): data
// blocks of records, then meta, index and where they are. Pure: bytes come out by Take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"

namespace tusk::yarn {

class TFileWriter {
 public:
  TFileWriter();
  // A record: its key, then any number of values' parts, then its end.
  void StartRecord(std::string_view key);
  void Append(ByteView part);
  void Append(std::string_view part) { Append(AsBytes(part)); }
  void EndRecord();
  // After the last record.
  void Finish();
  // What has been made since the last Take. Call it often: nothing bounds it otherwise.
  std::string Take();

 private:
  struct Block {
    uint64_t offset;
    uint64_t size;
    std::string last_key;
    uint64_t records;
  };
  void FlushChunk(bool last);
  void EndBlock();
  uint64_t position() const { return taken_ + out_.size(); }

  std::string out_;
  uint64_t taken_ = 0;
  std::string chunk_;  // of the value, not yet written
  std::string first_key_;
  std::string last_key_;
  uint64_t block_start_ = 0;
  uint64_t block_records_ = 0;
  uint64_t records_ = 0;
  std::vector<Block> blocks_;
};

// TFile's own variable-length integers, which are not Writable's.
void AppendTFileInt(std::string& out, int64_t value);
// Java's writeUTF for text whose UTF-8 is at most 65535 bytes; longer text is cut.
void AppendUtf(std::string& out, std::string_view text);

}  // namespace tusk::yarn
