// Protobuf's wire format, as far as tokenizer.model needs it: field 1 of the model is a piece; of a piece field 1 is its
// text, 2 its score (fixed32), 3 its type (varint). Others are skipped.
#include "quant/convert/sentence_piece.h"

#include <cstring>

#include "quant/io/utf8.h"

namespace tusk::quant {
namespace {

class WireReader {
 public:
  WireReader(ByteView bytes, uint64_t base, const std::string& what) : bytes_(bytes), base_(base), what_(what) {}

  bool at_end() const { return at_ == bytes_.size(); }
  uint64_t offset() const { return base_ + at_; }
  Status Bad(const std::string& why) const {
    return Status(Code::kCorruption, what_ + ": at byte " + std::to_string(offset()) + ": " + why);
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_end()) return Bad("truncated number");
      const uint8_t byte = bytes_[at_++];
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Bad("a number of more than ten bytes");
  }

  Result<ByteView> Bytes(uint64_t size) {
    if (size > bytes_.size() - at_) return Bad("a field of " + std::to_string(size) + " bytes: truncated");
    const ByteView part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }

  Result<ByteView> Message() {
    ASSIGN_OR_RETURN(const uint64_t size, Varint());
    return Bytes(size);
  }

  Status Skip(uint64_t wire_type) {
    switch (wire_type) {
      case 0: return internal::TakeStatus(Varint());
      case 1: return internal::TakeStatus(Bytes(8));
      case 2: return internal::TakeStatus(Message());
      case 5: return internal::TakeStatus(Bytes(4));
      default: return Bad("wire type " + std::to_string(wire_type));
    }
  }

 private:
  ByteView bytes_;
  uint64_t base_;
  const std::string& what_;
  size_t at_ = 0;
};

Result<SentencePiece> ReadPiece(ByteView bytes, uint64_t base, const std::string& what) {
  WireReader reader(bytes, base, what);
  SentencePiece piece;
  while (!reader.at_end()) {
    ASSIGN_OR_RETURN(const uint64_t key, reader.Varint());
    if (key == ((1 << 3) | 2)) {
      ASSIGN_OR_RETURN(const ByteView text, reader.Message());
      piece.text = std::string(AsText(text));
      if (!IsUtf8(piece.text)) return reader.Bad("a piece that is not UTF-8");
    } else if (key == ((2 << 3) | 5)) {
      ASSIGN_OR_RETURN(const ByteView score, reader.Bytes(4));
      std::memcpy(&piece.score, score.data(), sizeof(piece.score));
    } else if (key == (3 << 3)) {
      ASSIGN_OR_RETURN(const uint64_t type, reader.Varint());
      if (type < 1 || type > 6) return reader.Bad("a piece of type " + std::to_string(type));
      piece.type = static_cast<int32_t>(type);
    } else {
      RETURN_IF_ERROR(reader.Skip(key & 7));
    }
  }
  return piece;
}

}  // namespace

Result<std::vector<SentencePiece>> ReadSentencePieces(ByteView bytes, const std::string& what) {
  WireReader reader(bytes, 0, what);
  std::vector<SentencePiece> pieces;
  while (!reader.at_end()) {
    ASSIGN_OR_RETURN(const uint64_t key, reader.Varint());
    if (key == ((1 << 3) | 2)) {
      ASSIGN_OR_RETURN(const ByteView message, reader.Message());
      ASSIGN_OR_RETURN(SentencePiece piece, ReadPiece(message, reader.offset() - message.size(), what));
      pieces.push_back(std::move(piece));
    } else {
      RETURN_IF_ERROR(reader.Skip(key & 7));
    }
  }
  if (pieces.empty()) return Status(Code::kCorruption, what + " has no pieces: no SentencePiece model");
  return pieces;
}

}  // namespace tusk::quant
