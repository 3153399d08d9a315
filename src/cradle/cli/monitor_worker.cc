// cradle-monitor: the whole machine, live: in the terminal, to Prometheus, into a file.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/settings.h"
#include "cradle/meter/cpu_times.h"
#include "cradle/monitor/exporter.h"
#include "cradle/monitor/screen.h"
#include "cradle/sensor/discover.h"

namespace {

using namespace cradle;

volatile std::sig_atomic_t stop_asked = 0;

struct MonitorOptions {
  std::string place, prometheus, textfile, wattmeter;
  double hz = 1, seconds = 0;
  bool json = false;
};

monitor::Watch watch_of(const MonitorOptions& given) {
  const sensor::MachineFacts facts = sensor::machine_facts("/");
  sensor::Site site = sensor::this_machine();
  site.all_gpus = true;
  site.wattmeter = given.wattmeter.empty() ? cli::setting("wattmeter") : given.wattmeter;
  sensor::Discovery found = sensor::discover(site, facts, cli::measuring("").inputs(facts));
  for (const sensor::Missing& m : found.missing)
    if (!m.counted_elsewhere) fmt::print(stderr, "cradle: not read: {}: {}\n", m.name, m.why);
  auto busy = std::make_shared<meter::BusyTime>("/");
  const auto cpu_times = [busy] {
    meter::CpuTimes t;
    const auto seconds = busy->seconds();
    t.busy_s = seconds.value_or(0);
    if (!seconds) t.busy_unknown_why = busy->why();
    return t;
  };
  return monitor::Watch(std::make_unique<meter::Meter>(std::move(found.sensors), facts.online_cpus,
                                                       meter::Scope::kMachine, meter::now, cpu_times));
}

/// Sleeps to the next beat; returns early when a signal asks to stop.
void wait_for(double seconds) {
  const timespec t{static_cast<time_t>(seconds), static_cast<long>((seconds - static_cast<long>(seconds)) * 1e9)};
  ::nanosleep(&t, nullptr);
}

void show(const MonitorOptions& given, const monitor::Look& look, const std::optional<record::GridFactor>& factor) {
  if (given.json) {
    fmt::print("{}\n", base::dump_json(monitor::json_of(look), -1));
  } else if (::isatty(STDOUT_FILENO)) {
    fmt::print("\033[H\033[J{}", monitor::screen_of(look, factor));  // home, and clear what stood below
  } else if (given.prometheus.empty() && given.textfile.empty()) {
    fmt::print("{}\n", monitor::screen_of(look, factor));
  }
  std::fflush(stdout);
}

int run(const MonitorOptions& given) {
  if (!(given.hz > 0 && given.hz <= 100)) base::fail_usage("--hz {}: expected more than 0 and at most 100", given.hz);
  const std::string place = given.place.empty() ? cli::setting("place") : given.place;
  const std::optional<record::GridFactor> factor = cli::measuring(place).factor;
  monitor::Watch watch = watch_of(given);
  std::optional<monitor::Exporter> exporter;
  if (!given.prometheus.empty()) {
    exporter.emplace(given.prometheus, factor);
    exporter->publish(watch.look());
    fmt::print(stderr, "cradle: metrics at http://{}/metrics\n", given.prometheus);
  }
  while (!stop_asked) {
    wait_for(1 / given.hz);
    const monitor::Look& look = watch.look();
    if (exporter) exporter->publish(look);
    if (!given.textfile.empty()) monitor::write_textfile(given.textfile, look, factor);
    show(given, look, factor);
    if (given.seconds > 0 && look.t_s >= given.seconds) break;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The whole machine, live: each part's power and energy, with interval and basis.", "cradle monitor"};
  MonitorOptions given;
  app.add_option("--place", given.place, "Where electricity is drawn, for CO2e: FR, US-OR, Brussels");
  app.add_option("--hz", given.hz, "Readings a second")->capture_default_str();
  app.add_option("--seconds", given.seconds, "Stop after this time; 0: when interrupted")->capture_default_str();
  app.add_option("--prometheus", given.prometheus, "Serve metrics at this address: 127.0.0.1:9464");
  app.add_option("--textfile", given.textfile, "Write metrics into this file, for node_exporter's textfile collector");
  app.add_option("--wattmeter", given.wattmeter, "A file, FIFO, device or Unix socket that yields watts");
  app.add_flag("--json", given.json, "One JSON object per reading on stdout");
  app.footer("Example: cradle monitor --place FR --prometheus 127.0.0.1:9464");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    fmt::print(stderr, "cradle: error: {} (`cradle monitor --help` says what is possible)\n", e.what());
    return 2;
  }
  struct sigaction ask {};
  ask.sa_handler = [](int) { stop_asked = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &ask, nullptr);
  try {
    return run(given);
  } catch (const base::Error& e) {
    fmt::print(stderr, "cradle: error: {}\n", e.what());
    return e.fault() == base::Fault::kUsage ? 2 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "cradle: error: {}\n", e.what());
    return 1;
  }
}
