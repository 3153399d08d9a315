// Whose work a GPU did, from the processes that its driver names.
#pragma once

#include <map>
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

/// Whose work a GPU did is known only while the process lives: a GPU with users is looked at this often, though its
/// counter would wait longer. Seconds.
inline constexpr double kLookAtUsers_s = 1;

struct GpuShare {
  std::optional<double> mine;  ///< 0 to 1
  std::string note;            ///< why the share is an assumption, if it is one
};

/// The command's share: none without a process of its own on the GPU, all if it is alone there, else its part of the
/// activity; where activity is not known, its part of the processes, and the note says so.
GpuShare share_of(const std::vector<GpuUser>& users, const IsMine& is_mine);

/// The share since the last look: of those who hold the GPU now or held it then. Who ended in between is no longer
/// named by the driver, nor known as a process: the last look remembers whose it was.
class GpuShares {
 public:
  GpuShare since_last_look(std::vector<GpuUser> now, const IsMine& is_mine);

 private:
  std::map<int, bool> before_;  // process ids of the last look, and whether they are the command's
};

}  // namespace cradle::sensor
