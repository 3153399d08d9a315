// Measures, orders, trains and stops.
#include "cradle/recipe/search.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/recipe/search_memory.h"
#include "cradle/recipe/tasks.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr double kPruned[] = {0, 0.25, 0.5, 0.65};
constexpr double kFactors[] = {1, 2, 3};

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

/// "prune-0.5-lowrank-2-int8": part of names of files.
std::string name_of(const Candidate& c) {
  std::string name = untrained(c);
  for (const auto& [from, to] : {std::pair(" | ", "-"), std::pair(":", "-")})
    for (std::size_t at; (at = name.find(from)) != name.npos;) name.replace(at, std::string_view(from).size(), to);
  return name;
}

class Searcher {
 public:
  Searcher(const Workspace& workspace, const SearchRequest& request)
      : workspace_(workspace),
        request_(request),
        memory_(steps_folder(request.recipe.output) / "search", request.recipe) {
    workspace_.folder = memory_.folder();
    workspace_.lost = "lost";
    epochs_ = request.epochs > 0 ? request.epochs : std::max(1, defaults_of(request.recipe.task).epochs / 4);
  }

  Search run() {
    found_.before =
        memory_.once("model", [&] { return standing(request_.recipe.model, "model", request_.recipe.judged_images); });
    found_.candidates = grid(epochs_, request_.int8);
    for (std::size_t i = 0; i < found_.candidates.size(); ++i) {
      if (not_worth_looking()) break;
      measure(i);
    }
    if (found_.stopped.empty()) train_in_order(ordered());
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
    judged.seconds = request_.recipe.judged_seconds;
    Standing s = standing_of(workspace_, model, judged);
    keep(workspace_, s.record, "judge-" + name);
    return s;
  }

  RecipeRequest request_for(const std::string& recipe, const std::string& name) const {
    RecipeRequest r = request_.recipe;
    r.steps = parse_recipe(recipe, "search");
    r.output = memory_.folder() / (name + ".onnx");
    r.tell = {};
    return r;
  }

  /// Of the untrained structure; what it cost is deleted but for the records.
  Standing cost_of(const Candidate& c) {
    RecipeRequest r = request_for(untrained(c), "cost-" + name_of(c));
    r.judge_steps = false;
    const Compressed done = run_recipe(workspace_, r);
    Standing cost = standing(done.output, "cost-" + name_of(c), 1);
    for (const StepDone& step : done.steps) fs::remove(step.model);
    fs::remove(done.output);
    return cost;
  }

