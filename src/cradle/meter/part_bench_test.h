// A part with a counter that runs at a power of the test's choosing, for the tests of the truth rules.
#pragma once

#include <string>
#include <vector>

#include "cradle/meter/fake_time_test.h"
#include "cradle/meter/part_meter.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::meter {

inline sensor::PartDescription counter_part() {
  sensor::PartDescription d;
  d.start = {"cpu-package-0", "cpu", record::Basis::kCounter, "test"};
  d.resolution_j = 1e-4;
  d.update_s = 0.001;
  d.range_j = sensor::FakeMachine::kRange;
  d.most_w = 1000;
  d.idle_w = {20, 15, 30};
  return d;
}

/// A part, its time and its readings; a counter that runs at a power of the test's choosing.
struct Bench {
  explicit Bench(sensor::PartDescription d, Scope scope = Scope::kMine) : part(std::move(d), 4, scope) {}
  PartMeter part;
  FakeTime time;
  std::vector<record::Event> events;
  double counter = 1000;

  void start() { part.start(time.instant, time.cpu, {true, "", counter, {}}, 0, events); }
  void start_failing() { part.start(time.instant, time.cpu, {false, "denied", 0, {}}, 0, events); }
  void read(bool settle = true) { add({true, "", counter, {}}, settle); }
  void fail(const std::string& why = "EIO") { add({false, why, 0, {}}, true); }
  void power(double w, bool settle = true) { add({true, "", 0, {w, w, w}}, settle); }
  void run(double seconds, double watts, double mine_cpu_s = 0, double others_cpu_s = 0) {
    time.pass(seconds, mine_cpu_s, others_cpu_s);
    counter += watts * seconds;
  }
  void add(const sensor::Reading& r, bool settle) {
    part.add(time.instant, time.cpu, r, settle, time.instant.boot_s - 1000, events);
  }
  double j() const { return part.joules().j.value; }
  std::string kinds() const {
    std::string text;
    for (const auto& e : events) text += (text.empty() ? "" : " ") + e.kind;
    return text;
  }
};

}  // namespace cradle::meter
