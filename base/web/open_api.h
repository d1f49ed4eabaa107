// The OpenAPI file: its parts merged, and the refusals that every operation may answer added to each.
#pragma once

#include <span>
#include <string>

#include "base/core/result.h"
#include "base/web/embedded_files.h"

namespace tusk::web {

// kInvalidArgument for parts that are no JSON or name a path or schema twice.
Result<std::string> MergeOpenApi(std::span<const EmbeddedFile> parts);

}  // namespace tusk::web
