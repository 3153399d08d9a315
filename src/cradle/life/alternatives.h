// The totals under other choices than the study's: allocation rules, views of electricity, end of life.
#pragma once

#include "cradle/life/assess.h"
#include "cradle/life/model.h"

namespace cradle::life {

inline constexpr int kAlternativeSamples = 1000;

/// All three allocation rules and all three views (the study's own marked as chosen), and the end of life shared 50:50
/// with a second life. Each is the study built and solved anew with one choice changed, on the same draws. Where a
/// place has no marginal figure that view is listed with a note and without figures; where it has no market figure the
/// grid's average takes its place, as the GHG Protocol orders, and the note says so. Cost: some five builds and 1,000
/// samples each.
std::vector<study::Alternative> alternatives(const Study& study, const catalog::Catalog& catalog,
                                             const AssessOptions& options);

}  // namespace cradle::life
