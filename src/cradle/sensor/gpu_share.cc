// Counting heads, or activity where it is known.
#include "cradle/sensor/gpu_share.h"

#include <fmt/format.h>

namespace cradle::sensor {

GpuShare share_of(const std::vector<GpuUser>& users, const IsMine& is_mine) {
  int mine = 0, others = 0;
  double my_activity = 0, activity = 0;
  for (const GpuUser& user : users) {
    const bool is = is_mine(user.pid);
    (is ? mine : others)++;
    activity += user.activity;
    if (is) my_activity += user.activity;
  }
  if (mine == 0) return {0.0, ""};
  if (others == 0) return {1.0, ""};
  if (activity > 0) return {my_activity / activity, ""};
  return {static_cast<double>(mine) / (mine + others),
          fmt::format("shared with {} other processes whose activity is not known: split by their number", others)};
}

GpuShare GpuShares::since_last_look(std::vector<GpuUser> now, const IsMine& is_mine) {
  std::map<int, bool> whose;
  for (const GpuUser& user : now) {
    const auto at = before_.find(user.pid);
    whose[user.pid] =
        (at != before_.end() && at->second) || is_mine(user.pid);  // the driver may name it a while longer
  }
  for (const auto& [pid, mine] : before_)
    if (!whose.contains(pid)) now.push_back({pid, 0});
  const GpuShare share = share_of(now, [&](int pid) {
    const auto at = whose.find(pid);
    return at != whose.end() ? at->second : before_.at(pid);
  });
  before_ = std::move(whose);
  return share;
}

}  // namespace cradle::sensor
