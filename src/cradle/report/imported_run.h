// What the importers share: the doubt that other tools do not state, and the sums a record must keep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/record/run_id.h"
#include "cradle/record/run_record.h"

namespace cradle::report {

/// A file of another tool, read as far as it can be. Lines are whole sentences that begin with file:line.
struct Import {
  std::vector<record::RunRecord> runs;
  std::vector<std::string> refused;   ///< what could not be imported, and why
  std::vector<std::string> left_out;  ///< what another line contains already
};

/// Doubt that a tool does not state, as a factor around its value; all are assumed (grade C) but the first.
/// - modelled, or not said how: published estimates are off by up to 40 % (arXiv 2509.22092).
/// - counter of a GPU: counter and integrated power of one board disagree by more than its maker's 5 %.
/// - power polled about every two seconds: the sensors of some boards see a quarter of the time (arXiv 2312.02741).
inline constexpr double kModelledSpread = 1.4;
inline constexpr double kGpuCounterSpread = 1.1;
inline constexpr double kPolledSpread = 1.3;
/// j / spread to j × spread.
base::Interval widened(double j, double spread);

/// The most that one board or package is taken to draw where its name says nothing, in watts.
inline constexpr double kMostDevice_w = 1000;
/// What `device` (a GPU's name, "2 x NVIDIA A100" too) draws at most: its TDP in the catalogue × count, else
/// kMostDevice_w × count.
double most_watts_of_gpu(std::string_view device, double count);

/// Code of the first of these texts that is a known place, else "".
std::string place_of(const std::vector<std::string>& candidates);

/// Total = sum of parts. The tool bills all that it counts and does not split it: mine is the total.
void bill_everything(record::RunRecord& run, std::string rule, std::string tool);

/// Adds an event of kind "imported": what was made of the tool's figures. `t_s` is 0.
void note(record::RunRecord& run, std::string detail, std::string part = "");
/// Adds an event of kind "gap".
void note_gap(record::RunRecord& run, std::string part, std::string detail);

/// Emissions of the billed joules by a factor that the tool used. It is taken to have a standard deviation of 10 %, as
/// the catalogue's countries have (docs/METHODS.md, "Electricity").
record::Emissions emissions_by_factor(const record::RunRecord& run, double kg_per_kwh, std::string id,
                                      std::string place, std::string source);

}  // namespace cradle::report
