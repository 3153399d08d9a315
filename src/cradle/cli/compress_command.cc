// `cradle compress MODEL.onnx --recipe 'prune:0.5 | finetune:4 | int8' -o OUT.onnx`: a smaller model, what it is worth,
// and what making it cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
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
#include "cradle/cli/own_images.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/life/assess.h"
#include "cradle/recipe/bench_table.h"
#include "cradle/recipe/claims.h"
#include "cradle/recipe/compression.h"
#include "cradle/recipe/device_rules.h"
#include "cradle/recipe/search.h"
#include "cradle/report/text.h"

namespace cradle::cli {
namespace {

constexpr const char* kFooter =
    "Steps stand between '|', in a file also on lines of their own ('#' begins a remark). Options stand with their\n"
    "defaults: a number, 'task' for the task's own, or the first of several words:\n";

constexpr const char* kExamples =
    "\nAfter each step the model is judged on validation images; at the end model, output and controls are measured\n"
    "on test images, interleaved. Controls have a budget of training and no cleverness: the model itself trained on\n"
    "as long, the small architecture from new weights, zeros with other random weights. All that was run is charged\n"
    "to the compression, failed and ended jobs too, but for the controls. OUT.onnx.steps holds models, records and\n"
    "state: the same command goes on where it was ended, and a changed recipe begins at the first changed step.\n"
    "\n"
    "Examples:\n"
    "  cradle compress model.onnx -o int8.onnx\n"
    "  cradle compress model.onnx --recipe 'prune:0.5 | finetune:4 | int8' -o small.onnx\n"
    "  cradle compress model.onnx --target 'accuracy>-0.5pp' -o small.onnx\n"
    "  cradle compress model.onnx --recipe recipe.txt --data photos/ --size 128 -o small.onnx\n"
    "  cradle compress det.onnx --data pages/ --task segmentation --normalise imagenet --size 320 -o det-int8.onnx";

constexpr double kDaysAYear = 365.25;

struct Arguments {
  recipe::Workspace workspace;
  recipe::CompressionRequest request;
  std::string model, output, recipe = "int8", place, target, device;
  int search_epochs = 0, most_trained = 6;
  double images_per_day = 86400, years = 3;
  bool no_controls = false, no_study = false, json = false, search_int8 = true;
  recipe::ClaimsRequest claims;
};

/// The recipe as it is written, or the file that holds it.
std::vector<recipe::Step> steps_from(const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(text, ignored)) return recipe::parse_recipe(base::read_file(text), text);
  // No step is written with a dot or a stroke but in what follows its colon or comma.
  if (text.find_first_of(":,|") == text.npos && text.find_first_of("./") != text.npos)
    base::fail_usage("--recipe {}: there is no such file; steps are written as 'prune:0.5 | finetune:4 | int8'", text);
  return recipe::parse_recipe(text, "--recipe");
}

/// Both lives from here on: making the model is past and the same for both.
study::Comparison compare_lives(const Arguments& a, const recipe::Compression& c) {
  const std::filesystem::path folder = recipe::steps_folder(a.output);
  const std::string place = a.place.empty() ? "WORLD" : catalog::resolve_place(a.place).code;
  Service service{"Model", "Does compressing this model pay back over its use?", "", place, a.images_per_day, a.years};
  take_machine(service, c.bench.results[0].runs.front().record.machine);
  const auto study_of = [&](const char* name, std::vector<std::filesystem::path> compression, std::size_t benched) {
    const Life life{name, {}, std::move(compression)};
    return study::read_study(write_study(folder, "cradle compress", service, life, c.bench.results[benched]));
  };
  const study::Study before = study_of("as-it-is", {}, 0), after = study_of("compressed", c.ledger.records, 1);
  life::AssessOptions options;
  options.samples = setting_int("samples");
  options.seed = static_cast<std::uint64_t>(setting_int("seed"));
  return life::compare(before, after, catalog::built_in(), options);
}

void print(const Arguments& a, const recipe::Compression& c, const std::optional<study::Comparison>& lives) {
  fmt::print("\n{}\n{}{}\n", recipe::steps_table(c.compressed), recipe::bench_table(c.bench, false),
             recipe::bench_verdicts(c.bench));
  fmt::print("{}\n", recipe::outcome_text(c));
  if (lives) {
    fmt::print("{}", report::text(*lives));
    if (a.place.empty()) fmt::print("place unknown: the world's mean electricity was used; --place FR says better\n");
    const auto folder = recipe::steps_folder(a.output);
    fmt::print("studies: {} and {}\n", (folder / "as-it-is.toml").string(), (folder / "compressed.toml").string());
  }
  fmt::print("{}records, models of the steps and their state: {}\n", recipe::bench_notes(c.bench),
             recipe::steps_folder(a.output).string());
}

/// Runs what is missing of the claims' experiments and prints the table from all records.
void run_claims(Arguments& a) {
  a.workspace.measuring = measuring(a.place);
  a.claims.tell = [](const std::string& line) { fmt::print(stderr, "cradle: {}\n", line); };
  recipe::run_claims(a.workspace, a.claims);
  fmt::print("{}", recipe::claims_table(recipe::claims_of(recipe::read_claim_records(a.claims.folder))));
}

/// Of a recipe that is still to be found, whether eight bits may be part of it and by which rules; costs are this
/// machine's, which is said.
void fit_to_device(Arguments& a) {
  recipe::RecipeRequest& recipe = a.request.recipe;
  const auto say_where = [&] {
    if (a.device != "here")
      recipe.tell(fmt::format("times, energies and whether it pays are told of this machine, not of {}", a.device));
  };
  if (a.target.empty()) {
    recipe::ForDevice fit = recipe::for_device(recipe.steps, a.device);
    recipe.steps = std::move(fit.steps);
    recipe.dialect = fit.dialect;
    for (const std::string& note : fit.notes) recipe.tell(note);
    return say_where();
  }
  recipe::for_device({}, a.device);  // throws for a device that is none
  say_where();
  try {
    recipe.dialect = recipe::for_device(recipe::parse_recipe("int8", "--device"), a.device).dialect;
  } catch (const base::Error& error) {
    a.search_int8 = false;
    recipe.tell(error.what());
  }
}

/// Looks for the recipe, says what was found, and takes it.
recipe::Search search_for_target(Arguments& a) {
  recipe::SearchRequest request{a.request.recipe,
                                recipe::target_named(a.target),
                                a.images_per_day * kDaysAYear * a.years,
                                a.search_epochs,
                                a.most_trained,
                                a.search_int8};
  const recipe::Search found = recipe::search(a.workspace, request);
  base::write_json(recipe::steps_folder(a.output) / "search/found.json", recipe::to_json(found));
  if (!a.json) fmt::print("{}\n", recipe::search_text(found, request.target));
  if (!found.best)
    base::fail("no candidate meets the target {}; no model was written, what was found stands in {}", a.target,
               (recipe::steps_folder(a.output) / "search/found.json").string());
  a.recipe = found.candidates[*found.best].recipe;
  a.request.recipe.steps = recipe::parse_recipe(a.recipe, "--target");
  a.request.spent = found.ledger;
  return found;
}

void run(Arguments& a) {
  if (!a.claims.folder.empty()) return run_claims(a);
  if (a.model.empty() || a.output.empty())
    base::fail_usage("expected a model and -o OUT.onnx, as: cradle compress model.onnx -o small.onnx");
  recipe::RecipeRequest& recipe = a.request.recipe;
  recipe.steps = steps_from(a.recipe);
  recipe.model = a.model;
  recipe.output = a.output;
  a.workspace.measuring = measuring(a.place);
  a.workspace.folder = recipe.output.parent_path().empty() ? "." : recipe.output.parent_path();
  if (recipe.task != recipe::kNoTask) recipe.task = recipe::task_of(a.workspace, a.model, recipe.task, recipe.own);
  recipe.tell = [](const std::string& line) { fmt::print(stderr, "cradle: {}\n", line); };
  a.request.controls = !a.no_controls;
  if (!a.device.empty()) fit_to_device(a);
  std::optional<recipe::Search> search;
  if (!a.target.empty()) search = search_for_target(a);
  const recipe::Compression c = recipe::compress(a.workspace, a.request);
  const auto folder = recipe::steps_folder(a.output);
  base::Json json = recipe::to_json(c);
  if (search) json["search"] = recipe::to_json(*search);
  std::optional<study::Comparison> lives;
  if (!a.no_study) {
    lives = compare_lives(a, c);
    json["lives"] = study::to_json(*lives);
  }
  base::write_json(folder / "compression.json", json);
  if (a.json)
    fmt::print("{}\n", base::dump_json(json));
  else
    print(a, c, lives);
  if (search && !a.json)
    fmt::print("the recipe that was found: {}\n{}", a.recipe, recipe::target_text(recipe::target_named(a.target), c));
}

}  // namespace

