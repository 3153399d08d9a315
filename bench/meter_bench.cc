// What the meter itself costs, beside the physical floor (the same reads, bare) measured in the same execution.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cradle/base/text.h"
#include "cradle/meter/cgroup.h"
#include "cradle/meter/cpu_times.h"
#include "cradle/meter/meter.h"
#include "cradle/sensor/discover.h"
#include "cradle/sensor/inputs.h"
#include "cradle/sensor/nvml.h"
#include "cradle/sensor/nvml_library.h"

namespace {

using namespace cradle;
namespace fs = std::filesystem;

double now_s(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Seconds per call: the median of batches, so that a busy machine disturbs little.
double cost_of(const std::function<void()>& call) {
  std::vector<double> batches;
  for (int batch = 0; batch < 41; ++batch) {
    constexpr int kCalls = 50;
    const double before = now_s();
    for (int i = 0; i < kCalls; ++i) call();
    batches.push_back((now_s() - before) / kCalls);
  }
  return median(batches);
}

/// A server's powercap tree in a temporary folder: two packages with their memory.
fs::path server_tree() {
  const fs::path root = fs::temp_directory_path() / fmt::format("cradle_meter_bench_{}", ::getpid());
  for (const char* zone : {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1", "intel-rapl:1:0"}) {
    const fs::path folder = root / "sys/class/powercap" / zone;
    fs::create_directories(folder);
    const bool dram = std::strlen(zone) > 12;
    std::ofstream(folder / "name") << (dram ? std::string("dram") : fmt::format("package-{}", zone[11])) << "\n";
    std::ofstream(folder / "max_energy_range_uj") << "262143328850\n";
    std::ofstream(folder / "energy_uj") << "123456789\n";
  }
  return root;
}

/// The bare reads of one sample: both clocks, the same files through descriptors that stay open.
class Floor {
 public:
  explicit Floor(const std::vector<fs::path>& files) {
    for (const fs::path& file : files)
      if (const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC); fd >= 0) descriptors_.push_back(fd);
  }
  ~Floor() {
    for (const int fd : descriptors_) ::close(fd);
  }
  void read() {
    timespec t{};
    clock_gettime(CLOCK_BOOTTIME, &t);
    clock_gettime(CLOCK_MONOTONIC, &t);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    char buffer[4096];
    for (const int fd : descriptors_)
      if (::pread(fd, buffer, sizeof buffer, 0) < 0) std::abort();
  }

 private:
  std::vector<int> descriptors_;
};

void print(const char* what, const std::string& figure, const std::string& beside, const std::string& target) {
  fmt::print("{:<44} {:>12}  {:<34} {}\n", what, figure, beside, target);
}

void bench_sample(const char* what, const fs::path& root, std::vector<fs::path> files) {
  const sensor::MachineFacts facts = sensor::machine_facts("/");
  sensor::Site site;
  site.root = root;
  site.nvml_library = "";
  sensor::Discovery found = sensor::discover(site, facts, sensor::built_in_power_inputs(facts));
  std::string why;
  auto group = std::make_shared<std::optional<meter::Cgroup>>(meter::Cgroup::create(why));
  auto busy = std::make_shared<meter::BusyTime>("/");
  files.push_back(busy->file());
  if (*group) files.push_back((*group)->folder() / ((*group)->kind() == "cgroup v2" ? "cpu.stat" : "cpuacct.usage"));
  meter::Meter meter(std::move(found.sensors), found.cpus, meter::Scope::kMine, meter::now, [group, busy] {
    meter::CpuTimes t;
    if (*group) t.mine_s = (*group)->cpu_seconds().value_or(0);
    t.busy_s = busy->seconds().value_or(0);
    return t;
  });
  meter.start();
  Floor floor(files);
  const double bare = cost_of([&] { floor.read(); });
  const double whole = cost_of([&] { meter.sample(); });
  print(what, base::format_seconds(whole), "bare reads " + base::format_seconds(bare),
        fmt::format("{:.2f} times the floor (at most 2)", whole / bare));
}

/// On a machine with NVIDIA GPUs: its library opened, and a reading of the first GPU beside the bare call.
/// \returns the bare calls of one reading; nothing to call without such a machine.
std::function<void()> bench_nvidia() {
  std::string why;
  const double before_s = now_s();
  sensor::nvml::Library* library = sensor::nvml::load("libnvidia-ml.so.1", why);
  sensor::nvml::Device device = nullptr;
  unsigned long long first_mj = 0;
  if (!library || !sensor::nvml::open(*library, why) || library->by_index(0, &device) != sensor::nvml::kSuccess)
    return {};
  if (library->total_energy) library->total_energy(device, &first_mj);
  print("NVIDIA's library: load, open, find, read once, bare", base::format_seconds(now_s() - before_s), "",
        "the floor of a first sample with it");
  const sensor::Site site;
  const sensor::Discovery found = sensor::look_for_nvidia(site).get().found;
  if (found.sensors.empty() || !library->total_energy || !library->processes) return {};
  const sensor::IsMine all = [](int) { return true; };
  sensor::Usage usage;
  usage.is_mine = &all;
  const auto bare = [library, device] {
    unsigned long long mj = 0;
    library->total_energy(device, &mj);
    sensor::nvml::ProcessInfo infos[128];
    unsigned count = std::size(infos);
    library->processes(device, &count, infos);
  };
  const double bare_s = cost_of(bare), whole_s = cost_of([&] { found.sensors[0]->read(usage); });
  print("a reading of a GPU and of who uses it", base::format_seconds(whole_s),
        "bare calls " + base::format_seconds(bare_s),
        fmt::format("{:.2f} times the floor (at most 2)", whole_s / bare_s));
  return bare;
}

struct Ended {
  double wall_s = 0, cpu_s = 0;
};

/// Runs a command and waits; its own CPU time and that of what it waited for.
Ended run(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const double before = now_s();
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  rusage use{};
  ::wait4(pid, &status, 0, &use);
  if (status != 0) fmt::print(stderr, "{} ended with {}\n", words[0], status);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {now_s() - before, seconds(use.ru_utime) + seconds(use.ru_stime)};
}

void bench_start(const std::string& cradle) {
  std::vector<double> bare, measured;
  for (int i = 0; i < 60; ++i) {
    bare.push_back(run({"/bin/true"}).wall_s);
    measured.push_back(run({cradle, "run", "--quiet", "--", "/bin/true"}).wall_s);
  }
  const double added = median(measured) - median(bare);
  print("cradle run -- true adds", base::format_seconds(added), "bare " + base::format_seconds(median(bare)),
        fmt::format("{:.1f} times a bare start (under 20 ms)", median(measured) / median(bare)));
}

/// MiB as /proc/PID/status says: "VmHWM:" the most so far, "VmRSS:" now.
double memory_mib(pid_t pid, std::string_view what) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what)) return std::atof(line.c_str() + what.size()) / 1024;
  return 0;
}

