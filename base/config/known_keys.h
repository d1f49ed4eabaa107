// KnownKeys: the table of configuration keys: what each means, its type and default, and which sources read it. Hadoop's
// other keys are in it by name and default only. `tusk config`, `tusk doctor` and the console's configuration page ask it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/status.h"

namespace tusk {

struct KnownKey {
  std::string_view name;     // may hold one *: "hadoop.proxyuser.*.hosts"
  // bool, int, count, float, fraction, bytes, millis, seconds, minutes, port, host, address, uri, path, folder, folders,
  // list, class, acl, umask, text, or the words that are allowed with commas between them. "": Hadoop's, not read here.
  std::string_view type;
  std::string_view value;    // the default, raw: may hold ${...}
  std::string_view meaning;  // "": Hadoop's, not read here
  bool explained() const { return !type.empty(); }
};

enum class KeyState {
  kImplemented,  // some source reads it
  kIgnored,      // Hadoop's; accepted, changes nothing here
  kUnknown,
};

// All rows; those that are explained first.
std::span<const KnownKey> KnownKeys();
// By its present name, with patterns; null where the table has none.
const KnownKey* FindKnownKey(std::string_view name);
KeyState StateOfKey(std::string_view name);
std::string_view KeyStateName(KeyState state);  // "implemented", "accepted and ignored", "unknown"
// "file.cc:12" of the sources that name the key, at most a few.
std::vector<std::string_view> ReadersOfKey(std::string_view name);
// The present name of a renamed key; nothing for others.
std::optional<std::string_view> PresentNameOf(std::string_view name);
// The known name that a misspelled one most probably means; nothing where none is near.
std::optional<std::string_view> NearestKnownKey(std::string_view name);
// Whether names beginning so are ours to judge: dfs., yarn., tusk., ... A program's own keys are not.
bool IsKeyOfOurs(std::string_view name);
// kInvalidArgument: "is not true or false". `value` with ${...} substituted.
Status CheckKeyValue(const KnownKey& key, std::string_view value);

}  // namespace tusk
