// Every compression that cradle has, of one net: for tests of the files that come out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cradle/deploy/engine_models_test.h"

namespace cradle::test {

/// What a compression made of a net.
struct Compressed {
  std::string how;  ///< "pruned", "int8 tensorrt"
  graph::Graph graph;
  bool eight_bits = false;      ///< activations are codes: engines round sums each in its own way
  std::string rounds = {};      ///< of these: `how` of the file of floats whose function they round
  bool int4 = false;            ///< holds ONNX's INT4
  std::string not_onednn = {};  ///< why the oneDNN engine refuses it, in the engine's words
};

/// The net itself ("float") and the files of each compression, calibrated on `images`. What has fewer weights goes
/// through `mend` first, which stands for the training that follows.
std::vector<Compressed> compressions_of(
    const graph::Graph& net, const deploy::testing::Feed& images,
    const std::function<void(graph::Graph&)>& mend = [](graph::Graph&) {});

}  // namespace cradle::test
