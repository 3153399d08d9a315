// One table of what steps there are; everything is read and checked by it.
#include "cradle/recipe/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

constexpr double kAny = std::numeric_limits<double>::infinity();

/// A number in [least, most], or one of words.
struct Option {
  std::string name;
  std::vector<std::string> words;  ///< empty: it is a number
  double least = 0, most = kAny;
  bool whole = false;
};

struct Kind {
  std::string name, example, what;
  std::optional<double> usual;  ///< amount where none is said; nullopt: it must be said
  double least = 0, most = kAny;
  bool open = false;   ///< least and most themselves are not allowed
  bool whole = false;  ///< the amount is a whole number
  bool none = false;   ///< the step takes no amount
  std::vector<Option> options;
  bool trains = false, last = false;
};

Option words(std::string name, std::vector<std::string> allowed) { return {std::move(name), std::move(allowed)}; }
Option number(std::string name, double least, double most) { return {std::move(name), {}, least, most}; }
Option whole(std::string name, double least, double most) { return {std::move(name), {}, least, most, true}; }

const std::vector<Kind>& kinds() {
  static const Option by = words("by", {"l1", "l2", "bn", "taylor", "first-order"});
  static const Option align = whole("align", 1, 256), rate = number("rate", 1e-9, 10), batch = whole("batch", 1, 4096);
  static const Option epochs = whole("epochs", 1, 10000), optimiser = words("optimiser", {"sgd", "adamw"});
  static const Option dialect =
      words("dialect", {"auto", "onnxruntime-x86", "onnxruntime-x86-avx2", "onnxruntime-arm", "tensorrt", "openvino"});
  static const std::vector<Kind> all = {
      {"prune",
       "prune:0.5",
       "removes this share of the channels (unit=: of that)",
       {},
       0,
       1,
       true,
       false,
       false,
       {by, align, words("unit", {"channels", "macs", "parameters", "latency", "energy"}),
        words("scope", {"uniform", "global"}), whole("images", 1, 1e6)}},
      {"slim",
       "slim:0.4",
       "trains with a penalty on the scales of batch norms, then removes this share of channels",
       {},
       0,
       1,
       true,
       false,
       false,
       {epochs, rate, batch, number("penalty", 0, 1), align},
       true},
      {"scratch",
       "scratch:0.5",
       "prunes this share of the MACs from random weights by learned gates, then trains",
       {},
       0,
       1,
       true,
       false,
       false,
       {epochs, rate, batch, whole("gate-epochs", 1, 1000), number("penalty", 0, 1000), align},
       true},
      {"ticket",
       "ticket:0.2",
       "finds a winning ticket with this share of the weights; zeros stay in the file",
       {},
       0,
       1,
       true,
       false,
       false,
       {epochs, rate, batch, optimiser, whole("rewind", 0, 1e9), number("per-round", 0.01, 0.9)},
       true},
      {"sparsify",
       "sparsify:0.9",
       "sets this share of the weights to zero: a smaller transfer, no faster",
       {},
       0,
       1,
       true,
       false,
       false,
       {words("scope", {"global", "layer"})}},
      {"lowrank",
       "lowrank:2",
       "factorises layers to this many times fewer parameters (ranks=: by another rule)",
       {},
       0,
       kAny,
       true,
       false,
       false,
       {words("method", {"auto", "spatial", "channel", "tucker"}),
        words("ranks", {"budget", "energy", "vbmf", "measured"}), words("unit", {"parameters", "macs"}),
        whole("align", 1, 256)}},
      {"finetune",
       "finetune:4",
       "trains on for so many epochs",
       {},
       1,
       10000,
       false,
       true,
       false,
       {rate, batch, optimiser, words("keep-zeros", {"yes", "no"})},
       true},
      {"train",
       "train:8",
       "draws new weights and trains for so many epochs",
       {},
       1,
       10000,
       false,
       true,
       false,
       {rate, batch, optimiser, words("keep-zeros", {"yes", "no"})},
       true},
      {"qat",
       "qat:1",
       "trains so many epochs with eight bits in the forward pass, and writes INT8",
       {},
       1,
       10000,
       false,
       true,
       false,
       {rate, batch, words("calibration", {"minmax", "percentile", "mse", "entropy"}), dialect,
        whole("images", 1, 1e6)},
       true,
       true},
      {"int8",
       "int8",
       "eight bits after training, with calibration",
       {},
       0,
       0,
       false,
       false,
       true,
       {words("calibration", {"minmax", "percentile", "mse", "entropy"}), whole("images", 1, 1e6),
        words("weights", {"per-channel", "per-tensor"}), words("equalise", {"auto", "on", "off"}),
        words("correct-bias", {"auto", "on", "off"}), dialect, whole("keep-float", 0, 1000)},
       false,
       true},
      {"w4",
       "w4",
       "weights in four bits (in eight-bit storage), the rest in eight",
       {},
       0,
       0,
       false,
       false,
       true,
       {words("rounding", {"adaround", "nearest"}), whole("images", 1, 1e6)},
       false,
       true},
      {"fp16",
       "fp16",
       "weights in 16 bits: half the file, computed in fp32 unless compute=yes",
       {},
       0,
       0,
       false,
       false,
       true,
       {words("compute", {"yes", "no"})},
       false,
       true},
      {"bf16", "bf16", "weights in bfloat16: half the file", {}, 0, 0, false, false, true, {}, false, true},
  };
  return all;
}

