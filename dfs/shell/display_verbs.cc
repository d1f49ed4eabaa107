// -cat, -text, -head, -tail, -checksum.
#include <algorithm>
#include <ostream>
#include <thread>

#include <fmt/core.h>

#include "dfs/shell/command.h"
#include "dfs/shell/sequence_text.h"
#include "dfs/shell/text_decoder.h"

namespace tusk::dfs {
namespace {

constexpr uint64_t kEndBytes = 1024;  // what -head and -tail show

class Cat : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1, .args_max = SIZE_MAX, .flags = {"ignoreCrc"}, .values = {}}, args));
    verify_ = !options.has("ignoreCrc");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (item.is_directory()) return IsDirectory(item.text);
    ASSIGN_OR_RETURN(auto stream, item.fs.Open(item.path, verify_));
    return Show(*stream);
  }
  virtual Status Show(BlockingInputStream& stream) {
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, stream.ReadPiece());
      if (piece.empty()) return Status::Ok();
      RETURN_IF_ERROR(Print(piece));
    }
  }
  Status Print(ByteView bytes) {
    out().write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return out() ? Status::Ok() : Status(Code::kIOError, "Unable to write to output stream.");
  }

 private:
  bool verify_ = true;
};

// As -cat, with compressed files expanded and SequenceFiles shown as lines.
class Text : public Cat {
 protected:
  Status ProcessPath(PathData& item) override {
    path_ = item.path;
    return Cat::ProcessPath(item);
  }
  Status Show(BlockingInputStream& stream) override {
    uint8_t magic[4] = {};
    ASSIGN_OR_RETURN(size_t count, stream.ReadAt(0, magic));
    if (count == 4 && AsText(magic).substr(0, 3) == "SEQ") {
      return PrintSequenceFile(stream, [this](std::string_view line) { return Print(AsBytes(line)); });
    }
    bool gzip = count >= 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    std::unique_ptr<TextDecoder> decoder = gzip ? MakeGzipDecoder() : MakeDecoderFor(path_);
    if (decoder == nullptr) return Cat::Show(stream);
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, stream.ReadPiece());
      if (piece.empty()) return decoder->Finish();
      RETURN_IF_ERROR(decoder->Feed(piece, [this](ByteView plain) { return Print(plain); }));
    }
  }

 private:
  std::string path_;
};

class Head : public Cat {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    return ParseCommandOptions({.args_min = 1, .args_max = 1, .flags = {}, .values = {}}, args).status();
  }
  Status Show(BlockingInputStream& stream) override {
    std::vector<uint8_t> bytes(std::min<uint64_t>(kEndBytes, stream.length()));
    ASSIGN_OR_RETURN(size_t count, stream.ReadAt(0, bytes));
    return Print(ByteView(bytes).first(count));
  }
};

class Tail : public Cat {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1, .args_max = 1, .flags = {"f"}, .values = {"s"}}, args));
    follow_ = options.has("f");
    if (auto value = options.values.find("s"); value != options.values.end()) {
      delay_ms_ = std::max(std::atoi(value->second.c_str()), 1);
    }
    return Status::Ok();
  }
  Result<Items> ExpandArgument(const std::string& arg) override {
    ASSIGN_OR_RETURN(PathData item, LookUp(file_systems(), arg));
    return Items{std::move(item)};
  }
  Status ProcessPath(PathData& item) override {
    if (item.is_directory()) return IsDirectory(item.text);
    uint64_t at = item.status->length - std::min(item.status->length, kEndBytes);
    for (;;) {
      ASSIGN_OR_RETURN(auto stream, item.fs.Open(item.path));
      if (at < stream->length()) {
        RETURN_IF_ERROR(stream->Seek(at));
        RETURN_IF_ERROR(Show(*stream));
        at = stream->length();
      }
      if (!follow_) return Status::Ok();
      out().flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms_));
    }
  }

 private:
  bool follow_ = false;
  int delay_ms_ = 5000;
};

class Checksum : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 1, .args_max = SIZE_MAX, .flags = {"v"}, .values = {}}, args));
    verbose_ = options.has("v");
    return Status::Ok();
  }
  Status ProcessPath(PathData& item) override {
    if (item.is_directory()) return IsDirectory(item.text);
    ASSIGN_OR_RETURN(auto checksum, item.fs.GetFileChecksum(item.path));
    if (!checksum.has_value()) {
      out() << item.text << "\tNONE\t\n";
      return Status::Ok();
    }
    std::string hex;
    for (char c : checksum->bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    out() << item.text << "\t" << checksum->algorithm << "\t" << hex;
    if (verbose_) out() << "\tBlockSize=" << item.status->block_size;
    out() << "\n";
    return Status::Ok();
  }

 private:
  bool verbose_ = false;
};

}  // namespace

void AddDisplayVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"cat", "[-ignoreCrc] <src> ...", "Writes files to standard output.\n  -ignoreCrc  does not verify checksums", ""},
                   [] { return std::make_unique<Cat>(); }});
  verbs.push_back({{"text", "[-ignoreCrc] <src> ...", "As -cat; compressed files (gzip, deflate, bzip2, zstd, lz4, snappy) are expanded, SequenceFiles shown as lines of key\nand value.", ""},
                   [] { return std::make_unique<Text>(); }});
  verbs.push_back({{"head", "<file>", "Shows the first KB of a file.", ""}, [] { return std::make_unique<Head>(); }});
  verbs.push_back({{"tail", "[-f] [-s <sleep interval>] <file>",
                    "Shows the last KB of a file.\n"
                    "  -f  goes on as the file grows\n"
                    "  -s  milliseconds between looks (5000)",
                    ""},
                   [] { return std::make_unique<Tail>(); }});
  verbs.push_back({{"checksum", "[-v] <src> ...", "Shows the checksums of files.\n  -v  with the block size", ""},
                   [] { return std::make_unique<Checksum>(); }});
}

}  // namespace tusk::dfs
