// application/x-www-form-urlencoded, as java.net.URLEncoder writes it: streaming commands in configurations, names of
// history files.
#pragma once

#include <string>
#include <string_view>

namespace tusk::mapreduce {

std::string FormEncode(std::string_view text);
// Signs that are no encoding stay as they are.
std::string FormDecode(std::string_view text);

}  // namespace tusk::mapreduce
