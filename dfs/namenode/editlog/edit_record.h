// EditRecord: what one operation did, as an idempotent post-image: the namespace records that it put and deleted, and,
// for the retry cache, who called and what was answered. docs/formats/editlog.md describes the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "dfs/namenode/store/coding.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

struct EditRecord {
  Txid txid = 0;
  int64_t wall_ms = 0;
  std::string operation;  // "mkdirs": for people who read a log
  // Of an at-most-once call; client_id is empty for others.
  std::string client_id;
  int32_t call_id = 0;
  std::string response;  // the serialized answer
  std::vector<RecordChange> changes;
};

// Appends the record without its txid, which follows from its place in the frame.
void AppendEditRecord(std::string& payload, const EditRecord& record, const std::vector<RecordChange>& changes);
// The next record of a frame's payload; kCorruption if the bytes are none.
Result<EditRecord> ReadEditRecord(RecordReader& payload, Txid txid);

}  // namespace tusk::dfs
