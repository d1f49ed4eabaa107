/* An own fitness function as a shared library: cc -shared -fPIC -O2 fitness_library.c -o sphere.so, then
 * tusk ml optimize -a cma-es -f ./sphere.so --dimensions=10 --low=-5 --high=5 */
#include <math.h>
#include <stddef.h>

int tusk_fitness(const double* x, size_t count, size_t dimensions, double* f, size_t objectives) {
  if (objectives != 1) return 22;
  for (size_t i = 0; i < count; ++i) {
    f[i] = 0;
    for (size_t d = 0; d < dimensions; ++d) {
      const double value = x[i * dimensions + d];
      if (isnan(value)) return 7;
      f[i] += value * value;
    }
  }
  return 0;
}
