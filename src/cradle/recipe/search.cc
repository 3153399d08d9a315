// Measures, orders, trains and stops.
#include "cradle/recipe/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/recipe/tasks.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr double kPruned[] = {0, 0.25, 0.5, 0.65};
constexpr double kFactors[] = {1, 2, 3};

struct Unit {
  const char* name;
  double scale;
};

/// "5ms" → 0.005 by the units that fit.
std::optional<double> amount_in(std::string_view text, std::initializer_list<Unit> units) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return {};
  const std::string_view rest = base::trim(text.substr(static_cast<std::size_t>(end - text.data())));
  for (const Unit& unit : units)
    if (rest == unit.name) return value * unit.scale;
  return {};
}

std::string structure_of(const Candidate& c) {
  std::string text;
  if (c.pruned > 0) text += fmt::format("prune:{} | ", c.pruned);
  if (c.factor > 1) text += fmt::format("lowrank:{} | ", c.factor);
  return text;
}

std::vector<Candidate> grid(int epochs, bool with_int8) {
  std::vector<Candidate> all;
  for (const double pruned : kPruned)
    for (const double factor : kFactors)
      for (const bool int8 : {false, true}) {
        Candidate c{pruned, factor, int8, "", {}, {}, ""};
        const std::string structure = structure_of(c);
        if (structure.empty() && !int8) continue;  // the model itself
        if (int8 && !with_int8) continue;
        c.recipe = structure + (structure.empty() ? "" : fmt::format("finetune:{} | ", epochs)) + (int8 ? "int8" : "");
        if (!int8) c.recipe.resize(c.recipe.size() - 3);  // the bar behind the last step
        all.push_back(std::move(c));
      }
  return all;
}

/// Whether `other` takes more of both; nothing is slower than what was not measured.
bool slower_than(const Standing& first, const Standing& other) {
  return !first.info.sha256.empty() && other.joules >= first.joules && other.median_ms >= first.median_ms;
}

/// A recipe without its training, for the structure's cost.
std::string untrained(const Candidate& c) {
  std::string text = structure_of(c);
  if (c.int8) return text + "int8";
  return text.substr(0, text.size() - 3);
}

class Searcher {
 public:
  Searcher(const Workspace& workspace, const SearchRequest& request)
      : workspace_(workspace), request_(request), folder_(steps_folder(request.recipe.output) / "search") {
    std::error_code error;
    fs::create_directories(folder_ / "runs", error);
    if (error) base::fail("cannot create {}: {}", folder_.string(), error.message());
    workspace_.folder = folder_;
    epochs_ = request.epochs > 0 ? request.epochs : std::max(1, defaults_of(request.recipe.task).epochs / 4);
  }

  Search run() {
    found_.before = standing(request_.recipe.model, "model", request_.recipe.judged_images);
    found_.candidates = grid(epochs_, request_.int8);
    for (std::size_t i = 0; i < found_.candidates.size(); ++i) measure(i);
    train_in_order(ordered());
    choose();
    return std::move(found_);
  }

 private:
  void tell(const std::string& line) const {
    if (request_.recipe.tell) request_.recipe.tell(line);
  }

  Standing standing(const fs::path& model, const std::string& name, int images) {
    StandingRequest judged;
    judged.task = request_.recipe.task;
    judged.own = request_.recipe.own;
    judged.images = images;
    Standing s = standing_of(workspace_, model, judged);
    charge(s.record.billed.j, s.record.duration_s, {keep(workspace_, s.record, "judge-" + name)});
    return s;
  }

  void charge(const base::Interval& joules, double seconds, const std::vector<fs::path>& records) {
    found_.joules = {found_.joules.value + joules.value, found_.joules.low + joules.low,
                     found_.joules.high + joules.high};
    found_.seconds += seconds;
    found_.records.insert(found_.records.end(), records.begin(), records.end());
  }

  RecipeRequest request_for(const std::string& recipe, const std::string& name) const {
    RecipeRequest r = request_.recipe;
    r.steps = parse_recipe(recipe, "search");
    r.output = folder_ / (name + ".onnx");
    r.tell = {};
    return r;
  }

