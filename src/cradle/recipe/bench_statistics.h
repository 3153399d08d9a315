// What can be said from repeated runs: means, paired ratios, outliers, and from which round on the machine had settled.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::recipe {

/// Seconds and joules of one run, for each unit of its work (image, run).
struct Sample {
  double s = 0;
  double j = 0;
};

std::vector<double> seconds_of(std::span<const Sample> samples);
std::vector<double> joules_of(std::span<const Sample> samples);

/// Mean with its 90 % interval by Student's t, never below 0; one value has no interval of its own.
base::Interval mean_interval(std::span<const double> values);

/// How much of what the first takes the other takes.
struct Ratio {
  base::Interval value;  ///< geometric mean of the paired ratios and its 90 % interval
  bool decided = false;  ///< the interval excludes 1
};
/// Runs of one round are neighbours in time, so their ratios are paired; Student's t on the logarithms, whose mean is
/// symmetric in both. One pair: an interval from 0 to infinity. nullopt where a value is not above 0. As many of both.
std::optional<Ratio> paired_ratio(std::span<const double> first, std::span<const double> other);

/// Which values stand apart: modified Z score 0.6745 |x − median| / MAD above 3.5 (Iglewicz and Hoaglin 1993, chapter
/// 3; hyperfine warns by the same rule). Of fewer than five values none can be told.
std::vector<std::size_t> outliers(std::span<const double> values);

/// From which round on the runs are alike.
struct Settling {
  int discarded = 0;    ///< rounds at the beginning that are not like the later ones
  bool settled = true;  ///< false: half of the rounds are discarded, and the last of these was still unlike
};
/// `samples` by contender, then by round. A round is described by the mean over contenders of log seconds, and of log
/// watts. The later half of the rounds is the reference: an earlier one belongs to it while both figures lie in its 99
/// % prediction interval (Student's t) or differ by less than 1 %. Discarded are the rounds before the first that
/// belongs to it, at most half. With fewer than five rounds nothing can be told and nothing is discarded.
Settling settling_of(std::span<const std::vector<Sample>> samples);

/// The widest of the intervals that are to become narrow: of each mean of joules, and of each ratio to the first.
struct Width {
  double relative = 0;  ///< half the interval by its value; infinite with fewer than two rounds or without joules
  std::size_t contender = 0;
  bool of_ratio = false;
};
/// `samples` without the first `discarded` rounds.
Width widest_interval(std::span<const std::vector<Sample>> samples, int discarded);

}  // namespace cradle::recipe
