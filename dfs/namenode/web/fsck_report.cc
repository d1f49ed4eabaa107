// FsckReport, see the header. Every string here is Hadoop's, tabs and double spaces included.
#include "dfs/namenode/web/fsck_report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

namespace tusk::dfs {
namespace {

std::string Number(uint64_t value) { return std::to_string(value); }

// "1 (33.333332 %)"
std::string Share(uint64_t part, uint64_t whole) {
  std::string text = Number(part);
  if (whole > 0) text += " (" + JavaFloat(static_cast<float>(part * 100) / static_cast<float>(whole)) + " %)";
  return text;
}

std::string_view TypeName(int storage_type) {
  switch (storage_type) {
    case 2: return "SSD";
    case 3: return "ARCHIVE";
    case 4: return "RAM_DISK";
    case 5: return "PROVIDED";
    case 6: return "NVDIMM";
    default: return "DISK";
  }
}

}  // namespace

std::string JavaFloat(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0.0";
  char text[64];
  const float size = std::fabs(value);
  if (size >= 1e-3f && size < 1e7f) {
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    std::string plain(text, end);
    return plain.find('.') == std::string::npos ? plain + ".0" : plain;
  }
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  std::string plain(text, end);  // 1.5e-05 -> 1.5E-5
  const size_t e = plain.find('e');
  std::string mantissa = plain.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  return mantissa + "E" + std::to_string(std::stoi(plain.substr(e + 1)));
}

void FsckReport::Begin(const std::string& user, const std::string& remote_ip, const std::string& java_date) {
  text_ += "FSCK started by " + user + " (auth:SIMPLE) from /" + remote_ip + " for path " + options_.path + " at " +
           java_date + "\n";
}

void FsckReport::AddDirectory(const std::string& path) {
  if (directories_ == 0 && totals_.files == 0) text_ += "\n";
  ++directories_;
  if (options_.files) text_ += path + " <dir>\n";
}

std::string FsckReport::ReplicaState(const PlacedReplica& replica, const BlockSpec& block) const {
  const Datanode& node = map_.registry().DatanodeOf(replica.storage);
  if (node.admin_state == AdminState::kDecommissioned) return "DECOMMISSIONED";
  if (node.admin_state == AdminState::kDecommissionInProgress) return "DECOMMISSIONING";
  if (replica.corrupt) return "CORRUPT";
  if (map_.CountReplicas(block.id).excess > 0) return "LIVE";
  if (map_.registry().storage(replica.storage).content_stale) return "STALE_BLOCK_CONTENT";
  return "LIVE";
}

bool FsckReport::ShowsReplicas() const {
  return options_.locations || options_.racks || options_.replica_details || options_.upgrade_domains;
}

std::string FsckReport::Locations(const BlockSpec& block) const {
  std::string text = "[";
  std::vector<PlacedReplica> replicas = map_.Replicas(block.id);
  if (replicas.empty()) {
    for (StorageIndex expected : map_.ExpectedLocations(block.id)) replicas.push_back({expected, false});
  }
  for (size_t i = 0; i < replicas.size(); ++i) {
    if (i > 0) text += ", ";
    const Datanode& node = map_.registry().DatanodeOf(replicas[i].storage);
    const Storage& storage = map_.registry().storage(replicas[i].storage);
    if (options_.racks) {
      text += node.identity.location + "/" + node.identity.XferAddress();
    } else {
      text += "DatanodeInfoWithStorage[" + node.identity.XferAddress() + "," + storage.uuid + "," +
              std::string(TypeName(storage.type)) + "]";
    }
    if (options_.upgrade_domains) text += "(ud=undefined)";  // tusk's datanodes have none
    if (options_.replica_details) text += "(" + ReplicaState(replicas[i], block) + ")";
  }
  return text + "]";
}

void FsckReport::AddToSummary(const FsckFile& file, const BlockSpec& block) {
  std::vector<int> types;
  const std::vector<PlacedReplica> replicas = map_.Replicas(block.id);
  const bool any_good = std::any_of(replicas.begin(), replicas.end(), [](const PlacedReplica& r) { return !r.corrupt; });
  for (const PlacedReplica& replica : replicas) {
    if (!replica.corrupt || !any_good) types.push_back(map_.registry().storage(replica.storage).type);
  }
  policies_.Add(std::move(types), file.storage_policy);
}

void FsckReport::Examine(const FsckFile& file, const BlockSpec& block, size_t number, TimePoint, FileFindings& findings) {
  const ReplicaCounts counts = map_.CountReplicas(block.id);
  const std::string name = pool_id_ + ":blk_" + std::to_string(block.id) + "_" + std::to_string(block.stamp);
  const uint64_t total = counts.live + counts.decommissioned + counts.decommissioning + counts.maintenance;
  const auto length = static_cast<uint64_t>(block.length);
  ++totals_.blocks;
  totals_.size += length;
  totals_.replicas += counts.live;
  totals_.expected_replicas += file.replication;
  const bool corrupt = total == 0 && counts.corrupt > 0;
  if (counts.live + counts.excess >= static_cast<uint32_t>(map_.limits().min_replication)) {
    ++totals_.minimally;
  } else {
    ++totals_.unsafe;
  }
  if (counts.live + counts.excess > file.replication) ++totals_.over;
  if (corrupt) {
    ++findings.corrupt;
    findings.corrupt_size += length;
    text_ += "\n" + file.path + ": CORRUPT blockpool " + pool_id_ + " block blk_" + std::to_string(block.id) + "\n";
  } else if (total == 0) {
    ++findings.missing;
    findings.missing_size += length;
  } else if (counts.live < file.replication) {
    ++totals_.under;
    ++findings.under;
    totals_.missing_replicas += file.replication - counts.live;
    if (!options_.files) text_ += "\n" + file.path + ": ";
    text_ += " Under replicated " + name + ". Target Replicas is " + std::to_string(file.replication) + " but found " +
             std::to_string(counts.live) + " live replica(s), " + std::to_string(counts.decommissioned) +
             " decommissioned replica(s), " + std::to_string(counts.decommissioning) + " decommissioning replica(s).\n";
  }
  if (options_.storage_policies) AddToSummary(file, block);
  if (!options_.blocks) return;
  findings.block_lines += std::to_string(number) + ". " + name + " len=" + std::to_string(block.length);
  if (total == 0 && !corrupt) {
    findings.block_lines += " MISSING!";
  } else {
    findings.block_lines += " Live_repl=" + std::to_string(counts.live);
    if (ShowsReplicas()) findings.block_lines += "  " + Locations(block);
  }
  findings.block_lines += "\n";
}

bool FsckReport::AddFile(const FsckFile& file, TimePoint now) {
  if (directories_ == 0 && totals_.files == 0) text_ += "\n";
  if (file.open && !options_.open_for_write) {
    ++totals_.open_files;
    totals_.open_size += static_cast<uint64_t>(file.length);
    totals_.open_blocks += file.blocks.size();
    return false;
  }
  ++totals_.files;
  const size_t complete = file.blocks.size() - file.open_blocks;
  if (options_.files) {
    text_ += file.path + " " + std::to_string(file.length) + " bytes, replicated: replication=" +
             std::to_string(file.replication) + ", " + std::to_string(file.blocks.size()) + " block(s)";
    text_ += file.open ? ", OPENFORWRITE: " : ": ";
  } else if (file.open) {
    text_ += "\n" + file.path + " " + std::to_string(file.length) + " bytes, replicated: replication=" +
             std::to_string(file.replication) + ", " + std::to_string(file.blocks.size()) + " block(s), OPENFORWRITE: ";
  }
  FileFindings findings;
  for (size_t i = 0; i < complete; ++i) Examine(file, file.blocks[i], i, now, findings);
  for (size_t i = complete; i < file.blocks.size() && options_.blocks; ++i) {
    const BlockSpec& block = file.blocks[i];
    findings.block_lines += "Under Construction Block:\n" + std::to_string(i) + ". " + pool_id_ + ":blk_" +
                            std::to_string(block.id) + "_" + std::to_string(block.stamp) + " len=" +
                            std::to_string(block.length) + " Expected_repl=" +
                            std::to_string(map_.ExpectedLocations(block.id).size());
    if (ShowsReplicas()) findings.block_lines += "  " + Locations(block);
    findings.block_lines += "\n";
  }
  totals_.missing += findings.missing;
  totals_.missing_size += findings.missing_size;
  totals_.corrupt += findings.corrupt;
  totals_.corrupt_size += findings.corrupt_size;
  auto summary = [&](const char* word, uint64_t count, uint64_t size) {
    if (count == 0) return;
    const std::string what = std::string(word) + " " + Number(count) + " blocks of total size " + Number(size) + " B";
    text_ += options_.files ? " " + what + "\n" : "\n" + file.path + ": " + what + ".";
  };
  if (findings.missing + findings.corrupt > 0) ++totals_.corrupt_files;
  summary("MISSING", findings.missing, findings.missing_size);
  summary("CORRUPT", findings.corrupt, findings.corrupt_size);
  if (options_.files) {
    if (findings.missing + findings.corrupt + findings.under == 0) text_ += " OK\n";
    if (options_.blocks) text_ += findings.block_lines + "\n";
  }
  return findings.missing + findings.corrupt > 0 && !file.open;
}

void FsckReport::PrintTotals() {
  const bool damaged = totals_.missing + totals_.corrupt > 0;
  std::set<std::string> racks;
  size_t nodes = 0;
  for (const Datanode& node : map_.registry().datanodes()) {
    if (!node.alive) continue;
    ++nodes;
    racks.insert(node.identity.location);
  }
  const Totals& t = totals_;
  std::string& out = text_;
  out += std::string("\nStatus: ") + (damaged ? "CORRUPT" : "HEALTHY") + "\n";
  out += " Number of data-nodes:\t" + Number(nodes) + "\n Number of racks:\t\t" + Number(racks.size()) + "\n";
  out += " Total dirs:\t\t\t" + Number(directories_) + "\n Total symlinks:\t\t" + Number(symlinks_) + "\n";
  out += "\nReplicated Blocks:\n Total size:\t" + Number(t.size) + " B";
  if (t.open_size > 0) out += " (Total open files size: " + Number(t.open_size) + " B)";
  out += "\n Total files:\t" + Number(t.files);
  if (t.open_files > 0) out += " (Files currently being written: " + Number(t.open_files) + ")";
  out += "\n Total blocks (validated):\t" + Number(t.blocks);
  if (t.blocks > 0) out += " (avg. block size " + Number(t.size / t.blocks) + " B)";
  if (t.open_blocks > 0) out += " (Total open file blocks (not validated): " + Number(t.open_blocks) + ")";
  out += "\n";
  if (damaged || t.unsafe > 0) {
    out += "  ********************************\n";
    if (t.unsafe > 0) {
      out += "  UNDER MIN REPL'D BLOCKS:\t" + Share(t.unsafe, t.blocks) + "\n";
      out += "  MINIMAL BLOCK REPLICATION:\t" + std::to_string(map_.limits().min_replication) + "\n";
    }
    if (t.corrupt_files > 0) {
      out += "  CORRUPT FILES:\t" + Number(t.corrupt_files) + "\n";
    }
    if (t.missing > 0) {
      out += "  MISSING BLOCKS:\t" + Number(t.missing) + "\n  MISSING SIZE:\t\t" + Number(t.missing_size) + " B\n";
    }
    if (t.corrupt > 0) {
      out += "  CORRUPT BLOCKS: \t" + Number(t.corrupt) + "\n  CORRUPT SIZE:\t\t" + Number(t.corrupt_size) + " B\n";
    }
    out += "  ********************************\n";
  }
  out += " Minimally replicated blocks:\t" + Share(t.minimally, t.blocks) + "\n";
  out += " Over-replicated blocks:\t" + Share(t.over, t.blocks) + "\n";
  out += " Under-replicated blocks:\t" + Share(t.under, t.blocks) + "\n";
  out += " Mis-replicated blocks:\t\t" + Share(t.misplaced, t.blocks) + "\n";
  out += " Default replication factor:\t" + std::to_string(default_replication_) + "\n";
  const float average = t.blocks == 0 ? 0.0f : static_cast<float>(t.replicas) / static_cast<float>(t.blocks);
  out += " Average block replication:\t" + JavaFloat(average) + "\n";
  out += " Missing blocks:\t\t" + Number(t.missing) + "\n Corrupt blocks:\t\t" + Number(t.corrupt) + "\n";
  out += " Missing replicas:\t\t" + Share(t.missing_replicas, t.expected_replicas) + "\n";
  out += " Blocks queued for replication:\t" + Number(map_.Stats().pending_replication) + "\n";
  out += "\nErasure Coded Block Groups:\n Total size:\t0 B\n Total files:\t0\n Total block groups (validated):\t0\n"
         " Minimally erasure-coded block groups:\t0\n Over-erasure-coded block groups:\t0\n"
         " Under-erasure-coded block groups:\t0\n Unsatisfactory placement block groups:\t0\n"
         " Average block group size:\t0.0\n Missing block groups:\t\t0\n Corrupt block groups:\t\t0\n"
         " Missing internal blocks:\t0\n Blocks queued for replication:\t0\n";
}

void FsckReport::Finish(const std::string& java_date, int64_t took_ms) {
  if (directories_ == 0 && totals_.files == 0) text_ += "\n";
  PrintTotals();
  if (options_.storage_policies) text_ += policies_.ToString();
  const std::string ended = "FSCK ended at " + java_date + " in " + std::to_string(took_ms) + " milliseconds\n";
  text_ += ended;
  if (internal_error_) return FinishFailed(ended + "fsck encountered internal errors!");  // as Hadoop: it ends twice
  text_ += "\n\nThe filesystem under path '" + options_.path + "' is " +
           (totals_.missing + totals_.corrupt > 0 ? "CORRUPT" : "HEALTHY");
}

void FsckReport::FinishFailed(const std::string& why) {
  text_ += why + "\n\n\nFsck on path '" + options_.path + "' FAILED";
}

void FsckReport::FinishMissingPath() { text_ += "\n\nPath '" + options_.path + "' does not exist"; }

void FsckReport::FinishCorruptList(const std::vector<std::pair<int64_t, std::string>>& corrupt, size_t seen) {
  text_ += "Cookie:\t" + std::to_string(seen + corrupt.size()) + "\n";
  for (const auto& [id, path] : corrupt) {
    text_ += "blk_" + std::to_string(id) + "\t" + std::to_string(map_.ReplicationOf(id)) + "\t" + path + "\n";
  }
  text_ += "\n\nThe filesystem under path '" + options_.path + "' has " +
           (!corrupt.empty() ? std::to_string(corrupt.size()) : seen > 0 ? "no more" : "no") + " CORRUPT files\n\n";
}

void FsckReport::BeginBlocks(const std::string& user, const std::string& remote_ip, const std::string& java_date) {
  text_ += "FSCK started by " + user + " (auth:SIMPLE) from /" + remote_ip + " at " + java_date + "\n";
}

void FsckReport::AddBlock(int64_t id, const std::string& path) {
  text_ += "\n";
  if (path.empty()) {
    text_ += "Block blk_" + std::to_string(id) + " does not exist\n";
    return;
  }
  text_ += "Block Id: blk_" + std::to_string(id) + "\n";
  const ReplicaCounts counts = map_.CountReplicas(id);
  text_ += "Block belongs to: " + path + "\n";
  text_ += "No. of Expected Replica: " + std::to_string(map_.ReplicationOf(id)) + "\n";
  text_ += "No. of live Replica: " + std::to_string(counts.live) + "\n";
  text_ += "No. of excess Replica: " + std::to_string(counts.excess) + "\n";
  text_ += "No. of stale Replica: " + std::to_string(counts.stale) + "\n";
  text_ += "No. of decommissioned Replica: " + std::to_string(counts.decommissioned) + "\n";
  text_ += "No. of decommissioning Replica: " + std::to_string(counts.decommissioning) + "\n";
  text_ += "No. of corrupted Replica: " + std::to_string(counts.corrupt) + "\n";
  for (const PlacedReplica& replica : map_.Replicas(id)) {
    const Datanode& node = map_.registry().DatanodeOf(replica.storage);
    const std::string state = ReplicaState(replica, map_.SpecOf(id));
    text_ += "Block replica on datanode/rack: " + node.identity.host + node.identity.location + " is ";
    if (state == "LIVE" || state == "STALE_BLOCK_CONTENT") {
      text_ += "HEALTHY\n";
    } else {
      text_ += state + (replica.corrupt ? "\t ReasonCode: " + map_.CorruptReason(id, replica.storage) + "\n" : "\n");
    }
  }
}

std::string FsckReport::TakeText() { return std::exchange(text_, {}); }

}  // namespace tusk::dfs
