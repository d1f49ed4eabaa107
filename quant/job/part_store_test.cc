// Goal: whatever attempts are made, repeated or cut off, the parts become one file with the recipe's bytes; concat where the file
// system has it, copies where not; an interrupted end is gone on with.
#include "quant/job/part_store.h"

#include <gmock/gmock.h>

#include <map>

#include "base/testing/matchers.h"

namespace tusk::quant {
namespace {

// Files in memory; renames and concat as the DFS's.
class MemoryFiles final : public mapreduce::FileSystem {
 public:
  std::map<std::string, std::string> files;
  bool joins = true;
  int calls_left = -1;   // then every call fails, as where the process has ended; -1: never

  std::string uri() const override { return "memory:"; }
  std::string_view counter_name() const override { return "MEMORY"; }
  Result<std::unique_ptr<mapreduce::InputFile>> Open(const std::string& path) override {
    RETURN_IF_ERROR(Call());
    if (!files.contains(path)) return Status(Code::kFileNotFound, path);
    return std::unique_ptr<mapreduce::InputFile>(std::make_unique<Input>(files[path]));
  }
  Result<std::unique_ptr<mapreduce::OutputFile>> Create(const std::string& path, mapreduce::CreateOptions) override {
    RETURN_IF_ERROR(Call());
    return std::unique_ptr<mapreduce::OutputFile>(std::make_unique<Output>(files[path] = ""));
  }
  Result<mapreduce::FileStatus> Stat(const std::string& path) override {
    RETURN_IF_ERROR(Call());
    if (!files.contains(path)) return Status(Code::kFileNotFound, path);
    return StatusOf(path);
  }
  Result<std::vector<mapreduce::FileStatus>> List(const std::string& path) override {
    RETURN_IF_ERROR(Call());
    std::vector<mapreduce::FileStatus> entries;
    for (const auto& [name, content] : files) {
      if (name.starts_with(path + "/")) entries.push_back(StatusOf(name));
    }
    return entries;
  }
  Status MakeDirs(const std::string&) override { return Call(); }
  Status Rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(Call());
    if (!files.contains(from)) return Status(Code::kFileNotFound, from);
    if (files.contains(to)) return Status(Code::kFileAlreadyExists, to);
    files[to] = files[from];
    files.erase(from);
    return Status::Ok();
  }
  Status Remove(const std::string& path) override {
    RETURN_IF_ERROR(Call());
    std::erase_if(files, [&](const auto& file) { return file.first == path || file.first.starts_with(path + "/"); });
    return Status::Ok();
  }
  Status Concat(const std::string& target, const std::vector<std::string>& sources) override {
    RETURN_IF_ERROR(Call());
    if (!joins) return Status(Code::kUnsupported, "no concat here");
    for (const std::string& source : sources) {
      if (!files.contains(source)) return Status(Code::kFileNotFound, source);
    }
    for (const std::string& source : sources) {
      files[target] += files[source];
      files.erase(source);
    }
    return Status::Ok();
  }
  Status SetPermission(const std::string&, uint32_t) override { return Status::Ok(); }
  Status SetAccessTime(const std::string&, int64_t) override { return Status::Ok(); }
  Result<std::vector<mapreduce::BlockLocation>> Locations(const std::string&, uint64_t, uint64_t) override {
    return std::vector<mapreduce::BlockLocation>();
  }

 private:
  struct Input final : mapreduce::InputFile {
    explicit Input(const std::string& text) : text(text) {}
    Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
      const size_t count = std::min<size_t>(out.size(), text.size() - offset);
      std::copy_n(text.begin() + static_cast<ptrdiff_t>(offset), count, out.begin());
      return count;
    }
    uint64_t length() const override { return text.size(); }
    const std::string text;
  };
  struct Output final : mapreduce::OutputFile {
    explicit Output(std::string& file) : file(file) {}
    Status Write(ByteView bytes) override { return text += AsText(bytes), Status::Ok(); }
    Status Close() override { return file = text, Status::Ok(); }
    std::string& file;
    std::string text;
  };
  mapreduce::FileStatus StatusOf(const std::string& path) const {
    mapreduce::FileStatus status;
    status.path = path;
    status.length = files.at(path).size();
    return status;
  }
  Status Call() {
    if (calls_left == 0) return Status(Code::kIOError, "the process has ended");
    if (calls_left > 0) --calls_left;
    return Status::Ok();
  }
};

constexpr char kOutput[] = "/out/model";

std::vector<Piece> ThreePieces() { return {{0, 0, 0, 3}, {0, 2, 3, 4}, {2, 1, 7, 5}}; }
std::string Whole() { return "hdrAAAABBBBB"; }

PartStore Store(MemoryFiles& fs, const std::string& identity = "recipe") { return PartStore({&fs, kOutput}, identity, ThreePieces()); }

Status Commit(const PartStore& store, size_t piece, const std::string& attempt) {
  const Piece& place = store.pieces()[piece];
  return store.Commit(piece, AsBytes(Whole().substr(place.offset, place.bytes)), attempt);
}

TEST(PartStore, PartsBecomeOneFileByConcatOrByCopy) {
  for (const bool joins : {true, false}) {
    MemoryFiles fs;
    fs.joins = joins;
    const PartStore store = Store(fs);
    for (const size_t piece : {2, 0, 1, 0}) ASSERT_OK(Commit(store, piece, "w1"));
    ASSERT_OK(Commit(store, 2, "w2"));  // a second attempt of what is there
    Result<std::string> how = store.Assemble();
    ASSERT_OK(how);
    EXPECT_THAT(how.value(), testing::HasSubstr(joins ? "1 concat" : "copied together"));
    EXPECT_EQ(fs.files, (std::map<std::string, std::string>{{kOutput, Whole()}}));
    EXPECT_TRUE(store.Look()->whole);
  }
}

TEST(PartStore, WhatIsMadeOfOtherInputsDoesNotCount) {
  MemoryFiles fs;
  ASSERT_OK(Commit(Store(fs), 1, "w"));
  EXPECT_EQ(Store(fs).Look()->made, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(Store(fs, "another recipe").Look()->made, (std::vector<bool>{false, false, false}));
  fs.files.begin()->second += "x";
  EXPECT_EQ(Store(fs).Look()->made, (std::vector<bool>{false, false, false})) << "another length";
}

// The end is cut off after any number of calls; the next master does what is left.
TEST(PartStore, AnInterruptedEndIsGoneOnWith) {
  for (const bool joins : {true, false}) {
    for (int calls = 0; calls < 40; ++calls) {
      SCOPED_TRACE(calls);
      MemoryFiles fs;
      fs.joins = joins;
      const PartStore store = Store(fs);
      for (const size_t piece : {0, 1, 2}) ASSERT_OK(Commit(store, piece, "w"));
      fs.calls_left = calls;
      const bool whole = store.Assemble().ok();
      fs.calls_left = -1;
      EXPECT_EQ(store.Look()->made, (std::vector<bool>{true, true, true}));
      if (!whole) ASSERT_OK(store.Assemble());
      EXPECT_EQ(fs.files, (std::map<std::string, std::string>{{kOutput, Whole()}}));
    }
  }
}

}  // namespace
}  // namespace tusk::quant
