// Looks for a recipe that meets a target: widths, ranks and precisions together, on measured costs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/recipe/compression.h"
#include "cradle/recipe/pipeline.h"
#include "cradle/recipe/target.h"

namespace cradle::recipe {

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
  Ledger ledger;  ///< of everything but the best candidate's own recipe, of earlier calls for the same model too
};

/// Measures every combination of widths, ranks and precisions untrained (time and energy do not depend on the values of
/// weights), then trains those that can meet the target, most promising first: for a bound on accuracy from the mildest
/// on, else from the largest that fits. Of a bound on accuracy alone the aim is to save: the search ends when what it
/// can still save over `inferences` is below what going on costs, and passes over a candidate of which that is true.
/// Ends too after most_trained, or when two in turn miss the accuracy; one that cannot be built or trained is left out.
/// The best one's files are put where run_recipe() finds its steps done. What an earlier call for the same model and
/// request measured or trained is not done again, but charged. Throws Error.
Search search(const Workspace& workspace, const SearchRequest& request);

/// The front and what was left out, for people.
std::string search_text(const Search& search, const Target& target);
/// "met", "missed" or "undecided" of each bound, by the final measurement on test images.
std::string target_text(const Target& target, const Compression& compression);
base::Json to_json(const Search& search);

}  // namespace cradle::recipe
