// What an assessment and the published table cost as a user meets them: whole commands, start-up included, on one core,
// beside the same program that only starts. Run: build/bench/cradle_bench_life [STUDY]. Timings are for people.
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Cost {
  double wall_ms = 0, cpu_ms = 0;  // medians
};

double cpu_of_children_ms() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Median of 15 runs of a shell line with `exec`, so that no shell is counted beside it but its start.
Cost cost_of(const std::string& command) {
  std::vector<double> wall, cpu;
  for (int i = 0; i < 15; ++i) {
    const double cpu_before = cpu_of_children_ms();
    const auto begin = std::chrono::steady_clock::now();
    if (std::system(("exec " + command + " >/dev/null 2>&1").c_str()) != 0) {
      fmt::print(stderr, "failed: {}\n", command);
      std::exit(1);
    }
    wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    cpu.push_back(cpu_of_children_ms() - cpu_before);
  }
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {wall[wall.size() / 2], cpu[cpu.size() / 2]};
}

}  // namespace

int main(int argc, char** argv) {
  cpu_set_t one;  // one core for this process and all it starts
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  sched_setaffinity(0, sizeof one, &one);
  const std::string program = CRADLE_PROGRAM, source = CRADLE_SOURCE;
  const std::string study = argc > 1 ? argv[1] : source + "/examples/camera.toml";
  const Cost floor = cost_of(program + " --version");
  fmt::print("{:58} {:>9} {:>9} {:>14}\n", "one core, median of 15", "wall ms", "CPU ms", "times start-up");
  const auto row = [&](const std::string& what, const std::string& command) {
    const Cost c = cost_of(program + " " + command);
    fmt::print("{:58} {:9.1f} {:9.1f} {:14.1f}\n", what, c.wall_ms, c.cpu_ms, c.wall_ms / floor.wall_ms);
  };
  fmt::print("{:58} {:9.1f} {:9.1f} {:14.1f}\n", "start and end (--version)", floor.wall_ms, floor.cpu_ms, 1.0);
  row("assess, 100 samples", "assess " + study + " --samples 100");
  row("assess, 10,000 samples, all criteria (wanted: under 300)", "assess " + study + " --samples 10000");
  row("assess, 10,000 samples, with Sobol indices", "assess " + study + " --samples 10000 --sobol");
  row("the whole published table (wanted: under 2,000)", "validate " + source + "/test/published");
}
