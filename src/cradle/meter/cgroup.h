// A control group of its own for the command: its CPU time counts every child, however short-lived.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cradle/sensor/attribute.h"

namespace cradle::meter {

/// Made inside the group that cradle itself runs in, so that every limit of that group goes on to hold. Version 2 is
/// tried first (cpu.stat counts even where the cpu controller is not enabled, also in the hybrid layout), then
/// version 1's cpuacct. Needs root or a delegated group.
class Cgroup {
 public:
  /// nullopt, and the reasons in `why`, if this process may not make one. Groups left behind by cradles that were
  /// killed are removed on the way if nothing lives in them.
  static std::optional<Cgroup> create(std::string& why);
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  /// Removes the group; if something still lives in it, it stays.
  ~Cgroup();

  /// A process enters by writing "0" here; usable between fork and exec. Closed on exec.
  int door() const { return door_; }
  /// Version 2: the folder, for clone3 with CLONE_INTO_CGROUP; -1 otherwise. Closed on exec.
  int folder_descriptor() const { return folder_fd_; }
  /// CPU seconds of everything that ever ran in the group; nullopt if it cannot be read.
  std::optional<double> cpu_seconds();
  /// Whether a process is in the group now. Cost: one read of cgroup.procs.
  bool holds(int pid) const;
  /// "cgroup v2" or "cgroup v1".
  std::string_view kind() const { return version_ == 2 ? "cgroup v2" : "cgroup v1"; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  Cgroup(std::filesystem::path folder, int version);
  std::filesystem::path folder_;
  int version_;
  sensor::Attribute usage_;
  int door_ = -1, folder_fd_ = -1;
};

/// Where this process's group of a hierarchy lies, from the texts of /proc/self/cgroup and /proc/self/mountinfo.
/// `version` 2, or 1 for the hierarchy with cpuacct. nullopt if there is none or it lies outside what is mounted.
std::optional<std::filesystem::path> own_group(std::string_view cgroup, std::string_view mountinfo, int version);

}  // namespace cradle::meter
