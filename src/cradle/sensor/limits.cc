// Walks from the own group upwards, in both versions of control groups.
#include "cradle/sensor/limits.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

// Version 1 writes "no limit" as the largest page-aligned number; no machine has an exabyte.
constexpr double kNoLimit = 1e18;

void tighten(std::optional<double>& limit, double value) { limit = limit ? std::min(*limit, value) : value; }

void read_group(const fs::path& group, Limits& limits) {
  if (const auto max = attribute_text(group / "cpu.max")) {  // "200000 100000", or "max 100000"
    const auto words = base::split(*max, ' ');
    if (words.size() == 2 && words[0] != "max" && std::atof(words[1].c_str()) > 0)
      tighten(limits.cpus, std::atof(words[0].c_str()) / std::atof(words[1].c_str()));
  }
  const double quota = std::atof(attribute_text(group / "cpu.cfs_quota_us").value_or("").c_str());
  const double period = std::atof(attribute_text(group / "cpu.cfs_period_us").value_or("").c_str());
  if (quota > 0 && period > 0) tighten(limits.cpus, quota / period);
  for (const char* file : {"memory.max", "memory.limit_in_bytes"}) {
    const double bytes = attribute_number(group / file).value_or(0);  // "max" is no number
    if (bytes > 0 && bytes < kNoLimit) tighten(limits.memory_gb, bytes / 1e9);
  }
}

}  // namespace

Limits limits_of(const fs::path& root) {
  Limits limits;
  const fs::path mounted = root / "sys/fs/cgroup";
  for (const std::string& line : base::split(attribute_text(root / "proc/self/cgroup").value_or(""), '\n')) {
    const std::size_t first = line.find(':');  // "0::/path", "4:cpu,cpuacct:/path"; the path may hold colons too
    const std::size_t second_colon = first == std::string::npos ? first : line.find(':', first + 1);
    if (second_colon == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second_colon - first - 1);
    const std::string path = line.substr(second_colon + 1);
    const bool second = controllers.empty();
    // Version 1 has a hierarchy per controller; the others' groups hold none of these files.
    if (!second && controllers.find("cpu") == std::string::npos && controllers.find("memory") == std::string::npos)
      continue;
    std::error_code ignored;
    fs::path base = mounted;
    if (second && fs::exists(mounted / "unified", ignored)) base = mounted / "unified";
    if (!second) base = mounted / controllers;
    // A path that leads out of what is mounted here ("/../…") leaves the mounted top.
    fs::path group = base;
    if (!path.starts_with("/..")) group = base / fs::path(path).relative_path();
    for (;; group = group.parent_path()) {
      read_group(group, limits);
      if (group == base || group.string().size() <= base.string().size()) break;
    }
  }
  return limits;
}

}  // namespace cradle::sensor
