// What is spent, plus draws of what is left: training, stages and the number of epochs, each with its own spread.
#include "cradle/forecast/forecast.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"
#include "cradle/forecast/early_stop.h"
#include "cradle/forecast/outlook.h"

namespace cradle::forecast {
namespace {

constexpr int kDraws = 400;  // P10 and P90 of 400 draws lie within 2 % of probability of the true ones
constexpr std::uint64_t kSeed = 3;
constexpr std::size_t kMostBlocks = 24;
constexpr double kLeastBlocks = 1e-9;
constexpr double kQuantile90 = 1.2815515655446004;  // normal_quantile(0.9)
// Assumed: what follows the last epoch (a model written, an interpreter that ends) takes half a per cent of the run.
constexpr double kTailShare = 0.005;
// Assumed: with a patience but no greatest number of epochs a run lasts at most so many times as long as it must.
constexpr double kMostOverPatience = 20;
constexpr double kMostEpochs = 1e9;  // what an announcement or a number can hold (mark_name.h)

/// A piece of work: an epoch, some steps, a stage.
struct Unit {
  double work = 1;
  Amount cost;
};

/// Seconds per unit of work and watts, of one stage.
struct Rate {
  Outlook seconds;
  Outlook watts;
  double work_per_block = 1;
};

/// Joins neighbours from the end into at most 24 blocks: noise that lasts for many units then shows in their spread.
std::vector<Unit> blocks_of(std::span<const Unit> units) {
  const std::size_t size = (units.size() + kMostBlocks - 1) / kMostBlocks;
  const std::size_t rest = units.size() % size;
  std::vector<Unit> blocks;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (blocks.empty() || (i >= rest && (i - rest) % size == 0)) blocks.push_back({0, {}});
    blocks.back().work += units[i].work;
    blocks.back().cost.s += units[i].cost.s;
    blocks.back().cost.j += units[i].cost.j;
  }
  return blocks;
}

std::size_t warm_up_of(const std::vector<Unit>& units) {
  std::vector<double> seconds;
  for (const Unit& unit : units) seconds.push_back(unit.cost.s / unit.work);
  return warm_up(seconds);
}

Rate rate_of(const std::vector<Unit>& units) {
  const std::size_t warm = warm_up_of(units);
  const std::vector<Unit> blocks = blocks_of(std::span(units).subspan(warm));
  std::vector<double> seconds, watts;
  Rate rate;
  rate.work_per_block = 0;
  for (const Unit& block : blocks) {
    seconds.push_back(block.cost.s / block.work);
    watts.push_back(block.cost.s > 0 ? block.cost.j / block.cost.s : 0);
    rate.work_per_block += block.work / static_cast<double>(blocks.size());
  }
  rate.seconds = outlook_of(seconds, warm == 0);
  rate.watts = outlook_of(watts, false);
  return rate;
}

/// What one kind of work will still take. One stream each, so that the draws of one do not shift those of another.
class Work {
 public:
  Work(const std::vector<Unit>& units, std::string_view name)
      : rate_(rate_of(units)), stream_(kSeed, base::stable_id(name)) {}

  /// A draw for `open` units of work of which `elapsed` seconds have passed, and `later` ones that have not begun.
  Amount draw(double open, double elapsed, double later) {
    const double blocks = std::max((open + later) / rate_.work_per_block, kLeastBlocks);
    const double s = draw_mean(rate_.seconds, blocks, &stream_);
    const double watts = draw_mean(rate_.watts, blocks, &stream_);
    const double left = std::max(0.0, s * open - elapsed) + s * later;
    return {left, left * watts};
  }

