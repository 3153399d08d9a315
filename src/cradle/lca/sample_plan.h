// What one sample has to compute: the part of a system that the probes reach, worked out as far as it is certain.
#pragma once

#include <cstdint>
#include <vector>

#include "cradle/lca/figure.h"
#include "cradle/lca/ordered.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// scale · (the number in `slot`, one per sample); without a slot the constant `scale`.
struct Value {
  double scale = 0.0;
  int slot = -1;
  bool varies() const { return slot >= 0; }
};

// Instructions. Each writes one slot, except a loop, which writes several.
struct Draw {
  Figure figure;
  const base::Distribution* distribution = nullptr;
  std::uint64_t key = 0;
  int slot = 0;
};
struct Power {  ///< parameter^exponent, once per sample for all that use it
  int slot = 0;
  int of = 0;
  double exponent = 1.0;
};
struct Product {  ///< scale · Π of slots SamplePlan::factors[begin, end)
  int slot = 0;
  double scale = 1.0;
  int begin = 0, end = 0;
};
struct Pair {
  int left = 0, right = 0;
};
struct Sum {  ///< (constant + Σ terms + Σ left · right) / divisor
  int slot = 0;
  double constant = 0.0;
  int terms_begin = 0, terms_end = 0;  ///< in SamplePlan::terms
  int pairs_begin = 0, pairs_end = 0;  ///< in SamplePlan::pairs
  Value divisor = {1.0, -1};
};
struct Loop {                   ///< processes that supply each other; lanes are the criteria that reach them
  Ordered equations;            ///< of the loop alone: what it takes from outside is in `right`
  std::vector<Value> diagonal;  ///< [unknown]
  std::vector<Value> amounts;   ///< [entry of equations]
  int lanes = 0;
  std::vector<Value> right;   ///< [unknown * lanes + lane]
  std::vector<double> start;  ///< the central solution, from which every sample is swept
  std::vector<int> slots;     ///< [unknown * lanes + lane]
};

enum class Kind { kDraw, kPower, kProduct, kSum, kLoop };
struct Instruction {
  Kind kind = Kind::kDraw;
  int index = 0;
};

struct PlanOptions {
  std::vector<int> parameters;  ///< whose draws are wanted, used or not
  bool keep_draws = false;      ///< every draw comes first and keeps its slot, so that it can be replaced (sobol.h)
};

/// A straight program over slots. Whatever does not change from sample to sample has been folded into constants.
struct SamplePlan {
  int criteria = 0;
  int slots = 0;
  std::vector<Instruction> program;
  int first_step = 0;  ///< index in `program` of the first instruction after the draws that come first
  std::vector<Draw> draws;
  std::vector<Power> powers;
  std::vector<Product> products;
  std::vector<int> factors;
  std::vector<Sum> sums;
  std::vector<Value> terms;
  std::vector<Pair> pairs;
  std::vector<Loop> loops;

  std::vector<Value> scores;  ///< [probe * criteria + criterion], of one unit
  std::vector<int> asked;     ///< [as in PlanOptions::parameters] → slot, or -1: fixed
};

/// Cost linear in the reached part of the system. Throws Error (solve.h) if the central system has no solution.
SamplePlan plan_samples(const System& system, const std::vector<int>& probes, const PlanOptions& options = {});

}  // namespace cradle::lca
