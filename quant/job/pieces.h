// Pieces: what one attempt makes and commits: the header, or consecutive units of a recipe.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "quant/plan/output_recipe.h"

namespace tusk::quant {

struct Piece {
  size_t first_unit = 0, units = 0;   // none: the header
  uint64_t offset = 0, bytes = 0;     // within the output
};

// In the order of the file, without a hole; by default of at most 16 MiB of input and 8 MiB of output, where units are not larger.
// kInternal where the recipe's units do not lie one after the other.
struct PieceSizes {
  uint64_t in_bytes_max = 16 << 20, out_bytes_max = 8 << 20;
};
Result<std::vector<Piece>> PiecesOf(const OutputRecipe& recipe, PieceSizes sizes = {});

// With as many threads as there are scratches; its units are shared among them. `errors`: by the number of the tensor, where the scratches
// measure.
Status MakePiece(const OutputRecipe& recipe, const Piece& piece, std::span<UnitScratch> scratches, std::vector<uint8_t>& out,
                 std::map<uint32_t, CodeError>* errors = nullptr);

}  // namespace tusk::quant
