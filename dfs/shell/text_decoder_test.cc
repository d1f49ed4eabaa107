// -text's decoders, on data that the same libraries (or gzip's own bytes) made.
#include "dfs/shell/text_decoder.h"

#include <bzlib.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

std::string Sample() {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}

// What comes out when `bytes` are fed in pieces of `piece`.
Result<std::string> Decode(TextDecoder& decoder, std::string_view bytes, size_t piece = 4097) {
  std::string plain;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    RETURN_IF_ERROR(decoder.Feed(AsBytes(bytes.substr(at, piece)), [&plain](ByteView view) {
      plain += AsText(view);
      return Status::Ok();
    }));
  }
  RETURN_IF_ERROR(decoder.Finish());
  return plain;
}

std::string Deflated(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string out(size, 0);
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(size);
  return out;
}

std::string Bzipped(const std::string& text) {
  auto size = static_cast<unsigned>(text.size() + 1000);
  std::string out(size, 0);
  BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()), static_cast<unsigned>(text.size()), 9, 0, 0);
  out.resize(size);
  return out;
}

TEST(TextDecoder, DeflateByTheNameOfTheFile) {
  auto decoder = MakeDecoderFor("/a/b.deflate");
  auto plain = Decode(*decoder, Deflated(Sample()));
  ASSERT_OK(plain);
  EXPECT_EQ(*plain, Sample());
}

TEST(TextDecoder, Bzip2StreamsFollowEachOther) {
  auto decoder = MakeDecoderFor("b.bz2");
  auto plain = Decode(*decoder, Bzipped(Sample()) + Bzipped("end"));
  ASSERT_OK(plain);
  EXPECT_EQ(*plain, Sample() + "end");
}

TEST(TextDecoder, Zstd) {
  std::string text = Sample();
  std::string out(ZSTD_compressBound(text.size()), 0);
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  auto decoder = MakeDecoderFor("b.zst");
  auto plain = Decode(*decoder, out);
  ASSERT_OK(plain);
  EXPECT_EQ(*plain, text);
}

TEST(TextDecoder, BlocksOfSnappyInHadoopsFraming) {
  std::string text = Sample();
  size_t half = text.size() / 2;
  auto chunk = [](std::string_view part) {
    size_t size = snappy_max_compressed_length(part.size());
    std::string out(size + 4, 0);
    snappy_compress(part.data(), part.size(), out.data() + 4, &size);
    StoreBigEndian(reinterpret_cast<uint8_t*>(out.data()), static_cast<uint32_t>(size));
    return out.substr(0, size + 4);
  };
  std::string head(4, 0);
  StoreBigEndian(reinterpret_cast<uint8_t*>(head.data()), static_cast<uint32_t>(text.size()));
  auto decoder = MakeDecoderFor("b.snappy");
  auto plain = Decode(*decoder, head + chunk(std::string_view(text).substr(0, half)) + chunk(std::string_view(text).substr(half)));
  ASSERT_OK(plain);
  EXPECT_EQ(*plain, text);
}

TEST(TextDecoder, AFileThatStopsInTheMiddleIsAnError) {
  std::string whole = Deflated(Sample());
  auto decoder = MakeDecoderFor("b.deflate");
  EXPECT_EQ(Decode(*decoder, std::string_view(whole).substr(0, whole.size() / 2)).code(), Code::kEndOfFile);
}

TEST(TextDecoder, OtherNamesHaveNone) { EXPECT_EQ(MakeDecoderFor("/a.txt"), nullptr); }

}  // namespace
}  // namespace tusk::dfs
