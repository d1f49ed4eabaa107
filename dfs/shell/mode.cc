// Modes of -chmod.
#include "dfs/shell/mode.h"

#include <cstdlib>
#include <string>

namespace tusk::dfs {

Result<ModeChange> ModeChange::Parse(std::string_view text) {
  Status wrong(Code::kInvalidArgument, std::string(text));
  ModeChange change;
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (!digits.empty() && digits.find_first_not_of("01234567") == std::string_view::npos) {
    if (digits.size() != 3 && digits.size() != 4) return wrong;
    if (digits.size() == 4 && digits[0] != '0' && digits[0] != '1') return wrong;
    change.octal_ = true;
    change.sets_sticky_ = digits.size() == 4;
    change.value_ = static_cast<uint32_t>(std::strtoul(std::string(digits).c_str(), nullptr, 8));
    return change;
  }
  size_t at = 0;
  while (at <= text.size()) {
    size_t end = std::min(text.find(',', at), text.size());
    std::string_view part = text.substr(at, end - at);
    at = end + 1;
    Clause clause;
    size_t i = 0;
    for (; i < part.size() && std::string_view("ugoa").find(part[i]) != std::string_view::npos; ++i) {
      clause.who |= part[i] == 'u' ? 0700 : part[i] == 'g' ? 0070 : part[i] == 'o' ? 0007 : 0777;
    }
    if (i == part.size() || std::string_view("+-=").find(part[i]) == std::string_view::npos) return wrong;
    clause.operation = part[i++];
    if (i == part.size()) return wrong;
    for (; i < part.size(); ++i) {
      switch (part[i]) {
        case 'r': clause.bits |= 4; break;
        case 'w': clause.bits |= 2; break;
        case 'x': clause.bits |= 1; break;
        case 'X': clause.x_if_any = true; break;
        case 't': clause.sticky = true; break;
        default: return wrong;
      }
    }
    if (clause.who == 0) clause.who = 0777;
    change.clauses_.push_back(clause);
  }
  return change;
}

uint32_t ModeChange::Apply(uint32_t permission, bool is_directory) const {
  if (octal_) return sets_sticky_ ? value_ : value_ | (permission & 01000);
  uint32_t result = permission;
  for (const Clause& clause : clauses_) {
    uint32_t bits = clause.bits;
    if (clause.x_if_any && (is_directory || (permission & 0111) != 0)) bits |= 1;
    uint32_t spread = (bits << 6 | bits << 3 | bits) & clause.who;
    switch (clause.operation) {
      case '+':
        result |= spread;
        if (clause.sticky) result |= 01000;
        break;
      case '-':
        result &= ~spread;
        if (clause.sticky) result &= ~01000u;
        break;
      default:
        result = (result & ~clause.who) | spread;
        if (clause.sticky) result |= 01000;
    }
  }
  return result & 01777;
}

}  // namespace tusk::dfs
