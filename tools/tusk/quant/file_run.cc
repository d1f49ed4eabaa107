// Threads, the partial file and its journal.
#include "tools/tusk/quant/file_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/core/crc32c.h"
#include "tools/tusk/ml/training_progress.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kWritebackBytes = 16 << 20;  // dirty pages that may gather before the kernel is asked to write: little is left for the end
constexpr Duration kPause = Millis(200);
constexpr std::string_view kMagic = "tusk-quant-1\n";

// One finished unit in the journal.
struct Mark {
  uint32_t unit = 0;
  uint32_t crc = 0;    // of its bytes
  uint32_t check = 0;  // of the two above
  void Seal() { check = Crc32c(0, {reinterpret_cast<const uint8_t*>(this), 8}); }
  bool Sealed() const { return check == Crc32c(0, {reinterpret_cast<const uint8_t*>(this), 8}); }
};
static_assert(sizeof(Mark) == 12);

class FileRun {
 public:
  FileRun(CliContext& context, const quant::OutputRecipe& recipe, const FileRunSettings& settings, const std::atomic<bool>& stop)
      : context_(context), recipe_(recipe), settings_(settings), stop_(stop), partial_(settings.path + ".partial"),
        journal_path_(partial_ + ".done"), lock_path_(partial_ + ".lock"), terminal_(::isatty(::fileno(context.err)) == 1) {}

  Result<FileRunReport> Run() {
    start_ = context_.clock.Now();
    Result<std::unique_ptr<FileLock>> lock = context_.disk.Lock(lock_path_);
    if (lock.code() == Code::kAlreadyExists) return Status(Code::kAlreadyExists, settings_.path + " is being written by another process");
    if (!lock.ok()) return lock.status();
    RETURN_IF_ERROR(Begin());
    RETURN_IF_ERROR(RunUnits());
    RETURN_IF_ERROR(Commit());
    report_.seconds = Seconds();
    return report_;
  }

 private:
  double Seconds() const { return static_cast<double>((context_.clock.Now() - start_).count()) * 1e-9; }

  // The journal's first line: whose partial file this is.
  std::string JournalHead() const {
    return std::string(kMagic) + settings_.identity + "\n" + std::to_string(recipe_.size()) + " " +
           std::to_string(recipe_.units().size()) + " " + std::to_string(Crc32c(0, recipe_.header())) + "\n";
  }

  Status Begin() {
    todo_.resize(recipe_.units().size(), true);
    report_.units = todo_.size();
    if (!settings_.restart) RETURN_IF_ERROR(TakeUp());
    RETURN_IF_ERROR(CheckSpace());
    const std::string head = JournalHead();
    if (report_.resumed_units == 0) {
      ASSIGN_OR_RETURN(data_, context_.disk.Open(partial_, OpenMode::kCreateTruncate));
      ASSIGN_OR_RETURN(journal_, context_.disk.Open(journal_path_, OpenMode::kCreateTruncate));
      RETURN_IF_ERROR(journal_->WriteAt(0, AsBytes(head)));
      journal_end_ = head.size();
    }
    RETURN_IF_ERROR(data_->WriteAt(0, recipe_.header()));
    for (size_t i = 0; i < todo_.size(); ++i) {
      if (todo_[i]) total_in_ += recipe_.units()[i].in_bytes;
    }
    return Status::Ok();
  }

