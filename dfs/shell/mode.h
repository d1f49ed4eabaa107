// ModeChange: what -chmod is told: "755", "1777", "u+rwx,go-w", "a=rX", "+t".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::dfs {

class ModeChange {
 public:
  // kInvalidArgument where it is neither.
  static Result<ModeChange> Parse(std::string_view text);
  uint32_t Apply(uint32_t permission, bool is_directory) const;

 private:
  struct Clause {
    uint32_t who = 0;  // bits 0700, 0070, 0007
    char operation = '+';
    uint32_t bits = 0;  // rwx as 7
    bool x_if_any = false;  // X
    bool sticky = false;
  };
  bool octal_ = false;
  uint32_t value_ = 0;
  bool sets_sticky_ = false;  // octal of four digits
  std::vector<Clause> clauses_;
};

}  // namespace tusk::dfs
