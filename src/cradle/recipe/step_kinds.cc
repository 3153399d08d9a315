// What steps there are.
#include "cradle/recipe/step_kinds.h"

#include <utility>

namespace cradle::recipe {
namespace {

StepOption words(std::string name, std::vector<std::string> allowed) {
  return {std::move(name), allowed.front(), allowed};
}
StepOption number(std::string name, std::string usual, double least, double most) {
  return {std::move(name), std::move(usual), {}, least, most};
}
StepOption whole(std::string name, std::string usual, double least, double most) {
  return {std::move(name), std::move(usual), {}, least, most, true};
}

// Of the task, of the command line.
constexpr const char *kTasks = "task", *kCommands = "--images";

StepOption epochs(std::string usual) { return whole("epochs", std::move(usual), 1, 10000); }
StepOption rate(std::string usual) { return number("rate", std::move(usual), 1e-9, 10); }
StepOption images(std::string usual) { return whole("images", std::move(usual), 1, 1e6); }

/// Options that several steps have.
const StepOption kAlign = whole("align", "8", 1, 256), kBatch = whole("batch", kTasks, 1, 4096),
                 kOptimiser = words("optimiser", {"sgd", "adamw"}), kKeepZeros = words("keep-zeros", {"yes", "no"}),
                 kCalibration = words("calibration", {"minmax", "percentile", "mse", "entropy"}),
                 kDialect = words("dialect", {"auto", "onnxruntime-x86", "onnxruntime-x86-avx2", "onnxruntime-arm",
                                              "tensorrt", "openvino"});

/// An amount in (0, most).
StepKind of_share(std::string name, std::string example, std::string what, std::vector<StepOption> options) {
  StepKind kind{std::move(name), std::move(example), std::move(what)};
  kind.most = 1;
  kind.open = true;
  kind.options = std::move(options);
  return kind;
}

/// An amount of epochs.
StepKind of_epochs(std::string name, std::string example, std::string what, std::vector<StepOption> options) {
  StepKind kind{std::move(name), std::move(example), std::move(what)};
  kind.least = 1;
  kind.most = 10000;
  kind.whole = kind.trains = true;
  kind.options = std::move(options);
  return kind;
}

/// No amount; what it writes is no longer float32.
StepKind of_precision(std::string name, std::string what, std::vector<StepOption> options) {
  StepKind kind{name, name, std::move(what)};
  kind.none = kind.last = true;
  kind.options = std::move(options);
  return kind;
}

StepKind training(StepKind kind) {
  kind.trains = true;
  return kind;
}

StepKind low_rank() {
  StepKind kind = of_share(
      "lowrank", "lowrank:2",
      "factorises to this many times fewer parameters (measured: less time; energy: this share kept)",
      {words("method", {"auto", "spatial", "channel", "tucker"}),
       words("ranks", {"budget", "energy", "vbmf", "measured"}), words("unit", {"parameters", "macs"}), kAlign});
  kind.most = kNoBound;
  kind.no_amount_with = "ranks=vbmf";
  return kind;
}

StepKind quantising_training() {
  StepKind kind =
      of_epochs("qat", "qat:1", "trains so many epochs with eight bits in the forward pass, and writes INT8",
                {rate("task/50"), kBatch, kCalibration, kDialect, images(kCommands)});
  kind.last = true;
  return kind;
}

std::vector<StepKind> all_kinds() {
  return {
      of_share("prune", "prune:0.5", "removes this share of the channels (unit=: of that)",
               {words("by", {"l2", "l1", "bn", "taylor", "first-order"}), kAlign,
                words("unit", {"channels", "macs", "parameters", "latency", "energy"}),
                words("scope", {"uniform", "global"}), images("512")}),
      training(of_share("slim", "slim:0.4",
                        "trains with a penalty on the scales of batch norms, then removes this share of channels",
                        {epochs("4"), rate(kTasks), kBatch, number("penalty", "1e-4", 0, 1), kAlign})),
      training(of_share("scratch", "scratch:0.5",
                        "prunes this share of the MACs from random weights by learned gates, then trains",
                        {epochs("task/kept"), rate(kTasks), kBatch, whole("gate-epochs", "1", 1, 1000),
                         number("penalty", "0.5", 0, 1000), kAlign})),
      training(of_share("ticket", "ticket:0.2",
                        "finds a winning ticket with this share of the weights; zeros stay in the file",
                        {epochs(kTasks), rate(kTasks), kBatch, kOptimiser, whole("rewind", "0", 0, 1e9),
                         number("per-round", "0.2", 0.01, 0.9)})),
      of_share("sparsify", "sparsify:0.9", "sets this share of the weights to zero: a smaller transfer, no faster",
               {words("scope", {"global", "layer"})}),
      low_rank(),
      of_epochs("finetune", "finetune:4", "trains on for so many epochs",
                {rate("task/5"), kBatch, kOptimiser, kKeepZeros}),
      of_epochs("train", "train:8", "draws new weights and trains for so many epochs",
                {rate(kTasks), kBatch, kOptimiser, kKeepZeros}),
      quantising_training(),
      of_precision("int8", "eight bits after training, with calibration",
                   {kCalibration, images(kCommands), words("weights", {"per-channel", "per-tensor"}),
                    words("equalise", {"auto", "on", "off"}), words("correct-bias", {"auto", "on", "off"}), kDialect,
                    whole("keep-float", "0", 0, 1000)}),
      of_precision("w4", "weights in four bits (in eight-bit storage), the rest in eight",
                   {words("rounding", {"adaround", "nearest"}), images(kCommands)}),
      of_precision("fp16", "weights in 16 bits: half the file, computed in fp32 unless compute=yes",
                   {words("compute", {"no", "yes"})}),
      of_precision("bf16", "weights in bfloat16: half the file", {}),
  };
}

}  // namespace

const std::vector<StepKind>& step_kinds() {
  static const std::vector<StepKind> kinds = all_kinds();
  return kinds;
}

}  // namespace cradle::recipe
