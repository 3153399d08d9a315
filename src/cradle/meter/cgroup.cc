// Finds the own group of this process, makes one below it, reads its CPU time.
#include "cradle/meter/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "cradle/base/text.h"

namespace cradle::meter {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "cradle-";

bool holds(std::string_view list, std::string_view word) {
  const auto words = base::split(list, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The path of our group in its hierarchy: the line "0::/path" (version 2) or "4:cpu,cpuacct:/path".
std::string path_in_hierarchy(std::string_view cgroup, int version) {
  for (const std::string& line : base::split(cgroup, '\n')) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version == 2 ? line.substr(0, first) == "0" && controllers.empty() : holds(controllers, "cpuacct"))
      return line.substr(second + 1);
  }
  return "";
}

struct Mount {
  std::string root, point;  // the part of the hierarchy that is mounted, and where
};

/// mountinfo: id parent major:minor root point options … - type source super-options
std::optional<Mount> mount_of(std::string_view mountinfo, int version) {
  for (const std::string& line : base::split(mountinfo, '\n')) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto head = base::split(line.substr(0, dash), ' ');
    const auto tail = base::split(line.substr(dash + 3), ' ');
    if (head.size() < 6 || tail.size() < 3) continue;
    if (version == 2 ? tail[0] == "cgroup2" : tail[0] == "cgroup" && holds(tail[2], "cpuacct"))
      return Mount{head[3], head[4]};
  }
  return std::nullopt;
}

/// Removes empty groups of cradles that no longer live; one with a process in it refuses to go.
void sweep(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    int pid = 0;
    const std::string name = entry.path().filename();
    if (std::sscanf(name.c_str(), "cradle-%d-", &pid) == 1 && ::kill(pid, 0) != 0 && errno == ESRCH)
      ::rmdir(entry.path().c_str());
  }
}

}  // namespace

std::optional<fs::path> own_group(std::string_view cgroup, std::string_view mountinfo, int version) {
  const std::string path = path_in_hierarchy(cgroup, version);
  const auto mount = mount_of(mountinfo, version);
  if (path.empty() || !mount || path.find("..") != std::string::npos) return std::nullopt;
  if (mount->root == "/") return fs::path(mount->point + (path == "/" ? "" : path));
  if (!path.starts_with(mount->root)) return std::nullopt;
  return fs::path(mount->point + path.substr(mount->root.size()));
}

std::optional<Cgroup> Cgroup::create(std::string& why) {
  // Both files may be longer than an attribute's 4 KiB.
  const auto slurp = [](const char* path) {
    std::string text;
    if (FILE* f = std::fopen(path, "re")) {
      char buffer[4096];
      for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, f)) > 0;) text.append(buffer, n);
      std::fclose(f);
    }
    return text;
  };
  const std::string cgroup = slurp("/proc/self/cgroup"), mountinfo = slurp("/proc/self/mountinfo");
  static int made = 0;
  for (const int version : {2, 1}) {
    const auto own = own_group(cgroup, mountinfo, version);
    if (!own) {
      why += fmt::format("no cgroup v{} is mounted; ", version);
      continue;
    }
    sweep(*own);
    const fs::path folder = *own / fmt::format("{}{}-{}", kPrefix, ::getpid(), ++made);
    if (::mkdir(folder.c_str(), 0755) != 0) {
      why += fmt::format("{}: {}; ", folder.string(), std::strerror(errno));
      continue;
    }
    Cgroup group(folder, version);
    if (group.door_ >= 0 && group.cpu_seconds()) return group;
    why += fmt::format("{} cannot be used; ", folder.string());
  }
  return std::nullopt;
}

Cgroup::Cgroup(fs::path folder, int version)
    : folder_(std::move(folder)),
      version_(version),
      usage_(folder_ / (version == 2 ? "cpu.stat" : "cpuacct.usage")),
      door_(::open((folder_ / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC)),
      folder_fd_(version == 2 ? ::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1) {}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      version_(other.version_),
      usage_(std::move(other.usage_)),
      door_(std::exchange(other.door_, -1)),
      folder_fd_(std::exchange(other.folder_fd_, -1)) {}

Cgroup::~Cgroup() {
  for (const int fd : {door_, folder_fd_})
    if (fd >= 0) ::close(fd);
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

bool Cgroup::holds(int pid) const {
  std::ifstream members(folder_ / "cgroup.procs");
  for (int member; members >> member;)
    if (member == pid) return true;
  return false;
}

std::optional<double> Cgroup::cpu_seconds() {
  const auto text = usage_.text();
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  if (version_ == 2) {
    const std::size_t at = rest.find("usage_usec ");
    if (at == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(at);
  }
  const auto value = sensor::take_number(rest);
  if (!value) return std::nullopt;
  return static_cast<double>(*value) * (version_ == 1 ? 1e-9 : 1e-6);
}

}  // namespace cradle::meter
