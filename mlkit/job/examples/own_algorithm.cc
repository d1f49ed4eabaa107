// A program with an algorithm of its own: client, app master and worker are this executable. What an algorithm is made of is in
// mlkit/testing/least_squares.cc; here it gets its settings and becomes a program.
#include "mlkit/job/program.h"
#include "mlkit/testing/least_squares.h"

int main(int argc, char** argv) {
  using tusk::ml::Algorithm;
  return tusk::ml::Main(argc, argv, [](tusk::ml::Parameters& parameters, const tusk::ml::Schema&) -> tusk::Result<std::unique_ptr<Algorithm>> {
    tusk::ml::LeastSquaresSettings settings;
    settings.steps = static_cast<uint64_t>(parameters.GetInteger("steps", 10, 1, 1'000'000));
    settings.learning_rate = parameters.GetNumber("learning_rate", 0.1, 1e-9, 1e3);
    return tusk::ml::MakeLeastSquares(settings);
  });
}
