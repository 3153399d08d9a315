// Marks on criteria whose factors have one source, are old, or are weak.
#include "cradle/life/marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cradle::life {
namespace {

constexpr int kOldYears = 10;

/// The catalogue's factors that stand directly at exchanges of one flow with nature.
std::set<int> factors_of(const Model& model, int flow) {
  std::set<int> out;
  for (const lca::Exchange& e : model.inventory.outputs_to_nature) {
    if (e.product_or_flow != flow) continue;
    for (const lca::Term& t : e.terms) {
      const UsedFactor& f = model.factors[static_cast<std::size_t>(t.parameter)];
      // Amounts (masses, areas, shares) are not what a criterion's weakness lies in: its unit tells the factor.
      if (f.status == "catalogue" && f.unit.find(model.inventory.flows[static_cast<std::size_t>(flow)].unit) == 0)
        out.insert(t.parameter);
    }
  }
  return out;
}

/// "one figure of electricity for every place, of 2011, grade D": where the catalogue knows no place but the world.
std::string one_for_every_place(const UsedFactor& f, const catalog::Catalog& catalog) {
  const std::string key = f.id.substr(0, f.id.find('@'));
  if (f.place != "WORLD" || !key.starts_with("grid.")) return "";
  catalog::Filter filter;
  filter.key = key;
  for (const catalog::Factor* other : catalog::matching(catalog, filter))
    if (other->key == key && other->place != "WORLD") return "";
  return fmt::format("one figure of electricity for every place, of {}, grade {}", f.year, f.grade);
}

std::string note_of(const Model& model, const catalog::Catalog& catalog, const std::set<int>& factors, int newest) {
  std::set<std::string> sources;
  int oldest = newest;
  bool all_weak = true;
  std::string everywhere;
  for (const int index : factors) {
    const UsedFactor& f = model.factors[static_cast<std::size_t>(index)];
    sources.insert(f.source);
    if (f.year > 0) oldest = std::min(oldest, f.year);
    all_weak = all_weak && f.grade == "D";
    if (everywhere.empty()) everywhere = one_for_every_place(f, catalog);
  }
  std::string note;
  const auto add = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (factors.size() > 1 && sources.size() == 1) add("all factors have one source");
  if (!everywhere.empty()) add(everywhere);
  const std::string age = fmt::format("of {}", oldest);
  if (newest - oldest >= kOldYears && everywhere.find(age) == std::string::npos) add("oldest factor " + age);
  if (all_weak) add("all factors are of grade D");
  return note;
}

}  // namespace

void mark_criteria(Model& model, const catalog::Catalog& catalog) {
  int newest = 0;
  for (const UsedFactor& f : model.factors) newest = std::max(newest, f.year);
  for (CriterionInfo& c : model.criteria) {
    const auto flow = lca::find_flow(model.inventory, c.code);
    if (!flow) continue;
    const std::set<int> factors = factors_of(model, *flow);
    if (factors.empty()) continue;
    const std::string note = note_of(model, catalog, factors, newest);
    if (!note.empty()) c.note += (c.note.empty() ? "" : "; ") + note;
  }
}

}  // namespace cradle::life