 private:
  Rate rate_;
  base::Stream stream_;
};

/// Training as units: whole epochs when two or more show themselves free of warm-up, else the steps there are.
struct Training {
  std::vector<Unit> units;
  bool by_step = false;         ///< work is counted in steps, else in epochs
  std::vector<double> lengths;  ///< steps of each epoch known so far, by_step only
};

Training training_of(const Timeline& t) {
  Training training;
  const auto has_steps = [](const Epoch& e) { return e.steps > 0; };
  const bool any_steps = !t.ended.empty() ? std::all_of(t.ended.begin(), t.ended.end(), has_steps)
                                          : t.open && t.open->steps > 0 && !t.open->chunks.empty();
  training.by_step = any_steps;
  std::vector<Unit> epochs;
  for (const Epoch& e : t.ended) epochs.push_back({any_steps ? e.steps : 1, e.cost});
  if (any_steps) {
    for (const Epoch& e : t.ended) training.lengths.push_back(e.steps);
    if (t.open && t.open->steps > 0) training.lengths.push_back(t.open->steps);
  }
  if (!any_steps || (epochs.size() >= 2 && epochs.size() - warm_up_of(epochs) >= 2)) {
    training.units = std::move(epochs);
    return training;
  }
  for (const Epoch& e : t.ended)
    for (const Chunk& chunk : e.chunks) training.units.push_back({chunk.steps, chunk.cost});
  if (t.open)
    for (const Chunk& chunk : t.open->chunks) training.units.push_back({chunk.steps, chunk.cost});
  return training;
}

/// Steps of the epochs to come: exactly as before where they never differed.
class Lengths {
 public:
  explicit Lengths(const std::vector<double>& lengths) : stream_(kSeed, base::stable_id("length")) {
    if (lengths.empty()) return;
    const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
    constant_ = *least == *most;
    outlook_ = outlook_of(lengths, false);
  }
  double draw(double epochs) { return constant_ ? outlook_.level : draw_mean(outlook_, epochs, &stream_); }

 private:
  bool constant_ = true;
  Outlook outlook_{.level = 1};
  base::Stream stream_;
};

/// How often a stage will come again until `last`, the number of the last epoch: at its mean distance so far.
int occurrences_left(const Stage& stage, int last, int cycle) {
  std::vector<int> cycles;
  for (const int c : stage.cycles)
    if (c >= 1) cycles.push_back(c);  // a trial before the first epoch is no guide to those after
  if (cycles.empty()) return 0;
  const int first = cycles.front(), newest = cycles.back();
  const auto n = static_cast<double>(cycles.size());
  const double gap = newest > first ? (newest - first) / (n - 1) : n > 1 ? first / n : first;
  const int from = std::max(newest, cycle - static_cast<int>(std::ceil(gap)));
  // The pause between two epochs does not follow the last one.
  return std::max(0, static_cast<int>(std::floor((last - (stage.name.empty() ? 1 : 0) - from) / gap + 1e-9)));
}

/// The number of the last epoch, one draw at a time.
class Horizon {
 public:
  explicit Horizon(const Timeline& t) : stream_(kSeed, base::stable_id("epochs")) {
    done_ = t.ended.empty() ? 0 : t.ended.back().number;
    const bool stops = t.plan.patience > 0 && !t.metric.empty();
    const double enough = std::min(kMostEpochs, kMostOverPatience * (static_cast<double>(done_) + t.plan.patience));
    most_ = t.plan.epochs > 0 ? t.plan.epochs : stops ? static_cast<int>(enough) : 0;
    if (stops && !t.finished && most_ > done_) stop_.emplace(t.metric, t.plan.patience, most_ - done_);
  }
  bool known() const { return most_ > 0; }
  int draw() { return stop_ ? done_ + stop_->draw(&stream_) : std::max(most_, done_); }

 private:
  int done_ = 0;
  int most_ = 0;
  std::optional<EarlyStop> stop_;
  base::Stream stream_;
};

/// All that is needed to draw one future of the run.
class Future {
 public:
  Future(const Timeline& t, const Training& training)
      : t_(t), training_(training), horizon_(t), lengths_(training.lengths), train_(training.units, "training") {
    for (const Stage& stage : t.stages) {
      std::vector<Unit> units;
      for (const Amount& cost : stage.costs) units.push_back({1, cost});
      stages_.emplace_back(units, "stage " + stage.name);
    }
  }
  bool known() const { return horizon_.known(); }

