// What 10,000 samples of a life cost, beside the floor: the same draws, bare, and one multiply-add per exchange.
//   build/bench/cradle_bench_lca [samples]
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/base/statistics.h"
#include "cradle/lca/sample.h"
#include "cradle/lca/sample_plan.h"
#include "cradle/lca/sobol.h"

namespace {

using namespace cradle;
using namespace cradle::lca;

double cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds of CPU per call, least and median of several: other programs disturb upwards only.
struct Cost {
  double least = 0, median = 0;
};
Cost cost_of(const std::function<void()>& call, int repeats = 15) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const double before = cpu_s();
    call();
    times.push_back(cpu_s() - before);
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2]};
}

struct Size {
  int parameters = 100;
  int processes = 80;
  int criteria = 8;
  int probes = 7;  ///< the functional unit and six phases
};

/// A life cycle as room `study` makes them: a functional unit, phases, then activities and supplies without loops;
/// amounts are fixed and multiplied by one to three shared uncertain parameters, and each criterion has a flow of its
/// own that about half of the processes cause.
System life(const Size& size) {
  base::Stream r(1, base::stable_id("lca_bench"));
  const auto below = [&r](int n) { return static_cast<int>(r.below(static_cast<std::uint64_t>(n))); };
  const auto figure = [&](int i) {
    const double x = 0.5 + r.uniform();
    if (i % 10 == 0) return base::uniform_between(0.8 * x, 1.2 * x);
    if (i % 10 < 3) return base::normal(x, 0.1 * x);
    if (i % 10 < 6) return base::triangular(0.5 * x, x, 2 * x);
    return base::lognormal_from_range(x / 2, x, x * 2);
  };
  Inventory inventory;
  for (int i = 0; i < size.parameters; ++i)
    add_parameter(inventory, {.id = fmt::format("p{}", i), .name = "", .distribution = figure(i), .unit = ""});
  int next = 0;  // every parameter is used before any is used twice
  const auto parameter = [&] { return next < size.parameters ? next++ : below(size.parameters); };
  const auto terms = [&] {
    std::vector<Term> list = {{parameter(), 1.0}};
    if (r.uniform() < 0.5) list.push_back({parameter(), -1.0});
    if (r.uniform() < 0.2) list.push_back({parameter(), 1.0});
    return list;
  };
  for (int i = 0; i < size.processes; ++i)
    add_process(inventory, {.id = fmt::format("a{}", i), .name = "", .unit = ""});
  for (int k = 0; k < size.criteria; ++k) add_flow(inventory, {fmt::format("f{}", k), "", ""});
  for (int i = 1; i < size.processes; ++i) {
    const bool phase = i < size.probes;
    for (int e = 0; e < (phase ? 1 : 3); ++e)
      add_input(inventory, {fmt::format("in{}.{}", i, e), phase ? 0 : below(i - 1) + 1, i,
                            base::fixed(0.2 + r.uniform()), phase ? std::vector<Term>{} : terms()});
    for (int k = 0; k < size.criteria && !phase; ++k)
      if (r.uniform() < 0.5)
        add_output_to_nature(inventory, {fmt::format("out{}.{}", i, k), i, k, base::fixed(0.1 + r.uniform()), terms()});
  }
  Method method;
  for (int k = 0; k < size.criteria; ++k)
    add_factor(method,
               {add_criterion(method, {fmt::format("K{}", k), "", ""}), fmt::format("f{}", k), base::fixed(1), "", {}});
  return compile(std::move(inventory), std::move(method));
}

/// FNV-1a of the bits: the same number before and after a change says that no score moved.
std::uint64_t fingerprint(const std::vector<double>& values) {
  return base::stable_id({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
}

/// The draws that a plan needs, and nothing else.
double draw_all(const SamplePlan& plan, int n, std::vector<double>& out) {
  double sum = 0.0;
  for (const Draw& draw : plan.draws) {
    base::draws(*draw.distribution, 1, draw.key, 0, std::span(out).first(static_cast<std::size_t>(n)));
    sum += out[0];
  }
  return sum;
}

/// One multiply-add per exchange and sample, on numbers that lie in the first cache.
double multiply_add(std::size_t exchanges, int n) {
  constexpr int kLanes = 256;
  static double a[kLanes], x[kLanes], sum[kLanes];
  for (int i = 0; i < kLanes; ++i) a[i] = x[i] = 1.0 / (1 + i);
  for (int first = 0; first < n; first += kLanes)
    for (std::size_t e = 0; e < exchanges; ++e) {
      for (int i = 0; i < kLanes; ++i) sum[i] += a[i] * x[i];
      x[e % kLanes] += 1e-9;
    }
  return sum[0];
}

}  // namespace

int main(int argc, char** argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 10000;
  const Size size;
  const System system = life(size);
  std::vector<int> probes;
  for (int i = 0; i < size.probes; ++i) probes.push_back(i);
  const SamplePlan plan = plan_samples(system, probes);
  const std::size_t exchanges = system.columns.other.size() + system.inventory.outputs_to_nature.size();
  fmt::print(
      "{} uncertain parameters, {} processes, {} exchanges, {} criteria, {} probes, {} samples\n"
      "plan: {} slots, {} powers, {} products, {} sums of {} terms and {} pairs\n",
      plan.draws.size(), size.processes, exchanges, size.criteria, probes.size(), n, plan.slots, plan.powers.size(),
      plan.products.size(), plan.sums.size(), plan.terms.size(), plan.pairs.size());

  volatile double sink = 0.0;
  std::vector<double> room(static_cast<std::size_t>(n));
  const Cost draws = cost_of([&] { sink = sink + draw_all(plan, n, room); });
  const Cost adds = cost_of([&] { sink = sink + multiply_add(exchanges, n); });
  Samples samples;
  const Cost sampling = cost_of([&] { samples = sample(system, probes, n, 1); });
  const double floor = draws.least + adds.least;
  const double pairs = static_cast<double>(plan.draws.size()) * n;
  const auto line = [&](const char* what, const Cost& c) {
    fmt::print("{:<36}{:8.2f} ms  (median {:.2f})  {:6.2f} ns per figure and sample\n", what, 1e3 * c.least,
               1e3 * c.median, 1e9 * c.least / pairs);
  };
  line("floor: the draws", draws);
  line("floor: a multiply-add per exchange", adds);
  line("sample()", sampling);
  fmt::print("scores of the last sample: {:.17g} {:.17g}\n", samples.of(0, 0).back(), samples.of(6, 7).back());
  fmt::print("sample() / floor: {:.2f}; scores' fingerprint {:016x}\n", sampling.least / floor,
             fingerprint(samples.scores));

  constexpr int kRows = 1000;
  Sobol indices;
  const Cost sobols = cost_of([&] { indices = sobol(system, {{0, 1.0}}, kRows, 1, {.most = 100}); }, 5);
  fmt::print("sobol(): {} figures, {} criteria, {} rows, {} solves: {:.0f} ms, {:.0f} ns a solve with all\n",
             indices.figures.size(), size.criteria, kRows, indices.solves, 1e3 * sobols.least,
             1e9 * sobols.least / static_cast<double>(indices.solves));
  return 0;
}
