// Walks /proc/<pid>/task/<tid>/children from this process down.
#include "cradle/meter/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cradle::meter {
namespace {

constexpr int kDeepest = 1000;  // generations: ends the walk if parents change under it

std::string slurp(const std::string& path) {
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(fd);
  return text;
}

std::vector<int> numbers_in(const std::string& folder) {
  std::vector<int> numbers;
  if (DIR* d = ::opendir(folder.c_str())) {
    while (const dirent* entry = ::readdir(d))
      if (const int n = std::atoi(entry->d_name); n > 0) numbers.push_back(n);
    ::closedir(d);
  }
  return numbers;
}

/// The fields of /proc/<pid>/stat after the name, which may hold anything: state is field 0, ppid 1, utime 11.
struct Stat {
  int parent = 0;
  double cpu_s = 0;  // user and system, own and of children that were waited for
  bool ok = false;
};

Stat stat_of(int pid) {
  const std::string text = slurp(fmt::format("/proc/{}/stat", pid));
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  Stat s;
  unsigned long long user = 0, system = 0;
  long long children_user = 0, children_system = 0;
  s.ok = std::sscanf(text.c_str() + end_of_name + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld",
                     &s.parent, &user, &system, &children_user, &children_system) == 5;
  static const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  s.cpu_s = tick * (static_cast<double>(user) + static_cast<double>(system) + static_cast<double>(children_user) +
                    static_cast<double>(children_system));
  return s;
}

void append_children(int pid, std::vector<int>& queue) {
  for (const int thread : numbers_in(fmt::format("/proc/{}/task", pid))) {
    const std::string list = slurp(fmt::format("/proc/{}/task/{}/children", pid, thread));
    for (const char* at = list.c_str(); *at;) {
      char* end = nullptr;
      const long child = std::strtol(at, &end, 10);
      if (end == at) break;
      queue.push_back(static_cast<int>(child));
      at = end;
    }
  }
}

/// Kernels without CONFIG_PROC_CHILDREN: every process's parent, and down from us.
std::vector<int> descendants_by_parents(int self) {
  std::multimap<int, int> children;
  for (const int pid : numbers_in("/proc"))
    if (const Stat s = stat_of(pid); s.ok) children.emplace(s.parent, pid);
  std::vector<int> all{self};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (auto [at, end] = children.equal_range(all[i]); at != end; ++at) all.push_back(at->second);
  all.erase(all.begin());
  return all;
}

std::vector<int> descendants() {
  const int self = ::getpid();
  static const bool listed = ::access(fmt::format("/proc/{0}/task/{0}/children", self).c_str(), R_OK) == 0;
  if (!listed) return descendants_by_parents(self);
  std::vector<int> all;
  append_children(self, all);
  std::set<int> seen(all.begin(), all.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<int> below;
    append_children(all[i], below);
    for (const int pid : below)
      if (seen.insert(pid).second) all.push_back(pid);
  }
  return all;
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); }

}  // namespace

ProcessTree::ProcessTree() {
  ::prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

ProcessTree::~ProcessTree() { ::prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_); }

void ProcessTree::reaped(const rusage& use) { reaped_s_ += seconds(use.ru_utime) + seconds(use.ru_stime); }

bool ProcessTree::holds(int pid) const {
  const int self = ::getpid();
  for (int generations = 0; pid > 1 && generations < kDeepest; ++generations) {
    const Stat stat = stat_of(pid);
    if (!stat.ok) return false;
    if (stat.parent == self) return true;
    pid = stat.parent;
  }
  return false;
}

double ProcessTree::cpu_seconds() const {
  double sum = reaped_s_;
  for (const int pid : descendants()) sum += stat_of(pid).cpu_s;
  return sum;
}

}  // namespace cradle::meter
