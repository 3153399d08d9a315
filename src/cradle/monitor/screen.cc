// A table of base::Table and a few sentences.
#include "cradle/monitor/screen.h"

#include <fmt/format.h>

#include "cradle/base/json.h"
#include "cradle/base/text.h"

namespace cradle::monitor {
namespace {

constexpr std::size_t kEventsShown = 3;

}  // namespace

std::string screen_of(const Look& look, const std::optional<record::GridFactor>& factor) {
  base::Table table({"part", "now", "energy (nine cases in ten)", "basis", "covered"});
  for (const PartNow& part : look.parts)
    table.row({part.start.part, base::format_watts(part.w), base::format_interval(part.j, "J"),
               std::string(name_of(part.basis)), fmt::format("{:.0f} %", part.coverage * 100)});
  if (look.parts.size() > 1)
    table.row({"total", base::format_watts(look.total_w), base::format_interval(look.total_j, "J"), "", ""});
  std::string text = table.text();
  if (look.parts.empty()) text += "no part can be read or modelled: `cradle doctor` says why\n";
  text += fmt::format("for {}; the watch itself took {} of CPU", base::format_seconds(look.t_s),
                      base::format_seconds(look.self.cpu_s));
  if (factor) {
    const record::Emissions e = record::emissions_of(look.total_j, *factor);
    text +=
        fmt::format("; {} at {} gCO2e/kWh, {} {}",
                    base::format_interval({e.co2e_g.value / 1000, e.co2e_g.low / 1000, e.co2e_g.high / 1000}, "kgCO2e"),
                    base::format_number(e.factor_kg_per_kwh * 1000), e.factor_place, e.factor_year);
  }
  text += "\n";
  const std::size_t first = look.events.size() > kEventsShown ? look.events.size() - kEventsShown : 0;
  for (std::size_t i = first; i < look.events.size(); ++i)
    text += fmt::format("{} {}: {}\n", look.events[i].kind, look.events[i].part, look.events[i].detail);
  return text;
}

base::Json json_of(const Look& look) {
  base::Json json{{"t_s", look.t_s}, {"total_w", look.total_w}, {"parts", base::Json::array()}};
  for (const PartNow& part : look.parts)
    json["parts"].push_back(base::Json{{"part", part.start.part},
                                       {"kind", part.start.kind},
                                       {"basis", name_of(part.basis)},
                                       {"w", part.w},
                                       {"j", part.j.value},
                                       {"low", part.j.low},
                                       {"high", part.j.high},
                                       {"coverage", part.coverage}});
  return json;
}

}  // namespace cradle::monitor
