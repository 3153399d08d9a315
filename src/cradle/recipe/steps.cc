// Reads recipes by the table of steps.
#include "cradle/recipe/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/recipe/step_kinds.h"

namespace cradle::recipe {
namespace {

const StepKind& kind_of(const Step& step) {
  return *std::find_if(step_kinds().begin(), step_kinds().end(),
                       [&](const StepKind& k) { return k.name == step.kind; });
}

bool takes_amount(const StepKind& kind, const Step& step) {
  if (kind.none || kind.no_amount_with.empty()) return !kind.none;
  const std::size_t equals = kind.no_amount_with.find('=');
  return word_option(step, kind.no_amount_with.substr(0, equals), "") != kind.no_amount_with.substr(equals + 1);
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
  if (most == kNoBound) return fmt::format("{} from {}", what, least);
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
    const StepKind& kind = known(step.kind);
    for (std::size_t i = 1; i < parts.size(); ++i) add_option(kind, std::string(base::trim(parts[i])), step);
    step.amount = amount(kind, step, colon == head.npos ? "" : std::string(base::trim(head.substr(colon + 1))));
    return step;
  }

 private:
  const StepKind& known(const std::string& name) const {
    std::vector<std::string> names;
    for (const StepKind& kind : step_kinds()) {
      if (kind.name == name) return kind;
      names.push_back(kind.name);
    }
    base::fail_usage("{}: there is no step '{}'{}; expected {}", at_, name, base::suggestion(name, names),
                     fmt::join(names, ", "));
  }

  double amount(const StepKind& kind, const Step& step, const std::string& said) const {
    if (!takes_amount(kind, step)) {
      if (!said.empty())
        base::fail_usage("{}: '{}'{} takes no amount, found ':{}'", at_, kind.name,
                         kind.none ? "" : " with " + kind.no_amount_with, said);
      return 0;
    }
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

  void add_option(const StepKind& kind, const std::string& text, Step& step) const {
    const std::size_t equals = text.find('=');
    const std::string name(base::trim(text.substr(0, equals)));
    const std::string value = equals == text.npos ? "" : std::string(base::trim(text.substr(equals + 1)));
    const auto option =
        std::find_if(kind.options.begin(), kind.options.end(), [&](const StepOption& o) { return o.name == name; });
    if (option == kind.options.end()) {
      std::vector<std::string> names;
      for (const StepOption& o : kind.options) names.push_back(o.name);
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
  if (takes_amount(kind_of(step), step)) text += fmt::format(":{}", step.amount);
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
  for (const StepKind& kind : step_kinds()) {
    help += fmt::format("  {:<14} {}\n", kind.example, kind.what);
    std::vector<std::string> options;
    for (const StepOption& o : kind.options)
      options.push_back(
          fmt::format("{}={}", o.name, o.words.empty() ? o.usual : fmt::format("{}", fmt::join(o.words, "|"))));
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
