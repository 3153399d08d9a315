// What-if over keys of a study.
#include "cradle/scenario/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/scenario/criteria.h"

namespace cradle::scenario {
namespace {

using study::Study;

// More than anyone reads; a grid of that size is a campaign.
constexpr std::size_t kMostCombinations = 1000;

const std::vector<std::string> kShortNames = {"hardware",        "place",        "facility",  "years", "images_per_day",
                                              "growth_per_year", "architecture", "precision", "view",  "allocation"};

/// The tables of the study that draw electricity, and whether each states its own carbon intensity.
std::vector<std::pair<std::string, const study::Supply*>> supplies_of(const Study& s) {
  std::vector<std::pair<std::string, const study::Supply*>> out;
  if (s.training) out.emplace_back("training", &s.training->supply);
  if (s.use) out.emplace_back("use", &s.use->supply);
  if (s.data) out.emplace_back("data", &s.data->supply);
  return out;
}

/// The same for an axis of electricity: a study that draws none would be the same in every combination.
std::vector<std::pair<std::string, const study::Supply*>> supplies_for(const std::string& axis, const Study& s) {
  auto supplies = supplies_of(s);
  if (supplies.empty())
    base::fail_usage("{}: no [training], [use] or [data] draws electricity that '{}' would change", s.file, axis);
  return supplies;
}

std::vector<std::string> place_keys(const Study& s) {
  std::vector<std::string> keys;
  for (const auto& [table, supply] : supplies_for("place", s)) {
    if (supply->carbon)
      base::fail_usage(
          "{}: [{}] states its own carbon_kg_per_kwh, which no place would change; remove it to sweep over places",
          s.file, table);
    keys.push_back(table + ".place");
  }
  return keys;
}

std::vector<std::string> facility_keys(const Study& s) {
  std::vector<std::string> keys;
  for (const auto& [table, supply] : supplies_for("facility", s)) {
    if (supply->pue)
      base::fail_usage(
          "{}: [{}] states its own PUE, which no facility would change; remove it to sweep over facilities", s.file,
          table);
    keys.push_back(table + ".facility");
  }
  return keys;
}

std::vector<std::string> view_keys(const Study& s) {
  const auto supplies = supplies_for("view", s);
  if (std::all_of(supplies.begin(), supplies.end(), [](const auto& x) { return x.second->carbon.has_value(); }))
    base::fail_usage("{}: every table states its own carbon_kg_per_kwh, which no view would change", s.file);
  return {"electricity.view"};
}

std::vector<std::string> hardware_keys(const Study& s) {
  std::vector<std::string> keys;
  if (s.training && s.training->hardware) keys.emplace_back("training.hardware");
  if (s.use && s.use->hardware) keys.emplace_back("use.hardware");
  if (keys.empty() && s.deployment && s.deployment->device) keys.emplace_back("deployment.device");
  if (keys.empty() && s.product) keys.emplace_back("production.device");
  if (keys.empty())
    base::fail_usage("{}: names no hardware in [training], [use] or [deployment] that could be replaced", s.file);
  return keys;
}

/// Every combination of the axes' values, the last axis fastest.
std::vector<std::vector<std::string>> grid_of(const std::vector<Axis>& axes) {
  std::vector<std::vector<std::string>> grid = {{}};
  for (const Axis& axis : axes) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& begun : grid)
      for (const std::string& value : axis.values) {
        longer.push_back(begun);
        longer.back().push_back(value);
      }
    grid = std::move(longer);
    if (grid.size() > kMostCombinations)
      base::fail_usage("--over gives more than {} combinations; sweep over fewer values", kMostCombinations);
  }
  return grid;
}

std::optional<double> value_of(const Combination& c, const std::string& criterion) {
  for (const auto& total : c.totals)
    if (total.criterion == criterion) return total.figure.value;
  return std::nullopt;
}

