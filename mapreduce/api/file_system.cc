// What every FileSystem can do by its primitives: whole files and globs.
#include "mapreduce/api/file_system.h"

#include <algorithm>

namespace tusk::mapreduce {

Result<bool> FileSystem::Exists(const std::string& path) {
  Result<FileStatus> stat = Stat(path);
  if (stat.ok()) return true;
  if (stat.code() == Code::kFileNotFound) return false;
  return stat.status();
}

Result<std::string> FileSystem::ReadFile(const std::string& path, uint64_t bytes_max) {
  ASSIGN_OR_RETURN(std::unique_ptr<InputFile> file, Open(path));
  if (file->length() > bytes_max) {
    return Status(Code::kResourceExhausted, path + " has " + std::to_string(file->length()) + " bytes");
  }
  std::string bytes(file->length(), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    ASSIGN_OR_RETURN(size_t count, file->ReadAt(filled, {reinterpret_cast<uint8_t*>(bytes.data()) + filled, bytes.size() - filled}));
    if (count == 0) return Status(Code::kEndOfFile, path + " ends early");
    filled += count;
  }
  return bytes;
}

Status FileSystem::WriteFile(const std::string& path, std::string_view bytes, CreateOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, Create(path, options));
  RETURN_IF_ERROR(file->Write(AsBytes(bytes)));
  return file->Close();
}

namespace {

// "a{b,c}d" -> "abd", "acd"; innermost groups last, as often as there are braces.
void ExpandBraces(const std::string& pattern, std::vector<std::string>& out) {
  size_t open = pattern.find('{');
  if (open == std::string::npos) {
    out.push_back(pattern);
    return;
  }
  int depth = 0;
  std::vector<size_t> cuts = {open};
  size_t close = std::string::npos;
  for (size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '{') ++depth;
    if (pattern[i] == ',' && depth == 1) cuts.push_back(i);
    if (pattern[i] == '}' && --depth == 0) {
      close = i;
      break;
    }
  }
  if (close == std::string::npos || out.size() > 10'000) {
    out.push_back(pattern);
    return;
  }
  cuts.push_back(close);
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    ExpandBraces(pattern.substr(0, open) + pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1) + pattern.substr(close + 1), out);
  }
}

// [a-z], [!a-z], [^a-z] at `pattern[0]`; cuts it off.
bool MatchClass(std::string_view& pattern, char c) {
  size_t close = pattern.find(']', 2);
  if (close == std::string_view::npos) return false;
  std::string_view set = pattern.substr(1, close - 1);
  pattern.remove_prefix(close + 1);
  bool negated = set.front() == '!' || set.front() == '^';
  if (negated) set.remove_prefix(1);
  bool inside = false;
  for (size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      inside = inside || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      inside = inside || set[i] == c;
    }
  }
  return inside != negated;
}

bool Matches(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      for (size_t skip = 0; skip <= name.size(); ++skip) {
        if (Matches(pattern.substr(1), name.substr(skip))) return true;
      }
      return false;
    }
    if (name.empty()) return false;
    if (pattern.front() == '[') {
      if (!MatchClass(pattern, name.front())) return false;
    } else {
      if (pattern.front() == '\\' && pattern.size() > 1) {
        pattern.remove_prefix(1);
        if (pattern.front() != name.front()) return false;
      } else if (pattern.front() != '?' && pattern.front() != name.front()) {
        return false;
      }
      pattern.remove_prefix(1);
    }
    name.remove_prefix(1);
  }
  return name.empty();
}

bool HasWildcard(std::string_view part) { return part.find_first_of("*?[\\") != std::string_view::npos; }

Status GlobOne(FileSystem& fs, const std::string& pattern, std::vector<FileStatus>& found) {
  std::vector<std::string> folders = {""};
  size_t at = 0;
  while (at < pattern.size()) {
    size_t next = pattern.find('/', at + 1);
    if (next == std::string::npos) next = pattern.size();
    std::string part = pattern.substr(at + 1, next - at - 1);
    bool last = next >= pattern.size();
    std::vector<std::string> matched;
    for (const std::string& folder : folders) {
      if (!HasWildcard(part)) {
        matched.push_back(part.empty() ? folder : folder + "/" + part);
        continue;
      }
      Result<std::vector<FileStatus>> entries = fs.List(folder.empty() ? "/" : folder);
      if (!entries.ok()) {
        if (entries.code() == Code::kFileNotFound) continue;
        return std::move(entries).status();
      }
      for (const FileStatus& entry : *entries) {
        std::string_view name = std::string_view(entry.path).substr(entry.path.rfind('/') + 1);
        if ((last || entry.is_directory) && Matches(part, name)) matched.push_back(folder + "/" + std::string(name));
      }
    }
    folders = std::move(matched);
    at = next;
  }
  for (const std::string& path : folders) {
    Result<FileStatus> stat = fs.Stat(path.empty() ? "/" : path);
    if (stat.ok()) {
      found.push_back(std::move(stat).value());
    } else if (stat.code() != Code::kFileNotFound || !HasWildcard(pattern)) {
      return std::move(stat).status();
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<FileStatus>> FileSystem::Glob(const std::string& pattern) {
  std::vector<std::string> plain;
  ExpandBraces(pattern, plain);
  std::vector<FileStatus> found;
  for (const std::string& one : plain) {
    Status status = GlobOne(*this, one, found);
    if (!status.ok() && (plain.size() == 1 || status.code() != Code::kFileNotFound)) return status;
  }
  std::sort(found.begin(), found.end(), [](const FileStatus& a, const FileStatus& b) { return a.path < b.path; });
  return found;
}

}  // namespace tusk::mapreduce