  void measure(std::size_t i) {
    Candidate& c = found_.candidates[i];
    tell(fmt::format("measuring {} of {}: {}", i + 1, found_.candidates.size(), untrained(c)));
    RecipeRequest r = request_for(untrained(c), fmt::format("cost-{}", i + 1));
    r.judge_steps = false;
    try {
      const Compressed done = run_recipe(workspace_, r);
      for (const StepDone& step : done.steps) charge(step.joules, step.seconds, step.records);
      c.cost = standing(done.output, fmt::format("cost-{}", i + 1), 1);
      // The models are of no more use; the records of what they cost stay.
      for (const StepDone& step : done.steps) fs::remove(step.model);
      fs::remove(done.output);
    } catch (const measure::Interrupted&) {
      throw;
    } catch (const base::Error& error) {
      c.left_out = error.what();  // a layer that cannot be factorised, a net too narrow to prune
      return;
    }
    const Target& t = request_.target;
    if (t.most_ms && c.cost.median_ms > *t.most_ms)
      c.left_out = fmt::format("takes {} ms", base::format_number(c.cost.median_ms));
    else if (t.most_j && c.cost.joules > *t.most_j)
      c.left_out = "takes " + base::format_joules(c.cost.joules);
    else if (c.int8 && slower_than(floats_of(i), c.cost))
      c.left_out = "eight bits are slower here than the same in floats";
    else if (c.cost.joules >= found_.before.joules && c.cost.median_ms >= found_.before.median_ms)
      c.left_out = "saves neither time nor energy";
  }

  /// The same structure in floats.
  const Standing& floats_of(std::size_t i) const {
    const Candidate& c = found_.candidates[i];
    for (const Candidate& other : found_.candidates)
      if (!other.int8 && other.pruned == c.pruned && other.factor == c.factor) return other.cost;
    return found_.before;
  }

