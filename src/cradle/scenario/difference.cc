// The difference of two results by cause.
#include "cradle/scenario/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "cradle/scenario/criteria.h"
#include "cradle/scenario/leaves.h"

namespace cradle::scenario {
namespace {

using study::Result;

std::optional<CauseSide> side_of(const FactorUse& f) {
  const study::UsedFactor& used = *f.factor;
  return CauseSide{used.id, f.value, used.unit, used.place, used.year, used.source};
}

/// "carbon intensity of electricity, BE → PL": what both names begin with is said once.
std::string name_of(const std::string& before, const std::string& after) {
  if (before == after) return after;
  std::size_t common = 0;
  while (common < before.size() && common < after.size() && before[common] == after[common]) ++common;
  const std::size_t word = common == 0 ? std::string::npos : after.rfind(' ', common - 1);
  return before + " → " + (word == std::string::npos ? after : after.substr(word + 1));
}

/// Causes by what they are, each the sum of its parts in all leaves.
class Causes {
 public:
  void add(Cause cause) {
    const auto key = std::tuple(cause.kind, cause.name, cause.phase, cause.before ? cause.before->id : "",
                                cause.after ? cause.after->id : "");
    const auto [at, is_new] = causes_.emplace(key, cause);
    if (!is_new) at->second.change += cause.change;
  }
  std::vector<Cause> take() {
    std::vector<Cause> out;
    for (auto& [key, cause] : causes_) out.push_back(std::move(cause));
    std::stable_sort(out.begin(), out.end(),
                     [](const Cause& a, const Cause& b) { return std::abs(a.change) > std::abs(b.change); });
    return out;
  }

