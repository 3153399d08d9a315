// The matrix of faults: each fault that meters of energy stumble over, played on a made machine, and what cradle says.
// Printed by `make faults`; the table in docs/METHODS.md is compared with it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <tuple>

#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/meter/fake_time_test.h"
#include "cradle/sensor/discover.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle {
namespace {

struct Row {
  std::string fault, truth, said, peers;
};
std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

/// One machine from discovery to the last sample, under a clock that the test moves.
class Play {
 public:
  explicit Play(meter::Scope scope = meter::Scope::kMachine) : scope_(scope) {}
  sensor::FakeMachine machine;
  meter::FakeTime time;
  sensor::Site site = machine.site();

  void start() {
    const sensor::MachineFacts facts = sensor::machine_facts(machine.root());
    sensor::Discovery found = sensor::discover(site, facts, sensor::plain_inputs());
    missing = std::move(found.missing);
    meter_ =
        std::make_unique<meter::Meter>(std::move(found.sensors), found.cpus, scope_, time.clock(), time.cpu_times());
    meter_->start();
  }
  record::Sample sample() {
    last = meter_->sample();
    for (record::Event& e : meter_->take_events()) events.push_back(std::move(e));
    return last;
  }
  double total() const { return meter::total_of(last); }
  base::Interval interval() const {
    base::Interval sum;
    for (const auto& part : last.parts) {
      sum.value += part.j.value;
      sum.low += part.j.low;
      sum.high += part.j.high;
    }
    return sum;
  }
  std::string kinds() const {
    std::string text;
    for (const record::Event& e : events)
      if (text.find(e.kind) == std::string::npos) text += (text.empty() ? "" : ", ") + e.kind;
    return text;
  }
  std::vector<sensor::Missing> missing;
  std::vector<record::Event> events;
  record::Sample last;
  std::vector<record::PartStart> parts() const { return meter_->parts(); }

