// Models run under Node.js by onnxruntime-node: a consumer of cradle's files that shares no code of cradle's.
#pragma once

#include <filesystem>
#include <vector>

#include "cradle/deploy/engine_models_test.h"

namespace cradle::test {

/// False where Node.js or the package that setup/engines.sh takes from npm is not there.
bool has_node_consumer();

/// A model file and what is fed into its only input.
struct ConsumerRun {
  std::filesystem::path model;
  deploy::testing::Feed input;
};

/// The outputs of each run, in the order of its model's; all in one process of Node. Throws Error with what Node said.
std::vector<std::vector<deploy::testing::Feed>> run_under_node(const std::vector<ConsumerRun>& runs);

}  // namespace cradle::test
