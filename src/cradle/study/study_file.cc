// Reads a study file: every key known, every fault with its line, contradictions refused.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/base/toml.h"
#include "cradle/study/study.h"

namespace cradle::study {
namespace {

using base::Distribution;
using base::TomlTable;

const std::vector<std::string> kUnitKinds = {"image", "camera-year", "service-year", "training"};
const std::vector<std::string> kFacilities = {"local", "hyperscale", "world"};

double least_of(const Distribution& d) { return base::quantile(d, 1e-9); }
double greatest_of(const Distribution& d) { return base::quantile(d, 1 - 1e-9); }

/// A figure that must not be negative (or not below `least`).
std::optional<Distribution> figure(TomlTable& table, std::string_view key, double least = 0.0,
                                   double greatest = 1e300) {
  auto d = table.distribution(key);
  if (d && (least_of(*d) < least || greatest_of(*d) > greatest)) {
    table.fault(key, greatest < 1e300 ? fmt::format("must lie between {} and {}", least, greatest)
                                      : fmt::format("must be at least {}, found down to {}", least,
                                                    base::format_number(least_of(*d))));
    return std::nullopt;
  }
  return d;
}

/// `run = "a.json"` or `run = ["a.json", "b.json"]`.
std::vector<Cited> cited(TomlTable& table, const std::filesystem::path& folder) {
  std::vector<Cited> out;
  if (!table.has("run")) return out;
  std::vector<std::string> names;
  const std::string where = table.where("run");
  // A single text is the common case; ask for the array only if it is one, so that no false fault is noted.
  if (auto one = table.text_or_texts("run")) names = *one;
  for (const std::string& name : names) {
    std::filesystem::path path(name);
    out.push_back({path.is_absolute() ? path : folder / path, where});
  }
  return out;
}

Supply supply_of(TomlTable& table, bool needed) {
  Supply supply;
  supply.where = table.where("place");
  supply.place = table.text("place").value_or("");
  if (supply.place.empty() && needed)
    table.fault("place", "is missing: where the electricity was drawn, e.g. place = \"FR\"");
  if (auto facility = table.text("facility")) {
    if (std::find(kFacilities.begin(), kFacilities.end(), *facility) == kFacilities.end())
      table.fault("facility", fmt::format("expected local, hyperscale or world, found '{}'{}", *facility,
                                          base::suggestion(*facility, kFacilities)));
    supply.facility = *facility;
  }
  if (table.has("pue")) {
    supply.pue = table.distribution("pue");
    if (supply.pue && least_of(*supply.pue) < 1.0)
      table.fault("pue", "power usage effectiveness is facility energy over node energy and cannot be below 1");
  }
  return supply;
}

/// `hardware = "server"` with its share, lifetime and utilisation beside it in the same table.
std::optional<Hardware> hardware_of(TomlTable& table, std::string_view key) {
  Hardware hardware;
  hardware.where = table.where(key);
  const auto device = table.text(key);
  const auto share = figure(table, "share", 0.0, 1.0);
  hardware.lifetime_years = figure(table, "lifetime_years", 0.01);
  hardware.utilisation = figure(table, "utilisation", 1e-6, 1.0);
  hardware.count = table.number("count").value_or(1);
  if (hardware.count <= 0) table.fault("count", "must be above 0");
  if (!device) {
    for (const char* needless : {"share", "lifetime_years", "utilisation"})
      if (table.has(needless)) table.fault(needless, fmt::format("stands without '{}'", key));
    return std::nullopt;
  }
  hardware.device = *device;
  if (share) hardware.share = *share;
  return hardware;
}

Training training_of(TomlTable table, const std::filesystem::path& folder) {
  Training t;
  t.runs = cited(table, folder);
  t.hours = figure(table, "hours");
  t.power_w = figure(table, "power_w");
  t.supply = supply_of(table, true);
  t.hardware = hardware_of(table, "hardware");
  if (!t.runs.empty() && t.hours)
    table.fault("hours", "contradicts 'run': a record already says how long the training took; remove one of them");
  if (!t.runs.empty() && t.power_w)
    table.fault("power_w", "contradicts 'run': a record already says what the training drew; remove one of them");
  if (t.runs.empty() && !t.hours) table.fault("run", "is missing: give run = \"record.json\", or hardware and hours");
  if (t.hardware) t.count = t.hardware->count;
  if (t.runs.empty() && t.hours && !t.power_w && !t.hardware)
    table.fault("hours", "needs power_w, or a hardware whose power the catalogue knows");
  return t;
}

Use use_of(TomlTable table, const std::filesystem::path& folder) {
  Use u;
  u.runs = cited(table, folder);
  u.power_w = figure(table, "power_w");
  u.throughput_per_s = figure(table, "throughput_per_s", 1e-9);
  u.idle_w = figure(table, "idle_w");
  if (auto d = figure(table, "images_per_day", 1e-9))
    u.images_per_day = *d;
  else if (!table.has("images_per_day"))
    table.fault("images_per_day", "is missing: images a day on one device");
  if (auto d = figure(table, "years", 1e-9))
    u.years = *d;
  else if (!table.has("years"))
    table.fault("years", "is missing: how long the model is in use");
  u.supply = supply_of(table, true);
  u.hardware = hardware_of(table, "hardware");
  if (!u.runs.empty() && (u.power_w || u.throughput_per_s))
    table.fault(u.power_w ? "power_w" : "throughput_per_s",
                "contradicts 'run': the record already gives energy and time per image; remove one of them");
  if (u.runs.empty() && !(u.power_w && u.throughput_per_s))
    table.fault("run", "is missing: give run = \"bench.json\", or power_w and throughput_per_s");
  return u;
}

std::optional<QualityDemand> quality_of(TomlTable& unit) {
  const auto text = unit.text("quality");
  if (!text) return std::nullopt;
  const std::size_t at = text->find(">=");
  if (at != std::string::npos) {
    const std::string metric(base::trim(std::string_view(*text).substr(0, at)));
    const std::string bound(base::trim(std::string_view(*text).substr(at + 2)));
    char* end = nullptr;
    const double value = std::strtod(bound.c_str(), &end);
    if (!metric.empty() && !bound.empty() && *end == '\0') return QualityDemand{metric, value};
  }
  unit.fault("quality", "expected the form \"mAP50 >= 0.60\"");
  return std::nullopt;
}

FunctionalUnit functional_unit_of(TomlTable& unit, const std::optional<QualityDemand>& quality) {
  FunctionalUnit f;
  f.kind = unit.text("kind").value_or("");
  if (!unit.has("kind")) {
    unit.fault("kind", "is missing: image, camera-year, service-year or training");
  } else if (std::find(kUnitKinds.begin(), kUnitKinds.end(), f.kind) == kUnitKinds.end()) {
    unit.fault("kind", fmt::format("expected image, camera-year, service-year or training, found '{}'{}", f.kind,
                                   base::suggestion(f.kind, kUnitKinds)));
  }
  f.amount = unit.number("amount").value_or(1);
  if (!(f.amount > 0)) unit.fault("amount", "must be above 0");
  if (quality) f.quality = fmt::format("{} >= {}", quality->metric, quality->at_least);
  const std::string plural = f.amount == 1 ? f.kind : f.kind + "s";
  f.text = fmt::format("{} {}{}", base::format_count(f.amount), plural, quality ? " at " + f.quality : "");
  return f;
}

}  // namespace

Study parse_study(std::string_view text, const std::filesystem::path& path, const std::vector<Override>&) {
  base::TomlFile file = base::TomlFile::parse(text, path.string());
  const std::filesystem::path folder = path.parent_path();
  TomlTable root = file.root();
  Study s;
  s.file = path.string();
  s.sha256 = base::sha256_of(text);

  const auto schema = root.text("schema");
  if (!schema)
    root.fault("schema", fmt::format("is missing; the first line should be schema = \"{}\"", kStudySchema));
  else if (*schema != kStudySchema)
    root.fault("schema", fmt::format("expected \"{}\", found \"{}\"", kStudySchema, *schema));
  s.name = root.text("name").value_or(path.stem().string());

  TomlTable goal = root.table("goal");
  s.question = goal.text("question").value_or("");
  s.audience = goal.text("audience").value_or("");

  TomlTable unit = root.table("functional_unit");
  if (!unit.present()) root.fault("functional_unit", "is missing: without a functional unit nothing can be compared");
  s.quality = quality_of(unit);
  if (unit.present()) s.functional_unit = functional_unit_of(unit, s.quality);

  if (TomlTable t = root.table("training"); t.present()) s.training = training_of(t, folder);
  if (TomlTable t = root.table("compression"); t.present()) {
    s.compression = Compression{cited(t, folder)};
    if (s.compression->runs.empty()) t.fault("run", "is missing: the records of the compression");
    if (!s.training) t.fault("run", "[compression] needs [training]: there is nothing to compress");
  }
  if (TomlTable t = root.table("deployment"); t.present()) {
    Deployment d;
    d.transfer_gb = figure(t, "transfer_gb");
    d.device = hardware_of(t, "device");
    d.count = d.device ? d.device->count : t.number("count").value_or(1);
    s.deployment = d;
  }
  if (TomlTable t = root.table("use"); t.present()) {
    s.use = use_of(t, folder);
    if (s.use->hardware && s.deployment && s.deployment->device)
      t.fault("hardware",
              "contradicts [deployment] device: give the device once, there if it is dedicated, "
              "here if it is shared by time");
  }
  TomlTable electricity = root.table("electricity");
  if (const auto view = electricity.text("view"); view && *view != "location-average")
    electricity.fault("view", fmt::format("only location-average factors are in the catalogue, found '{}'", *view));
  s.electricity_set = electricity.text("set").value_or("");
  if (!s.electricity_set.empty() && s.electricity_set != "seed-2021")
    electricity.fault("set", fmt::format("unknown data set '{}'; did you mean 'seed-2021'?", s.electricity_set));
  if (const auto year = electricity.number("year")) s.electricity_year = static_cast<int>(*year);
  TomlTable end = root.table("end_of_life");
  if (const auto share = figure(end, "share_collected", 0.0, 1.0)) s.end_of_life = EndOfLife{*share, 0};

  if (s.functional_unit.kind == "training" && !s.training)
    unit.fault("kind", "is 'training', but the study has no [training]");
  if (!s.functional_unit.kind.empty() && s.functional_unit.kind != "training" && !s.use)
    unit.fault("kind", fmt::format("is '{}', but the study has no [use]", s.functional_unit.kind));
  file.finish();
  return s;
}

Study read_study(const std::filesystem::path& path, const std::vector<Override>& overrides) {
  return parse_study(base::read_file(path), path, overrides);
}

}  // namespace cradle::study