 private:
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Cause> causes_;
};

/// Pairs of factors at one step that stand for each other; what remains on the two sides.
struct Matched {
  std::vector<std::pair<FactorUse, FactorUse>> pairs;
  std::vector<FactorUse> before, after;
};

template <class Same>
void match_by(Matched& m, const Same& same) {
  for (std::size_t i = 0; i < m.before.size();) {
    const auto at = std::find_if(m.after.begin(), m.after.end(), [&](const FactorUse& f) {
      return f.power == m.before[i].power && f.value * m.before[i].value > 0 && same(m.before[i], f);
    });
    if (at == m.after.end()) {
      ++i;
      continue;
    }
    m.pairs.emplace_back(m.before[i], *at);
    m.after.erase(at);
    m.before.erase(m.before.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Matched match(const Step& before, const Step& after) {
  Matched m{{}, before.factors, after.factors};
  match_by(m, [](const FactorUse& a, const FactorUse& b) { return a.factor->id == b.factor->id; });
  match_by(m, [](const FactorUse& a, const FactorUse& b) {
    return kind_of_factor(a.factor->id) == kind_of_factor(b.factor->id);
  });
  // A stated PUE in place of the world's: the only ones left of their unit.
  const auto only = [](const std::vector<FactorUse>& all, const FactorUse& f) {
    return std::count_if(all.begin(), all.end(), [&](const FactorUse& x) {
             return x.factor->unit == f.factor->unit && x.power == f.power;
           }) == 1;
  };
  const std::vector<FactorUse> left_before = m.before, left_after = m.after;
  match_by(m, [&](const FactorUse& a, const FactorUse& b) {
    return a.factor->unit == b.factor->unit && only(left_before, a) && only(left_after, b);
  });
  return m;
}

double product_of(const std::vector<FactorUse>& factors) {
  double product = 1;
  for (const FactorUse& f : factors) product *= std::pow(f.value, f.power);
  return product;
}

/// What a step is called as a cause. An exchange has its criterion's name, which says nothing of where it is.
const std::string& name_of_step(const Leaf& leaf, std::size_t i) {
  return leaf.steps[i > 0 && i + 1 == leaf.steps.size() ? i - 1 : i].name;
}

bool is_electricity(const Step& step) {
  return step.kind_id.starts_with("node-electricity") || step.kind_id.starts_with("electricity") ||
         step.kind_id.starts_with("generation");
}

/// What a leaf is called that the other side lacks: its process, or the one that drew the electricity, which has one
/// name for all that draw it.
const std::string& name_of_leaf(const Leaf& leaf) {
  std::size_t i = leaf.steps.size() - 1;
  while (i > 1 && (i + 1 == leaf.steps.size() || is_electricity(leaf.steps[i]))) --i;
  return leaf.steps[i].name;
}

/// Parts the difference of two corresponding leaves; their values have one sign.
void part(const Leaf& before, const Leaf& after, Causes& causes) {
  const double weight = logarithmic_mean(before.value, after.value);
  for (std::size_t i = 0; i < before.steps.size(); ++i) {
    const Step &a = before.steps[i], &b = after.steps[i];
    const Matched m = match(a, b);
    for (const auto& [fa, fb] : m.pairs) {
      const double change = weight * fa.power * std::log(fb.value / fa.value);
      if (change == 0.0 && fa.factor->id == fb.factor->id) continue;
      causes.add({fb.factor->status == "catalogue" ? "factor" : "amount", name_of(fa.factor->name, fb.factor->name), "",
                  change, side_of(fa), side_of(fb)});
    }
    const bool alike = m.before.empty() && m.after.empty();
    const double ratio = (b.number * product_of(m.after)) / (a.number * product_of(m.before));
    const double change = weight * std::log(std::abs(ratio));
    if (std::abs(change) <= 1e-12 * std::abs(weight)) continue;  // rounding of two equal numbers
    if (alike)
      causes.add({"number", name_of_step(after, i), "", change, CauseSide{"", a.number, "", "", 0, ""},
                  CauseSide{"", b.number, "", "", 0, ""}});
    else
      causes.add({"structure", name_of_step(after, i), after.phase, change, std::nullopt, std::nullopt});
  }
}

/// Corresponding leaves: of one id, then of one kind of path, in the order of the trees.
void part_all(const std::vector<Leaf>& before, const std::vector<Leaf>& after, Causes& causes) {
  std::vector<const Leaf*> rest_before, rest_after;
  std::vector<std::pair<const Leaf*, const Leaf*>> pairs;
  std::map<std::string, const Leaf*> by_id;
  for (const Leaf& leaf : after) by_id.emplace(leaf.id, &leaf);
  for (const Leaf& leaf : before) {
    const auto at = by_id.find(leaf.id);
    if (at == by_id.end() || at->second->steps.size() != leaf.steps.size()) {
      rest_before.push_back(&leaf);
      continue;
    }
    pairs.emplace_back(&leaf, at->second);
    by_id.erase(at);
  }
  for (const Leaf& leaf : after)
    if (by_id.contains(leaf.id)) rest_after.push_back(&leaf);
  for (const Leaf* leaf : rest_before) {
    const auto at = std::find_if(rest_after.begin(), rest_after.end(), [&](const Leaf* other) {
      return other->kind_path == leaf->kind_path && other->steps.size() == leaf->steps.size();
    });
    if (at == rest_after.end()) {
      causes.add({"gone", name_of_leaf(*leaf), leaf->phase, -leaf->value, std::nullopt, std::nullopt});
      continue;
    }
    pairs.emplace_back(leaf, *at);
    rest_after.erase(at);
  }
  for (const Leaf* leaf : rest_after)
    causes.add({"new", name_of_leaf(*leaf), leaf->phase, leaf->value, std::nullopt, std::nullopt});
  for (const auto& [a, b] : pairs) {
    if (a->value * b->value > 0)
      part(*a, *b, causes);
    else  // from a burden to a credit: no logarithm reaches across zero
      causes.add({"structure", name_of_leaf(*b), b->phase, b->value - a->value, std::nullopt, std::nullopt});
  }
}

double total_of(const Result& r, const std::string& criterion) {
  for (const auto& total : r.per_unit)
    if (total.criterion == criterion) return total.figure.value;
  return 0;
}

CriterionDifference difference_in(const Result& before, const Result& after, const study::CriterionInfo& criterion) {
  CriterionDifference d;
  d.criterion = criterion.code;
  d.unit = criterion.unit;
  d.note = criterion.note;
  d.before = total_of(before, criterion.code);
  d.after = total_of(after, criterion.code);
  Causes causes;
  part_all(leaves_of(before, criterion.code), leaves_of(after, criterion.code), causes);
  double all = 0;
  std::vector<Cause> sorted = causes.take();
  for (const Cause& c : sorted) all += std::abs(c.change);
  for (Cause& c : sorted) {
    if (std::abs(c.change) >= kSmallCause * all && all > 0) {
      d.causes.push_back(std::move(c));
    } else {
      d.smaller += c.change;
      ++d.smaller_count;
    }
  }
  return d;
}

std::string packs_of(const Result& r) {
  std::string out;
  for (const auto& pack : r.packs)
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", pack.name, pack.sha256.substr(0, 12));
  return out.empty() ? "none" : out;
}

std::vector<Setting> settings_of(const Result& a, const Result& b) {
  std::vector<Setting> out;
  const auto add = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after) out.push_back({what, before.empty() ? "–" : before, after.empty() ? "–" : after});
  };
  add("functional unit", a.functional_unit.text, b.functional_unit.text);
  add("allocation", a.allocation, b.allocation);
  add("view of electricity", a.view, b.view);
  add("study file", a.study_sha256.substr(0, 12), b.study_sha256.substr(0, 12));
  add("built-in data", a.data_sha256.substr(0, 12), b.data_sha256.substr(0, 12));
  add("packs", packs_of(a), packs_of(b));
  add("further methods", fmt::format("{}", fmt::join(a.methods, ", ")), fmt::format("{}", fmt::join(b.methods, ", ")));
  add("seed", std::to_string(a.seed), std::to_string(b.seed));
  add("samples", std::to_string(a.samples), std::to_string(b.samples));
  return out;
}

/// The criteria of both, those of `before` first; only the chosen ones if there are any.
std::vector<study::CriterionInfo> criteria_of(const Result& before, const Result& after,
                                              const std::vector<std::string>& chosen) {
  std::vector<study::CriterionInfo> all = before.criteria;
  for (const auto& c : after.criteria)
    if (std::none_of(all.begin(), all.end(), [&](const auto& known) { return known.code == c.code; })) all.push_back(c);
  return chosen_criteria(all, chosen);
}

}  // namespace

double logarithmic_mean(double a, double b) {
  const double relative = b / a - 1;
  // (b − a)/ln(b/a) loses its digits where both are nearly the same; its series is a (1 + r/2 − r²/12 + …).
  if (std::abs(relative) < 1e-4) return a * (1 + relative / 2 - relative * relative / 12);
  return (b - a) / std::log(b / a);
}

Difference difference(const Result& before, const Result& after, const std::vector<std::string>& criteria) {
  Difference d{before.name, after.name, settings_of(before, after), {}};
  for (const auto& criterion : criteria_of(before, after, criteria))
    d.criteria.push_back(difference_in(before, after, criterion));
  return d;
}

}  // namespace cradle::scenario
