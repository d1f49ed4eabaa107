// A client's load on any DFS (ours or Hadoop's), in one process of many clients; the native twin of DfsLoad.java.
// usage: dfs_load CONF write|read|small FOLDER CLIENTS AMOUNT [REPLICATION]
// AMOUNT is MiB altogether, of `small` files of 4 KiB. A smaller round before warms connections (and a JVM) up. Prints
// "wall SECONDS cpu SECONDS bytes N files N" of the measured round.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "base/env/real_env.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::dfs {
namespace {

constexpr size_t kSmallBytes = 4096;
constexpr size_t kBufferBytes = 1 << 20;

struct Plan {
  std::string conf;
  std::string verb;
  std::string folder;
  int clients = 1;
  uint64_t amount = 0;  // bytes, or files
  uint32_t replication = 1;
};

double CpuSeconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Loader {
 public:
  explicit Loader(Plan plan) : plan_(std::move(plan)), buffer_(kBufferBytes) {
    uint64_t word = 88172645463325252ull;
    for (uint8_t& byte : buffer_) {
      word ^= word << 13, word ^= word >> 7, word ^= word << 17;
      byte = static_cast<uint8_t>(word);
    }
  }

  Status Run() {
    RETURN_IF_ERROR(conf_.LoadFolder(*disk_, plan_.conf));
    for (int i = 0; i < plan_.clients; ++i) {
      ASSIGN_OR_RETURN(auto systems, BlockingFileSystems::Create(*clock_, *random_, *disk_, conf_, ClientUser{"root", "/"}));
      ASSIGN_OR_RETURN(BlockingFileSystem fs, systems->Default());
      systems_.push_back(std::move(systems));
      clients_.push_back(fs);
    }
    RETURN_IF_ERROR(clients_[0].Mkdirs(plan_.folder));
    RETURN_IF_ERROR(Round(plan_.amount / 8, "/warm"));
    const double cpu = CpuSeconds();
    const TimePoint began = clock_->Now();
    RETURN_IF_ERROR(Round(plan_.amount, "/run"));
    const double wall = std::chrono::duration<double>(clock_->Now() - began).count();
    std::printf("wall %.4f cpu %.4f bytes %llu files %llu\n", wall, CpuSeconds() - cpu,
                static_cast<unsigned long long>(bytes_), static_cast<unsigned long long>(files_));
    return Status::Ok();
  }

 private:
  Status Round(uint64_t amount, const std::string& name) {
    bytes_ = files_ = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < plan_.clients; ++i) {
      threads.emplace_back([this, i, amount, &name] {
        Status done = OneClient(clients_[static_cast<size_t>(i)], amount / static_cast<uint64_t>(plan_.clients),
                                plan_.folder + name + std::to_string(i));
        std::lock_guard lock(mutex_);
        if (!done.ok() && outcome_.ok()) outcome_ = done;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return outcome_;
  }

  Status OneClient(BlockingFileSystem& fs, uint64_t amount, const std::string& path) {
    if (plan_.verb == "write") return WriteFile(fs, path, amount);
    if (plan_.verb == "read") return ReadFile(fs, path);
    for (uint64_t i = 0; i < amount; ++i) RETURN_IF_ERROR(WriteFile(fs, path + "." + std::to_string(i), kSmallBytes));
    return Status::Ok();
  }

  Status WriteFile(BlockingFileSystem& fs, const std::string& path, uint64_t bytes) {
    CreateOptions options;
    options.replication = plan_.replication;
    ASSIGN_OR_RETURN(auto out, fs.Create(path, options));
    for (uint64_t done = 0; done < bytes;) {
      size_t count = std::min<uint64_t>(buffer_.size(), bytes - done);
      RETURN_IF_ERROR(out->Write(ByteView(buffer_).first(count)));
      done += count;
    }
    RETURN_IF_ERROR(out->Close());
    bytes_ += bytes;
    ++files_;
    return Status::Ok();
  }

  Status ReadFile(BlockingFileSystem& fs, const std::string& path) {
    ASSIGN_OR_RETURN(auto in, fs.Open(path));
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, in->ReadPiece());
      if (piece.empty()) break;
      bytes_ += piece.size();
    }
    ++files_;
    return in->Close();
  }

  const Plan plan_;
  std::vector<uint8_t> buffer_;
  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  std::unique_ptr<Random> random_ = MakeSystemRandom();
  std::unique_ptr<Disk> disk_ = MakePosixDisk();
  Configuration conf_;
  std::vector<std::unique_ptr<BlockingFileSystems>> systems_;
  std::vector<BlockingFileSystem> clients_;
  std::atomic<uint64_t> bytes_ = 0, files_ = 0;
  std::mutex mutex_;
  Status outcome_;
};

}  // namespace
}  // namespace tusk::dfs

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: dfs_load CONF write|read|small FOLDER CLIENTS AMOUNT [REPLICATION]\n");
    return 2;
  }
  tusk::dfs::Plan plan{argv[1], argv[2], argv[3], std::atoi(argv[4]), std::strtoull(argv[5], nullptr, 10),
                       argc > 6 ? static_cast<uint32_t>(std::atoi(argv[6])) : 1};
  if (plan.verb != "small") plan.amount <<= 20;
  tusk::Status done = tusk::dfs::Loader(plan).Run();
  if (!done.ok()) std::fprintf(stderr, "dfs_load: %s\n", done.ToString().c_str());
  return done.ok() ? 0 : 1;
}
