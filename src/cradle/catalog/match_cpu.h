// From the model name that a system reports to a thermal design power, saying how loosely it was matched.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/catalog/catalog.h"

namespace cradle::catalog {

enum class CpuFit {
  kExact,  ///< one processor of the table
  kClose,  ///< the model number fits; other words are missing or added
  kLoose,  ///< only the family is known ("AMD EPYC" in a virtual machine): the spread over that family
  kNone,   ///< nothing fits
};

/// What is known of a processor by its name.
struct CpuMatch {
  CpuFit fit = CpuFit::kNone;
  /// Thermal design power in W: median, P5 and P95 of the rows that fit (with their own ranges); zero if none does.
  base::Interval tdp;
  std::optional<double> cores;      ///< of the one row that fits, if the catalogue has it
  std::vector<const Factor*> rows;  ///< the rows of cpu.tdp that fit
  std::string reason;               ///< one sentence for people: what was matched and how
};

/// Which of some processors, given by their normal names (thing_name.h), fit a model name: indices, ascending. Without
/// brands among the names ("xeon" begins three or more) a family is not recognised. Cost: about 0.2 ms for 2,000 names.
struct CpuNames {
  CpuFit fit = CpuFit::kNone;
  std::vector<std::size_t> fitting;
};
CpuNames fit_cpu(std::span<const std::string_view> normal_names, std::string_view model_name);

/// Median, P5 and P95 over some processors; of one its own range; zero of none.
base::Interval spread_of(std::span<const base::Interval> powers);

/// Matches a model name as /proc/cpuinfo gives it. Parses the table of processors: about 12 ms the first time.
CpuMatch match_cpu(const Catalog& catalog, std::string_view model_name);

std::string_view name_of(CpuFit fit);

}  // namespace cradle::catalog
