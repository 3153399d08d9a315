// Graphs run in double precision by the interpreter of room learn, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"
#include "cradle/learn/network.h"

namespace cradle::test {

/// Normal numbers for a graph's one input, its first extent taken as `batch`.
learn::Array noise_for(const graph::Graph& graph, std::int64_t batch = 2, std::uint64_t seed = 9);

/// The graph's outputs for that input.
learn::Arrays outputs_of(const graph::Graph& graph, const learn::Array& input);
/// These values too, whether they are outputs or not.
learn::Arrays values_of(graph::Graph graph, const std::vector<std::string>& values, const learn::Array& input);

/// The greatest difference as a part of the greatest number; infinite if shapes differ or there is nothing to compare.
double difference(const learn::Arrays& a, const learn::Arrays& b);
/// 10·log10(signal/noise) of all outputs of `b` against those of `a`.
double sqnr(const learn::Arrays& a, const learn::Arrays& b);

}  // namespace cradle::test
