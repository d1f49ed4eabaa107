// word_count_control FILE [THREADS]: reads, splits and counts words, and nothing else: what a WordCount job is measured
// against. Prints "word<TAB>count" sorted by word.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr size_t kReadBytes = 1 << 20;

inline bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Open addressing; keys live in one string.
class WordTable {
 public:
  WordTable() : slots_(1 << 16) {}
  void Count(std::string_view word) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (char c : word) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    hash ^= hash >> 32;
    size_t at = hash & (slots_.size() - 1);
    for (;; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.count == 0) break;
      if (slot.size == word.size() && std::memcmp(keys_.data() + slot.key, word.data(), word.size()) == 0) {
        ++slot.count;
        return;
      }
    }
    slots_[at] = {keys_.size(), static_cast<uint32_t>(word.size()), 1, hash};
    keys_.append(word);
    if (++used_ * 2 > slots_.size()) Grow();
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.count > 0) visit(std::string(keys_, slot.key, slot.size), slot.count);
    }
  }

 private:
  struct Slot {
    size_t key = 0;
    uint32_t size = 0;
    uint64_t count = 0;
    uint64_t hash = 0;
  };
  void Grow() {
    std::vector<Slot> larger(slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.count == 0) continue;
      size_t at = slot.hash & (larger.size() - 1);
      while (larger[at].count > 0) at = (at + 1) & (larger.size() - 1);
      larger[at] = slot;
    }
    slots_.swap(larger);
  }
  std::vector<Slot> slots_;
  std::string keys_;
  size_t used_ = 0;
};

// Words that begin in [start, end).
void CountRange(int fd, off_t start, off_t end, WordTable& table) {
  std::vector<char> buffer(kReadBytes * 2);
  size_t kept = 0;
  bool skip = false;
  if (start > 0) {
    char before;
    skip = pread(fd, &before, 1, start - 1) == 1 && !IsSpace(before);
  }
  for (off_t at = start;;) {
    ssize_t count = pread(fd, buffer.data() + kept, kReadBytes, at);
    size_t size = kept + static_cast<size_t>(count > 0 ? count : 0);
    const char* p = buffer.data();
    const char* stop = p + size;
    off_t base = at - static_cast<off_t>(kept);
    kept = 0;
    while (p != stop) {
      while (p != stop && IsSpace(*p)) {
        ++p;
        skip = false;
      }
      if (p == stop) break;
      const char* word = p;
      if (base + (word - buffer.data()) >= end && !skip) return;
      while (p != stop && !IsSpace(*p)) ++p;
      if (p == stop && count > 0) {
        kept = static_cast<size_t>(p - word);
        std::memmove(buffer.data(), word, kept);
        break;
      }
      if (!skip) table.Count({word, static_cast<size_t>(p - word)});
      skip = false;
    }
    if (count <= 0) return;
    at += count;
    if (kept > kReadBytes) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int fd = open(argv[1], O_RDONLY);
  struct stat stat {};
  if (fd < 0 || fstat(fd, &stat) != 0) return 1;
  int threads = argc > 2 ? std::atoi(argv[2]) : static_cast<int>(std::thread::hardware_concurrency());
  std::vector<WordTable> tables(static_cast<size_t>(threads));
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back(CountRange, fd, stat.st_size * i / threads, stat.st_size * (i + 1) / threads, std::ref(tables[static_cast<size_t>(i)]));
  }
  for (std::thread& worker : workers) worker.join();
  std::map<std::string, uint64_t> totals;
  for (const WordTable& table : tables) table.ForEach([&](std::string word, uint64_t count) { totals[std::move(word)] += count; });
  for (const auto& [word, count] : totals) std::printf("%s\t%llu\n", word.c_str(), static_cast<unsigned long long>(count));
  return 0;
}
