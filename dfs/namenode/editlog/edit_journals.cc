// EditJournals, see the header.
#include "dfs/namenode/editlog/edit_journals.h"

#include <algorithm>
#include <utility>

namespace tusk::dfs {

EditJournals::EditJournals(Disk& disk, std::vector<JournalFolder> folders, size_t folders_min, EditLogOptions options,
                           Random& random)
    : disk_(disk), folders_min_(std::max<size_t>(folders_min, 1)), options_(options), random_(random) {
  for (JournalFolder& folder : folders) {
    auto writer = MakeWriter(folder.folder);
    journals_.push_back({std::move(folder), std::move(writer)});
  }
}

std::shared_ptr<EditLogWriter> EditJournals::MakeWriter(const std::string& folder) {
  return std::make_shared<EditLogWriter>(disk_, folder, options_, random_);
}

bool EditJournals::CanLose(const Journal& journal) const {
  return !journal.folder.required && journals_.size() > folders_min_;
}

template <typename Act>
Status EditJournals::OnEach(Act act) {
  std::vector<Journal> journals;
  {
    std::lock_guard lock(mutex_);
    journals = journals_;
  }
  if (journals.empty()) return Status(Code::kIOError, "edit log: no folder is left");
  for (const Journal& journal : journals) {
    Status done = act(*journal.writer);
    if (done.ok()) continue;
    std::lock_guard lock(mutex_);
    faults_.push_back({journal.folder.folder, done});
    if (!CanLose(journal)) return done;
    std::erase_if(journals_, [&](const Journal& other) { return other.writer == journal.writer; });
  }
  return Status::Ok();
}

Status EditJournals::StartSegment(Txid first_txid) {
  {
    std::lock_guard lock(mutex_);
    for (JournalFolder& folder : joining_) {
      auto writer = MakeWriter(folder.folder);
      journals_.push_back({std::move(folder), std::move(writer)});
    }
    joining_.clear();
  }
  return OnEach([first_txid](EditLogWriter& writer) { return writer.StartSegment(first_txid); });
}

Status EditJournals::Append(const Frame& frame) {
  return OnEach([&frame](EditLogWriter& writer) { return writer.Append(frame); });
}

Status EditJournals::MakeRoom() {
  return OnEach([](EditLogWriter& writer) { return writer.MakeRoom(); });
}

uint64_t EditJournals::segment_bytes() const {
  std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const Journal& journal : journals_) bytes = std::max(bytes, journal.writer->segment_bytes());
  return bytes;
}

bool EditJournals::low_on_room() const {
  std::lock_guard lock(mutex_);
  return std::any_of(journals_.begin(), journals_.end(), [](const Journal& journal) { return journal.writer->low_on_room(); });
}

void EditJournals::Add(JournalFolder folder) {
  std::lock_guard lock(mutex_);
  joining_.push_back(std::move(folder));
}

bool EditJournals::Drop(const std::string& folder) {
  std::lock_guard lock(mutex_);
  std::erase_if(joining_, [&](const JournalFolder& other) { return other.folder == folder; });
  for (const Journal& journal : journals_) {
    if (journal.folder.folder != folder) continue;
    if (!CanLose(journal)) return false;
    std::erase_if(journals_, [&](const Journal& other) { return other.folder.folder == folder; });
    return true;
  }
  return true;
}

Status EditJournals::DropFailed(const std::string& folder, const Status& why) {
  if (!Drop(folder)) return why;
  std::lock_guard lock(mutex_);
  faults_.push_back({folder, why});
  return Status::Ok();
}

std::vector<std::string> EditJournals::Folders() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> folders;
  for (const Journal& journal : journals_) folders.push_back(journal.folder.folder);
  return folders;
}

std::vector<JournalFault> EditJournals::TakeFaults() {
  std::lock_guard lock(mutex_);
  return std::exchange(faults_, {});
}

}  // namespace tusk::dfs
