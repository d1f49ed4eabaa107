// What a shared library implements to be minimized by `tusk ml optimize -f lib.so`: C, no further header needed.
#ifndef TUSK_FITNESS_H_
#define TUSK_FITNESS_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of `count` points: x is [count][dimensions], f is [count][objectives]; smaller is better. Called by several threads at
 * once; must be a function of x only. Anything but 0 ends the optimization with that number in the message. */
int tusk_fitness(const double* x, size_t count, size_t dimensions, double* f, size_t objectives);

#ifdef __cplusplus
}
#endif
#endif  /* TUSK_FITNESS_H_ */
