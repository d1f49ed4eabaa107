// Names in the trash: /user/NAME/.Trash holds "Current", where files are moved to, and checkpoints: what Current was
// when it was put aside, named by the local time ("261121153012").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tusk::dfs {

constexpr std::string_view kTrashFolder = ".Trash";
constexpr std::string_view kTrashCurrent = "Current";

// "yyMMddHHmmss" in local time.
std::string TrashCheckpointName(int64_t wall_ms);
// When a checkpoint was made; nothing for a name that is none. Takes the older "yyMMddHHmm" too.
std::optional<int64_t> TrashCheckpointTime(std::string_view name);

}  // namespace tusk::dfs
