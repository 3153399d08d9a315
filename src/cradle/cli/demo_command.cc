// `cradle demo`: one real study from training to report; everything it prints comes from this execution.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/catalog/place.h"
#include "cradle/cli/life_studies.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/settings.h"
#include "cradle/life/assess.h"
#include "cradle/recipe/bench_table.h"
#include "cradle/recipe/quantise.h"
#include "cradle/recipe/train.h"
#include "cradle/report/html.h"
#include "cradle/report/text.h"

namespace cradle::cli {
namespace {

struct DemoArguments {
  std::string folder = "demo";
  bool quick = false;
  std::string place;
  int threads = 1;
  life::AssessOptions assess;
};

/// Says on stderr what is being done, and how long the last thing took.
class Stages {
 public:
  void begin(const std::string& what) {
    end();
    ++number_;
    fmt::print(stderr, "[{}/5] {}\n", number_, what);
    start_ = std::chrono::steady_clock::now();
  }
  void end() {
    if (number_ == 0) return;
    const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    fmt::print(stderr, "      done in {}\n", base::format_seconds(s));
  }

 private:
  int number_ = 0;
  std::chrono::steady_clock::time_point start_;
};

/// What the demo made, for printing.
struct Outcome {
  recipe::Trained trained;
  recipe::Quantised quantised;
  recipe::Bench bench;
  study::Result fp32, int8;
  study::Comparison comparison;
};

std::string energy_line(const std::string& what, const record::RunRecord& r) {
  return fmt::format("{:<22} {} {}, {}", what, base::format_interval(r.billed.j, "J"), record::basis_text(r),
                     base::format_seconds(r.duration_s));
}

std::string emissions_line(const record::RunRecord& r) {
  if (!r.emissions) return "CO2e not computed: place unknown";
  const auto& e = *r.emissions;
  const base::Interval kg{e.co2e_g.value / 1000, e.co2e_g.low / 1000, e.co2e_g.high / 1000};
  return fmt::format("{:<22} {} with {} kg/kWh ({}, {}), at the computer, without PUE", "CO2e of the training",
                     base::format_interval(kg, "kgCO2e"), base::format_number(e.factor_kg_per_kwh), e.factor_place,
                     e.factor_year);
}

std::string pay_back_line(const study::Comparison& c) {
  for (const auto& b : c.break_even) {
    if (b.criterion != "GWP") continue;
    if (std::isinf(b.amount.value)) return "quantising is not paid back (int8 saves nothing per image)";
    const std::string high = std::isinf(b.amount.p95) ? "never" : base::format_count(b.amount.p95);
    std::string line = fmt::format("quantising has paid back (GWP) after {} images ({} to {})",
                                   base::format_count(b.amount.value), base::format_count(b.amount.p5), high);
    if (b.probability_never > 0) line += fmt::format("; never in {:.0f} % of draws", 100 * b.probability_never);
    return line;
  }
  return "";
}

/// The comparison without the warnings that stand below int8's own table anyway.
study::Comparison without_repeated_warnings(study::Comparison comparison, const study::Result& shown) {
  std::erase_if(comparison.warnings, [&](const std::string& warning) {
    return std::find(shown.warnings.begin(), shown.warnings.end(), warning) != shown.warnings.end();
  });
  return comparison;
}

/// How this program is called from here: "build/cradle" after make demo, "cradle" once it is installed.
std::string program_name() {
  const auto program = base::program_folder() / "cradle";
  const auto here = std::filesystem::relative(program);
  return here.empty() || here.native().starts_with("..") ? "cradle" : here.string();
}

void print_outcome(const DemoArguments& a, const Outcome& o) {
  fmt::print("\nTraining\n  {}\n  {}\n", energy_line("energy of the training", o.trained.record),
             emissions_line(o.trained.record));
  fmt::print("  {}\n", energy_line("energy of quantising", o.quantised.total_of_steps));
  fmt::print("\nInference, {} interleaved repeats, one image at a time\n{}", o.bench.results.front().runs.size(),
             recipe::bench_table(o.bench, false));
  if (o.bench.results.front().modelled)
    fmt::print(
        "energy is modelled, not measured: the energy ratio is a ratio of times; ± is the spread of repeats only,\n"
        "the model's own error ({}–{} times) is common to both\n",
        base::format_number(o.bench.results.front().meter_error.low),
        base::format_number(o.bench.results.front().meter_error.high));
  fmt::print("\n{}\n{}\n{}\n{}", report::table(o.fp32), report::table(o.int8),
             report::text(without_repeated_warnings(o.comparison, o.int8)), report::notes(o.int8));
  fmt::print("\n{}\n", pay_back_line(o.comparison));
  const std::filesystem::path folder(a.folder);
  fmt::print("\nreport   {}\nresults  {} and {}\n", (folder / "report.html").string(),
             (folder / "fp32" / "result.json").string(), (folder / "int8" / "result.json").string());
  fmt::print(
      "next     {0} explain {1} GWP use     where a figure comes from\n"
      "         {0} assess {2}              after changing place, years or images a day\n",
      program_name(), (folder / "int8" / "result.json").string(), (folder / "int8.toml").string());
}

recipe::TrainRequest training_of(const DemoArguments& a) {
  recipe::TrainRequest request;
  request.seed = a.assess.seed;
  request.model = "fp32.onnx";
  if (!a.quick) return request;
  request.epochs = 2;
  request.train_images = 1000;
  request.validation_images = 100;
  return request;
}

/// The place of the electricity: as said, else the world, which is said.
std::string place_of(const DemoArguments& a) {
  if (!a.place.empty()) return catalog::resolve_place(a.place).code;
  fmt::print(stderr, "place unknown: the world's mean electricity is used; --place FR (or CRADLE_PLACE) says better\n");
  return "WORLD";
}

void assess_both(const DemoArguments& a, const std::string& place, Outcome& o) {
  const std::filesystem::path folder(a.folder);
  Service service{"Garment detector", "What does detection cost over the model's life, and does int8 pay back?",
                  "mAP50 >= 0.6", place};
  take_machine(service, o.trained.record.machine);
  const auto study_of = [&](const char* name, std::vector<std::filesystem::path> compression, std::size_t benched) {
    const Life life{name, {o.trained.record_file}, std::move(compression)};
    return study::read_study(write_study(folder, "cradle demo", service, life, o.bench.results[benched]));
  };
  const study::Study fp32 = study_of("fp32", {}, 0), int8 = study_of("int8", o.quantised.records, 1);
  o.fp32 = life::assess(fp32, catalog::built_in(), a.assess);
  o.int8 = life::assess(int8, catalog::built_in(), a.assess);
  o.comparison = life::compare(fp32, int8, catalog::built_in(), a.assess);
}

void write_outcome(const DemoArguments& a, const Outcome& o) {
  const std::filesystem::path folder(a.folder);
  for (const auto& [name, result] : {std::pair{"fp32", &o.fp32}, std::pair{"int8", &o.int8}}) {
    std::filesystem::create_directories(folder / name);
    base::write_json(folder / name / "result.json", study::to_json(*result));
  }
  base::write_json(folder / "comparison.json", study::to_json(o.comparison));
  base::write_json(folder / "bench.json", recipe::to_json(o.bench));
  base::write_file(folder / "report.html", report::html(o.int8, o.comparison, "cradle " CRADLE_VERSION));
}

void run(const DemoArguments& a) {
  const std::string place = place_of(a);
  recipe::Workspace workspace{a.folder, measuring(place), a.threads, true};
  Stages stages;
  Outcome o;
  stages.begin("train a detector on scenes of real garments (Fashion-MNIST), under the meter");
  o.trained = recipe::train(workspace, training_of(a));
  stages.begin("quantise it to int8 with calibration images");
  recipe::QuantiseRequest quantise{o.trained.model, std::filesystem::path(a.folder) / "int8.onnx", "minmax",
                                   a.quick ? 64 : 256, "detection"};
  o.quantised = recipe::quantise_int8(workspace, quantise);
  stages.begin("measure both models, interleaved");
  workspace.threads = 1;
  recipe::BenchRequest bench;
  bench.models = {o.trained.model, o.quantised.model};
  bench.seconds = a.quick ? 0.5 : 3.0;
  bench.images = a.quick ? 200 : 2000;
  bench.task = "detection";
  bench.plan.runs = a.quick ? 2 : 5;
  o.bench = recipe::bench(workspace, bench);
  stages.begin("assess both lives and compare them on the same draws");
  assess_both(a, place, o);
  stages.begin("write the report");
  write_outcome(a, o);
  stages.end();
  print_outcome(a, o);
}

}  // namespace

void add_demo_command(CLI::App& app) {
  auto a = std::make_shared<DemoArguments>();
  a->place = setting("place");
  a->threads = setting_int("threads");
  a->assess.samples = setting_int("samples");
  a->assess.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command =
      app.add_subcommand("demo", "Train, quantise, measure and assess a detector: all of it in minutes");
  command->add_option("-o,--output", a->folder, "Folder for models, records, studies and the report")
      ->capture_default_str();
  command->add_flag("--quick", a->quick, "A short training: shows the way in a minute, misses the quality");
  command->add_option("--place", a->place, "Where the electricity is drawn: FR, US-OR, Brussels");
  command->add_option("--threads", a->threads, "Threads of the training")->capture_default_str();
  command->add_option("--samples", a->assess.samples, "Monte Carlo samples")->capture_default_str();
  command->callback([a] { run(*a); });
}

}  // namespace cradle::cli
