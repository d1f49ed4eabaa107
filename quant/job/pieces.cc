// Units gathered into pieces.
#include "quant/job/pieces.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tusk::quant {

Result<std::vector<Piece>> PiecesOf(const OutputRecipe& recipe, PieceSizes sizes) {
  std::vector<Piece> pieces = {{0, 0, 0, recipe.header().size()}};
  const std::vector<OutputRecipe::Unit>& units = recipe.units();
  uint64_t end = recipe.header().size(), in_bytes = 0;
  for (size_t number = 0; number < units.size(); ++number) {
    const OutputRecipe::Unit& unit = units[number];
    if (unit.offset != end) return Status(Code::kInternal, "the units of the output do not lie one after the other");
    end += unit.bytes;
    const bool fits = pieces.back().units > 0 && in_bytes + unit.in_bytes <= sizes.in_bytes_max && pieces.back().bytes + unit.bytes <= sizes.out_bytes_max;
    if (!fits) {
      pieces.push_back({number, 0, unit.offset, 0});
      in_bytes = 0;
    }
    ++pieces.back().units;
    pieces.back().bytes += unit.bytes;
    in_bytes += unit.in_bytes;
  }
  if (end != recipe.size()) return Status(Code::kInternal, "the units do not make up the whole output");
  std::erase_if(pieces, [](const Piece& piece) { return piece.bytes == 0; });
  return pieces;
}

Status MakePiece(const OutputRecipe& recipe, const Piece& piece, std::span<UnitScratch> scratches, std::vector<uint8_t>& out,
                 std::map<uint32_t, CodeError>* errors) {
  out.resize(piece.bytes);
  if (piece.units == 0) return std::copy(recipe.header().begin(), recipe.header().end(), out.begin()), Status::Ok();
  std::atomic<size_t> next = piece.first_unit;
  const size_t end = piece.first_unit + piece.units;
  std::vector<CodeError> unit_errors(piece.units);
  const auto work = [&](UnitScratch& scratch) -> Status {
    for (size_t number = next++; number < end; number = next++) {
      const OutputRecipe::Unit& unit = recipe.units()[number];
      const MutableByteView place = MutableByteView(out).subspan(unit.offset - piece.offset, unit.bytes);
      scratch.error = {};
      const Status status = recipe.Run(number, scratch, place);
      unit_errors[number - piece.first_unit] = scratch.error;
      if (status.ok()) continue;
      next = end;
      return status.WithContext(recipe.tensors()[recipe.TensorOf(number)].name);
    }
    return Status::Ok();
  };
  std::vector<Status> outcomes(std::min(scratches.size(), piece.units));
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < outcomes.size(); ++thread) {
    others.emplace_back([&, thread] { outcomes[thread] = work(scratches[thread]); });
  }
  outcomes[0] = work(scratches[0]);
  for (std::thread& other : others) other.join();
  for (const Status& outcome : outcomes) RETURN_IF_ERROR(outcome);
  for (size_t number = piece.first_unit; errors != nullptr && number < end; ++number) {
    const CodeError& error = unit_errors[number - piece.first_unit];
    if (error.weights > 0) (*errors)[static_cast<uint32_t>(recipe.TensorOf(number))].Add(error);
  }
  return Status::Ok();
}

}  // namespace tusk::quant
