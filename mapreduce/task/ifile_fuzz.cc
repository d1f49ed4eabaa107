// Fuzz: segments, spill indexes, SequenceFiles, splits and shuffle headers made of any bytes end in an error or an end.
#include <cstdint>
#include <memory>
#include <string>

#include "mapreduce/client/job_files.h"
#include "mapreduce/shuffle/shuffle_wire.h"
#include "mapreduce/task/ifile.h"
#include "mapreduce/task/sequence_file.h"

namespace tusk::mapreduce {
namespace {

class MemoryFile : public InputFile {
 public:
  explicit MemoryFile(ByteView bytes) : bytes_(bytes) {}
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    if (offset >= bytes_.size()) return size_t{0};
    size_t count = std::min(out.size(), bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  uint64_t length() const override { return bytes_.size(); }

 private:
  ByteView bytes_;
};

void Drain(IFileReader& reader) {
  for (int i = 0; i < 10'000; ++i) {
    Result<bool> more = reader.Next();
    if (!more.ok() || !*more) return;
  }
}

void ReadSegment(ByteView bytes, Codec codec) {
  Drain(*IFileReader::Open(std::make_unique<MemorySource>(bytes), bytes.size(), codec));
  // With a right checksum, so that the records behind it are reached.
  std::string whole(AsText(bytes));
  uint8_t crc[4];
  StoreBigEndian<uint32_t>(crc, Crc32(0, bytes));
  whole.append(reinterpret_cast<char*>(crc), 4);
  Result<std::unique_ptr<IFileReader>> reader = IFileReader::OpenMemory(whole, codec);
  if (reader.ok()) Drain(**reader);
}

void ReadSequence(ByteView bytes) {
  Result<std::unique_ptr<SequenceReader>> reader = SequenceReader::Open(std::make_unique<MemoryFile>(bytes));
  if (!reader.ok()) return;
  ByteView key, value;
  for (int i = 0; i < 1000; ++i) {
    Result<bool> more = (*reader)->Next(key, value);
    if (!more.ok() || !*more) break;
  }
  (void)(*reader)->Sync(bytes.size() / 2);
}

}  // namespace
}  // namespace tusk::mapreduce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk::mapreduce;
  if (size == 0) return 0;
  tusk::ByteView bytes(data + 1, size - 1);
  switch (data[0] % 6) {
    case 0: ReadSegment(bytes, Codec::kNone); break;
    case 1: ReadSegment(bytes, Codec::kLz4); break;
    case 2: ReadSegment(bytes, Codec::kDeflate); break;
    case 3: ReadSequence(bytes); break;
    case 4: {
      (void)DecodeSpillIndex(bytes);
      ShuffleHeader header;
      (void)ShuffleHeader::Decode(bytes, header);
      break;
    }
    default: (void)DecodeSplits(bytes.first(bytes.size() / 2), bytes.subspan(bytes.size() / 2)); break;
  }
  return 0;
}
