// A bench for people: the table, who needs less than whom, and what to know about both.
#pragma once

#include <string>

#include "cradle/recipe/bench_result.h"

namespace cradle::recipe {

/// One row for each contender; ratios are to the first. Text of at most 120 columns (names are shortened), or Markdown.
std::string bench_table(const Bench& bench, bool markdown);

/// "B needs 0.62 (0.60–0.64) of the energy of A." for each contender after the first, of energy and of time; where the
/// interval holds 1 it says "undecided" and calls nobody better. With the accuracies' difference where it can be
/// tested. One line each.
std::string bench_verdicts(const Bench& bench);

/// What stands below: the engine of models, why it stopped, rounds discarded, the machine at rest, joules above idle,
/// what is modelled, warnings, where the records lie. Lines of at most 120 columns.
std::string bench_notes(const Bench& bench);

/// "int8 against fp32: 12 images only the one has right, 15 only the other; p 0.70 (McNemar), undecided"; "" for tasks
/// without right and wrong images.
std::string agreement_text(const Bench& bench);

}  // namespace cradle::recipe