/// The command, this program again, looks at its parent: rusage would hold this program's own memory before exec.
void bench_memory(const std::string& cradle, const std::string& self) {
  const fs::path file = fs::temp_directory_path() / fmt::format("cradle_memory_{}", ::getpid());
  std::vector<double> most, now;
  for (int i = 0; i < 5; ++i) {
    run({cradle, "run", "--quiet", "--", self, "--memory", file.string()});
    double mib[2] = {};
    std::ifstream(file) >> mib[0] >> mib[1];
    most.push_back(mib[0]), now.push_back(mib[1]);
  }
  fs::remove(file);
  print("memory of cradle run", fmt::format("{:.2f} MiB", median(now)), fmt::format("at most {:.2f} MiB", median(most)),
        "(under 8 MiB)");
}

/// Seconds from the start of `words` to when the command at their end, this program, came to its first line.
double stamp_delay(std::vector<std::string> words, const std::string& self) {
  const fs::path stamp = fs::temp_directory_path() / fmt::format("cradle_stamp_{}", ::getpid());
  words.insert(words.end(), {self, "--stamp", stamp.string()});
  const double before = now_s(CLOCK_BOOTTIME);
  run(words);
  double at = 0;
  std::ifstream(stamp) >> at;
  fs::remove(stamp);
  return at - before;
}

/// The first sample is taken right before the command is started: what the command needs by itself comes after it.
void bench_first_sample(const std::string& cradle, const std::string& self) {
  std::vector<double> delays, bare;
  for (int i = 0; i < 60; ++i) {
    bare.push_back(stamp_delay({}, self));
    delays.push_back(stamp_delay({cradle, "run", "--quiet", "--"}, self));
  }
  print("start of cradle to the command's own start", base::format_seconds(median(delays)),
        "the command alone " + base::format_seconds(median(bare)),
        fmt::format("first sample after {} (under 10 ms)", base::format_seconds(median(delays) - median(bare))));
}