/// Whether a is at least as good as b everywhere and better somewhere.
bool dominates(const Combination& a, const Combination& b, const std::vector<std::string>& criteria) {
  bool better = false;
  for (const std::string& criterion : criteria) {
    const double va = *value_of(a, criterion), vb = *value_of(b, criterion);
    if (va > vb) return false;
    better = better || va < vb;
  }
  return better;
}

}  // namespace

std::vector<Axis> parse_axes(std::string_view text) {
  std::vector<Axis> axes;
  for (const std::string& raw : base::split(text, ',')) {
    const std::string piece(base::trim(raw));
    const std::size_t at = piece.find('=');
    std::string value = piece;
    if (at != std::string::npos) {
      Axis axis{std::string(base::trim(std::string_view(piece).substr(0, at))), {}};
      if (axis.name.empty()) base::fail_usage("--over: '{}' has no key before '='", piece);
      for (const Axis& known : axes)
        if (known.name == axis.name) base::fail_usage("--over: '{}' stands twice", axis.name);
      value = base::trim(std::string_view(piece).substr(at + 1));
      axes.push_back(std::move(axis));
    }
    if (axes.empty()) base::fail_usage("--over: expected a key before '{}', as in --over place=FR,BE,years=3,5", piece);
    if (value.empty()) base::fail_usage("--over: '{}' has an empty value", axes.back().name);
    axes.back().values.push_back(std::move(value));
  }
  if (axes.empty()) base::fail_usage("--over: expected keys and values, as in --over place=FR,BE,years=3,5");
  return axes;
}

std::vector<std::string> keys_of(const Axis& axis, const Study& study) {
  static const std::map<std::string, std::string> of_use = {{"years", "use.years"},
                                                            {"images_per_day", "use.images_per_day"},
                                                            {"growth_per_year", "use.growth_per_year"},
                                                            {"architecture", "use.run"},
                                                            {"precision", "use.run"}};
  if (axis.name.find('.') != std::string::npos) return {axis.name};
  if (axis.name == "hardware") return hardware_keys(study);
  if (axis.name == "place") return place_keys(study);
  if (axis.name == "facility") return facility_keys(study);
  if (axis.name == "view") return view_keys(study);
  if (axis.name == "allocation") return {"allocation.rule"};
  if (const auto at = of_use.find(axis.name); at != of_use.end()) {
    if (!study.use) base::fail_usage("{}: '{}' belongs to [use], which the study has not", study.file, axis.name);
    return {at->second};
  }
  base::fail_usage("--over: unknown '{}'{}; besides {} any key of the study can be named with its table, as use.idle_w",
                   axis.name, base::suggestion(axis.name, kShortNames), fmt::join(kShortNames, ", "));
}

void mark(Sweep& s) {
  s.front_criteria.clear();
  std::vector<Combination*> whole;
  for (Combination& c : s.combinations)
    if (c.fault.empty()) whole.push_back(&c);
  for (const auto& criterion : s.criteria) {
    // No data is not zero: a criterion that one combination lacks cannot rank them.
    if (!whole.empty() && std::all_of(whole.begin(), whole.end(),
                                      [&](const auto* c) { return value_of(*c, criterion.code).has_value(); }))
      s.front_criteria.push_back(criterion.code);
  }
  for (const std::string& criterion : s.front_criteria) {
    double least = std::numeric_limits<double>::infinity();
    for (const Combination* c : whole) least = std::min(least, *value_of(*c, criterion));
    for (Combination* c : whole)
      if (*value_of(*c, criterion) == least) c->best_in.push_back(criterion);
  }
  for (Combination* c : whole)
    c->on_front = !s.front_criteria.empty() && std::none_of(whole.begin(), whole.end(), [&](const Combination* other) {
      return dominates(*other, *c, s.front_criteria);
    });
}

