// A record's bytes: length, then fields in order.
#include "dfs/namenode/editlog/edit_record.h"

namespace tusk::dfs {
namespace {

enum ChangeKind : char { kDelete = 0, kPut = 1 };

}  // namespace

void AppendEditRecord(std::string& payload, const EditRecord& record, const std::vector<RecordChange>& changes) {
  std::string body;
  AppendZigzag(body, record.wall_ms);
  AppendBytes(body, record.operation);
  AppendBytes(body, record.client_id);
  if (!record.client_id.empty()) {
    AppendZigzag(body, record.call_id);
    AppendBytes(body, record.response);
  }
  AppendVarint(body, changes.size());
  for (const RecordChange& change : changes) {
    body.push_back(change.value ? kPut : kDelete);
    AppendBytes(body, change.key);
    if (change.value) AppendBytes(body, *change.value);
  }
  AppendBytes(payload, body);
}

Result<EditRecord> ReadEditRecord(RecordReader& payload, Txid txid) {
  std::string_view bytes = payload.Bytes();
  Status damaged(Code::kCorruption, "edit record " + std::to_string(txid) + " does not decode");
  if (!payload.ok()) return damaged;
  RecordReader body(bytes);
  EditRecord record;
  record.txid = txid;
  record.wall_ms = body.Zigzag();
  record.operation = body.Bytes();
  record.client_id = body.Bytes();
  if (!record.client_id.empty()) {
    record.call_id = static_cast<int32_t>(body.Zigzag());
    record.response = body.Bytes();
  }
  uint64_t count = body.Varint();
  if (!body.ok() || count > body.remaining() / 2) return damaged;
  record.changes.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::string_view kind = body.Take(1);
    if (kind.empty() || static_cast<uint8_t>(kind[0]) > kPut) return damaged;
    RecordChange change;
    change.key = body.Bytes();
    if (kind[0] == kPut) change.value = std::string(body.Bytes());
    if (!body.ok()) return damaged;
    record.changes.push_back(std::move(change));
  }
  if (!body.AtEnd()) return damaged;
  return record;
}

}  // namespace tusk::dfs