/// Nanoseconds that a process has run so far: its scheduler's own count.
double run_s(pid_t pid) {
  double ns = 0;
  std::ifstream(fmt::format("/proc/{}/schedstat", pid)) >> ns;
  return ns * 1e-9;
}

/// CPU time of the meter in a minute, from a stretch in the middle of a run: neither its start nor its end counts. In
/// the same seconds the floor: a loop of this process that only wakes up as often and reads the machine's CPU time, and
/// a GPU where there is one, bare.
void bench_steady(const std::string& cradle, const char* hz, double target, int rounds,
                  const std::function<void()>& device) {
  constexpr double kFrom_s = 2, kFor_s = 12;
  std::vector<std::string> words = {cradle, "run", "--quiet"};
  if (*hz) words.insert(words.end(), {"--hz", hz});
  words.insert(words.end(), {"--", "/bin/sleep", fmt::format("{}", kFrom_s + kFor_s + 1.5)});
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const double rate = *hz ? std::atof(hz) : 1;
  Floor floor({meter::BusyTime("/").file()});
  std::vector<double> meters, floors, ratios;
  for (int i = 0; i < rounds; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::usleep(static_cast<useconds_t>(kFrom_s * 1e6));
    const double from_s = run_s(pid), bare_from_s = now_s(CLOCK_PROCESS_CPUTIME_ID), began_s = now_s();
    for (int beat = 0; beat < static_cast<int>(kFor_s * rate); ++beat) {
      ::usleep(static_cast<useconds_t>(1e6 / rate));
      floor.read();
      if (device) device();
    }
    const double minutes = (now_s() - began_s) / 60;
    floors.push_back((now_s(CLOCK_PROCESS_CPUTIME_ID) - bare_from_s) / minutes);
    meters.push_back((run_s(pid) - from_s) / minutes);
    ratios.push_back(meters.back() / floors.back());
    ::waitpid(pid, nullptr, 0);
  }
  print(
      *hz ? fmt::format("steady, {} Hz, CPU seconds a minute", hz).c_str() : "steady, by default, CPU seconds a minute",
      fmt::format("{:.4f}", median(meters)), fmt::format("bare {:.4f}, ratio {:.2f}", median(floors), median(ratios)),
      target > 0 ? fmt::format("(under {})", target) : "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--stamp") {
    std::ofstream(argv[2]) << fmt::format("{:.9f}", now_s(CLOCK_BOOTTIME));
    return 0;
  }
  if (argc == 3 && std::string(argv[1]) == "--memory") {
    ::usleep(1'500'000);  // past its start
    std::ofstream(argv[2]) << memory_mib(::getppid(), "VmHWM:") << " " << memory_mib(::getppid(), "VmRSS:");
    return 0;
  }
  const std::string cradle = argc > 1 ? argv[1] : CRADLE_PROGRAM;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;  // each of steady takes 15 s
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  ::setenv("XDG_STATE_HOME", (fs::temp_directory_path() / fmt::format("cradle_bench_{}", ::getpid())).c_str(), 1);
  fmt::print("medians; on a busy machine ratios hold where times do not\n\n");
  const fs::path tree = server_tree();
  std::vector<fs::path> zones;
  for (const char* zone : {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1", "intel-rapl:1:0"})
    zones.push_back(tree / "sys/class/powercap" / zone / "energy_uj");
  bench_sample("a sample of two sockets with memory (RAPL)", tree, zones);
  bench_sample("a sample of modelled parts", fs::temp_directory_path(), {});
  fs::remove_all(tree);
  bench_start(cradle);
  bench_memory(cradle, self);
  bench_first_sample(cradle, self);
  const std::function<void()> device = bench_nvidia();  // last: the library stays open
  bench_steady(cradle, "1", 0.01, rounds, device);
  bench_steady(cradle, "10", 0.08, rounds, device);
  bench_steady(cradle, "", 0, rounds, device);
  fs::remove_all(std::getenv("XDG_STATE_HOME"));
  return 0;
}