void add_compress_command(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  a->workspace.threads = setting_int("threads");
  a->place = setting("place");
  recipe::RecipeRequest& recipe = a->request.recipe;
  recipe.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command =
      app.add_subcommand("compress", "Make an ONNX model smaller: prune, factorise, quantise, and see if it pays");
  command->add_option("MODEL", a->model, "ONNX file")->check(CLI::ExistingFile);
  command->add_option("-o,--output", a->output, "ONNX file to write");
  command->add_option("--recipe", a->recipe, "Steps as below, or a file that holds them")->capture_default_str();
  command
      ->add_option("--target", a->target,
                   "Search a recipe: latency<5ms, energy<2mJ, accuracy>-0.5pp, several with commas")
      ->excludes("--recipe");
  command
      ->add_option("--search-epochs", a->search_epochs,
                   "Fine-tuning of each candidate; else a quarter of the task's own")
      ->check(CLI::PositiveNumber);
  command->add_option("--most-trained", a->most_trained, "Candidates that the search trains at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--device", a->device, "What the model is meant for (cradle graph --precisions), or here");
  command->add_option("--seeds", a->request.seeds, "Runs the recipe with so many seeds, for the accuracy's interval")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--images", recipe.calibration_images, "Calibration images")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--train-images", recipe.train_images, "Training images an epoch; else the task's own")
      ->check(CLI::PositiveNumber);
  command->add_option("--judge-images", recipe.judged_images, "Validation images after each step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--judge-seconds", recipe.judged_seconds, "Measured window after each step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--test-images", a->request.test_images, "Test images at the end")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--rounds", a->request.rounds, "Of the final measurement")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seconds", a->request.seconds, "Measured window of a run")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--no-controls", a->no_controls,
                    "Without the controls: quicker, and nothing to hold a gain against");
  command->add_flag("--no-study", a->no_study, "Without the life-cycle comparison");
  command->add_option("--images-a-day", a->images_per_day, "Of the life-cycle comparison; what --target may cost")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--years", a->years, "Of use, likewise")->check(CLI::PositiveNumber)->capture_default_str();
  command->add_option("--task", recipe.task,
                      "What the model is for, else as it says itself; none: noise, for speed alone");
  add_own_images_options(*command, recipe.own);
  add_normalise_option(*command, recipe.own);
  add_seed_option(*command, recipe.seed);
  command->add_option("--threads", a->workspace.threads, "Of trainings")->capture_default_str();
  command->add_option("--place", a->place, "Where the electricity is drawn: FR, US-OR, Brussels");
  command->add_flag("--json", a->json, "Print JSON");
  command
      ->add_option("--claims", a->claims.folder,
                   "Instead: run the claims' experiments (docs/METHODS.md) into this folder, print the table")
      ->excludes("MODEL");
  CLI::Option* claims = command->get_option("--claims");
  command->add_option("--claim-seeds", a->claims.seeds, "Of each experiment")
      ->needs(claims)
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--only", a->claims.only, "Experiments of --claims: speed, int8-detection, …")->needs(claims);
  command->add_flag("--quick", a->claims.quick, "Of --claims: a tenth of the images; shows the way, proves nothing")
      ->needs(claims);
  command->footer(kFooter + recipe::recipe_help() + kExamples);
  command->callback([a] { run(*a); });
}

}  // namespace cradle::cli