const Kind& kind_of(const Step& step) {
  return *std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.name == step.kind; });
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_whole(double x) { return x == static_cast<double>(static_cast<long long>(x)); }

std::string range_text(double least, double most, bool whole) {
  const std::string what = whole ? "a whole number" : "a number";
  if (most == kAny) return fmt::format("{} from {}", what, least);
  return fmt::format("{} from {} to {}", what, least, most);
}

/// Reads one step's words.
class StepReader {
 public:
  StepReader(std::string_view text, std::string at) : text_(text), at_(std::move(at)) {}

  Step read() {
    const std::vector<std::string> parts = base::split(text_, ',');
    const std::string head(base::trim(parts[0]));
    const std::size_t colon = head.find(':');
    Step step;
    step.kind = std::string(base::trim(head.substr(0, colon)));
    const Kind& kind = known(step.kind);
    step.amount = amount(kind, colon == head.npos ? "" : std::string(base::trim(head.substr(colon + 1))));
    for (std::size_t i = 1; i < parts.size(); ++i) add_option(kind, std::string(base::trim(parts[i])), step);
    return step;
  }

 private:
  const Kind& known(const std::string& name) const {
    std::vector<std::string> names;
    for (const Kind& kind : kinds()) {
      if (kind.name == name) return kind;
      names.push_back(kind.name);
    }
    base::fail_usage("{}: there is no step '{}'{}; expected {}", at_, name, base::suggestion(name, names),
                     fmt::join(names, ", "));
  }

  double amount(const Kind& kind, const std::string& said) const {
    if (kind.none) {
      if (!said.empty()) base::fail_usage("{}: '{}' takes no amount, found ':{}'", at_, kind.name, said);
      return 0;
    }
    if (said.empty() && kind.usual) return *kind.usual;
    if (said.empty()) base::fail_usage("{}: '{}' needs an amount, as {}", at_, kind.name, kind.example);
    const auto value = number_in(said);
    const bool in_range =
        value && (kind.open ? *value > kind.least && *value < kind.most : *value >= kind.least && *value <= kind.most);
    if (!in_range || (kind.whole && !is_whole(*value))) {
      const std::string removal =
          kind.open && kind.most == 1 ? " (more than 0, less than 1: no layer is removed whole)" : "";
      base::fail_usage("{}: '{}': expected {}{}, found '{}'", at_, kind.name,
                       range_text(kind.least, kind.most, kind.whole), removal, said);
    }
    return *value;
  }

