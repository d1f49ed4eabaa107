// PartStore: the pieces of an output as files in a folder beside it, and their end as one file. Files come by renames and are named
// by what they hold, so it does not matter how many attempts were made, or by whom.
#pragma once

#include <string>
#include <vector>

#include "mapreduce/api/file_system.h"
#include "quant/job/pieces.h"

namespace tusk::quant {

class PartStore {
 public:
  // `identity`: of all that the output is made from; digested into the names.
  PartStore(mapreduce::Location output, const std::string& identity, std::vector<Piece> pieces);

  const std::vector<Piece>& pieces() const { return pieces_; }
  std::string folder() const { return folder_; }
  // Which pieces are made.
  struct Standing {
    std::vector<bool> made;
    bool whole = false;     // the output is there
  };
  Result<Standing> Look() const;
  // `attempt` differs from those of all others that may make the same.
  Status Commit(size_t piece, ByteView bytes, const std::string& attempt) const;
  // All pieces are made: joins them, and gives the output its name. Goes on where an earlier call was interrupted. The answer
  // says how, for a person.
  Result<std::string> Assemble() const;

 private:
  std::string NameOf(size_t piece) const;
  Result<std::vector<mapreduce::FileStatus>> List() const;
  Result<std::string> Join() const;
  Status CopyTogether(const std::string& to, size_t joined) const;

  mapreduce::Location output_;
  std::string folder_, digest_;
  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace tusk::quant
