// Discovers as a run would, reads each sensor once, and prints the findings.
#include "cradle/cli/doctor_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/settings.h"
#include "cradle/meter/cgroup.h"
#include "cradle/record/journal.h"
#include "cradle/sensor/discover.h"

namespace cradle::cli {
namespace {

using base::Json;

/// What the machine offers besides power: how a command's share is found, and whether records can be kept.
struct Surroundings {
  std::string attribution, attribution_why, records, records_why;
};

Surroundings surroundings() {
  Surroundings s;
  std::string why;
  const auto group = meter::Cgroup::create(why);
  s.attribution = group ? std::string(group->kind()) : "process tree";
  if (!group) s.attribution_why = "no cgroup of its own: " + why.substr(0, why.rfind(';'));
  try {
    const auto folder = record::runs_folder();
    s.records = folder.string();
    const auto probe = folder / ".doctor";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    base::write_file(probe, "");
    std::filesystem::remove(probe, error);
  } catch (const base::Error& e) {
    s.records_why = e.what();
  }
  return s;
}

/// "4 min 22 s at 1 kW"; "" for sources that do not wrap.
std::string wrap_text(const sensor::PartDescription& d) {
  if (d.start.basis != record::Basis::kCounter) return "";
  if (d.range_j <= 0) return "unknown";
  return fmt::format("{} at {}", base::format_seconds(d.range_j / d.most_w), base::format_watts(d.most_w));
}

Json json_of(const sensor::PartDescription& d, const sensor::Reading& reading, double cost_s) {
  return Json{{"part", d.start.part},
              {"kind", d.start.kind},
              {"basis", record::name_of(d.start.basis)},
              {"sensor", d.start.sensor},
              {"readable", reading.ok},
              {"why", reading.why},
              {"resolution_j", d.resolution_j},
              {"update_s", d.update_s},
              {"range_j", d.range_j},
              {"cost_s", cost_s},
              {"most_w", d.most_w},
              {"idle_w", {{"value", d.idle_w.value}, {"low", d.idle_w.low}, {"high", d.idle_w.high}}}};
}

/// Seconds that one reading takes: the median of a few, which a busy machine does not disturb.
double cost_of(sensor::Sensor& sensor, const sensor::Usage& usage) {
  constexpr int kReadings = 9;
  std::vector<double> seconds;
  for (int i = 0; i < kReadings; ++i) {
    const auto before = std::chrono::steady_clock::now();
    sensor.read(usage);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + kReadings / 2, seconds.end());
  return seconds[kReadings / 2];
}

struct Findings {
  sensor::MachineFacts facts;
  std::vector<sensor::PartDescription> parts;
  std::vector<sensor::Reading> readings;
  std::vector<double> costs_s;  // of one reading, the median of some
  std::vector<sensor::Missing> missing;
  Surroundings around;
};

Findings examine() {
  Findings f;
  f.facts = sensor::machine_facts("/");
  sensor::Site site = sensor::this_machine();
  site.wattmeter = setting("wattmeter");
  sensor::Discovery found = sensor::discover(site, f.facts, measuring("").inputs(f.facts));
  sensor::Usage usage;
  usage.cpus = f.facts.online_cpus;
  for (const auto& sensor : found.sensors) {
    f.parts.push_back(sensor->describe());
    f.readings.push_back(sensor->read(usage));
    f.costs_s.push_back(cost_of(*sensor, usage));
  }
  f.missing = std::move(found.missing);
  f.around = surroundings();
  return f;
}

Json to_json(const Findings& f) {
  Json json{{"schema", "cradle.doctor/1"},
            {"cpu", f.facts.record.cpu},
            {"logical_cpus", f.facts.online_cpus},
            {"memory_gb", f.facts.record.memory_gb},
            {"virtualised", f.facts.record.virtualised},
            {"cpu_limit", f.facts.limits.cpus ? Json(*f.facts.limits.cpus) : Json()},
            {"memory_limit_gb", f.facts.limits.memory_gb ? Json(*f.facts.limits.memory_gb) : Json()},
            {"sources", Json::array()},
            {"missing", Json::array()}};
  for (std::size_t i = 0; i < f.parts.size(); ++i)
    json["sources"].push_back(json_of(f.parts[i], f.readings[i], f.costs_s[i]));
  for (const sensor::Missing& m : f.missing)
    json["missing"].push_back(
        Json{{"name", m.name}, {"why", m.why}, {"remedy", m.remedy}, {"counted_elsewhere", m.counted_elsewhere}});
  json["attribution"] = Json{{"by", f.around.attribution}, {"why", f.around.attribution_why}};
  json["records"] = Json{{"folder", f.around.records}, {"why", f.around.records_why}};
  return json;
}

/// "limited to 1.5 CPUs and 4.3 GB"
std::string limits_text(const sensor::Limits& limits) {
  std::string text;
  if (limits.cpus) text += fmt::format("{} CPUs", base::format_number(*limits.cpus));
  if (limits.memory_gb) text += fmt::format("{}{:.1f} GB", text.empty() ? "" : " and ", *limits.memory_gb);
  return text.empty() ? "without a limit of CPUs or memory" : "limited to " + text;
}

std::string basis_words(const sensor::PartDescription& d) {
  return d.start.basis == record::Basis::kModelled ? "no sensor: modelled"
                                                   : std::string(record::name_of(d.start.basis));
}

void print(const Findings& f) {
  fmt::print("{}, {} CPUs, {:.1f} GB{}\n\n", f.facts.record.cpu.empty() ? "unknown processor" : f.facts.record.cpu,
             f.facts.online_cpus, f.facts.record.memory_gb,
             f.facts.record.virtualised.empty() ? "" : ", " + f.facts.record.virtualised);
  if (!f.facts.container.empty())
    fmt::print(
        "in a container ({}): {}; other containers and the host are not this run's, and --scope machine bills no "
        "more than this one may use\n\n",
        f.facts.container, limits_text(f.facts.limits));
  else if (f.facts.limits.cpus || f.facts.limits.memory_gb)
    fmt::print("{} by its control group\n\n", limits_text(f.facts.limits));
  base::Table sources({"part", "source", "state", "resolution", "wraps after", "a reading takes"});
  for (std::size_t i = 0; i < f.parts.size(); ++i) {
    const sensor::PartDescription& d = f.parts[i];
    sources.row({d.start.part, d.start.sensor, f.readings[i].ok ? basis_words(d) : "fails: " + f.readings[i].why,
                 d.resolution_j > 0 ? base::format_joules(d.resolution_j) : "", wrap_text(d),
                 base::format_seconds(f.costs_s[i])});
  }
  fmt::print("{}", sources.text());
  if (f.parts.empty()) fmt::print("no part can be read or modelled\n");
  for (const sensor::Missing& m : f.missing) {
    fmt::print("\n{}: {}\n  {}\n", m.counted_elsewhere ? "not counted here" : "not read", m.name, m.why);
    if (!m.remedy.empty()) fmt::print("  to open it: {}\n", m.remedy);
  }
  fmt::print("\nshare of a command: by CPU time of its {}{}\n", f.around.attribution,
             f.around.attribution_why.empty() ? "" : " (" + f.around.attribution_why + ")");
  fmt::print("records: {}\n", f.around.records_why.empty() ? f.around.records : "not kept: " + f.around.records_why);
}

}  // namespace

void add_doctor_command(CLI::App& app, int&) {
  CLI::App* doctor = app.add_subcommand("doctor", "Every power source: readable or not, why, and what would open it");
  const auto as_json = std::make_shared<bool>(false);
  doctor->add_flag("--json", *as_json, "Print JSON");
  doctor->callback([as_json] {
    const Findings findings = examine();
    if (*as_json)
      fmt::print("{}\n", base::dump_json(to_json(findings)));
    else
      print(findings);
  });
}

}  // namespace cradle::cli
