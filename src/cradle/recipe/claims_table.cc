// From the records of the experiments to claims that are met or not.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/statistics.h"
#include "cradle/base/text.h"
#include "cradle/recipe/bench_statistics.h"
#include "cradle/recipe/claims.h"
#include "cradle/recipe/paired.h"

namespace cradle::recipe {
namespace {

using Records = std::vector<base::Json>;

// Of tickets, "the original's accuracy" is read as: not more than this below it (0.3 points, as of eight bits).
constexpr double kSame = 0.003;

constexpr std::size_t kLeastSeeds = 3;  // below, a verdict is not given

/// The figures of one experiment, by seed.
std::vector<base::Json> figures(const Records& records, const std::string& unit) {
  std::vector<base::Json> found;
  for (const base::Json& record : records)
    if (record.at("unit") == unit) found.push_back(record.at("figures"));
  return found;
}

Difference difference_from(const base::Json& json) {
  const auto number = [&](const char* key) { return base::json_number(json, key, "claim record"); };
  Difference d{{number("value"), number("low"), number("high")}, number("deviation")};
  std::istringstream draws(base::json_string(json, "draws_e5", "claim record"));
  for (double draw; draws >> draw;) d.draws.push_back(1e-5 * draw);
  return d;
}

/// What was found with each seed.
struct BySeed {
  std::vector<Difference> differences;
  std::vector<std::string> mcnemar;  ///< p of classifiers, as text; else empty
};

/// Of all seeds; `pick` finds the difference in the figures of one.
template <class Pick>
BySeed by_seed(const std::vector<base::Json>& all, Pick pick) {
  BySeed found;
  for (const base::Json& one : all) {
    const base::Json json = pick(one);
    found.differences.push_back(difference_from(json));
    if (!json.contains("only_first")) continue;
    const double p = base::mcnemar_p(json.at("only_first").get<long>(), json.at("only_other").get<long>());
    found.mcnemar.push_back(p < 0.001 ? "< 0.001" : fmt::format("{:.2g}", p));
  }
  return found;
}

std::string points(const base::Interval& i) {
  return fmt::format("{:+.2f} points ({:+.2f} to {:+.2f})", 100 * i.value, 100 * i.low, 100 * i.high);
}

std::string times(const base::Interval& i) {
  return fmt::format("{:.2f} times ({:.2f} to {:.2f})", i.value, i.low, i.high);
}

/// Whether the interval lies above a bound.
std::string above(const base::Interval& i, double bound) {
  return i.low >= bound ? "met" : i.high < bound ? "not met" : "undecided";
}

std::string met_within(const base::Interval& i, double bound) {
  const std::string word = within(i, bound);
  return word == "within" ? "met" : word == "outside" ? "not met" : "undecided";
}

Claim not_run(std::string text) { return {std::move(text), "–", "not run", "–"}; }

Claim of_difference(std::string text, const BySeed& found, double bound, bool both_sides) {
  const std::size_t seeds = found.differences.size();
  if (seeds == 0) return not_run(std::move(text));
  const base::Interval i = over_seeds(found.differences);
  std::string verdict = both_sides ? met_within(i, bound) : above(i, bound);
  if (seeds < kLeastSeeds) verdict = "undecided: too few seeds";
  std::string figure = points(i);
  if (!found.mcnemar.empty()) figure += fmt::format("; p {}", fmt::join(found.mcnemar, ", "));
  return {std::move(text), std::move(figure), std::move(verdict),
          fmt::format("{} seed{}", seeds, seeds == 1 ? "" : "s")};
}

void add_tickets(const Records& records, const std::string& net, std::vector<Claim>& claims) {
  const auto all = figures(records, "tickets-" + net);
  const std::string what = net == "mlp" ? "mlp (dense)" : "resnet-small (residual)";
  claims.push_back(of_difference(
      fmt::format(
          "Winning ticket, {}, 20 % of the weights, as many iterations: the original's accuracy (no more than 0.3 "
          "points below)",
          what),
      by_seed(all, [](const base::Json& f) { return f.at("ticket_less_dense"); }), -kSame, false));
  claims.push_back(of_difference(fmt::format("… and above the same mask on new random weights, {}", what),
                                 by_seed(all, [](const base::Json& f) { return f.at("ticket_less_reinitialised"); }), 0,
                                 false));
}

void add_scratch(const Records& records, std::vector<Claim>& claims) {
  const auto all = figures(records, "scratch");
  std::string text =
      "Pruning from scratch, half the MACs, resnet-small: within 0.5 points of the dense net for the same energy";
  double energy = 1;
  if (!all.empty()) {
    double macs = 0;
    energy = 0;
    for (const base::Json& f : all) {
      macs += f.at("macs_share").get<double>() / static_cast<double>(all.size());
      energy += f.at("joules").at("dense").get<double>() / f.at("joules").at("pruned").get<double>() /
                static_cast<double>(all.size());
    }
    text += fmt::format(" ({:.0f} % of the MACs; the dense net had {:.2f} times the energy)", 100 * macs, energy);
  }
  Claim claim =
      of_difference(text, by_seed(all, [](const base::Json& f) { return f.at("pruned_less_dense"); }), 0.005, true);
  // Beyond a tenth the premise does not hold, whatever the difference is (assumed).
  if (std::abs(energy - 1) > 0.1) claim.verdict = "undecided: not the same energy";
  claims.push_back(std::move(claim));
}

void add_low_rank(const Records& records, const std::string& net, std::vector<Claim>& claims) {
  const auto all = figures(records, "low-rank-" + net);
  for (const double factor : {2.0, 3.0, 5.0}) {
    const auto pick = [&](const base::Json& f) {
      for (const base::Json& one : f.at("factors"))
        if (one.at("factor") == factor) return one.at("less_control");
      base::fail("a record of low rank lacks the factor {}", factor);
    };
    Claim claim = of_difference(
        fmt::format("Low rank, {} times fewer parameters, {}: within 0.3 points of the equal-budget control", factor,
                    net),
        by_seed(all, pick), kSame, true);
    if (factor == 5 && claim.verdict != "not run") claim.verdict = "reported: " + claim.verdict;
    claims.push_back(std::move(claim));
  }
}

std::optional<Ratio> times_faster(const base::Json& figures, const char* name, const char* against) {
  const base::Json& all = figures.at("median_s");
  if (!all.contains(name) || !all.contains(against)) return {};
  const std::vector<double> slow = all.at(against), fast = all.at(name);
  if (slow.size() != fast.size())
    base::fail("the record of speed has not as many rounds of {} as of {}", name, against);
  return paired_ratio(fast, slow);
}

void add_speed(const Records& records, std::vector<Claim>& claims) {
  struct Wanted {
    const char *name, *against, *text;
    double times;
  };
  const auto all = figures(records, "speed");
  for (const Wanted& w :
       {Wanted{"int8", "fp32", "INT8, ResNet-18, ONNX Runtime, one thread: at least 3.0 times faster than FP32", 3.0},
        {"onednn-int8", "onednn-fp32", "INT8, ResNet-18, oneDNN: at least 3.5 times faster than FP32", 3.5},
        {"onednn-bf16", "onednn-fp32", "BF16, ResNet-18, oneDNN: at least 1.8 times faster than FP32", 1.8},
        {"lowrank-2", "fp32", "Low rank, half the parameters, ResNet-18: at least 1.5 times faster", 1.5},
        {"half-int8", "fp32", "Half the channels and INT8, ResNet-18: at least 7 times faster than FP32 at full width",
         7.0}}) {
    const auto found = all.empty() ? std::nullopt : times_faster(all[0], w.name, w.against);
    if (!found)
      claims.push_back(not_run(w.text));
    else
      claims.push_back({w.text, times(found->value), above(found->value, w.times),
                        fmt::format("{} rounds", all[0].at("rounds").get<int>())});
  }
}

void add_recommended(const Records& records, std::vector<Claim>& claims) {
  const auto all = figures(records, "recommended");
  const std::string text = "INT8: never a model recommended that is slower, when measured again";
  if (all.empty()) return claims.push_back(not_run(text));
  int nets = 0, recommended = 0;
  double most = 0;
  bool slower = false, sure = true;
  for (const base::Json& net : all[0].at("nets")) {
    ++nets;
    if (!net.at("recommended").get<bool>()) continue;
    ++recommended;
    most = std::max(most, net.at("again").at("value").get<double>());
    slower = slower || net.at("again").at("low").get<double>() > 1;
    sure = sure && net.at("again").at("high").get<double>() < 1;
  }
  claims.push_back({text,
                    recommended == 0
                        ? fmt::format("none of {} nets is recommended", nets)
                        : fmt::format("{} of {} nets are recommended; of those the slowest takes {:.2f} of "
                                      "the time in floats",
                                      recommended, nets, most),
                    slower ? "not met"
                    : sure ? "met"
                           : "undecided",
                    fmt::format("{} nets", nets)});
}

/// By `cradle run` around a PyTorch script on a machine with an NVIDIA GPU (bench/gpu/precision.py): no experiment of
/// this program, so its record is written by whoever has such a machine.
void add_gpu(const Records& records, std::vector<Claim>& claims) {
  const auto all = figures(records, "fp16-gpu");
  const std::string text =
      "FP16 on an NVIDIA GPU, by batch size, against FP32 and against TF32 (seed: up to 1.7 times)";
  if (all.empty()) {
    claims.push_back({text, "not measured here", "not run", "–"});
    return;
  }
  std::map<int, std::map<std::string, double>> by_batch;  // of several runs the mean
  std::map<std::pair<int, std::string>, int> runs;
  for (const base::Json& cell : all[0].at("cells")) {
    const int batch = cell.at("batch").get<int>();
    const std::string precision = cell.at("precision").get<std::string>();
    double& speed = by_batch[batch][precision];
    const int n = ++runs[{batch, precision}];
    speed += (cell.at("images_per_s").get<double>() - speed) / n;
  }
  int most = 0;
  for (const auto& [cell, n] : runs) most = std::max(most, n);
  std::vector<std::string> ratios;
  for (auto& [batch, speed] : by_batch)
    ratios.push_back(fmt::format("batch {}: {:.1f} and {:.1f} times", batch, speed["fp16"] / speed["fp32"],
                                 speed["fp16"] / speed["tf32"]));
  claims.push_back({fmt::format("{}; {}", text, all[0].at("gpu").get<std::string>()),
                    fmt::format("{}", fmt::join(ratios, ", ")), "reported",
                    fmt::format("{} of each", most == 1 ? "1 run" : fmt::format("{} runs", most))});
}

}  // namespace

namespace {

std::vector<Claim> all_claims(const Records& records) {
  std::vector<Claim> claims;
  add_tickets(records, "mlp", claims);
  add_tickets(records, "resnet", claims);
  add_scratch(records, claims);
  for (const char* task : {"classification", "detection", "segmentation"})
    claims.push_back(of_difference(fmt::format("INT8 after training, {}: within 0.3 points", task),
                                   by_seed(figures(records, std::string("int8-") + task),
                                           [](const base::Json& f) { return f.at("int8_less_fp32"); }),
                                   kSame, true));
  for (const char* net : {"lenet5", "mlp"}) add_low_rank(records, net, claims);
  add_speed(records, claims);
  add_recommended(records, claims);
  add_gpu(records, claims);
  return claims;
}

}  // namespace

std::vector<Claim> claims_of(const Records& records) {
  try {
    std::vector<Claim> claims = all_claims(records);
    const bool quick = std::any_of(records.begin(), records.end(),
                                   [](const base::Json& record) { return record.value("quick", false); });
    for (Claim& claim : claims)
      if (quick && claim.verdict != "not run") claim.verdict = "quick: proves nothing";
    return claims;
  } catch (const nlohmann::json::exception& error) {
    base::fail("a record of the claims is damaged: {}", error.what());
  }
}

std::string claims_table(const std::vector<Claim>& claims) {
  std::string text = "| claim | found (90 % interval) | of | |\n|---|---|---|---|\n";
  for (const Claim& c : claims) text += fmt::format("| {} | {} | {} | {} |\n", c.text, c.found, c.basis, c.verdict);
  return text;
}

}  // namespace cradle::recipe