namespace {

/// The keys of each axis. Of two that set one key the first would have no effect, and the table would show its values.
std::vector<std::vector<std::string>> keys_of_all(const std::vector<Axis>& axes, const Study& study) {
  std::vector<std::vector<std::string>> keys;
  std::map<std::string, std::string> set_by;
  for (const Axis& axis : axes) {
    keys.push_back(keys_of(axis, study));
    for (const std::string& key : keys.back())
      if (const auto [at, is_new] = set_by.emplace(key, axis.name); !is_new)
        base::fail_usage("--over: '{}' and '{}' both set {}; keep one of them", at->second, axis.name, key);
  }
  return keys;
}

/// What does not follow when other hardware takes a table's place.
void note_what_stays(Sweep& s, const Study& study, const std::vector<std::string>& keys) {
  const auto replaced = [&](const char* key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  if (replaced("training.hardware") && !study.training->operations)
    s.notes.push_back(
        "[training] states hours, energy or a record: they stay the same on every hardware, though a slower one would "
        "need longer; state operations (or parameters and tokens) to let the time follow the hardware");
  if (replaced("use.hardware") || replaced("deployment.device"))
    s.notes.push_back(
        "[use] states time and energy per image or a record: they stay the same on every hardware; sweep over "
        "use.run with a record of each machine to let them follow");
  const auto note_share = [&](const char* table, const study::Hardware& hardware) {
    if (!(base::is_fixed(hardware.share) && hardware.share.value == 1.0))
      s.notes.push_back(fmt::format("[{}] share = {} is that of '{}' and stays the same on every hardware", table,
                                    base::format_number(hardware.share.value), hardware.device));
  };
  if (replaced("training.hardware")) note_share("training", *study.training->hardware);
  if (replaced("use.hardware")) note_share("use", *study.use->hardware);
}

/// What a reader must know before he takes the least figure for the best choice.
void note_limits(Sweep& s, const Study& study) {
  for (const Axis& axis : s.axes) {
    if (axis.name == "hardware") note_what_stays(s, study, keys_of(axis, study));
    if (axis.name != "place") continue;
    for (const auto& [table, supply] : supplies_of(study))
      if (supply->facility.empty() && !supply->pue) {
        s.notes.push_back("[" + table +
                          "] states no facility: a cloud region brings its own PUE, a country the world's mean; "
                          "state facility or pue to change the place alone");
        break;
      }
  }
}

}  // namespace

Sweep sweep(const std::filesystem::path& path, const std::vector<Axis>& axes, const std::vector<std::string>& criteria,
            const catalog::Catalog& catalog, const life::AssessOptions& options, const Progress& progress) {
  const Study as_written = study::read_study(path);
  const auto keys = keys_of_all(axes, as_written);
  Sweep s;
  s.study = as_written.name;
  s.functional_unit = as_written.functional_unit;
  s.axes = axes;
  s.seed = options.seed;
  s.samples = options.samples;
  note_limits(s, as_written);
  const auto grid = grid_of(axes);
  for (const auto& values : grid) {
    if (progress) progress(s.combinations.size(), grid.size());
    Combination c;
    c.values = values;
    std::vector<study::Override> overrides;
    for (std::size_t a = 0; a < axes.size(); ++a)
      for (const std::string& key : keys[a]) overrides.emplace_back(key, values[a]);
    try {
      const study::Result result = life::assess(study::read_study(path, overrides), catalog, options);
      if (s.criteria.empty()) s.criteria = chosen_criteria(result.criteria, criteria);
      for (const auto& total : result.per_unit)
        if (std::any_of(s.criteria.begin(), s.criteria.end(), [&](const auto& x) { return x.code == total.criterion; }))
          c.totals.push_back(total);
    } catch (const base::Error& e) {
      // Wrong options are no matter of one combination.
      if (e.fault() == base::Fault::kUsage) throw;
      c.fault = e.what();
    }
    s.combinations.push_back(std::move(c));
  }
  mark(s);
  return s;
}

}  // namespace cradle::scenario
