// The JSON values that REST answers are made of: fields keep their order. For .cc files only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tusk::rest {

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 are replaced. A key's end "#" is left out: Hadoop's maps have several entries of one name
// ("entry", "entry#").
std::string Dump(const Json& json);
// A float as Java prints it: no digits beyond what a float tells apart.
double FloatOf(double value);

}  // namespace tusk::rest