 private:
  meter::Scope scope_;
  std::unique_ptr<meter::Meter> meter_;
};

/// A machine with one package and its memory, at 100 W and 20 W, read every second.
struct Server : Play {
  explicit Server(double start_j = 1000, double range_j = sensor::FakeMachine::kRange)
      : counter(start_j), range(range_j) {
    machine.zone("intel-rapl:0", "package-0", counter, range);
    machine.zone("intel-rapl:0:0", "dram", 500, sensor::FakeMachine::kRange);
    start();
  }
  void pass(double seconds, double w = 100) {
    time.pass(seconds, seconds, 0);
    counter += w * seconds;
    if (range > 0 && counter >= range) counter -= range;
    memory += 20 * seconds;
    machine.energy("intel-rapl:0", counter);
    machine.energy("intel-rapl:0:0", memory);
  }
  double counter, range, memory = 500;
};

/// Writes the row and checks that the truth lies within what was said, and that what was said is no wider than `width`.
void expect(const char* fault, double truth_j, const Play& play, double width, const char* event, const char* peers) {
  const base::Interval said = play.interval();
  const std::string kinds = play.kinds();
  EXPECT_LE(said.low, truth_j * (1 + 1e-9)) << fault;
  EXPECT_GE(said.high, truth_j * (1 - 1e-9)) << fault;
  EXPECT_LE(std::abs(said.value - truth_j), width * truth_j) << fault;
  if (*event)
    EXPECT_NE(kinds.find(event), std::string::npos) << fault << ": " << kinds;
  else
    EXPECT_EQ(kinds, "") << fault;
  rows().push_back({fault, base::format_joules(truth_j),
                    fmt::format("{}{}", base::format_interval(said, "J"), kinds.empty() ? "" : "; says " + kinds),
                    peers});
}

TEST(Faults, Wrap) {
  Server s(sensor::FakeMachine::kRange - 500);
  for (int i = 0; i < 10; ++i) s.pass(1), s.sample();
  expect("a counter wraps", 1200, s, 1e-3, "wrap",
         "EnergiBridge negative; Scaphandre 0 for the socket; likwid loses every wrap after the first");
}

TEST(Faults, WrapWithoutRange) {
  Server s(sensor::FakeMachine::kRange - 500, 0);
  for (int i = 0; i < 5; ++i) s.pass(1), s.sample();
  s.counter = 1;  // wrapped, and nobody says at what range
  for (int i = 0; i < 5; ++i) s.pass(1), s.sample();
  expect("it wraps and its range cannot be read", 1200, s, 1e-3, "reset", "CodeCarbon −522,685 J");
}

TEST(Faults, FailedRead) {
  Server s;
  for (int i = 0; i < 10; ++i) {
    s.pass(1);
    if (i == 4) s.machine.spoil("intel-rapl:0");
    s.sample();
  }
  expect("a read fails in the middle", 1200, s, 1e-3, "gap", "CodeCarbon 263,344 J; perun likewise; CarbonTracker 0 W");
}

TEST(Faults, FailedToTheEnd) {
  Server s;
  for (int i = 0; i < 10; ++i) {
    s.pass(1);
    if (i >= 5) s.machine.spoil("intel-rapl:0");
    s.sample();
  }
  expect("reads fail until the end", 1200, s, 1e-3, "gap", "CarbonTracker copies another epoch's power");
}

TEST(Faults, Reset) {
  Server s(200000);
  for (int i = 0; i < 10; ++i) {
    if (i == 5) s.counter = 0;  // the driver was loaded anew
    s.pass(1);
    s.sample();
  }
  expect("a counter is reset", 1200, s, 1e-3, "reset",
         "CodeCarbon +324,487 J; Zeus, Alumet and others take it for a wrap");
}

TEST(Faults, Suspend) {
  Server s(200000);
  for (int i = 0; i < 5; ++i) s.pass(1), s.sample();
  s.time.sleep(3600);
  s.counter = 10;
  for (int i = 0; i < 5; ++i) s.pass(1), s.sample();
  expect("the machine sleeps for an hour", 1200, s, 1e-3, "suspend", "none of the fourteen compares the two clocks");
}

TEST(Faults, Jump) {
  Server s;
  for (int i = 0; i < 10; ++i) {
    s.pass(1);
    if (i == 5) s.counter += 12.5e4;
    s.machine.energy("intel-rapl:0", s.counter);
    s.sample();
  }
  expect("a counter jumps by 125 kJ", 1200, s, 1e-3, "reset", "CodeCarbon and amdsmi readers: 12.5 MW");
}

TEST(Faults, StandsStill) {
  Server s;
  for (int i = 0; i < 10; ++i) {
    s.pass(1);
    if (i >= 5) s.machine.energy("intel-rapl:0", 1500);
    s.sample();
  }
  expect("a counter stands still", 1200, s, 1e-3, "gap", "not surveyed");
}

TEST(Faults, Denied) {
  Play p;
  p.machine.write(sensor::FakeMachine::folder("intel-rapl:0") + "name", "package-0\n");
  p.start();
  for (int i = 0; i < 10; ++i) p.time.pass(1, 2, 0), p.sample();
  // Modelled: 60 W at half load, 0.5 W/GB: the plain inputs of the tests.
  expect("RAPL may not be read", 10 * (60 + 0.5 * 16.384), p, 1e-9, "",
         "CodeCarbon changes to a model in silence; CarbonTracker 0; EnergiBridge panics; PowerJoular exits 0");
  bool named = false;
  for (const auto& m : p.missing) named = named || m.name == "RAPL cpu-package-0";
  EXPECT_TRUE(named);
}

TEST(Faults, ShortRun) {
  Server s;
  s.pass(0.0004, 100);
  s.machine.energy("intel-rapl:0", 1000);  // not renewed yet
  s.machine.energy("intel-rapl:0:0", 500);
  s.sample();
  const base::Interval said = s.interval();
  EXPECT_GT(said.value, 0);
  EXPECT_LE(said.low, 0.048);
  EXPECT_GE(said.high, 0.048);
  rows().push_back({"a run of 0.4 ms, shorter than the sensor's period", "48.0 mJ", base::format_interval(said, "J"),
                    "CodeCarbon 0 J up to 50 ms; CarbonTracker needs 2 s per epoch"});
}

TEST(Faults, TwoSockets) {
  Play p;
  p.machine.cpu("Intel(R) Xeon(R)", 8, 2);
  double a = 1000, b = 2000, m = 50;
  const auto write = [&] {
    p.machine.energy("intel-rapl:0", a);
    p.machine.energy("intel-rapl:1", b);
    p.machine.energy("intel-rapl:0:0", m);
    p.machine.energy("intel-rapl:1:0", m);
  };
  p.machine.zone("intel-rapl:0", "package-0", a);
  p.machine.zone("intel-rapl:1", "package-1", b);
  p.machine.zone("intel-rapl:0:0", "dram", m);
  p.machine.zone("intel-rapl:1:0", "dram", m);
  p.start();
  for (int i = 0; i < 10; ++i) {
    p.time.pass(1, 1, 0);
    a += 100, b += 100, m += 20;
    write();
    p.sample();
  }
  expect("two sockets with memory", 2400, p, 1e-3, "",
         "CarbonTracker averages them (60 of 240 W); EnergiBridge and PowerJoular read one; CodeCarbon skips memory");
}

TEST(Faults, MirroredDies) {
  Play p;
  p.machine.cpu("AMD Ryzen Threadripper 2950X", 16, 1);
  double a = 1000;
  for (const char* zone : {"intel-rapl:0", "intel-rapl:1"})
    p.machine.zone(zone, std::string("package-0-die-") + zone[11], a);
  p.start();
  for (int i = 0; i < 10; ++i) {
    p.time.pass(1, 1, 0);
    a += 100;
    p.machine.energy("intel-rapl:0", a);
    p.machine.energy("intel-rapl:1", a);
    p.sample();
  }
  expect("two dies show one counter", 1000 + 10 * 0.5 * 16.384, p, 1e-3, "", "CodeCarbon twice the truth");
}

/// A package of 100 W inside a platform that counts `platform_w`.
void play_psys(Play& p, double platform_w) {
  double package = 1000, platform = 3000;
  p.machine.zone("intel-rapl:0", "package-0", package);
  p.machine.zone("intel-rapl:1", "psys", platform);
  p.start();
  for (int i = 0; i < 10; ++i) {
    p.time.pass(1, 1, 0);
    package += 100, platform += platform_w;
    p.machine.energy("intel-rapl:0", package);
    p.machine.energy("intel-rapl:1", platform);
    p.sample();
  }
}

TEST(Faults, Psys) {
  Play p;
  play_psys(p, 180);
  expect("psys holds the package", 1800, p, 1e-3, "", "Zeus adds both");
}

TEST(Faults, PsysTooSmall) {
  Play p;
  play_psys(p, 10);
  expect("psys counts less than what it holds", 1000, p, 1e-3, "cross-check",
         "Scaphandre takes psys wherever there is one");
}

TEST(Faults, OthersOnTheMachine) {
  Play p(meter::Scope::kMine);
  double a = 1000, m = 50;
  p.machine.zone("intel-rapl:0", "package-0", a);
  p.machine.zone("intel-rapl:0:0", "dram", m);
  p.start();
  for (int i = 0; i < 10; ++i) {
    p.time.pass(1, 0, 4);  // the command sleeps while others keep all four CPUs busy
    a += 180, m += 20;
    p.machine.energy("intel-rapl:0", a);
    p.machine.energy("intel-rapl:0:0", m);
    p.sample();
  }
  EXPECT_EQ(p.last.billed_j.value, 0);
  EXPECT_NEAR(p.last.split.others_j + p.last.split.idle_j, 2000, 2000 * 0.01);
  rows().push_back({"the command sleeps, others work", "bill 0 J",
                    fmt::format("bill {}, others {}, idle {}", base::format_joules(p.last.billed_j.value),
                                base::format_joules(p.last.split.others_j), base::format_joules(p.last.split.idle_j)),
                    "CodeCarbon in process mode bills the machine: 2,001 J"});
}

TEST(Faults, TheLoadFalls) {
  // Alumet's minimal mode drops a power that falls; an integral must not.
  Play p;
  p.machine.write("sys/class/hwmon/hwmon0/name", "power_meter\n");
  p.machine.write("sys/class/hwmon/hwmon0/power1_average", "400000000\n");
  p.start();
  for (int i = 0; i < 10; ++i) {
    p.time.pass(1, 1, 0);
    p.machine.write("sys/class/hwmon/hwmon0/power1_average", fmt::format("{}\n", (390 - 10 * i) * 1000000));
    p.sample();
  }
  expect("power falls from 400 W to 300 W in 10 s", 3500, p, 1e-9, "", "Alumet (minimal) drops a falling power");
}

/// A machine with GPUs as the stand-in for NVIDIA's library shows them; its processor and memory are left out.
struct Gpus : Play {
  explicit Gpus(std::optional<std::string> visible = {}, meter::Scope scope = meter::Scope::kMachine) : Play(scope) {
    site.nvml_library = CRADLE_FAKE_NVML;
    site.cuda_visible_devices = std::move(visible);
    ::setenv("FAKE_NVML", (machine.root() / "gpus").c_str(), 1);
    machine.zone("intel-rapl:0", "package-0", 1);  // so that no CPU is modelled
  }
  ~Gpus() { ::unsetenv("FAKE_NVML"); }
  /// Time passes and `gpus` is what the library shows then.
  void pass(double seconds, const std::string& gpus) {
    machine.write("gpus", gpus);
    time.pass(seconds, seconds, 0);
    sample();
  }
  base::Interval of_gpus() const {
    base::Interval sum;
    for (std::size_t i = 0; i < last.parts.size(); ++i)
      if (parts()[i].kind == "gpu") {
        sum.value += last.parts[i].j.value;
        sum.low += last.parts[i].j.low;
        sum.high += last.parts[i].j.high;
      }
    return sum;
  }
  void expect_gpu(const char* fault, double truth_j, const char* event, const char* peers) {
    const base::Interval said = of_gpus();
    EXPECT_LE(said.low, truth_j) << fault;
    EXPECT_GE(said.high, truth_j) << fault;
    EXPECT_NEAR(said.value, truth_j, 0.01 * truth_j) << fault;
    std::string kinds;
    for (const record::Event& e : events)
      if (e.part.starts_with("gpu") && kinds.find(e.kind) == std::string::npos)
        kinds += (kinds.empty() ? "" : ", ") + e.kind;
    EXPECT_EQ(kinds, event) << fault;
    rows().push_back({fault, base::format_joules(truth_j),
                      base::format_interval(said, "J") + (kinds.empty() ? "" : "; says " + kinds), peers});
  }
};

std::string gpu(const std::string& uuid, const std::string& figures,
                const std::string& name = "NVIDIA A100-SXM4-80GB") {
  return "gpu " + name + "\nuuid " + uuid + "\nlimit_mw 400000\n" + figures;
}
std::string energy(double j) { return fmt::format("energy_mj {:.0f}\npower_mw 300000\n", j * 1000); }

TEST(GpuFaults, NoCounter) {
  Gpus g;
  const std::string pascal = gpu("GPU-a", "power_mw 250000\nfails energy 3\n", "Tesla P100-PCIE-16GB");
  g.machine.write("gpus", pascal);
  g.start();
  for (int i = 0; i < 100; ++i) g.pass(0.1, pascal);
  g.expect_gpu("a GPU has no energy counter", 2500, "",
               "CodeCarbon 0 J; Kepler leaves it out; Zeus guesses from the architecture");
}

TEST(GpuFaults, DriverReload) {
  Gpus g;
  g.machine.write("gpus", gpu("GPU-a", energy(90000)));
  g.start();
  for (int i = 1; i <= 5; ++i) g.pass(1, gpu("GPU-a", energy(90000 + 300 * i)));
  for (int i = 1; i <= 5; ++i) g.pass(1, gpu("GPU-a", energy(300 * i)));
  g.expect_gpu("the GPU's driver is loaded anew", 3000, "reset", "Alumet 1.8e16 J");
}

TEST(GpuFaults, CounterWithdrawn) {
  Gpus g;
  g.machine.write("gpus", gpu("GPU-a", energy(90000)));
  g.start();
  for (int i = 1; i <= 5; ++i) g.pass(1, gpu("GPU-a", energy(90000 + 300 * i)));
  for (int i = 1; i <= 5; ++i) g.pass(1, gpu("GPU-a", energy(90000) + "fails energy 3\n"));
  g.expect_gpu("its counter is withdrawn in mid-run", 3000, "basis-change", "not surveyed");
}

TEST(GpuFaults, EightNotOne) {
  Gpus g;
  const auto eight = [](double j) {
    std::string text;
    for (int i = 0; i < 8; ++i) text += gpu(fmt::format("GPU-{}a", i), energy(j));
    return text;
  };
  g.machine.write("gpus", eight(5000));
  g.start();
  for (int i = 1; i <= 10; ++i) g.pass(1, eight(5000 + 300 * i));
  g.expect_gpu("eight GPUs", 24000, "", "CarbonTracker since 2.0 averages devices: one eighth");
}

TEST(GpuFaults, ChosenByUuid) {
  for (const auto& [fault, visible, peers] :
       {std::tuple{"one of eight GPUs, chosen by UUID", "GPU-6a", "CodeCarbon selects none: 0 J"},
        std::tuple{"one of twelve GPUs, the eleventh", "10", "perun takes the second"}}) {
    Gpus g(visible);
    const auto twelve = [](double j) {
      std::string text;
      for (int i = 0; i < 12; ++i) text += gpu(fmt::format("GPU-{}a", i), energy(j * (i == 6 || i == 10 ? 1 : 3)));
      return text;
    };
    g.machine.write("gpus", twelve(5000));
    g.start();
    for (int i = 1; i <= 10; ++i) g.pass(1, twelve(5000 + 300 * i));
    g.expect_gpu(fault, 3000, "", peers);
  }
}

TEST(GpuFaults, Slice) {
  Gpus g("MIG-b");
  const auto sliced = [](double j) { return gpu("GPU-a", energy(j) + "mig MIG-a 49\nmig MIG-b 49\n"); };
  g.machine.write("gpus", sliced(5000));
  g.start();
  for (int i = 1; i <= 10; ++i) g.pass(1, sliced(5000 + 300 * i));
  g.expect_gpu("a MIG slice of half a GPU", 1500, "",
               "CodeCarbon selects none; Zeus refuses; Kepler by DCGM activity; others bill the board");
}

TEST(Faults, Container) {
  Play p;
  p.machine.cpu("AMD EPYC 9654", 64, 1);
  p.machine.write("run/.containerenv", "");
  p.machine.write("proc/self/cgroup", "0::/\n");
  p.machine.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  p.machine.write("sys/fs/cgroup/memory.max", "4000000000\n");
  p.start();
  for (int i = 0; i < 10; ++i) p.time.pass(1, 2, 0), p.sample();
  // Two of 64 CPUs at full load, of 100 W; 4 GB at 0.5 W.
  expect("a container may use 2 of 64 CPUs and 4 GB", 10 * (100.0 * 2 / 64 + 4 * 0.5), p, 1e-9, "",
         "CodeCarbon bills the host: 283 W of memory for a pod");
}

/// Markdown of all rows.
std::string table() {
  std::string text = "| fault | truth | cradle says (nine cases in ten) | peers, as surveyed |\n|---|---|---|---|\n";
  for (const Row& row : rows())
    text += fmt::format("| {} | {} | {} | {} |\n", row.fault, row.truth, row.said, row.peers);
  return text;
}

TEST(Matrix, StandsInTheDocs) {
  fmt::print("\n{}\n", table());
  const std::string docs = base::read_file(std::string(CRADLE_SOURCE) + "/docs/METHODS.md");
  EXPECT_NE(docs.find(table()), std::string::npos) << "docs/METHODS.md, \"The matrix of faults\", is not this table";
}

}  // namespace
}  // namespace cradle
