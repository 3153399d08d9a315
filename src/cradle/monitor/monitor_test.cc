// What a watch shows and what a scrape reads.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <regex>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/meter/fake_time_test.h"
#include "cradle/meter/scripted_sensor_test.h"
#include "cradle/monitor/exporter.h"
#include "cradle/monitor/screen.h"

namespace cradle::monitor {
namespace {

using meter::Script;

struct Machine {
  Machine() : cpu(meter::script("cpu-package-0", "cpu")), node(meter::script("node-rest", "board")) {
    node->part.contains = {"*"};
    std::vector<std::unique_ptr<sensor::Sensor>> sensors;
    for (const auto& s : {cpu, node}) sensors.push_back(std::make_unique<meter::ScriptedSensor>(s));
    watch.emplace(
        std::make_unique<meter::Meter>(std::move(sensors), 4, meter::Scope::kMachine, time.clock(), time.cpu_times()));
  }
  const Look& run(double seconds, double cpu_j, double node_j) {
    time.pass(seconds, 0, seconds);
    cpu->reading.counter_j += cpu_j;
    node->reading.counter_j += node_j;
    return watch->look();
  }
  meter::FakeTime time;
  std::shared_ptr<Script> cpu, node;
  std::optional<Watch> watch;
};

const record::GridFactor kFrance = {"grid.gwp|FR|2023", "FR", "test", 2023, {0.056, 0.05, 0.06}};

TEST(Watch, ShowsPowerNowAndEnergySinceItBegan) {
  Machine m;
  m.run(10, 1000, 1500);
  const Look& look = m.run(10, 2000, 3500);
  EXPECT_DOUBLE_EQ(look.parts[0].w, 200);
  EXPECT_DOUBLE_EQ(look.parts[0].j.value, 3000);
  EXPECT_DOUBLE_EQ(look.parts[1].j.value, 2000);  // what the CPU leaves of the node
  EXPECT_DOUBLE_EQ(look.total_j.value, 5000);
  EXPECT_DOUBLE_EQ(look.total_w, 350);
  EXPECT_DOUBLE_EQ(look.parts[0].coverage, 1);
}

TEST(Watch, NeverFallsEvenWhenARestDoes) {
  Machine m;
  m.run(10, 1000, 2000);
  const Look& look = m.run(10, 1000, 100);  // the board's meter lags behind: its rest shrinks
  EXPECT_DOUBLE_EQ(look.parts[1].j.value, 1000);
  EXPECT_DOUBLE_EQ(look.parts[1].w, 0);
}

TEST(Metrics, AreNamedInBaseUnitsAndAddUp) {
  Machine m;
  const std::string text = metrics_text(m.run(10, 1000, 1500), kFrance);
  EXPECT_NE(text.find("# TYPE cradle_energy_joules_total counter"), std::string::npos);
  EXPECT_NE(text.find(R"(cradle_energy_joules_total{hw_type="cpu",hw_id="cpu-package-0",method="counter"} 1000)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(cradle_power_watts{hw_type="board",hw_id="node-rest",method="counter"} 50)"),
            std::string::npos);
  // 1500 J in grams by hand: 1500 / 3.6e6 kWh · 56 g.
  const std::regex grams(R"(cradle_emissions_grams_total\{phase="use"\} ([0-9.eE+-]+))");
  std::smatch found;
  ASSERT_TRUE(std::regex_search(text, found, grams));
  EXPECT_NEAR(std::stod(found[1]), 1500 / 3.6e6 * 56, 1e-9);
  EXPECT_EQ(text.find("kwh"), std::string::npos);
  EXPECT_EQ(text.find("milli"), std::string::npos);
}

std::string get(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string text;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
    if (::write(fd, request, sizeof request - 1) > 0) {
      char buffer[4096];
      for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  return text;
}

TEST(Exporter, AnswersScrapesWithTheLastLookAndRefusesATakenPort) {
  Machine m;
  const int port = 20000 + ::getpid() % 20000;
  const std::string address = "127.0.0.1:" + std::to_string(port);
  Exporter exporter(address, kFrance);
  exporter.publish(m.run(10, 1000, 1500));
  EXPECT_NE(get(port).find(R"(hw_id="cpu-package-0",method="counter"} 1000)"), std::string::npos) << get(port);
  exporter.publish(m.run(10, 500, 500));
  EXPECT_NE(get(port).find(R"(hw_id="cpu-package-0",method="counter"} 1500)"), std::string::npos);
  try {
    Exporter second(address, {});
    FAIL() << "two servers on one port";
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find(address), std::string::npos);
  }
}

TEST(Textfile, IsReplacedWhole) {
  Machine m;
  const std::filesystem::path file = base::scratch_folder() / "cradle_monitor_test.prom";
  write_textfile(file, m.run(10, 1000, 1500), {});
  write_textfile(file, m.run(10, 1000, 1500), {});
  const std::string text = base::read_file(file);
  EXPECT_NE(text.find("} 2000"), std::string::npos);
  EXPECT_EQ(text.find("cradle_emissions"), std::string::npos);  // no place, no grams
  std::filesystem::remove(file);
}

TEST(Screen, HasOneRowPerPartATotalAndTheEvents) {
  Machine m;
  m.run(10, 1000, 1500);
  m.cpu->reading = {false, "EIO", 0, {}};
  const std::string text = screen_of(m.run(10, 0, 1500), kFrance);
  EXPECT_NE(text.find("cpu-package-0"), std::string::npos);
  EXPECT_NE(text.find("total"), std::string::npos);
  EXPECT_NE(text.find("gap cpu-package-0: EIO"), std::string::npos);
  EXPECT_NE(text.find("FR 2023"), std::string::npos);
}

}  // namespace
}  // namespace cradle::monitor
