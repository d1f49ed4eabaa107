// A fitness program that needs a library: points of four numbers, one a line.
#include <stdio.h>

#include "cost.h"

int main(void) {
  double x[4];
  while (scanf("%lf %lf %lf %lf", &x[0], &x[1], &x[2], &x[3]) == 4) {
    printf("%.17g\n", Cost(x, 4));
    if (fflush(stdout) != 0) return 1;
  }
  return 0;
}
