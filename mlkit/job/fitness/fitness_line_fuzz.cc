// Any bytes as a line that a fitness program has printed.
#include "mlkit/job/fitness/program_problem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::vector<double> values(1 + data[0] % 4);
  (void)tusk::ml::ParseFitnessLine({reinterpret_cast<const char*>(data) + 1, size - 1}, values).ok();
  return 0;
}