  void measure(std::size_t i) {
    Candidate& c = found_.candidates[i];
    try {
      c.cost = memory_.once("cost-" + name_of(c), [&] {
        tell(fmt::format("measuring {} of {}: {}", i + 1, found_.candidates.size(), untrained(c)));
        return cost_of(c);
      });
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

  /// Whether a bound on accuracy is all that was asked: then saving is the aim, and a search that costs more than it
  /// can save is none. A bound on time or energy is wanted for its own sake.
  bool for_saving() const {
    const Target& t = request_.target;
    return t.least_change && !t.most_ms && !t.most_j;
  }

  double spent_j() const { return ledger_from(memory_.records_but("")).joules.value; }

  /// No model saves more than all that this one takes.
  bool not_worth_looking() {
    const double most_j = found_.before.joules * request_.inferences;
    const double spent = spent_j();
    if (!for_saving() || spent < most_j) return false;
    found_.stopped =
        fmt::format("all {} inferences take {}, looking on took {} already", base::format_count(request_.inferences),
                    base::format_joules(most_j), base::format_joules(spent));
    for (Candidate& c : found_.candidates)
      if (c.left_out.empty())
        c.left_out = (c.cost.info.sha256.empty() ? "not measured: " : "not trained: ") + found_.stopped;
    return true;
  }

  /// What the candidate would still save over all inferences.
  double saving_j(const Candidate& c) const { return (best_j() - c.cost.joules) * request_.inferences; }

  /// Goes on while the next training is expected to save more than it costs; that is taken to be what the last one
  /// cost, or before the first what the measurements did.
  void train_in_order(const std::vector<std::size_t>& order) {
    int trained = 0, missed = 0;
    double cost_j = spent_j();
    for (auto at = order.begin(); at != order.end(); ++at) {
      Candidate& c = found_.candidates[*at];
      const auto worth = [&](std::size_t i) { return saving_j(found_.candidates[i]) >= cost_j; };
      if (found_.stopped.empty() && for_saving() && std::none_of(at, order.end(), worth))
        found_.stopped = fmt::format("none that is left would save, over {} inferences, the {} that a training takes",
                                     base::format_count(request_.inferences), base::format_joules(cost_j));
      if (!found_.stopped.empty()) {
        c.left_out = "not trained: " + found_.stopped;
        continue;
      }
      if (for_saving() && !worth(*at)) {  // a later one may save more
        c.left_out = fmt::format("would save {} over {} inferences, a training takes some {}",
                                 base::format_joules(std::max(0.0, saving_j(c))),
                                 base::format_count(request_.inferences), base::format_joules(cost_j));
        continue;
      }
      cost_j = train(c);
      ++trained;
      if (c.trained) missed = accurate(*c.trained) ? 0 : missed + 1;
      if (trained == request_.most_trained) found_.stopped = fmt::format("{} candidates were trained", trained);
      if (request_.target.least_change && missed == 2) found_.stopped = "two in turn missed the accuracy";
    }
    if (found_.stopped.empty()) found_.stopped = "all that can meet the target, and are worth it, were trained";
  }

  /// \returns the joules that it cost.
  double train(Candidate& c) {
    tell(fmt::format("training a candidate: {}", c.recipe));
    const RecipeRequest r = request_for(c.recipe, name_of(c));
    try {
      const Compressed done = run_recipe(workspace_, r);
      c.trained = done.steps.back().after;
      c.trained->file = done.output;
    } catch (const measure::Interrupted&) {
      throw;
    } catch (const base::Error& error) {
      c.left_out = error.what();  // its loss was no number any more
      tell(fmt::format("  {}", error.what()));
      return ledger_from(records_in(steps_folder(r.output) / "runs")).joules.value;
    }
    tell(fmt::format("  {} {:.3f} ({:+.2f} points), {} ms, {} an image", c.trained->quality.metric,
                     c.trained->quality.value.value,
                     100 * (c.trained->quality.value.value - found_.before.quality.value.value),
                     base::format_number(c.trained->median_ms), base::format_joules(c.trained->joules)));
    return ledger_from(records_in(steps_folder(r.output) / "runs")).joules.value;
  }

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
    fs::path taken;
    if (found_.best) taken = take_over(found_.candidates[*found_.best]);
    found_.ledger = ledger_from(memory_.records_but(taken));
  }

  /// A bound on accuracy asks for the least energy, one on time or energy for the best accuracy.
  bool better(const Standing& a, const Standing& b) const {
    return request_.target.least_change ? a.joules < b.joules : a.quality.value.value > b.quality.value.value;
  }

  /// The best one's steps become those of the output: run_recipe() finds them done. They are charged there, not here.
  /// \returns where they were.
  fs::path take_over(const Candidate& best) {
    const fs::path from = steps_folder(memory_.folder() / (name_of(best) + ".onnx"));
    // Copied, so that the same search finds it trained.
    fs::copy(from, steps_folder(request_.recipe.output),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    return from;
  }

  Workspace workspace_;
  const SearchRequest& request_;
  SearchMemory memory_;
  int epochs_ = 1;
  Search found_;
};

}  // namespace

Search search(const Workspace& workspace, const SearchRequest& request) {
  if (request.recipe.task == kNoTask)
    base::fail_usage("--target needs a task and images: what a candidate loses must be seen");
  return Searcher(workspace, request).run();
}

}  // namespace cradle::recipe
