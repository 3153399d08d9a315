// What CarbonTracker's logs say, line by line, before anything is made of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::report {

/// Mean power of one component in one epoch as it was printed.
struct PrintedPower {
  std::vector<double> watts;  ///< empty: None or nan
  bool is_list = false;       ///< "[a b]", one figure for each device (before 2.0); else one figure for all
};

struct TrackedEpoch {
  double duration_s = 0;
  std::map<std::string, PrintedPower> power;  ///< by component: "cpu", "gpu"
};

struct TrackedConsumption {
  double duration_s = 0, energy_kwh = 0;
  std::optional<double> co2e_g;
};

struct TrackedLog {
  std::string version;                                      ///< "2.4.3"; "" if not said
  std::optional<double> pue;                                ///< of the printed consumptions
  std::map<std::string, std::vector<std::string>> devices;  ///< by component
  std::vector<TrackedEpoch> epochs;
  std::optional<TrackedConsumption> actual;
  int predicted_epochs = 0;                         ///< of the whole training; 0 if not said
  std::optional<double> intensity_g_per_kwh;        ///< mean during the training
  std::string location;                             ///< "Copenhagen, Capital Region, DK"
  std::optional<double> first_unix_s, last_unix_s;  ///< clocks of the first and last line, zone unknown
  bool interrupted = false, simulated = false, has_second_tracker = false;
};

/// Adds what a log says (standard and output logs have the same form). Throws Error name:line for a figure that cannot
/// be read. Lines that mean nothing are passed over. Cost linear.
void read_tracked_log(std::string_view text, std::string_view name, TrackedLog& log);

}  // namespace cradle::report
