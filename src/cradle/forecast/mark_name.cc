// Takes a mark's name apart by hand: it comes from a program that owes nobody good manners, at any rate it likes.
#include "cradle/forecast/mark_name.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace cradle::forecast {
namespace {

/// A whole number of at most nine digits that fills the text.
std::optional<int> whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits = error == std::errc() && end == text.data() + text.size() && text.size() <= 9;
  return fits && value >= 0 ? std::optional<int>(value) : std::nullopt;
}

std::optional<double> finite(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits = error == std::errc() && end == text.data() + text.size();
  return fits && std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

/// "3" or "3/50" behind "epoch-" or "step-".
bool numbered(std::string_view text, MarkName* mark) {
  const auto slash = text.find('/');
  const auto number = whole(text.substr(0, slash));
  const auto of = slash == std::string_view::npos ? std::optional<int>(0) : whole(text.substr(slash + 1));
  if (!number || !of) return false;
  mark->number = *number;
  mark->of = *of;
  return true;
}

MarkName equation(std::string_view name, std::string_view text) {
  MarkName mark;
  const auto value = finite(text);
  if (!value || name.empty()) return mark;
  mark.value = *value;
  mark.name = name;
  const bool counts = *value >= 0 && *value <= 1e9;
  if (name == "epochs")
    mark.word = counts ? Word::kEpochs : Word::kOther;
  else if (name == "patience")
    mark.word = counts ? Word::kPatience : Word::kOther;
  else
    mark.word = Word::kMetric;
  return mark;
}

/// "<stage>-3-begin" without its last word, or "<stage>-begin".
MarkName stage(std::string_view text, Word word) {
  MarkName mark;
  mark.word = word;
  const auto dash = text.rfind('-');
  const auto number = dash == std::string_view::npos ? std::nullopt : whole(text.substr(dash + 1));
  if (number) mark.number = *number;
  mark.name = number ? text.substr(0, dash) : text;
  if (mark.name.empty()) mark.word = Word::kOther;
  return mark;
}

}  // namespace

MarkName mark_name(std::string_view text) {
  if (const auto sign = text.find('='); sign != std::string_view::npos)
    return equation(text.substr(0, sign), text.substr(sign + 1));
  if (text.ends_with("-begin")) return stage(text.substr(0, text.size() - 6), Word::kBegin);
  if (text.ends_with("-end")) return stage(text.substr(0, text.size() - 4), Word::kEnd);
  MarkName mark;
  if (text.starts_with("epoch-") && numbered(text.substr(6), &mark))
    mark.word = Word::kEpochDone;
  else if (text.starts_with("step-") && numbered(text.substr(5), &mark))
    mark.word = Word::kStep;
  return mark;
}

}  // namespace cradle::forecast