  /// With a bound on accuracy from the mildest on: the one that saves least is the one most sure to hold it. Else the
  /// one with the most multiply-accumulates of those that fit.
  std::vector<std::size_t> ordered() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < found_.candidates.size(); ++i)
      if (found_.candidates[i].left_out.empty()) order.push_back(i);
    const bool by_energy = request_.target.least_change.has_value();
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const Standing &x = found_.candidates[a].cost, &y = found_.candidates[b].cost;
      return by_energy ? x.joules > y.joules : x.info.macs > y.info.macs;
    });
    return order;
  }

  bool accurate(const Standing& s) const {
    return !request_.target.least_change ||
           s.quality.value.value - found_.before.quality.value.value >= *request_.target.least_change;
  }

  bool meets(const Standing& s) const {
    const Target& t = request_.target;
    return accurate(s) && (!t.most_ms || s.median_ms <= *t.most_ms) && (!t.most_j || s.joules <= *t.most_j);
  }

  /// What the best so far takes for an inference; the model itself where none meets the target yet.
  double best_j() const {
    double least = found_.before.joules;
    for (const Candidate& c : found_.candidates)
      if (c.trained && meets(*c.trained)) least = std::min(least, c.trained->joules);
    return least;
  }

  void train_in_order(const std::vector<std::size_t>& order) {
    int trained = 0, missed = 0;
    double last_cost_j = 0;
    for (const std::size_t i : order) {
      Candidate& c = found_.candidates[i];
      if (!found_.stopped.empty()) {
        c.left_out = "not trained: " + found_.stopped;
        continue;
      }
      const double saving_j = (best_j() - c.cost.joules) * request_.inferences;
      if (trained > 0 && request_.target.least_change && saving_j < last_cost_j) {
        // A later one may save more: this one alone is not worth its training.
        c.left_out = fmt::format("would save {} over {} inferences, training it costs some {}",
                                 base::format_joules(std::max(0.0, saving_j)), base::format_count(request_.inferences),
                                 base::format_joules(last_cost_j));
        continue;
      }
      last_cost_j = train(i);
      ++trained;
      missed = accurate(*c.trained) ? 0 : missed + 1;
      if (trained == request_.most_trained) found_.stopped = fmt::format("{} candidates were trained", trained);
      if (request_.target.least_change && missed == 2) found_.stopped = "two in turn missed the accuracy";
    }
    if (found_.stopped.empty()) found_.stopped = "all that can meet the target, and are worth it, were trained";
  }

  /// \returns what it cost.
  double train(std::size_t i) {
    Candidate& c = found_.candidates[i];
    tell(fmt::format("training a candidate: {}", c.recipe));
    const Compressed done = run_recipe(workspace_, request_for(c.recipe, name_of(i)));
    c.trained = done.steps.back().after;
    c.trained->file = done.output;
    double joules = 0;
    for (const StepDone& step : done.steps) {
      charge(step.joules, step.seconds, step.records);
      joules += step.joules.value;
    }
    tell(fmt::format("  {} {:.3f} ({:+.2f} points), {} ms, {} an image", c.trained->quality.metric,
                     c.trained->quality.value.value,
                     100 * (c.trained->quality.value.value - found_.before.quality.value.value),
                     base::format_number(c.trained->median_ms), base::format_joules(c.trained->joules)));
    return joules;
  }

  static std::string name_of(std::size_t i) { return fmt::format("candidate-{}", i + 1); }

  void choose() {
    for (std::size_t i = 0; i < found_.candidates.size(); ++i) {
      const Candidate& c = found_.candidates[i];
      if (!c.trained) continue;
      const bool beaten = std::any_of(found_.candidates.begin(), found_.candidates.end(), [&](const Candidate& o) {
        return o.trained && &o != &c && o.trained->joules <= c.trained->joules &&
               o.trained->quality.value.value >= c.trained->quality.value.value &&
               (o.trained->joules < c.trained->joules ||
                o.trained->quality.value.value > c.trained->quality.value.value);
      });
      if (!beaten) found_.front.push_back(i);
      if (meets(*c.trained) && (!found_.best || better(*c.trained, *found_.candidates[*found_.best].trained)))
        found_.best = i;
    }
    std::sort(found_.front.begin(), found_.front.end(), [&](std::size_t a, std::size_t b) {
      return found_.candidates[a].trained->joules < found_.candidates[b].trained->joules;
    });
    if (found_.best) take_over(*found_.best);
  }

  /// A bound on accuracy asks for the least energy, one on time or energy for the best accuracy.
  bool better(const Standing& a, const Standing& b) const {
    return request_.target.least_change ? a.joules < b.joules : a.quality.value.value > b.quality.value.value;
  }

  /// The best one's steps become those of the output: run_recipe() finds them done. They are charged there, not here.
  void take_over(std::size_t i) {
    const fs::path from = steps_folder(folder_ / (name_of(i) + ".onnx")), to = steps_folder(request_.recipe.output);
    const std::string inside = from.string();
    // Copied, so that the same search finds it trained.
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    std::erase_if(found_.records, [&](const fs::path& record) { return record.string().starts_with(inside); });
    RecipeRequest r = request_.recipe;
    r.steps = parse_recipe(found_.candidates[i].recipe, "search");
    r.tell = {};
    for (const StepDone& step : run_recipe(workspace_, r).steps) {
      found_.joules = {found_.joules.value - step.joules.value, found_.joules.low - step.joules.low,
                       found_.joules.high - step.joules.high};
      found_.seconds -= step.seconds;
    }
  }

  Workspace workspace_;
  const SearchRequest& request_;
  fs::path folder_;
  int epochs_ = 1;
  Search found_;
};

}  // namespace

Target target_named(std::string_view text) {
  Target target;
  target.text = std::string(text);
  for (const std::string& part : base::split(text, ',')) {
    const std::string_view one = base::trim(part);
    const std::size_t sign = one.find_first_of("<>");
    const auto amount = [&](std::string_view what, std::initializer_list<Unit> units) -> std::optional<double> {
      if (sign == one.npos || base::trim(one.substr(0, sign)) != what.substr(0, what.size() - 1)) return {};
      return one[sign] == what.back() ? amount_in(base::trim(one.substr(sign + 1)), units) : std::nullopt;
    };
    if (const auto ms = amount("latency<", {{"ms", 1}, {"us", 1e-3}, {"µs", 1e-3}, {"s", 1e3}}); ms && *ms > 0)
      target.most_ms = ms;
    else if (const auto j = amount("energy<", {{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"µJ", 1e-6}}); j && *j > 0)
      target.most_j = j;
    else if (const auto change = amount("accuracy>", {{"pp", 0.01}}); change && *change > -1 && *change < 1)
      target.least_change = change;
    else
      base::fail_usage(
          "--target: expected latency<5ms, energy<2mJ or accuracy>-0.5pp (several with commas), found '{}'",
          std::string(one));
  }
  return target;
}

Search search(const Workspace& workspace, const SearchRequest& request) {
  if (request.recipe.task == kNoTask)
    base::fail_usage("--target needs a task and images: what a candidate loses must be seen");
  return Searcher(workspace, request).run();
}

}  // namespace cradle::recipe
