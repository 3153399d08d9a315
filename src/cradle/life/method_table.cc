// Further criteria from a user's table of flows and factors.
#include "cradle/life/method_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"

namespace cradle::life {
namespace {

constexpr std::array<const char*, 13> kColumns = {"criterion", "name",    "unit", "flow",         "flow_unit",
                                                  "value",     "low",     "high", "distribution", "source",
                                                  "year",      "licence", "grade"};

/// One row with its cells by column name.
struct Row {
  std::string where;
  std::map<std::string, std::string> cells;

  const std::string& at(const char* column) const {
    static const std::string none;
    const auto cell = cells.find(column);
    return cell == cells.end() ? none : cell->second;
  }
  double number(const char* column) const {
    return base::csv_number(at(column), fmt::format("{}: '{}'", where, column));
  }
};

std::vector<Row> rows_of(const std::string& text, const std::string& file) {
  const base::Csv csv = base::parse_csv(text, file);
  const std::vector<std::string> known(kColumns.begin(), kColumns.end());
  for (const std::string& column : csv.header)
    if (std::find(known.begin(), known.end(), column) == known.end())
      base::fail("{}: unknown column '{}'{}; a method has {}", file, column, base::suggestion(column, known),
                 fmt::join(known, ","));
  for (const char* needed : {"criterion", "unit", "flow", "flow_unit", "value", "source"})
    if (std::find(csv.header.begin(), csv.header.end(), needed) == csv.header.end())
      base::fail("{}: the column '{}' is missing; a method has {}", file, needed, fmt::join(known, ","));
  std::vector<Row> rows;
  for (const base::CsvRow& r : csv.rows) {
    Row row{fmt::format("{}:{}", file, r.line), {}};
    for (std::size_t i = 0; i < csv.header.size(); ++i) row.cells[csv.header[i]] = std::string(base::trim(r.cells[i]));
    for (const char* needed : {"criterion", "unit", "flow", "flow_unit", "source"})
      if (row.at(needed).empty()) base::fail("{}: '{}' is empty", row.where, needed);
    rows.push_back(std::move(row));
  }
  return rows;
}

base::Distribution distribution_of(const Row& row) {
  const double value = row.number("value");
  const std::string shape = row.at("distribution").empty() ? "fixed" : row.at("distribution");
  if (shape == "fixed") return base::fixed(value);
  const double low = row.number("low"), high = row.number("high");
  try {
    if (shape == "uniform") return base::uniform_between(low, high);
    if (shape == "triangular") return base::triangular(low, value, high);
    if (shape == "normal") return base::normal_from_range(low, value, high);
    if (shape == "lognormal") return base::lognormal_from_range(low, value, high);
  } catch (const base::Error& e) {
    base::fail("{}: {}", row.where, e.what());
  }
  base::fail("{}: 'distribution': expected fixed, uniform, triangular, normal or lognormal, found '{}'", row.where,
             shape);
}

/// The inventory's flows that a row means: one by its id, or all that begin so ("electricity:*").
std::vector<int> flows_meant(const lca::Inventory& inventory, const std::string& name) {
  std::vector<int> out;
  const bool all = name.ends_with(":*");
  const std::string prefix = name.substr(0, name.size() - (all ? 1 : 0));
  for (std::size_t i = 0; i < inventory.flows.size(); ++i)
    if (all ? inventory.flows[i].id.starts_with(prefix) : inventory.flows[i].id == name)
      out.push_back(static_cast<int>(i));
  return out;
}

int parameter_of(Model& m, const Row& row) {
  UsedFactor used;
  const base::Distribution d = distribution_of(row);
  used.id = fmt::format("method:{}:{}", row.at("criterion"), row.at("flow"));
  used.name = fmt::format("{} per {} of {}", row.at("criterion"), row.at("flow_unit"), row.at("flow"));
  used.value = d.value;
  used.low = base::is_fixed(d) ? d.value : base::quantile(d, 0.05);
  used.high = base::is_fixed(d) ? d.value : base::quantile(d, 0.95);
  used.distribution = std::string(base::name_of(d.shape));
  used.unit = row.at("unit") + "/" + row.at("flow_unit");
  used.year = row.at("year").empty() ? 0 : static_cast<int>(row.number("year"));
  used.licence = row.at("licence");
  used.grade = row.at("grade");
  used.source = row.at("source");
  used.status = "input";
  if (m.inventory.parameter_by_id.contains(used.id))
    base::fail("{}: the factor of '{}' for the flow '{}' is given twice", row.where, row.at("criterion"),
               row.at("flow"));
  const int index = lca::add_parameter(m.inventory, {used.id, used.name, d, used.unit});
  m.factors.push_back(std::move(used));
  return index;
}

int criterion_of(Model& m, const Row& row) {
  const std::string& code = row.at("criterion");
  for (std::size_t i = 0; i < m.method.criteria.size(); ++i) {
    if (m.method.criteria[i].code != code) continue;
    if (static_cast<int>(i) < m.own_criteria)
      base::fail("{}: the criterion '{}' is cradle's own; give the table's another code (e.g. '{}-EF3.1')", row.where,
                 code, code);
    if (m.method.criteria[i].unit != row.at("unit"))
      base::fail("{}: '{}' has the unit {} here and {} before", row.where, code, row.at("unit"),
                 m.method.criteria[i].unit);
    return static_cast<int>(i);
  }
  const std::string name = row.at("name").empty() ? code : row.at("name");
  const int index = lca::add_criterion(m.method, {code, name, row.at("unit")});
  m.criteria.push_back({code, name, row.at("unit"), ""});
  m.criterion_index.push_back(index);
  return index;
}

}  // namespace

void add_method_table(Model& m, const Cited& table) {
  std::string text;
  try {
    text = base::read_file(table.path);
  } catch (const base::Error& e) {
    base::fail("{}: 'table': {}", table.where, e.what());
  }
  const std::string file = table.path.filename().string();
  std::set<std::string> absent;
  std::map<int, std::set<int>> covered;  // criterion → flows
  std::vector<Row> rows = rows_of(text, table.path.string());
  // A row of one flow goes before a row of all flows, wherever they stand.
  std::stable_partition(rows.begin(), rows.end(), [](const Row& r) { return !r.at("flow").ends_with('*'); });
  for (const Row& row : rows) {
    const int criterion = criterion_of(m, row);
    const auto flows = flows_meant(m.inventory, row.at("flow"));
    if (flows.empty()) {
      absent.insert(row.at("flow"));
      continue;
    }
    const int parameter = parameter_of(m, row);
    for (const int flow : flows) {
      const lca::Flow& f = m.inventory.flows[static_cast<std::size_t>(flow)];
      if (f.unit != row.at("flow_unit"))
        base::fail("{}: the flow '{}' is counted in {}, the factor is per {}", row.where, f.id, f.unit,
                   row.at("flow_unit"));
      if (!covered[criterion].insert(flow).second) {
        if (row.at("flow").ends_with('*')) continue;  // the more exact row came first
        base::fail("{}: '{}' has two factors for {}", row.where, f.id, row.at("criterion"));
      }
      lca::add_factor(m.method, {criterion, f.id, base::fixed(1.0), "", {{parameter, 1.0}}});
    }
  }
  if (!absent.empty())
    m.assumptions.push_back(
        fmt::format("{}: flows that this study does not have are without effect: {}", file, fmt::join(absent, ", ")));
  for (const auto& [criterion, flows] : covered) {
    std::vector<std::string> left;
    for (std::size_t i = 0; i < m.inventory.flows.size(); ++i)
      if (const std::string& id = m.inventory.flows[i].id;
          (id.find(':') != std::string::npos || id == "waste") && !flows.contains(static_cast<int>(i)))
        left.push_back(id);
    if (!left.empty())
      m.warnings.push_back(fmt::format("{}: '{}' has no factor in {}; the criterion is too low by it",
                                       m.method.criteria[static_cast<std::size_t>(criterion)].code,
                                       fmt::join(left, "', '"), file));
  }
  m.methods.push_back(fmt::format("{} (sha256 {})", file, base::sha256_of(text).substr(0, 12)));
}

}  // namespace cradle::life
