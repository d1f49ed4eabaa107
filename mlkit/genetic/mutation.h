// Mutation of members, in place.
#pragma once

#include <span>

#include "mlkit/api/random.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// Real: kPolynomial (Deb & Goyal 1996), kGaussian (sigma is a share of the range), kUniform (anew within bounds).
// Binary: kFlip. Permutation: kSwap, kInsert, kInversion (2-opt move), kScramble.
enum class Mutation { kPolynomial, kGaussian, kUniform, kFlip, kSwap, kInsert, kInversion, kScramble };

struct MutationSettings {
  Mutation kind = Mutation::kPolynomial;
  double probability = 0;   // of a gene (of a member, for permutations); 0: 1 / dimensions (0.2 for permutations)
  double eta = 20;          // distribution index of the polynomial
  double sigma = 0.1;
};

bool Suits(Mutation kind, Encoding encoding);

// `members` are whole members, one after the other. Results of real kinds lie within the bounds.
void Mutate(std::span<double> members, const Bounds& bounds, const MutationSettings& settings, Random& random);

// Into bounds: a coordinate beyond one is set onto it. Other encodings stay as they are.
void Repair(std::span<double> members, const Bounds& bounds);

}  // namespace tusk::ml