  void add_option(const Kind& kind, const std::string& text, Step& step) const {
    const std::size_t equals = text.find('=');
    const std::string name(base::trim(text.substr(0, equals)));
    const std::string value = equals == text.npos ? "" : std::string(base::trim(text.substr(equals + 1)));
    const auto option =
        std::find_if(kind.options.begin(), kind.options.end(), [&](const Option& o) { return o.name == name; });
    if (option == kind.options.end()) {
      std::vector<std::string> names;
      for (const Option& o : kind.options) names.push_back(o.name);
      base::fail_usage("{}: '{}' has no option '{}'{}; it has {}", at_, kind.name, name, base::suggestion(name, names),
                       names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
    if (option->words.empty()) {
      const auto found = number_in(value);
      // So written, a value that is no number fails too.
      const bool fits = found && *found >= option->least && *found <= option->most;
      if (!fits || (option->whole && !is_whole(*found)))
        base::fail_usage("{}: '{}': {}: expected {}, found '{}'", at_, kind.name, name,
                         range_text(option->least, option->most, option->whole), value);
    } else if (std::find(option->words.begin(), option->words.end(), value) == option->words.end()) {
      base::fail_usage("{}: '{}': {}: expected {}, found '{}'{}", at_, kind.name, name, fmt::join(option->words, ", "),
                       value, base::suggestion(value, option->words));
    }
    if (!step.options.emplace(name, value).second)
      base::fail_usage("{}: '{}': '{}' is said twice", at_, kind.name, name);
  }

  std::string_view text_;
  std::string at_;
};

void check_order(const std::vector<Step>& steps, std::string_view where) {
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!is_last(steps[i])) continue;
    const Step& next = steps[i + 1];
    const std::string cure = trains(next) ? "; qat trains with eight bits" : "";
    base::fail_usage(
        "{}:{}: '{}' cannot follow '{}', which must be the last step: what it writes is no longer float32{}", where,
        next.line, next.kind, steps[i].kind, cure);
  }
}

}  // namespace

std::string text_of(const Step& step) {
  std::string text = step.kind;
  if (!kind_of(step).none) text += fmt::format(":{}", step.amount);
  for (const auto& [key, value] : step.options) text += fmt::format(",{}={}", key, value);
  return text;
}

double number_option(const Step& step, const std::string& key, double fallback) {
  const auto found = step.options.find(key);
  return found == step.options.end() ? fallback : number_in(found->second).value_or(fallback);
}

std::string word_option(const Step& step, const std::string& key, const std::string& fallback) {
  const auto found = step.options.find(key);
  return found == step.options.end() ? fallback : found->second;
}

bool trains(const Step& step) { return kind_of(step).trains; }
bool is_last(const Step& step) { return kind_of(step).last; }

std::vector<Step> parse_recipe(std::string_view text, std::string_view where) {
  std::vector<Step> steps;
  int line = 0;
  for (const std::string& row : base::split(text, '\n')) {
    ++line;
    const std::string_view said = std::string_view(row).substr(0, row.find('#'));
    const std::vector<std::string> parts = base::split(said, '|');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string_view part = base::trim(parts[i]);
      // A bar may stand at the beginning or the end of a line; two without a step between are a slip.
      if (part.empty() && (i == 0 || i + 1 == parts.size())) continue;
      const std::string at = fmt::format("{}:{}", where, line);
      if (part.empty()) base::fail_usage("{}: there is no step between two '|'", at);
      steps.push_back(StepReader(part, at).read());
      steps.back().line = line;
    }
  }
  if (steps.empty())
    base::fail_usage("{}: the recipe has no step; expected for example 'prune:0.5 | finetune:4 | int8'", where);
  check_order(steps, where);
  return steps;
}

std::string recipe_help() {
  std::string help;
  for (const Kind& kind : kinds()) {
    help += fmt::format("  {:<14} {}\n", kind.example, kind.what);
    std::vector<std::string> options;
    for (const Option& o : kind.options)
      options.push_back(o.words.empty() ? o.name + "=N" : fmt::format("{}={}", o.name, fmt::join(o.words, "|")));
    std::string row;
    for (const std::string& o : options) {
      if (!row.empty() && row.size() + o.size() > 95) {
        help += fmt::format("  {:<14} {}\n", "", row);
        row.clear();
      }
      row += (row.empty() ? "" : " ") + o;
    }
    if (!row.empty()) help += fmt::format("  {:<14} {}\n", "", row);
  }
  return help;
}

}  // namespace cradle::recipe
