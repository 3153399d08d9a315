// Whose work a GPU did, from the processes that its driver names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// A process that holds the GPU, and how busy it kept the GPU since the last look (any unit; 0: not known or idle).
struct GpuUser {
  int pid = 0;
  double activity = 0;
};

struct GpuShare {
  std::optional<double> mine;  ///< 0 to 1
  std::string note;            ///< why the share is an assumption, if it is one
};

/// The command's share: none without a process of its own on the GPU, all if it is alone there, else its part of the
/// activity; where activity is not known, its part of the processes, and the note says so.
GpuShare share_of(const std::vector<GpuUser>& users, const IsMine& is_mine);

}  // namespace cradle::sensor
