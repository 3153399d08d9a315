// A made-up result and comparison of realistic size for the tests of this room: no figure in it is evidence of
// anything.
#include "cradle/report/sample_result.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>

namespace cradle::report {
namespace {

using study::Comparison;
using study::Figure;
using study::Result;
using study::TreeNode;
using study::UsedFactor;

constexpr double kImages = 1.578e9;                  // ten cameras, all day, five years
constexpr double kModelsPerUnit = 1000.0 / kImages;  // of a model, for 1,000 images

constexpr const char* kGrid = "grid.BE.location-average";
constexpr std::array<std::string_view, 5> kCodes = {"GWP", "ADPe", "PE", "WU", "EW"};

struct PhaseRow {
  std::string_view phase;
  std::array<double, 5> values;  // in the order of kCodes
  double low, high;              // P5 and P95 relative to the value
};

constexpr PhaseRow kPhases[] = {
    {"production", {1.137e-3, 4.1327e-8, 2.043e-2, 7.81e-3, 6.02e-5}, 0.62, 1.71},
    {"training", {4.218e-4, 1.204e-9, 9.33e-3, 1.92e-3, 1.13e-6}, 0.48, 2.35},
    {"deployment", {8.31e-5, 3.377e-10, 1.46e-3, 2.9e-4, 4.4e-7}, 0.35, 2.9},
    {"use", {5.2291e-3, 9.871e-9, 1.1342e-1, 2.417e-2, 3.3e-7}, 0.79, 1.33},
    {"end-of-life", {3.27e-5, 2.1e-11, 4.17e-4, 6.3e-5, 4.913e-4}, 0.5, 1.8},
};

Figure figure_of(double value, double low, double high) {
  return {value, value * low, value * (1.0 + 0.1 * (high - 1.0)), value * high};
}

void add_impacts(Result& r) {
  for (std::size_t c = 0; c < kCodes.size(); ++c) {
    double total = 0;
    for (const PhaseRow& p : kPhases) {
      total += p.values[c];
      r.impacts.push_back({std::string(p.phase), std::string(kCodes[c]), figure_of(p.values[c], p.low, p.high)});
    }
    r.per_unit.push_back({std::string(kCodes[c]), figure_of(total, 0.74, 1.46)});
  }
}

void add_factors(Result& r) {
  r.factors = {
      {"run.bench.j-per-image", "Electricity per image, node", 3.412, 2.86, 4.11, "normal", "J", "BE", 2026,
       "own measurement", "B", "runs/bench.json", "Model from TDP and utilisation: no energy counter could be read.",
       "modelled"},
      {"run.train.energy", "Electricity of the training run", 412300, 344000, 497000, "normal", "J", "FR", 2026,
       "own measurement", "A", "runs/train.json", "RAPL package and DRAM counters, 99.8 % coverage.", "measured"},
      {"grid.BE.location-average", "Electricity mix, Belgium, location average", 0.1386, 0.119, 0.161, "lognormal",
       "kgCO2e/kWh", "BE", 2024, "CC-BY-4.0", "A", "Energy charts compiled from national statistics, edition 2025", "",
       "catalogue"},
      {"grid.adpe", "Abiotic depletion of grid electricity", 4.8578e-8, 1.2e-8, 1.9e-7, "lognormal", "kgSb/kWh", "FR",
       2011, "Licence Ouverte 2.0", "D", "National agency's factor base, 2011 vintage",
       "One vintage for every country.", "catalogue"},
      {"device.edge.embodied", "Embodied footprint of the edge device", 34.2, 21.0, 58.0, "triangular", "kgCO2e", "",
       2023, "", "C", "Manufacturer's product sheet, similar board", "Same class of board, another memory size.",
       "catalogue"},
      {"use.years", "Years of service", 5, 5, 5, "fixed", "year", "", 0, "", "", "study.toml:24", "", "input"},
      {"use.images-per-day", "Images per day and camera", 86400, 60000, 100000, "triangular", "image/day", "", 0, "",
       "", "study.toml:23", "", "input"},
      {"development.multiplier", "Energy of all other runs / final run", 1.0, 0.34, 4.9, "triangular", "x", "", 2022,
       "", "D", "Assumed from two published case studies", "Spread of the two cases.", "assumed"},
      {"eol.share-collected", "Share of the hardware that is collected", 0.42, 0.3, 0.55, "uniform", "-", "EU", 2022,
       "CC-BY-4.0", "B", "Waste statistics, 2022 edition", "", "catalogue"},
  };
}

/// phase → process → exchange → factor under each criterion, two processes in the phase "use".
void add_tree(Result& r) {
  for (std::size_t c = 0; c < kCodes.size(); ++c) {
    const std::string code(kCodes[c]);
    const auto add = [&](std::string id, std::string parent, std::string name, std::string kind, double value,
                         std::string factor = "") {
      if (!parent.empty()) parent = code + "/" + parent;
      r.tree.push_back({code + "/" + std::move(id), std::move(parent), std::move(name), std::move(kind), code, value,
                        std::move(factor), 1, 1, ""});
    };
    for (const PhaseRow& p : kPhases) {
      const std::string phase(p.phase);
      add(phase, "", phase, "phase", p.values[c]);
      if (phase == "use") {
        add("use.inference", "use", "Inference on the device", "process", 0.93 * p.values[c]);
        add("use.inference.kwh", "use.inference", "Electricity, 9.48e-4 kWh", "exchange", 0.93 * p.values[c]);
        add("use.inference.kwh.j", "use.inference.kwh", "Electricity per image, node", "factor", 3.412,
            "run.bench.j-per-image");
        add("use.inference.kwh.grid", "use.inference.kwh", "Electricity mix", "factor", 0.1386,
            code == "ADPe" ? "grid.adpe" : kGrid);
        add("use.standby", "use", "Standby of the camera", "process", 0.07 * p.values[c]);
        if (code == "GWP") add("use.standby.grid", "use.standby", "Electricity mix", "factor", 0.1386, kGrid);
      } else if (phase == "production") {
        add("production.training", "production", "hardware of the training", "process", 0.1 * p.values[c]);
        add("production.device", "production", "Edge device, share by time", "process", 0.9 * p.values[c]);
        add("production.device.footprint", "production.device", "Embodied footprint of the edge device", "factor", 34.2,
            "device.edge.embodied");
      } else {
        add(phase + ".all", phase, phase == "end-of-life" ? "hardware of the use" : fmt::format("All of {}", phase),
            "process", p.values[c]);
        if (phase == "training") {
          r.tree.back().amount = kModelsPerUnit;
          r.tree.back().unit = "model";
        }
        if (code == "GWP" && phase != "end-of-life")
          add(phase + ".all.grid", phase + ".all", "Electricity mix", "factor", 0.1386, kGrid);
      }
    }
  }
}

/// Electricity for the functional unit; the total is the sum of the phases.
void add_energy(Result& r) {
  struct Row {
    std::string_view phase;
    double node, facility;
  };
  constexpr Row kRows[] = {
      {"training", 6.85e-3, 7.53e-3}, {"deployment", 5.4e-4, 5.94e-4}, {"use", 3.7728e-2, 3.7728e-2}};
  double node = 0, facility = 0;
  for (const Row& row : kRows) {
    r.energy.push_back({std::string(row.phase), figure_of(row.node, 0.81, 1.27), figure_of(row.facility, 0.79, 1.31)});
    node += row.node;
    facility += row.facility;
  }
  r.energy.push_back({"", figure_of(node, 0.84, 1.21), figure_of(facility, 0.83, 1.23)});
}

/// Each kind with the study's own choice, whose totals are the result's, and what the others would make of it.
void add_alternatives(Result& r) {
  const auto add = [&](std::string kind, std::string name, bool chosen, double times, std::string note) {
    study::Alternative a{std::move(kind), std::move(name), chosen, {}, std::move(note)};
    for (const study::Total& t : r.per_unit)
      a.per_unit.push_back({t.criterion, chosen ? t.figure : figure_of(t.figure.value * times, 0.7, 1.5)});
    r.alternatives.push_back(std::move(a));
  };
  add("allocation", "active-time", true, 1, "Hardware by its hours in use.");
  add("allocation", "calendar-time", false, 0.93, "Hardware by the calendar.");
  add("allocation", "early-retirement", false, 1.12, "The actual years of the device.");
  add("electricity", "location-average", true, 1, "");
  add("electricity", "location-marginal", false, 1.87, "The power station that follows the load.");
  add("electricity", "market", false, 0, "The study names no contract.");
  r.alternatives.back().per_unit.clear();
  add("end-of-life", "cut-off", true, 1, "");
  add("end-of-life", "50:50", false, 0.97, "Half of a second life's relief.");
  r.alternative_samples = 1000;
}

void add_variance(Result& r) {
  for (const study::Total& t : r.per_unit) {
    r.variance.push_back(
        {"run.bench.j-per-image", "Electricity per image, node", t.criterion, 0.52, 0.47, 0.56, 0.55, 0.51, 0.59});
    r.variance.push_back(
        {"grid.BE.location-average", "Electricity mix, Belgium", t.criterion, 0.31, 0.27, 0.35, 0.33, 0.29, 0.37});
  }
}

/// What forms ask of a training: eight boards for four months.
void add_training(Result& r) {
  study::TrainingFacts t;
  t.operations = 2.43e21;
  t.operations_rule = "3·forward·samples·epochs";
  t.hours = 2970.5;
  t.device_hours = 23764;
  t.device = "NVIDIA A100 SXM 80GB";
  t.count = 8;
  t.energy_basis = "counter";
  t.boundary = "node";
  r.training = t;
}

void add_sensitivity(Result& r) {
  struct Row {
    std::string_view input, name;
    double low, high;  // change of the total
  };
  constexpr Row kRows[] = {{"run.bench.j-per-image", "Electricity per image, node", -0.118, 0.149},
                           {"grid.BE.location-average", "Electricity mix, Belgium", -0.102, 0.117},
                           {"device.edge.embodied", "Embodied footprint of the edge device", -0.064, 0.115},
                           {"use.images-per-day", "Images per day and camera", 0.071, -0.022},
                           {"development.multiplier", "Energy of all other runs / final run", -0.021, 0.119},
                           {"run.train.energy", "Electricity of the training run", -0.010, 0.012},
                           {"eol.share-collected", "Share of the hardware that is collected", 0.0008, -0.0008}};
  for (const study::Total& t : r.per_unit)
    for (const Row& row : kRows)
      r.sensitivity.push_back({std::string(row.input), std::string(row.name), t.criterion,
                               t.figure.value * (1 + row.low), t.figure.value * (1 + row.high)});
}

}  // namespace

Result sample_result() {
  Result r;
  r.name = "Detector on a shop-floor camera";
  r.question = "What does a camera-year of detection cost, and does int8 pay back?";
  r.audience = "internal";
  r.application = "object detection";
  r.reviewer = "none";
  r.study_file = "study.toml";
  r.study_sha256 = "3f9a4c0d5be1a7723e5c1f0b6d2a98e4417f6a0c9d3b8e2f5a1c7d4e6b9f0a12";
  r.functional_unit = {"image", 1000, "mAP50 >= 0.60", "1,000 images at mAP50 >= 0.60"};
  r.criteria = {{"GWP", "Climate change", "kgCO2e", ""},
                {"ADPe", "Minerals and metals", "kgSb", "Grid factors have one source of 2011 (grade D)."},
                {"PE", "Primary energy", "MJ", ""},
                {"WU", "Water use", "L", "Water of chip production is one manufacturer's figure."},
                {"EW", "Electronic waste", "kg", ""}};
  add_impacts(r);
  add_factors(r);
  add_tree(r);
  add_sensitivity(r);
  add_energy(r);
  add_alternatives(r);
  add_variance(r);
  add_training(r);
  r.images = kImages;
  r.allocation = "active-time";
  r.view = "location-average";
  r.data_sha256 = "9b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabbccddeeff0";
  r.packs = {{"plant.csv", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", 12}};
  r.methods = {"land-use.csv 77aa00bb11cc22dd33ee44ff5566778899aabbccddeeff001122334455667788"};
  r.missing_phases = {{"design", "no record of the hardware's design and no published figure for this device"},
                      {"data", "the study has no [data] table"}};
  r.warnings = {
      "The energy of both models is modelled from the processor's TDP and utilisation: their ratio is a ratio "
      "of times, not of measured energies.",
      "mAP50 of the int8 model is 0.594 and misses the stated quality of 0.60."};
  r.assumptions = {"The device is used for nothing else during its five years.",
                   "Production follows the cut-off rule: recycled material enters free of burden.",
                   "Other runs during development took 0.3 to 6 times the energy of the final run."};
  r.seed = 20260101;
  r.samples = 4000;
  r.convention = "median";
  r.energy_basis = "modelled";
  return r;
}

Comparison sample_comparison() {
  Comparison c;
  c.name_a = "Detector, float32";
  c.name_b = "Detector, int8";
  c.functional_unit = sample_result().functional_unit;
  c.criteria = sample_result().criteria;
  c.rows = {
      {"GWP",
       "kgCO2e",
       {6.9038e-3, 5.1e-3, 6.98e-3, 1.01e-2},
       {4.207e-3, 3.0e-3, 4.26e-3, 6.3e-3},
       {-2.6968e-3, -4.1e-3, -2.7e-3, -1.6e-3},
       0.998},
      {"ADPe",
       "kgSb",
       {5.2761e-8, 3.9e-8, 5.3e-8, 7.7e-8},
       {5.0e-8, 3.4e-8, 5.02e-8, 7.9e-8},
       {-2.761e-9, -9.1e-9, -2.6e-9, 4.4e-9},
       0.71},
      {"PE",
       "MJ",
       {0.145057, 0.107, 0.1465, 0.2118},
       {0.0899, 0.064, 0.0907, 0.135},
       {-0.055157, -0.083, -0.0552, -0.0317},
       0.996},
      {"WU",
       "L",
       {0.034253, 0.0253, 0.0346, 0.05},
       {0.0229, 0.0163, 0.0231, 0.0346},
       {-0.011353, -0.0178, -0.0114, -0.0064},
       0.991},
      {"EW",
       "kg",
       {5.534e-4, 4.1e-4, 5.6e-4, 8.1e-4},
       {5.541e-4, 4.1e-4, 5.6e-4, 8.1e-4},
       {7.0e-7, 1.0e-7, 6.9e-7, 1.4e-6},
       0.021},
  };
  constexpr double kNever = std::numeric_limits<double>::infinity();
  c.break_even = {{"GWP", {31200, 18400, 31900, 66100}, {3.12, 1.84, 3.19, 6.61}, 0.002},
                  {"ADPe", {1.42e6, 240000, 1.38e6, kNever}, {142, 24.5, 138, kNever}, 0.29},
                  {"EW", {kNever, kNever, kNever, kNever}, {kNever, kNever, kNever, kNever}, 0.979}};
  c.warnings = {"B misses the stated quality: mAP50 0.594 where 0.60 is asked."};
  c.seed = 20260101;
  c.samples = 4000;
  return c;
}

}  // namespace cradle::report
