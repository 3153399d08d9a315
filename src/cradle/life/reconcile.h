// The model of hardware beside what makers and studies publish: where it agrees, and where it does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/catalog/catalog.h"
#include "cradle/study/result.h"

namespace cradle::life {

/// One published footprint of making a thing, and ours of the same thing in kg CO2e.
struct Reconciled {
  std::string product, who;  ///< "NVIDIA H100 SXM 80 GB", "nvidia-pcf-2025"
  std::string boundary;      ///< as the publisher draws it
  double published = 0;
  double published_low = 0, published_high = 0;  ///< 0: none stated
  std::optional<study::Figure> modelled;  ///< from die, memory and parts, or a device's figure; nothing: not comparable
  std::optional<double> used;             ///< the figure that a study uses for it without being asked otherwise
};

/// Every row of vendor.gwp with our figure for the thing, by 2,000 samples (seed 1). Cost: one small study each.
std::vector<Reconciled> reconcile(const catalog::Catalog& catalog);

}  // namespace cradle::life
