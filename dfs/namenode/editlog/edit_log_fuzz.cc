// Any bytes as a segment's frames, records and inode records: decoded or refused, never a crash.
#include <cstddef>
#include <cstdint>

#include "dfs/namenode/editlog/edit_record.h"
#include "dfs/namenode/editlog/segment.h"
#include "dfs/namenode/namespace/edit.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;
  using namespace tusk::dfs;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)DecodeSegmentHeader(bytes, "fuzz").ok();
  (void)DecodeFrame(bytes, SegmentHeader{});
  RecordReader payload(bytes);
  for (Txid txid = 1; payload.remaining() > 0; ++txid) {
    Result<EditRecord> record = ReadEditRecord(payload, txid);
    if (!record.ok()) break;
    // What decodes encodes to something that decodes to the same.
    std::string again;
    AppendEditRecord(again, *record, record->changes);
    RecordReader reader(again);
    Result<EditRecord> second = ReadEditRecord(reader, txid);
    TUSK_CHECK(second.ok() && reader.AtEnd() && second->changes.size() == record->changes.size());
  }
  Result<Inode> inode = Inode::Decode(1, "fuzz", bytes);
  if (inode.ok()) TUSK_CHECK(Inode::Decode(1, "fuzz", inode->Encode()).ok());
  (void)Counters::Decode(bytes).ok();
  (void)BlockOwner::Decode(bytes).ok();
  return 0;
}
