// `cradle data reconcile`: the model of hardware beside what makers and studies publish.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/data_command.h"
#include "cradle/life/reconcile.h"

namespace cradle::cli {
namespace {

void print_json(const std::vector<life::Reconciled>& rows) {
  base::Json list = base::Json::array();
  for (const life::Reconciled& r : rows) {
    base::Json item{{"product", r.product}, {"who", r.who}, {"boundary", r.boundary}, {"published_kg", r.published}};
    if (r.modelled)
      item["modelled_kg"] = {{"value", r.modelled->value}, {"p5", r.modelled->p5}, {"p95", r.modelled->p95}};
    if (r.used) item["used_kg"] = *r.used;
    list.push_back(std::move(item));
  }
  fmt::print("{}\n", base::dump_json(list));
}

std::string published_text(const life::Reconciled& r) {
  const std::string value = base::format_number(r.published);
  return r.published_high > 0 ? fmt::format("{} ({}–{})", value, base::format_number(r.published_low),
                                            base::format_number(r.published_high))
                              : value;
}

void print_table(const std::vector<life::Reconciled>& rows, bool markdown) {
  base::Table table({"product", "who says", "published kg", "model kg (P5–P95)", "model/published", "used kg"});
  for (const life::Reconciled& r : rows)
    table.row({r.product, r.who, published_text(r),
               r.modelled ? fmt::format("{} ({}–{})", base::format_number(r.modelled->value),
                                        base::format_number(r.modelled->p5, 2), base::format_number(r.modelled->p95, 2))
                          : "–",
               r.modelled ? base::format_number(r.modelled->value / r.published, 2) : "–",
               r.used ? base::format_number(*r.used) : "–"});
  fmt::print("{}", markdown ? table.markdown() : table.text());
}

}  // namespace

void add_reconcile_command(CLI::App& data) {
  struct Arguments {
    bool json = false, markdown = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = data.add_subcommand(
      "reconcile", "Published footprints of hardware beside the model's: die, memory and parts; and what a study uses");
  command->add_flag("--json", a->json, "Print JSON, with the boundary of each figure");
  command->add_flag("--markdown", a->markdown, "Print a Markdown table");
  command->callback([a] {
    const auto rows = life::reconcile(catalog::built_in());
    if (a->json) return print_json(rows);
    print_table(rows, a->markdown);
    fmt::print(stderr,
               "\nboundaries differ: `--json` has each; a product without a model has no die area or no parts in the "
               "catalogue\n");
  });
}

}  // namespace cradle::cli
