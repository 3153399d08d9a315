// What a study's cited records say.
#include "cradle/life/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/text.h"

namespace cradle::life {
namespace {

record::RunRecord read_cited(Builder& b, const Cited& cited) {
  try {
    record::RunRecord record = record::read_record(cited.path);
    if (record.exit_code != 0)
      b.warn(fmt::format("{}: run '{}' ended with exit code {}", cited.where, record.name, record.exit_code));
    if (!record.complete)
      b.warn(fmt::format("{}: run '{}' was rebuilt from a journal without an end; it is too low by what followed",
                         cited.where, record.name));
    if (!(record.billed.j.value > 0))
      base::fail("'{}' holds no energy (billed {} J); was the run too short?", cited.path.string(),
                 record.billed.j.value);
    b.model().records.push_back(record);
    b.model().bases.insert(record::basis_text(record));
    return record;
  } catch (const base::Error& e) {
    base::fail("{}: 'run': {}", cited.where, e.what());
  }
}

/// The meter's relative error as a parameter that all records of one machine and basis share: two figures of the same
/// model of the same machine err together, so their ratio does not.
lca::Term meter_error(Builder& b, const record::RunRecord& r) {
  const double low = r.billed.j.low / r.billed.j.value, high = r.billed.j.high / r.billed.j.value;
  const auto d = low > 0 ? base::lognormal_from_range(std::min(low, 1.0), 1.0, std::max(high, 1.0))
                         : base::triangular(std::min(low, 1.0), 1.0, std::max(high, 1.0));
  const std::string basis = record::basis_text(r);
  const int parameter =
      b.input(fmt::format("meter:{}:{}", r.machine.host_id, basis),
              fmt::format("error of the energy meter ({}), {}", basis, r.machine.cpu), d, "1",
              record::is_modelled(r) ? "modelled" : "measured", fmt::format("interval of run {}", r.id));
  return {parameter, 1.0};
}

void check_quality(Builder& b, const record::RunRecord& r) {
  const auto& demand = b.study().quality;
  if (!demand) return;
  if (!r.quality) {
    b.warn(fmt::format("run '{}' states no quality; the study asks for {} >= {}", r.name, demand->metric,
                       demand->at_least));
  } else if (base::lower(r.quality->metric) != base::lower(demand->metric)) {
    b.warn(fmt::format("run '{}' states {}, the study asks for {}", r.name, r.quality->metric, demand->metric));
  } else if (r.quality->value.value < demand->at_least) {
    b.warn(fmt::format("run '{}' misses the stated quality: {} {} is below {}", r.name, demand->metric,
                       base::format_number(r.quality->value.value), demand->at_least));
  }
}

}  // namespace

Evidence sum_of_runs(Builder& b, const std::vector<Cited>& runs, const std::string& activity) {
  /// The runs of one machine and basis: they err together.
  struct Group {
    lca::Term meter;
    double joules = 0;
    int runs = 0;
    std::string status, id, file;  // of the last run
  };
  Evidence sum;
  std::vector<Group> groups;
  for (const Cited& cited : runs) {
    const record::RunRecord r = read_cited(b, cited);
    sum.seconds += r.duration_s;
    sum.bases.insert(record::basis_text(r));
    const lca::Term meter = meter_error(b, r);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return g.meter.parameter == meter.parameter; });
    if (group == groups.end()) group = groups.insert(group, Group{meter, 0, 0, {}, {}, {}});
    group->joules += r.billed.j.value;
    ++group->runs;
    group->status = record::is_modelled(r) ? "modelled" : "measured";
    group->id = r.id;
    group->file = cited.path.filename().string();
  }
  for (const Group& g : groups) {
    // The figure itself is the parameter, so that explain shows it with its source.
    const int energy =
        b.input(fmt::format("energy:{}:{}", activity, g.id), fmt::format("energy of {} at the computer", activity),
                base::fixed(g.joules), "J", g.status, fmt::format("{} run record(s), last {}", g.runs, g.file));
    sum.energy.push_back({1.0, {g.meter, {energy, 1.0}}});
  }
  return sum;
}

Evidence mean_per_image(Builder& b, const std::vector<Cited>& runs) {
  std::vector<double> joules, seconds;
  lca::Term meter{-1, 1.0};
  std::string ids, status, first_id;
  for (const Cited& cited : runs) {
    const record::RunRecord r = read_cited(b, cited);
    if (!r.work || r.work->unit != "image" || !(r.work->amount > 0))
      base::fail("{}: 'run': {} does not say how many images it worked on; make it with cradle bench", cited.where,
                 cited.path.string());
    const bool windowed =
        std::any_of(r.marks.begin(), r.marks.end(), [](const auto& m) { return m.name == "window-begin"; });
    const record::Window w =
        windowed ? record::between(r, "window-begin", "window-end") : record::Window{r.billed.j.value, r.duration_s};
    if (!(w.j > 0 && w.s > 0))
      base::fail("{}: 'run': {} has {} J in {} s between window-begin and window-end; was the window too short?",
                 cited.where, cited.path.string(), w.j, w.s);
    joules.push_back(w.j / r.work->amount);
    seconds.push_back(w.s / r.work->amount);
    if (meter.parameter < 0) meter = meter_error(b, r);
    if (first_id.empty()) first_id = r.id;
    status = record::is_modelled(r) ? "modelled" : "measured";
    check_quality(b, r);
  }
  Evidence mean;
  const double j = base::mean_of(joules);
  const int energy = b.input("energy-per-image:" + first_id, "energy per image at the computer", base::fixed(j), "J",
                             status, fmt::format("mean of {} run record(s), first {}", runs.size(), first_id));
  mean.energy = {{1.0, {{energy, 1.0}, meter}}};
  mean.seconds = base::mean_of(seconds);
  if (runs.size() < 2) {
    b.assume("use: one measurement only, so the spread between repeats is unknown and not in the interval");
    return mean;
  }
  // Doubt of a mean of few repeats: Student's t, written as a normal that is wider by t95/z95.
  const double n = static_cast<double>(runs.size());
  const double relative = base::standard_deviation_of(joules) / (j * std::sqrt(n)) *
                          base::student_t95(static_cast<int>(runs.size()) - 1) / base::normal_quantile(0.95);
  const int spread = b.input("repeats:" + first_id, fmt::format("spread of {} repeats", runs.size()),
                             base::normal(1.0, relative), "1", status, "standard error of the mean, Student's t");
  mean.energy[0].terms.push_back({spread, 1.0});
  mean.time_terms.push_back({spread, 1.0});  // a slower repeat takes longer and more energy at once
  return mean;
}

}  // namespace cradle::life
