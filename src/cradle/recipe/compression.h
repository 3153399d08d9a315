// A compression from end to end: the recipe, its controls, the final measurement on test images, and whether it pays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/recipe/bench.h"
#include "cradle/recipe/controls.h"
#include "cradle/recipe/paired.h"
#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

struct CompressionRequest {
  RecipeRequest recipe;
  bool controls = true;
  int rounds = 5;      ///< of the final measurement, interleaved
  double seconds = 2;  ///< of each window
  int test_images = 1000;
  int seeds = 1;   ///< the recipe and its controls are run with so many seeds; the output is that of the first
  Ledger spent{};  ///< by a search before
};

/// The output's accuracy less that of another, on the same test images.
struct Compared {
  std::string less;                 ///< name of the other, as in the bench
  std::vector<Difference> by_seed;  ///< of the output itself first; empty: there are no draws
};

struct Compression {
  Compressed compressed;
  std::vector<Control> controls;
  Bench bench;  ///< the model, the output, then the controls
  Ledger ledger;
  std::vector<Compared> accuracy;     ///< less the model, then less each control of the bench
  std::optional<PayBack> pay_back;    ///< none where joules cannot be told
  std::vector<std::string> warnings;  ///< what must be known before the output is used
};

/// Runs it all. What was done by an earlier call is not done again, but for the measurement. Throws Error.
Compression compress(const Workspace& workspace, const CompressionRequest& request);

/// Whether the other is shown to take less time, and is not shown to take more energy: what is recommended.
bool recommended(const Benched& before, const Benched& after);

/// Sentences on a model that is no good to begin with, an accuracy that collapsed (images prepared otherwise than the
/// model wants them?), and an output that is not faster or takes more energy: that one is not recommended.
std::vector<std::string> warnings_of(const Compression& compression);

/// A row for each step: what it is, how it does, what the step cost.
std::string steps_table(const Compressed& compressed);
/// Accuracy against the model and the controls, the ledger, and when it is paid back. Lines of at most 120 columns.
std::string outcome_text(const Compression& compression);
/// cradle.compression/1 (docs/FORMATS.md)
base::Json to_json(const Compression& compression);

}  // namespace cradle::recipe
