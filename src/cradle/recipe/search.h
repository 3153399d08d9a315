// Looks for a recipe that meets a target: widths, ranks and precisions together, on measured costs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/recipe/compression.h"
#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// 'latency<5ms', 'energy<2mJ', 'accuracy>-0.5pp', or several with commas; bounds that are not said are infinite.
struct Target {
  std::string text;
  std::optional<double> most_ms;       ///< median of single images
  std::optional<double> most_j;        ///< for each image
  std::optional<double> least_change;  ///< of the task's own figure, less that of the model: -0.005 for -0.5pp
};
/// Throws Error (usage) that says what is understood.
Target target_named(std::string_view text);

struct SearchRequest {
  RecipeRequest recipe;  ///< its steps are ignored, its output is where the best will be put
  Target target;
  double inferences = 0;  ///< that the model will make: a search shall not cost more than it can still save
  int epochs = 0;         ///< of fine-tuning for each candidate; 0: a quarter of the task's own
  int most_trained = 6;   ///< candidates that are trained at most
  bool int8 = true;       ///< whether eight bits are tried
};

/// One combination.
struct Candidate {
  double pruned = 0;  ///< share of the channels that is removed
  double factor = 1;  ///< of low rank; 1: none
  bool int8 = false;
  std::string recipe;               ///< as text, with its training
  Standing cost;                    ///< of the untrained structure: its time, joules, size; its quality means nothing
  std::optional<Standing> trained;  ///< judged on validation images
  std::string left_out;             ///< why it was not built or not trained; "" if it was
};

struct Search {
  Standing before;
  std::vector<Candidate> candidates;
  std::optional<std::size_t> best;  ///< none: no candidate that was trained meets the target
  std::vector<std::size_t> front;   ///< trained ones that no other beats in both joules and quality, by joules
  std::string stopped;              ///< why no more were trained
  base::Interval joules;            ///< of everything but the best candidate's own recipe
  double seconds = 0;
  std::vector<std::filesystem::path> records;
};

/// Measures every combination of widths, ranks and precisions untrained (time and energy do not depend on the values of
/// weights), then trains those that can meet the target, most promising first: for a bound on accuracy from the mildest
/// on, else from the largest that fits. One whose saving over `inferences` is below what training it costs is passed
/// over. Ends after most_trained, or when two in turn miss the accuracy. The best one's files are put where
/// run_recipe() finds its steps done. Throws Error.
Search search(const Workspace& workspace, const SearchRequest& request);

/// The front and what was left out, for people.
std::string search_text(const Search& search, const Target& target);
/// "met", "missed" or "undecided" of each bound, by the final measurement on test images.
std::string target_text(const Target& target, const Compression& compression);
base::Json to_json(const Search& search);

}  // namespace cradle::recipe
