// How near two names are, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace tusk {

// Letters to insert, remove or replace to make one of the other (Levenshtein). Upper and lower case are the same letter.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace tusk