  // What an earlier run left: every unit of its journal whose bytes have the checksum.
  Status TakeUp() {
    if (!context_.disk.Exists(journal_path_) || !context_.disk.Exists(partial_)) return Status::Ok();
    ASSIGN_OR_RETURN(const std::string journal, context_.disk.ReadFile(journal_path_, uint64_t{1} << 30));
    const std::string head = JournalHead();
    if (!journal.starts_with(head)) {
      Say("note", partial_ + " is of other inputs or settings: starting anew");
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(data_, context_.disk.Open(partial_, OpenMode::kReadWrite));
    ASSIGN_OR_RETURN(journal_, context_.disk.Open(journal_path_, OpenMode::kReadWrite));
    std::vector<uint8_t> bytes;
    for (journal_end_ = head.size(); journal_end_ + sizeof(Mark) <= journal.size(); journal_end_ += sizeof(Mark)) {
      Mark mark;
      std::memcpy(&mark, journal.data() + journal_end_, sizeof(mark));
      if (!mark.Sealed() || mark.unit >= todo_.size()) break;
      const quant::OutputRecipe::Unit& unit = recipe_.units()[mark.unit];
      bytes.resize(unit.bytes);
      ASSIGN_OR_RETURN(const size_t count, data_->ReadAt(unit.offset, bytes));
      if (count < bytes.size() || Crc32c(0, bytes) != mark.crc || !todo_[mark.unit]) continue;
      todo_[mark.unit] = false;
      ++report_.resumed_units;
    }
    if (report_.resumed_units > 0) {
      Say("resumed", "going on: " + std::to_string(report_.resumed_units) + " of " + std::to_string(todo_.size()) + " units are done");
    }
    return Status::Ok();
  }

  Status CheckSpace() {
    uint64_t wanted = report_.resumed_units == 0 ? recipe_.header().size() : 0;
    for (size_t i = 0; i < todo_.size(); ++i) {
      if (todo_[i]) wanted += recipe_.units()[i].bytes;
    }
    const Result<DiskSpace> space = context_.disk.Space(ParentPath(settings_.path));
    if (!space.ok() || space->available_bytes >= wanted) return Status::Ok();
    // What a partial file of ours already takes is counted in `wanted` once more where it starts anew.
    const Result<FileStat> old = context_.disk.Stat(partial_);
    if (report_.resumed_units == 0 && old.ok() && space->available_bytes + old->size >= wanted) return Status::Ok();
    return Status(Code::kNoSpace, "no space left for " + settings_.path + ": " + ShortBytes(static_cast<double>(wanted)) +
                                      " wanted, " + ShortBytes(static_cast<double>(space->available_bytes)) + " free");
  }

  Status RunUnits() {
    std::vector<std::thread> threads;
    const size_t count = std::max<size_t>(1, std::min(settings_.threads, todo_.size()));
    for (size_t i = 1; i < count; ++i) threads.emplace_back([this] { Work(); });
    Work();
    for (std::thread& thread : threads) thread.join();
    if (shown_) std::fputc('\n', context_.err);
    if (!failure_.ok()) return failure_;
    if (stop_) {
      RETURN_IF_ERROR(data_->Sync());
      return Status(Code::kInterrupted, "interrupted: the same command goes on from here (" + partial_ + ")");
    }
    return Status::Ok();
  }

  void Work() {
    const Status status = WorkThrough();
    if (status.ok()) return;
    std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = status;
    failed_ = true;
  }

  Status WorkThrough() {
    // A file of one's own: writes to one File come from one thread.
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file, context_.disk.Open(partial_, OpenMode::kReadWrite));
    quant::UnitScratch scratch;
    scratch.device = settings_.device;
    std::vector<uint8_t> bytes;
    while (!stop_ && !failed_) {
      const size_t index = next_.fetch_add(1);
      if (index >= todo_.size()) break;
      if (!todo_[index]) continue;
      const quant::OutputRecipe::Unit& unit = recipe_.units()[index];
      bytes.resize(unit.bytes);
      RETURN_IF_ERROR(recipe_.Run(index, scratch, bytes));
      RETURN_IF_ERROR(WriteUnit(*file, unit.offset, bytes));
      RETURN_IF_ERROR(Note(index, Crc32c(0, bytes)));
    }
    return Status::Ok();
  }

  Status WriteUnit(File& file, uint64_t offset, ByteView bytes) {
    const Status status = file.WriteAt(offset, bytes);
    if (status.code() == Code::kNoSpace) {
      return Status(Code::kNoSpace, "no space left for " + settings_.path + "; what is done stays in " + partial_ +
                                        ", the same command goes on from there");
    }
    return status;
  }

