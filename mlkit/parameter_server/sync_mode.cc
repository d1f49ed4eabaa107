// Reading "ssp:3" and "topk:0.01".
#include "mlkit/parameter_server/sync_mode.h"

#include <charconv>

namespace tusk::ml {
namespace {

template <typename Number>
bool ParseAll(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<SyncMode> ParseSyncMode(const std::string& text) {
  constexpr uint64_t kStalenessMax = 1'000'000;
  if (text == "bsp") return SyncMode{};
  if (text == "asp") return SyncMode{Consistency::kAsp, 0};
  SyncMode mode{Consistency::kSsp, 0};
  if (text.starts_with("ssp:") && ParseAll(std::string_view(text).substr(4), mode.staleness) && mode.staleness <= kStalenessMax) return mode;
  return Status(Code::kInvalidArgument, "sync is bsp, ssp:STEPS or asp, not '" + text + "'");
}

Result<CodecChoice> ParseCodecChoice(const std::string& text) {
  if (text.starts_with("topk:")) {
    CodecChoice choice{GradientCodec::kTopK, 0};
    if (ParseAll(std::string_view(text).substr(5), choice.share) && choice.share > 0 && choice.share <= 1) return choice;
  } else if (text != "topk") {
    if (Result<GradientCodec> codec = GradientCodecOf(text); codec.ok()) return CodecChoice{codec.value(), 1};
  }
  return Status(Code::kInvalidArgument, "codec is none, fp16, int8 or topk:SHARE with a share above 0 and up to 1, not '" + text + "'");
}

}  // namespace tusk::ml
