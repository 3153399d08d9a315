// What a layer's inputs look like together: sums of products over calibration images, between deploy and compress.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cradle::graph {

/// Σ x·xᵀ over the rows that a layer multiplies with its weights: of a convolution its unfolded input, [channels of a
/// group × kernel], of a matrix product its input.
struct LayerGram {
  std::size_t groups = 1;   ///< of a convolution; one matrix each
  std::size_t inputs = 0;   ///< side of each matrix
  double rows = 0;          ///< summed up
  std::vector<float> sums;  ///< groups × inputs × inputs
};

struct Grams {
  std::map<std::string, LayerGram> layers;       ///< by the layer's name
  std::map<std::string, std::string> left = {};  ///< layers without, and why
  int images = 0;
  bool equalised = false;  ///< of a model whose channels were equalised: they do not fit the model before
};

/// Adds `count` rows of `gram.inputs` numbers to one group. Cost count · inputs².
void add_rows(LayerGram& gram, std::size_t group, const float* rows, std::size_t count);

/// A file cradle.gram/1 (docs/FORMATS.md): JSON, and beside it, with ".f32" appended, the numbers (little-endian).
void write_grams(const std::filesystem::path& path, const Grams& grams);
/// Throws Error naming the file and what is wrong.
Grams read_grams(const std::filesystem::path& path);

}  // namespace cradle::graph