  Status Note(size_t index, uint32_t crc) {
    Mark mark{.unit = static_cast<uint32_t>(index), .crc = crc};
    mark.Seal();
    const quant::OutputRecipe::Unit& unit = recipe_.units()[index];
    bool write_back = false;
    {
      std::lock_guard lock(mutex_);
      RETURN_IF_ERROR(NoteLocked(index, mark));
      unwritten_ += unit.bytes;
      write_back = unwritten_ >= kWritebackBytes;
      if (write_back) unwritten_ = 0;
    }
    if (write_back) data_->StartWriteback(0, 0);  // it may wait for the disk's queue: the others go on
    return Status::Ok();
  }

  Status NoteLocked(size_t index, const Mark& mark) {
    const quant::OutputRecipe::Unit& unit = recipe_.units()[index];
    RETURN_IF_ERROR(journal_->WriteAt(journal_end_, {reinterpret_cast<const uint8_t*>(&mark), sizeof(mark)}));
    journal_end_ += sizeof(mark);
    report_.in_bytes += unit.in_bytes;
    report_.out_bytes += unit.bytes;
    Show(index);
    return Status::Ok();
  }

  // With mutex_ held.
  void Show(size_t index) {
    const TimePoint now = context_.clock.Now();
    const bool last = report_.in_bytes == total_in_;
    if (settings_.quiet || (now - last_shown_ < kPause && !(last && settings_.json))) return;
    last_shown_ = now;
    const double seconds = Seconds(), done = static_cast<double>(report_.in_bytes), total = static_cast<double>(total_in_);
    const double rate = seconds > 0 ? done / seconds : 0;
    const double left = rate > 0 ? (total - done) / rate : 0;
    if (settings_.json) {
      const nlohmann::json json = {{"event", "progress"}, {"tensor", recipe_.tensors()[recipe_.TensorOf(index)].name}, {"bytes", report_.in_bytes},
                                   {"bytes_total", total_in_}, {"bytes_per_second", rate}, {"seconds", seconds}, {"seconds_left", left}};
      std::fprintf(context_.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
      std::fflush(context_.out);
      return;
    }
    if (!terminal_) return;
    std::fprintf(context_.err, "\r%3.0f %%  %s of %s  %s/s  %s left  %-32.32s", total > 0 ? done / total * 100 : 100.0,
                 ShortBytes(done).c_str(), ShortBytes(total).c_str(), ShortBytes(rate).c_str(), ShortSeconds(left).c_str(),
                 recipe_.tensors()[recipe_.TensorOf(index)].name.c_str());
    std::fflush(context_.err);
    shown_ = true;
  }

  void Say(const char* event, const std::string& text) {
    if (settings_.json) {
      const nlohmann::json json = {{"event", event}, {"message", text}};
      std::fprintf(context_.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else if (!settings_.quiet) {
      std::fprintf(context_.err, "%s\n", text.c_str());
    }
  }

  Status Commit() {
    RETURN_IF_ERROR(data_->Truncate(recipe_.size()));
    RETURN_IF_ERROR(data_->Sync());
    data_.reset();
    journal_.reset();
    RETURN_IF_ERROR(context_.disk.Rename(partial_, settings_.path));
    RETURN_IF_ERROR(context_.disk.SyncDir(ParentPath(settings_.path)));
    RETURN_IF_ERROR(context_.disk.RemoveFile(journal_path_));
    return context_.disk.RemoveFile(lock_path_);
  }

  CliContext& context_;
  const quant::OutputRecipe& recipe_;
  const FileRunSettings& settings_;
  const std::atomic<bool>& stop_;
  const std::string partial_, journal_path_, lock_path_;
  const bool terminal_;
  TimePoint start_, last_shown_;
  std::vector<bool> todo_;  // not written while threads run
  std::unique_ptr<File> data_, journal_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // of all below, and of journal_
  uint64_t journal_end_ = 0;
  uint64_t total_in_ = 0, unwritten_ = 0;
  bool shown_ = false;
  Status failure_;
  FileRunReport report_;
};

}  // namespace

std::string ShortBytes(double bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(units)) {
    bytes /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

Result<FileRunReport> RunToFile(CliContext& context, const quant::OutputRecipe& recipe, const FileRunSettings& settings,
                                const std::atomic<bool>& stop) {
  return FileRun(context, recipe, settings, stop).Run();
}

}  // namespace tusk::tools
