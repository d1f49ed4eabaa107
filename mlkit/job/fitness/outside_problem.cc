// Reading of a problem's shape.
#include "mlkit/job/fitness/outside_problem.h"

namespace tusk::ml {

Result<ProblemShape> ProblemShape::FromParameters(Parameters& parameters) {
  ProblemShape shape;
  constexpr int64_t kDimensionsMax = 1 << 24, kObjectivesMax = 64;
  if (!parameters.Has("dimensions")) {
    return Status(Code::kInvalidArgument, "--dimensions N is needed: how many numbers the fitness function takes");
  }
  shape.dimensions = static_cast<size_t>(parameters.GetInteger("dimensions", 1, 1, kDimensionsMax));
  shape.objectives = static_cast<size_t>(parameters.GetInteger("objectives", 1, 1, kObjectivesMax));
  const std::string encoding = parameters.GetChoice("encoding", "real", {"real", "binary", "permutation"});
  shape.encoding = encoding == "real"     ? Encoding::kReal
                   : encoding == "binary" ? Encoding::kBinary
                                          : Encoding::kPermutation;
  shape.low = parameters.GetNumbers("low", {-1});
  shape.high = parameters.GetNumbers("high", {1});
  for (const std::vector<double>* bound : {&shape.low, &shape.high}) {
    if (bound->size() != 1 && bound->size() != shape.dimensions) {
      return Status(Code::kInvalidArgument, "low and high are one number, or one for each of the " +
                                                std::to_string(shape.dimensions) + " dimensions; there are " +
                                                std::to_string(bound->size()));
    }
  }
  for (size_t d = 0; d < shape.dimensions; ++d) {
    const double low = shape.low[shape.low.size() == 1 ? 0 : d], high = shape.high[shape.high.size() == 1 ? 0 : d];
    if (!(low <= high)) {
      return Status(Code::kInvalidArgument, "low is above high in dimension " + std::to_string(d));
    }
  }
  return shape;
}

}  // namespace tusk::ml
