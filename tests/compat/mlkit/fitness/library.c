// A fitness library that needs another library.
#include "cost.h"

int tusk_fitness(const double* x, size_t count, size_t dimensions, double* f, size_t objectives) {
  for (size_t i = 0; i < count; ++i) f[i * objectives] = Cost(x + i * dimensions, dimensions);
  return 0;
}
