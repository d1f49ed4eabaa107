// Cost: a sphere around (0.5, 0.5, …).
#pragma once
#include <stddef.h>

double Cost(const double* x, size_t dimensions);