  Amount draw() {
    Amount left = t_.finished ? Amount{} : training_left();
    const Amount pause = tail_left(left);
    return {left.s + pause.s, left.j + pause.j};
  }

 private:
  Amount training_left() {
    const int done = t_.ended.empty() ? 0 : t_.ended.back().number;
    const int open = t_.open ? 1 : 0;
    const int last = horizon_.draw();
    const int whole = std::max(0, last - done - open);  // epochs that have not begun
    Amount left;
    const double later = whole > 0 ? whole * lengths_.draw(whole) : 0;
    const bool goes_on = t_.open && last > done;
    if (goes_on || later > 0) left = train_.draw(goes_on ? open_work() : 0, goes_on ? unmarked_s() : 0, later);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const bool is_open = !t_.open_stage.empty() && t_.stages[i].name == t_.open_stage;
      const int cycle = t_.open ? t_.open->number : done;
      const int times = std::max(occurrences_left(t_.stages[i], last, cycle), is_open ? 1 : 0);
      if (times == 0) continue;
      const Amount stage = stages_[i].draw(is_open ? 1 : 0, t_.open_stage_cost.s, times - (is_open ? 1 : 0));
      left.s += stage.s;
      left.j += stage.j;
    }
    return left;
  }

  /// What is left of the open epoch, from its last marked step on.
  double open_work() {
    if (!training_.by_step) return 1;
    const double steps = t_.open->steps > 0 ? t_.open->steps : lengths_.draw(1);
    return std::max(0.0, steps - t_.open->steps_done);
  }

  /// Seconds of the open epoch that no step has accounted for yet.
  double unmarked_s() const {
    double s = t_.open->cost.s;
    if (training_.by_step)
      for (const Chunk& chunk : t_.open->chunks) s -= chunk.cost.s;
    return std::max(0.0, s);
  }

  /// An exponential time at the mean power so far.
  Amount tail_left(const Amount& left) {
    const double mean = kTailShare * (t_.now.s + left.s);
    const double s = -mean * std::log(tail_.uniform());
    return {s, t_.now.s > 0 ? s * t_.now.j / t_.now.s : 0};
  }

  const Timeline& t_;
  const Training& training_;
  Horizon horizon_;
  Lengths lengths_;
  Work train_;
  std::vector<Work> stages_;
  base::Stream tail_{kSeed, base::stable_id("tail")};
};

base::Interval quantiles_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {base::sample_quantile(values, 0.5), base::sample_quantile(values, 0.1), base::sample_quantile(values, 0.9)};
}

}  // namespace

std::optional<record::Forecast> forecast(const std::vector<record::Mark>& marks, const record::Mark& now,
                                         const Plan& plan) {
  const Timeline t = timeline_of(marks, now, plan);
  const Training training = training_of(t);
  if (training.units.empty()) return std::nullopt;
  if (t.steps_only && t.open && t.open->steps == 0) return std::nullopt;  // nobody said how many steps
  Future future(t, training);
  if (!future.known()) return std::nullopt;
  std::vector<double> seconds, joules;
  for (int i = 0; i < kDraws; ++i) {
    const Amount left = future.draw();
    seconds.push_back(t.now.s + left.s);
    joules.push_back(t.now.j + left.j);
  }
  return record::Forecast{now.t_s, quantiles_of(std::move(joules)), quantiles_of(std::move(seconds))};
}

double probability_above(const base::Interval& quantiles, double limit) {
  const bool above = limit >= quantiles.value;
  const double deviation = (above ? quantiles.high - quantiles.value : quantiles.value - quantiles.low) / kQuantile90;
  if (deviation <= 0) return limit < quantiles.value ? 1 : 0;
  return 0.5 * std::erfc((limit - quantiles.value) / deviation / std::sqrt(2.0));
}

}  // namespace cradle::forecast
