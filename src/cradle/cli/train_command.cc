// `cradle train TASK`: train a built-in architecture on real images, measured.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/own_images.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/recipe/train.h"

namespace cradle::cli {

void add_train_command(CLI::App& app) {
  struct Arguments {
    recipe::Workspace workspace;
    std::string place;
    recipe::TrainRequest request;
    std::string folder = "cradle-train";
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  a->place = setting("place");
  a->workspace.threads = setting_int("threads");
  a->request.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = app.add_subcommand("train", "Train a built-in architecture on real images, measured");
  command->add_option("TASK", a->request.task, "classification, detection or segmentation")->required();
  command->add_option("-o,--output", a->folder, "Folder for the model and its record")->capture_default_str();
  command->add_option("--arch", a->request.architecture,
                      "Built-in architecture (cradle graph --list); else the task's");
  command->add_option("--from", a->request.from, "An ONNX file to fine-tune, instead of an architecture")
      ->check(CLI::ExistingFile)
      ->excludes("--arch");
  command->add_option("--width", a->request.width, "Scales the channels")->capture_default_str();
  command->add_option("--epochs", a->request.epochs, "Else the task's own")->check(CLI::PositiveNumber);
  command->add_option("--images", a->request.train_images, "Training images an epoch; else the task's own")
      ->check(CLI::PositiveNumber);
  command->add_option("--batch", a->request.batch, "Else the task's own, or an eighth of a small folder")
      ->check(CLI::PositiveNumber);
  command->add_option("--rate", a->request.learning_rate, "Peak of the learning rate; else the task's own")
      ->check(CLI::PositiveNumber);
  command->add_option("--optimiser", a->request.optimiser, "sgd or adamw (its own rate: 0.002)")
      ->capture_default_str();
  command->add_option("--schedule", a->request.schedule, "one-cycle or cosine")->capture_default_str();
  command->add_option("--augment", a->request.augment, "How much training images are changed: none, light, strong")
      ->capture_default_str();
  add_own_images_options(*command, a->request.images);
  add_seed_option(*command, a->request.seed);
  command->add_option("--threads", a->workspace.threads)->capture_default_str();
  command->add_option("--place", a->place, "Where the electricity is drawn");
  command
      ->add_option("--precision", a->request.precision, "fp32, or bf16 for the products of a step (needs AVX512_BF16)")
      ->capture_default_str();
  command
      ->add_option("--patience", a->request.patience,
                   "Stop after N epochs without gain on validation images and keep the best epoch's weights")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_option("--least-gain", a->request.least_gain, "Of the task's figure, below which it is none")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--keep-zeros", a->request.keep_zeros, "Weights that are 0 in the file of --from stay 0");
  command->add_flag("--resume", a->request.resume,
                    "Go on after the last epoch of a training that was ended, from its checkpoint in the folder");
  command->add_flag("--json", a->json, "Print the record as JSON");
  command->footer(
      "After each epoch the folder holds a checkpoint, until the model is written.\n"
      "Examples:\n"
      "  cradle train classification -o cls\n"
      "  cradle train classification -o cls --resume     after a power cut: to the bit what it would have been\n"
      "  cradle train classification --from model.onnx --epochs 2 --rate 0.01 -o tuned\n"
      "  cradle train detection --data photos/ --size 128 --augment strong -o det");
  command->callback([a] {
    a->workspace.folder = a->folder;
    const std::vector<std::string> amounts = {"none", "light", "strong"};
    if (std::find(amounts.begin(), amounts.end(), a->request.augment) == amounts.end())
      base::fail_usage("--augment: expected none, light or strong, found '{}'{}", a->request.augment,
                       base::suggestion(a->request.augment, amounts));
    a->workspace.measuring = measuring(a->place);
    const auto checkpoint = recipe::checkpoint_of(a->workspace, a->request);
    if (!a->request.resume && std::filesystem::exists(checkpoint))
      fmt::print(stderr, "{} is of a training that did not end; this one begins anew (--resume goes on with it)\n",
                 checkpoint.string());
    const recipe::Trained t = recipe::train(a->workspace, a->request);
    if (a->json) {
      fmt::print("{}\n", base::dump_json(record::to_json(t.record)));
      return;
    }
    const bool earlier = t.kept_epoch < t.epochs;
    fmt::print("{}{}, on the validation split:\n", t.model.string(),
               earlier ? fmt::format(", epoch {} of {}", t.kept_epoch, t.epochs) : "");
    for (const record::Quality& q : t.qualities)
      fmt::print("  {} {:.3f} ({:.3f}–{:.3f})\n", q.metric, q.value.value, q.value.low, q.value.high);
    fmt::print("energy {} ({}), {}; record {}\n", base::format_interval(t.record.billed.j, "J"),
               record::basis_text(t.record), base::format_seconds(t.record.duration_s), t.record_file.string());
  });
}

}  // namespace cradle::cli
