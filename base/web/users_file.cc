// Lines of the users file; scrypt by OpenSSL.
#include "base/web/users_file.h"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "base/security/hmac.h"
#include "base/web/text.h"

namespace tusk::web {
namespace {

struct Cost {
  uint64_t log2_n = 15;
  uint64_t r = 8;
  uint64_t p = 1;
};
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr uint64_t kFileBytesMax = 4 << 20;

bool ParseBounded(std::string_view text, uint64_t min, uint64_t max, uint64_t& number) {
  return ParseNumber(text, number) && number >= min && number <= max;
}

struct ParsedHash {
  Cost cost;
  std::string salt;
  std::string hash;
};

std::optional<ParsedHash> ParseHash(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, ':');
  ParsedHash parsed;
  if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
  if (!ParseBounded(parts[1], 10, 20, parsed.cost.log2_n) || !ParseBounded(parts[2], 1, 32, parsed.cost.r) ||
      !ParseBounded(parts[3], 1, 16, parsed.cost.p)) {
    return std::nullopt;
  }
  auto salt = Base64Decode(parts[4]);
  auto hash = Base64Decode(parts[5]);
  if (!salt.ok() || !hash.ok() || salt->size() < 8 || hash->size() != kHashBytes) return std::nullopt;
  parsed.salt = *salt;
  parsed.hash = *hash;
  return parsed;
}

std::string Scrypt(std::string_view password, std::string_view salt, const Cost& cost) {
  std::array<uint8_t, kHashBytes> hash;
  const uint64_t n = uint64_t{1} << cost.log2_n;
  const uint64_t memory_max = 128 * cost.r * (n + cost.p + 2) + (1 << 20);
  const int done = EVP_PBE_scrypt(password.data(), password.size(), AsBytes(salt).data(), salt.size(), n, cost.r, cost.p,
                                  memory_max, hash.data(), hash.size());
  TUSK_CHECK(done == 1) << "scrypt is not available";
  return std::string(AsText(hash));
}

}  // namespace

Result<ConsoleUsers> ConsoleUsers::Parse(std::string_view text) {
  ConsoleUsers users;
  size_t number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto wrong = [number](const char* what) {
      return Status(Code::kInvalidArgument, "line " + std::to_string(number) + ": " + what);
    };
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return wrong("is not NAME:ROLE:HASH");
    const std::string name(line.substr(0, first));
    const std::optional<Role> role = RoleOf(line.substr(first + 1, second - first - 1));
    if (!IsUserName(name)) return wrong("is no user name");
    if (!role) return wrong("is none of the roles viewer, operator, admin");
    const std::string_view hash = line.substr(second + 1);
    if (!ParseHash(hash)) return wrong("is no hash of `tusk console adduser`");
    users.users_[name] = ConsoleUser{*role, std::string(hash)};
  }
  return users;
}

Result<ConsoleUsers> ConsoleUsers::Read(Disk& disk, const std::string& path) {
  auto stat = disk.Stat(path);
  if (stat.code() == Code::kFileNotFound) return ConsoleUsers();
  if (!stat.ok()) return stat.status();
  if ((stat->mode & 022) != 0) {
    return Status(Code::kAccessControl, path + " can be written by others: chmod 600 " + path);
  }
  ASSIGN_OR_RETURN(std::string text, disk.ReadFile(path, kFileBytesMax));
  auto users = Parse(text);
  if (!users.ok()) return users.status().WithContext(path);
  return users;
}

std::string ConsoleUsers::Format() const {
  std::string text = "# Users of the console: tusk console adduser|passwd|deluser|list\n";
  for (const auto& [name, user] : users_) text += name + ":" + std::string(NameOf(user.role)) + ":" + user.hash + "\n";
  return text;
}

Status ConsoleUsers::Write(Disk& disk, const std::string& path) const {
  RETURN_IF_ERROR(disk.MakeDirs(ParentPath(path), 0700));
  const std::string fresh = path + ".new";
  {
    ASSIGN_OR_RETURN(auto file, disk.Open(fresh, OpenMode::kCreateTruncate));
    RETURN_IF_ERROR(disk.SetMode(fresh, 0600));
    RETURN_IF_ERROR(file->WriteAt(0, AsBytes(Format())));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(disk.Rename(fresh, path));
  return disk.SyncDir(ParentPath(path));
}

const ConsoleUser* ConsoleUsers::Find(std::string_view name) const {
  auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

bool ConsoleUsers::Remove(std::string_view name) {
  auto found = users_.find(name);
  if (found == users_.end()) return false;
  users_.erase(found);
  return true;
}

bool IsUserName(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '-' || name.front() == '.') return false;
  for (char c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!fine) return false;
  }
  return true;
}

Status CheckPassword(std::string_view password) {
  if (password.size() < 8) return Status(Code::kInvalidArgument, "a password has 8 characters at least");
  if (password.size() > 1024) return Status(Code::kInvalidArgument, "a password has 1024 bytes at most");
  return Status::Ok();
}

std::string HashPassword(std::string_view password, Random& random) {
  std::array<uint8_t, kSaltBytes> salt;
  random.FillSecure(salt);
  const Cost cost;
  return "scrypt:" + std::to_string(cost.log2_n) + ":" + std::to_string(cost.r) + ":" + std::to_string(cost.p) + ":" +
         Base64Encode(AsText(salt)) + ":" + Base64Encode(Scrypt(password, AsText(salt), cost));
}

bool VerifyPassword(std::string_view password, std::string_view hash) {
  const std::optional<ParsedHash> parsed = ParseHash(hash);
  const ParsedHash nobody{Cost{}, std::string(kSaltBytes, '\0'), std::string()};
  const ParsedHash& against = parsed ? *parsed : nobody;
  const std::string made = Scrypt(password, against.salt, against.cost);
  return parsed && EqualInConstantTime(made, against.hash);
}

}  // namespace tusk::web
