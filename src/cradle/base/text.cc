// Text for people: scaled units, intervals, edit distance, aligned tables.
#include "cradle/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <cmath>

namespace cradle::base {
namespace {

struct Step {
  double size;
  std::string_view unit;
};

constexpr Step kJoules[] = {{1e-6, "µJ"}, {1e-3, "mJ"}, {1, "J"}, {1e3, "kJ"}, {1e6, "MJ"}, {1e9, "GJ"}, {1e12, "TJ"}};
constexpr Step kWattHours[] = {{1e-6, "µWh"}, {1e-3, "mWh"}, {1, "Wh"}, {1e3, "kWh"}, {1e6, "MWh"}, {1e9, "GWh"}};
constexpr Step kWatts[] = {{1e-6, "µW"}, {1e-3, "mW"}, {1, "W"}, {1e3, "kW"}, {1e6, "MW"}};
constexpr Step kKilograms[] = {{1e-12, "ng"}, {1e-9, "µg"}, {1e-6, "mg"}, {1e-3, "g"},
                               {1, "kg"},     {1e3, "t"},   {1e6, "kt"}};
constexpr Step kLitres[] = {{1e-9, "nL"}, {1e-6, "µL"}, {1e-3, "mL"}, {1, "L"}, {1e3, "m³"}};
constexpr Step kBytes[] = {{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}};
constexpr Step kSeconds[] = {{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}};
constexpr Step kCounts[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}};

std::span<const Step> steps_of(std::string_view base) {
  if (base == "J") return kJoules;
  if (base == "Wh") return kWattHours;
  if (base == "W") return kWatts;
  if (base == "kg") return kKilograms;
  if (base == "L") return kLitres;
  if (base == "B") return kBytes;
  if (base == "s") return kSeconds;
  if (base == "") return kCounts;
  return {};
}

const Step& step_for(std::span<const Step> steps, double value) {
  // 0.99951 rounds to 1.00 at three digits: choose the unit after rounding.
  const double magnitude = std::abs(value) * 1.0005;
  const Step* best = steps.data();
  for (const Step& s : steps)
    if (magnitude >= s.size) best = &s;
  return *best;
}

std::string in_steps(double value, std::string_view base) {
  if (value == 0.0) return fmt::format("0 {}", base);
  const Step& s = step_for(steps_of(base), value);
  return fmt::format("{} {}", format_number(value / s.size), s.unit);
}

/// Splits "kgCO2e" into the scalable base "kg" and the rest "CO2e"; the base is empty if the unit does not scale.
std::pair<std::string_view, std::string_view> scalable(std::string_view unit) {
  if (unit == "MJ") return {"J", ""};
  if (unit == "kWh") return {"Wh", ""};
  for (const std::string_view base : {"kg", "J", "W", "L", "B", "s"}) {
    if (!unit.starts_with(base)) continue;
    const std::string_view rest = unit.substr(base.size());
    // "kgCO2e" and "kg Sb-eq" scale; "kgCO2e/kWh" is a factor and stays.
    if (rest.find('/') == std::string_view::npos && (base == "kg" || rest.empty())) return {base, rest};
  }
  return {"", ""};
}

}  // namespace

std::string format_number(double x, int significant) {
  if (x == 0.0) return "0";
  if (!std::isfinite(x)) return x > 0 ? "inf" : (x < 0 ? "-inf" : "not a number");
  const double magnitude = std::floor(std::log10(std::abs(x)));
  if (magnitude < -5 || magnitude >= 9) return fmt::format("{:.{}e}", x, significant - 1);
  const double rounding = std::pow(10.0, magnitude - significant + 1);
  const double rounded = std::round(x / rounding) * rounding;
  const int decimals =
      std::max(0, significant - 1 - static_cast<int>(std::floor(std::log10(std::abs(rounded)) + 1e-12)));
  return fmt::format("{:.{}f}", rounded, decimals);
}

std::string format_joules(double j) { return in_steps(j, "J"); }
std::string format_watts(double w) { return in_steps(w, "W"); }
std::string format_kilograms(double kg) { return in_steps(kg, "kg"); }
std::string format_litres(double l) { return in_steps(l, "L"); }
std::string format_bytes(double bytes) { return in_steps(bytes, "B"); }

std::string format_count(double n) {
  if (std::abs(n) < 10000) return n == std::round(n) ? fmt::format("{:.0f}", n) : format_number(n);
  const Step& s = step_for(kCounts, n);
  return fmt::format("{} {}", format_number(n / s.size), s.unit);
}

std::string format_seconds(double s) {
  if (s < 120.0) return in_steps(s, "s");
  const long long whole = std::llround(s);
  if (whole < 7200) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 3 * 86400) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} days", format_number(s / 86400.0));
}

