// Crossover: two parents give two children, in place (the arguments hold the parents before and the children after).
#pragma once

#include <span>
#include <string>

#include "mlkit/api/random.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// Real: kSbx (simulated binary, Deb & Agrawal 1995, with bounds left to repair), kBlend (BLX-alpha, Eshelman & Schaffer
// 1993), kArithmetic. Real and binary: kOnePoint, kTwoPoint, kUniform, kExponential (a run of geometric length).
// Permutation: kOrder (OX, Davis 1985), kPartiallyMapped (PMX, Goldberg & Lingle 1985), kCycle (CX, Oliver 1987).
enum class Crossover {
  kSbx, kBlend, kArithmetic, kOnePoint, kTwoPoint, kUniform, kExponential, kOrder, kPartiallyMapped, kCycle
};

struct CrossoverSettings {
  Crossover kind = Crossover::kSbx;
  double probability = 0.9;   // of a pair; others are copied
  double eta = 15;            // distribution index of SBX
  double alpha = 0.5;         // BLX-alpha
};

bool Suits(Crossover kind, Encoding encoding);

// Pairs of neighbours in `members` ([2 n][dimensions]).
void CrossPairs(std::span<double> members, size_t dimensions, const CrossoverSettings& settings, Random& random);
void Cross(std::span<double> a, std::span<double> b, const CrossoverSettings& settings, Random& random);

}  // namespace tusk::ml
