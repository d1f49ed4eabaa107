// Files that are linked into the binary: the page's bundle and the parts of the OpenAPI file. base/web/CMakeLists.txt
// makes the tables.
#pragma once

#include <span>
#include <string_view>

namespace tusk::web {

struct EmbeddedFile {
  std::string_view name;  // "assets/index-a1b2.js"
  std::string_view bytes;
};

std::span<const EmbeddedFile> ConsoleBundle();
std::span<const EmbeddedFile> OpenApiParts();

}  // namespace tusk::web