Scaled scale_for(double reference, std::string_view unit) {
  const auto [base, rest] = scalable(unit);
  if (base.empty()) return {1.0, std::string(unit)};
  const double given = unit == "MJ" ? 1e6 : unit == "kWh" ? 1e3 : 1.0;
  const Step& s = step_for(steps_of(base), reference == 0.0 ? (base == "Wh" ? given : 1.0) : reference * given);
  return {given / s.size, fmt::format("{}{}", s.unit, rest)};
}

std::string format_value(double value, std::string_view unit) {
  const Scaled scaled = scale_for(value, unit);
  return fmt::format("{} {}", format_number(value * scaled.factor), scaled.unit);
}

std::string format_interval(const Interval& i, std::string_view unit) {
  const Scaled scaled = scale_for(i.value, unit);
  return fmt::format("{} {} ({}–{})", format_number(i.value * scaled.factor), scaled.unit,
                     format_number(i.low * scaled.factor), format_number(i.high * scaled.factor));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t at; (at = text.find(separator, start)) != std::string_view::npos; start = at + 1)
    parts.emplace_back(text.substr(start, at - start));
  parts.emplace_back(text.substr(start));
  return parts;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return lower(text.substr(0, prefix.size())) == lower(prefix);
}

std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string> candidates) {
  const std::string from = lower(wrong);
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, from.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::string to = lower(candidate);
    // Optimal string alignment distance (insert, delete, replace, swap neighbours).
    std::vector<std::vector<std::size_t>> d(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
    for (std::size_t i = 0; i <= from.size(); ++i) {
      for (std::size_t j = 0; j <= to.size(); ++j) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        const std::size_t cost = from[i - 1] == to[j - 1] ? 0 : 1;
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
        if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
          d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
    const std::size_t distance = d[from.size()][to.size()];
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (best || from.size() < 3) return best;
  for (const std::string& candidate : candidates)  // "jetson" for "jetson-agx-xavier"
    if (lower(candidate).find(from) != std::string::npos) return candidate;
  return std::nullopt;
}

std::string suggestion(std::string_view wrong, std::span<const std::string> candidates) {
  const auto near = nearest(wrong, candidates);
  return near ? fmt::format("; did you mean '{}'?", *near) : std::string();
}

namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::size_t width_of(std::string_view line) {
  return line.size() - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), continues_character));
}

std::string wrapped(std::string_view paragraph, int columns) {
  std::string out, line;
  for (const std::string& word : split(paragraph, ' ')) {
    if (word.empty()) continue;
    const std::size_t gap = line.find_first_not_of(' ') == std::string::npos ? 0 : 1;
    if (gap == 1 && width_of(line) + 1 + width_of(word) > static_cast<std::size_t>(columns)) {
      out += line + '\n';
      line = "  " + word;
    } else {
      line += (gap == 1 ? " " : "") + word;
    }
  }
  return out + line + '\n';
}

std::string cut(std::string_view name, std::size_t most) {
  if (width_of(name) <= most) return std::string(name);
  std::size_t at = 0;
  for (std::size_t seen = 0; at < name.size(); ++at)
    if (!continues_character(name[at]) && ++seen == most) break;
  return std::string(name.substr(0, at)) + "…";
}

namespace {

bool looks_numeric(std::string_view cell) {
  return !cell.empty() &&
         (std::isdigit(static_cast<unsigned char>(cell[0])) || ((cell[0] == '-' || cell[0] == '+') && cell.size() > 1));
}

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::row(std::vector<std::string> cells) {
  assert(cells.size() == rows_[0].size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view indent) const {
  const std::size_t columns = rows_[0].size();
  std::vector<std::size_t> widths(columns, 0);
  std::vector<bool> numeric(columns, rows_.size() > 1);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      widths[c] = std::max(widths[c], width_of(rows_[r][c]));
      if (r > 0 && !rows_[r][c].empty() && rows_[r][c] != "–" && !looks_numeric(rows_[r][c])) numeric[c] = false;
    }
  }
  std::string out;
  for (const auto& cells : rows_) {
    std::string line(indent);
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string pad(widths[c] - width_of(cells[c]), ' ');
      if (c > 0) line += "  ";
      line += numeric[c] ? pad + cells[c] : cells[c] + pad;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + '\n';
  }
  return out;
}

std::string Table::markdown() const {
  std::string out;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    out += '|';
    for (const auto& cell : rows_[r]) out += ' ' + cell + " |";
    out += '\n';
    if (r > 0) continue;
    out += '|';
    for (std::size_t c = 0; c < rows_[0].size(); ++c) out += "---|";
    out += '\n';
  }
  return out;
}

}  // namespace cradle::base
