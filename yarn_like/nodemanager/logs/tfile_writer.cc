// Encoding of TFile.
#include "yarn_like/nodemanager/logs/tfile_writer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tusk::yarn {
namespace {

constexpr uint64_t kBlockBytesMin = 256 << 10;
constexpr size_t kChunkBytes = 1 << 20;
constexpr std::array<uint8_t, 16> kMagic = {0xd1, 0x11, 0xd3, 0x68, 0x91, 0xb5, 0xd7, 0xb6,
                                            0x39, 0xdf, 0x41, 0x40, 0x92, 0xba, 0xe1, 0x50};

void AppendBig(std::string& out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}
void AppendText(std::string& out, std::string_view text) {
  AppendTFileInt(out, static_cast<int64_t>(text.size()));
  out += text;
}
void AppendVersion(std::string& out) {
  AppendBig(out, 1, 2);
  AppendBig(out, 0, 2);
}

}  // namespace

void AppendTFileInt(std::string& out, int64_t value) {
  auto push = [&out](int64_t byte) { out.push_back(static_cast<char>(byte)); };
  if (value >= -32 && value < 128) return push(value);
  // One to three more bytes, the first byte taking what is left of the value in a range of its own.
  struct Form {
    int bytes;
    int64_t low, high, shift;
  };
  for (const Form& form : {Form{1, -20, 20, 52}, Form{2, -16, 16, 88}, Form{3, -8, 8, 112}}) {
    int64_t first = value >> (8 * form.bytes);
    if (first < form.low || first >= form.high) continue;
    push(first - form.shift);
    return AppendBig(out, static_cast<uint64_t>(value), form.bytes);
  }
  int bytes = 4;
  while (bytes < 8 && (value >> (8 * bytes - 1)) != 0 && (value >> (8 * bytes - 1)) != -1) ++bytes;
  push(bytes - 129);
  AppendBig(out, static_cast<uint64_t>(value), bytes);
}

void AppendUtf(std::string& out, std::string_view text) {
  text = text.substr(0, 65535);
  AppendBig(out, text.size(), 2);
  out += text;
}

TFileWriter::TFileWriter() {
  out_.assign(kMagic.begin(), kMagic.end());
  block_start_ = position();
}

std::string TFileWriter::Take() {
  taken_ += out_.size();
  return std::exchange(out_, {});
}

void TFileWriter::StartRecord(std::string_view key) {
  AppendTFileInt(out_, static_cast<int64_t>(key.size()));
  out_ += key;
  if (records_ == 0) first_key_ = key;
  last_key_ = key;
}

void TFileWriter::Append(ByteView part) {
  while (!part.empty()) {
    size_t count = std::min(part.size(), kChunkBytes - chunk_.size());
    chunk_ += AsText(part.first(count));
    part = part.subspan(count);
    if (chunk_.size() == kChunkBytes && !part.empty()) FlushChunk(false);
  }
}

void TFileWriter::FlushChunk(bool last) {
  auto size = static_cast<int64_t>(chunk_.size());
  AppendTFileInt(out_, last ? size : -size);
  out_ += chunk_;
  chunk_.clear();
}

void TFileWriter::EndRecord() {
  FlushChunk(true);
  ++records_;
  ++block_records_;
  if (position() - block_start_ >= kBlockBytesMin) EndBlock();
}

void TFileWriter::EndBlock() {
  if (block_records_ == 0) return;
  blocks_.push_back({block_start_, position() - block_start_, last_key_, block_records_});
  block_start_ = position();
  block_records_ = 0;
}

void TFileWriter::Finish() {
  EndBlock();
  struct Region {
    std::string_view name;
    uint64_t offset, size;
  };
  auto region = [this](std::string_view name, const std::string& bytes) {
    Region made{name, position(), bytes.size()};
    out_ += bytes;
    return made;
  };
  std::string meta;
  AppendVersion(meta);
  AppendTFileInt(meta, static_cast<int64_t>(records_));
  AppendText(meta, "");  // no comparator: unsorted

  std::string index;
  if (records_ == 0) {
    AppendTFileInt(index, 0);
  } else {
    std::string entry;
    AppendText(entry, first_key_);
    AppendText(index, entry);
    for (const Block& block : blocks_) {
      entry.clear();
      AppendText(entry, block.last_key);
      AppendTFileInt(entry, static_cast<int64_t>(block.records));
      AppendText(index, entry);
    }
  }
  std::string block_index;
  AppendText(block_index, "none");
  AppendTFileInt(block_index, static_cast<int64_t>(blocks_.size()));
  for (const Block& block : blocks_) {
    AppendTFileInt(block_index, static_cast<int64_t>(block.offset));
    AppendTFileInt(block_index, static_cast<int64_t>(block.size));
    AppendTFileInt(block_index, static_cast<int64_t>(block.size));
  }
  Region meta_region = region("data:TFile.meta", meta);
  Region index_region = region("data:TFile.index", index);
  Region block_region = region("data:BCFile.index", block_index);
  uint64_t directory = position();
  AppendTFileInt(out_, 3);
  for (const Region& each : {block_region, index_region, meta_region}) {
    AppendText(out_, each.name);
    AppendText(out_, "none");
    AppendTFileInt(out_, static_cast<int64_t>(each.offset));
    AppendTFileInt(out_, static_cast<int64_t>(each.size));
    AppendTFileInt(out_, static_cast<int64_t>(each.size));
  }
  AppendBig(out_, directory, 8);
  AppendVersion(out_);
  out_.append(kMagic.begin(), kMagic.end());
}

}  // namespace tusk::yarn
