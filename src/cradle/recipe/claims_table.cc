// From the records of the experiments to claims that are met or not.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/claims.h"
#include "cradle/recipe/paired.h"

namespace cradle::recipe {
namespace {

using Records = std::vector<base::Json>;

// Of tickets, "the original's accuracy" is read as: not more than this below it (0.3 points, as of eight bits).
constexpr double kSame = 0.003;

/// The figures of one experiment, by seed.
std::vector<base::Json> figures(const Records& records, const std::string& unit) {
  std::vector<base::Json> found;
  for (const base::Json& record : records)
    if (record.at("unit") == unit) found.push_back(record.at("figures"));
  return found;
}

Difference difference_from(const base::Json& json) {
  const auto number = [&](const char* key) { return base::json_number(json, key, "claim record"); };
  return {{number("value"), number("low"), number("high")}, number("deviation")};
}

/// Differences of all seeds; `pick` finds one in the figures of a seed.
template <class Pick>
std::vector<Difference> differences(const std::vector<base::Json>& all, Pick pick) {
  std::vector<Difference> found;
  for (const base::Json& one : all) found.push_back(difference_from(pick(one)));
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

Claim of_difference(std::string text, const std::vector<Difference>& found, double bound, bool both_sides) {
  if (found.empty()) return not_run(std::move(text));
  const base::Interval i = over_seeds(found);
  return {std::move(text), points(i), both_sides ? met_within(i, bound) : above(i, bound),
          fmt::format("{} seeds", found.size())};
}

void add_tickets(const Records& records, const std::string& net, std::vector<Claim>& claims) {
  const auto all = figures(records, "tickets-" + net);
  const std::string what = net == "mlp" ? "mlp (dense)" : "resnet-small (residual)";
  claims.push_back(of_difference(
      fmt::format(
          "Winning ticket, {}, 20 % of the weights, as many iterations: the original's accuracy (no more than 0.3 "
          "points below)",
          what),
      differences(all, [](const base::Json& f) { return f.at("ticket_less_dense"); }), -kSame, false));
  claims.push_back(
      of_difference(fmt::format("… and above the same mask on new random weights, {}", what),
                    differences(all, [](const base::Json& f) { return f.at("ticket_less_reinitialised"); }), 0, false));
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
      of_difference(text, differences(all, [](const base::Json& f) { return f.at("pruned_less_dense"); }), 0.005, true);
  // Beyond a tenth the premise does not hold, whatever the difference is (assumed).
  if (std::abs(energy - 1) > 0.1) claim.verdict = "undecided: not the same energy";
  claims.push_back(std::move(claim));
}

void add_low_rank(const Records& records, std::vector<Claim>& claims) {
  const auto all = figures(records, "low-rank");
  for (const double factor : {2.0, 3.0, 5.0}) {
    const auto pick = [&](const base::Json& f) {
      for (const base::Json& one : f.at("factors"))
        if (one.at("factor") == factor) return one.at("less_control");
      base::fail("a record of low rank lacks the factor {}", factor);
    };
    Claim claim = of_difference(
        fmt::format("Low rank, {} times fewer parameters, lenet5: within 0.3 points of the equal-budget control",
                    factor),
        differences(all, pick), kSame, true);
    if (factor == 5 && claim.verdict != "not run") claim.verdict = "reported: " + claim.verdict;
    claims.push_back(std::move(claim));
  }
}

void add_speed(const Records& records, std::vector<Claim>& claims) {
  struct Wanted {
    const char *name, *text;
    double times;
  };
  const auto all = figures(records, "speed");
  for (const Wanted& w :
       {Wanted{"int8", "INT8, ResNet-18, ONNX Runtime, one thread: at least 3.0 times faster than FP32", 3.0},
        {"onednn-int8", "INT8, ResNet-18, oneDNN: at least 3.5 times faster than FP32", 3.5},
        {"onednn-bf16", "BF16, ResNet-18, oneDNN: at least 1.8 times faster than FP32", 1.8},
        {"lowrank-2", "Low rank, half the parameters, ResNet-18: at least 1.5 times faster", 1.5},
        {"half-int8", "Half the channels and INT8, ResNet-18: at least 7 times faster than FP32 at full width", 7.0}}) {
    const base::Json found = all.empty() ? base::Json() : all[0].at("times_faster").value(w.name, base::Json());
    if (!found.is_object()) {
      claims.push_back(not_run(w.text));
      continue;
    }
    const base::Interval i{found.at("value"), found.at("low"), found.at("high")};
    claims.push_back({w.text, times(i), above(i, w.times), fmt::format("{} rounds", all[0].at("rounds").get<int>())});
  }
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
  std::map<int, std::map<std::string, double>> by_batch;
  for (const base::Json& cell : all[0].at("cells"))
    by_batch[cell.at("batch").get<int>()][cell.at("precision").get<std::string>()] =
        cell.at("images_per_s").get<double>();
  std::vector<std::string> ratios;
  for (auto& [batch, speed] : by_batch)
    ratios.push_back(fmt::format("batch {}: {:.1f} and {:.1f} times", batch, speed["fp16"] / speed["fp32"],
                                 speed["fp16"] / speed["tf32"]));
  claims.push_back({fmt::format("{}; {}", text, all[0].at("gpu").get<std::string>()),
                    fmt::format("{}", fmt::join(ratios, ", ")), "reported", "1 run"});
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
                                   differences(figures(records, std::string("int8-") + task),
                                               [](const base::Json& f) { return f.at("int8_less_fp32"); }),
                                   kSame, true));
  add_low_rank(records, claims);
  add_speed(records, claims);
  add_gpu(records, claims);
  return claims;
}

}  // namespace

std::vector<Claim> claims_of(const Records& records) {
  try {
    return all_claims(records);
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
