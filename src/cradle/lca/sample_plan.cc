// Walks from suppliers to consumers with values that are constants or slots, and writes down what is left to compute.
#include "cradle/lca/sample_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cradle/base/random.h"
#include "cradle/lca/solve.h"

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }
template <class List>
int size_of(const List& list) {
  return static_cast<int>(list.size());
}

/// A sum while it is gathered.
struct Gathered {
  double constant = 0.0;
  std::vector<Value> terms;
  std::vector<Pair> pairs;
  bool varies() const { return !terms.empty() || !pairs.empty(); }
  void clear() {
    constant = 0.0;
    terms.clear();
    pairs.clear();
  }
};

/// Positions that the probes need, themselves included; suppliers of a reached position are reached.
std::vector<bool> reach(const System& system, const std::vector<int>& probes) {
  std::vector<bool> reached(system.process_at.size(), false);
  std::vector<int> open;
  const auto visit = [&](int position) {
    if (reached[at(position)]) return;
    reached[at(position)] = true;
    open.push_back(position);
  };
  for (const int probe : probes) visit(system.position[at(probe)]);
  while (!open.empty()) {
    const int p = open.back();
    open.pop_back();
    for (int t = system.columns.start[at(p)]; t < system.columns.start[at(p) + 1]; ++t)
      visit(system.columns.other[at(t)]);
  }
  return reached;
}

class Planner {
 public:
  Planner(const System& system, const PlanOptions& options, SamplePlan& plan)
      : system_(system),
        options_(options),
        plan_(plan),
        criteria_(criterion_count(system)),
        central_(adjoint(system)),
        parameter_slot_(system.inventory.parameters.size(), -1),
        self_inputs_(system.process_at.size()),
        outputs_(system.process_at.size()),
        factors_(system.inventory.flows.size()),
        scores_(system.process_at.size() * at(criteria_)),
        gathered_(at(criteria_)) {
    for (const int e : system.self_inputs) self_inputs_[at(position_of(system.inventory.inputs[at(e)]))].push_back(e);
    for (int e = 0; e < size_of(system.inventory.outputs_to_nature); ++e)
      outputs_[at(position_of(system.inventory.outputs_to_nature[at(e)]))].push_back(e);
    for (int f = 0; f < size_of(system.factor_flow); ++f)
      if (system.factor_flow[at(f)] >= 0) factors_[at(system.factor_flow[at(f)])].push_back({f, {}, false});
  }

  void plan(const std::vector<int>& probes) {
    for (const int parameter : options_.parameters) plan_.asked.push_back(parameter_draw(parameter));
    const std::vector<bool> reached = reach(system_, probes);
    for (int b = 0; b + 1 < size_of(system_.columns.block); ++b) {
      const int begin = system_.columns.block[at(b)], end = system_.columns.block[at(b) + 1];
      if (!reached[at(begin)]) continue;  // a loop is reached as a whole
      if (end - begin == 1)
        plan_process(begin);
      else
        plan_loop(begin, end);
      release_scratch();
      release_held();
    }
    for (const int probe : probes)
      for (int k = 0; k < criteria_; ++k) plan_.scores.push_back(score(system_.position[at(probe)], k));
    plan_.criteria = criteria_;
    plan_.first_step = size_of(first_);
    plan_.program = std::move(first_);
    plan_.program.insert(plan_.program.end(), shared_.begin(), shared_.end());
    plan_.program.insert(plan_.program.end(), steps_.begin(), steps_.end());
  }

 private:
  struct Factor {
    int index;
    Value value;
    bool known;
  };

  int position_of(const Exchange& exchange) const { return system_.position[at(exchange.process)]; }
  Value& score(int position, int k) { return scores_[at(position) * at(criteria_) + at(k)]; }
  int new_slot() { return plan_.slots++; }

  /// A slot that is free again after this process (after this loop while hold_), so that the working set stays small.
  int scratch_slot() {
    if (free_.empty()) free_.push_back(new_slot());
    const int slot = free_.back();
    free_.pop_back();
    (hold_ ? held_ : scratch_).push_back(slot);
    return slot;
  }

  bool is_scratch(int slot) const { return std::find(scratch_.begin(), scratch_.end(), slot) != scratch_.end(); }

  void release_scratch() {
    free_.insert(free_.end(), scratch_.begin(), scratch_.end());
    scratch_.clear();
    scaled_.clear();
  }

  void release_held() {
    free_.insert(free_.end(), held_.begin(), held_.end());
    held_.clear();
    hold_ = false;
  }

  template <class List, class Thing>
  static void emit(std::vector<Instruction>& where, Kind kind, List& list, Thing thing) {
    where.push_back({kind, size_of(list)});
    list.push_back(std::move(thing));
  }

  int draw(Figure figure, bool lasting) {
    const int slot = lasting ? new_slot() : scratch_slot();
    emit(lasting ? first_ : steps_, Kind::kDraw, plan_.draws,
         Draw{figure, &distribution_of(system_.inventory, system_.method, figure),
              base::stable_id(draw_id(system_.inventory, system_.method, figure)), slot});
    return slot;
  }

  /// The slot of an uncertain parameter, or -1 if it is fixed.
  int parameter_draw(int index) {
    if (base::is_fixed(system_.inventory.parameters[at(index)].distribution)) return -1;
    int& slot = parameter_slot_[at(index)];
    if (slot < 0) slot = draw({FigureKind::kParameter, index}, true);
    return slot;
  }

  int power_slot(int of, double exponent) {
    if (exponent == 1.0) return of;
    const auto [found, is_new] = power_slots_.try_emplace({of, exponent}, -1);
    if (is_new) emit(shared_, Kind::kPower, plan_.powers, Power{found->second = new_slot(), of, exponent});
    return found->second;
  }

  void multiply(std::vector<Instruction>& where, int slot, double scale, const std::vector<int>& factors) {
    const int begin = size_of(plan_.factors);
    plan_.factors.insert(plan_.factors.end(), factors.begin(), factors.end());
    emit(where, Kind::kProduct, plan_.products, Product{slot, scale, begin, size_of(plan_.factors)});
  }

  /// The amount of a figure, terms applied. Products of parameters alone are shared by all amounts that have the same.
  Value amount(Figure figure, bool lasting = false) {
    const base::Distribution& d = distribution_of(system_.inventory, system_.method, figure);
    Value value{1.0, -1};
    if (figure.kind == FigureKind::kOutput) value.scale = system_.inventory.processes[at(figure.index)].output;
    std::vector<std::pair<int, double>> powers;  // of uncertain parameters
    for (const Term& term : terms_of(system_.inventory, system_.method, figure)) {
      if (term.exponent == 0.0) continue;
      if (base::is_fixed(system_.inventory.parameters[at(term.parameter)].distribution))
        value.scale *= power(system_.central.parameters[at(term.parameter)], term.exponent);
      else
        powers.emplace_back(term.parameter, term.exponent);
    }
    const bool own = !base::is_fixed(d);
    if (!own) value.scale *= d.value;
    if (value.scale == 0.0) return {};
    // In an order that slots have no part in: the same product must round alike whatever else is computed.
    std::sort(powers.begin(), powers.end());
    std::vector<int> slots;
    for (const auto& [parameter, exponent] : powers) slots.push_back(power_slot(parameter_draw(parameter), exponent));
    if (own) slots.push_back(draw(figure, lasting || options_.keep_draws));
    if (slots.empty()) return value;
    if (slots.size() == 1) {
      value.slot = slots[0];
    } else if (own) {
      value.slot = lasting ? new_slot() : scratch_slot();
      multiply(lasting ? shared_ : steps_, value.slot, 1.0, slots);
    } else {
      const auto [found, is_new] = product_slots_.try_emplace(slots, -1);
      if (is_new) multiply(shared_, found->second = new_slot(), 1.0, slots);
      value.slot = found->second;
    }
    return value;
  }

  /// A slot that holds scale · slot.
  int scaled(int slot, double scale) {
    if (scale == 1.0) return slot;
    const auto [found, is_new] = scaled_.try_emplace({slot, scale}, -1);
    if (is_new) multiply(steps_, found->second = scratch_slot(), scale, {slot});
    return found->second;
  }

  void add_product(Gathered& sum, const Value& a, const Value& b) {
    const double scale = a.scale * b.scale;
    if (scale == 0.0) return;
    if (a.varies() && b.varies())
      sum.pairs.push_back({scaled(a.slot, scale), b.slot});
    else if (a.varies() || b.varies())
      sum.terms.push_back({scale, a.varies() ? a.slot : b.slot});
    else
      sum.constant += scale;
  }

  /// What is left of a sum over a divisor; an instruction only where neither a constant nor one scaled slot will do.
  Value finish(const Gathered& sum, Value divisor, bool lasting) {
    if (!divisor.varies() && !sum.varies()) return {sum.constant / divisor.scale, -1};
    if (!sum.varies() && sum.constant == 0.0) return {};
    if (!divisor.varies() && sum.pairs.empty() && sum.terms.size() == 1 && sum.constant == 0.0 &&
        !((lasting || hold_) && is_scratch(sum.terms[0].slot)))
      return {sum.terms[0].scale / divisor.scale, sum.terms[0].slot};
    Sum made{
        lasting ? new_slot() : scratch_slot(), sum.constant, size_of(plan_.terms), 0, size_of(plan_.pairs), 0, divisor};
    plan_.terms.insert(plan_.terms.end(), sum.terms.begin(), sum.terms.end());
    plan_.pairs.insert(plan_.pairs.end(), sum.pairs.begin(), sum.pairs.end());
    made.terms_end = size_of(plan_.terms);
    made.pairs_end = size_of(plan_.pairs);
    emit(steps_, Kind::kSum, plan_.sums, made);
    return {1.0, made.slot};
  }

  /// Output less own use.
  Value diagonal(int position) {
    Gathered sum;
    for (const int e : self_inputs_[at(position)]) add_product(sum, amount({FigureKind::kInput, e}), {-1.0, -1});
    add_product(sum, amount({FigureKind::kOutput, system_.process_at[at(position)]}), {1.0, -1});
    if (!sum.varies()) return {system_.coefficients.diagonal[at(position)], -1};
    return finish(sum, {1.0, -1}, false);
  }

  const Value& factor(Factor& f) {
    if (!f.known) f.value = amount({FigureKind::kFactor, f.index}, true);
    f.known = true;
    return f.value;
  }

  /// gathered_[k] = direct score and inputs from outside [begin, end).
  void gather_right(int position, int begin) {
    for (Gathered& sum : gathered_) sum.clear();
    for (const int e : outputs_[at(position)]) {
      std::vector<Factor>& factors = factors_[at(system_.inventory.outputs_to_nature[at(e)].product_or_flow)];
      bool counts = false;
      for (Factor& f : factors) counts |= factor(f).scale != 0.0;
      if (!counts) continue;
      const Value a = amount({FigureKind::kOutputToNature, e});
      for (const Factor& f : factors)
        add_product(gathered_[at(system_.method.factors[at(f.index)].criterion)], a, f.value);
    }
    for (int t = system_.columns.start[at(position)]; t < system_.columns.start[at(position) + 1]; ++t) {
      const int other = system_.columns.other[at(t)];
      if (other >= begin && other != position) continue;
      bool counts = false;
      for (int k = 0; k < criteria_; ++k) counts |= score(other, k).scale != 0.0;
      if (!counts) continue;
      const Value a = amount({FigureKind::kInput, system_.column_input[at(t)]});
      for (int k = 0; k < criteria_; ++k) add_product(gathered_[at(k)], a, score(other, k));
    }
  }

  void plan_process(int position) {
    gather_right(position, position);
    const auto is_zero = [](const Gathered& sum) { return !sum.varies() && sum.constant == 0.0; };
    if (std::all_of(gathered_.begin(), gathered_.end(), is_zero)) return;
    const Value divisor = diagonal(position);
    for (int k = 0; k < criteria_; ++k) score(position, k) = finish(gathered_[at(k)], divisor, true);
  }

  void plan_loop(int begin, int end) {
    Loop loop;
    std::vector<Value> right;  // [unknown * criteria + criterion]
    bool varies = false;
    loop.equations.start.push_back(0);
    for (int p = begin; p < end; ++p) {
      hold_ = false;
      gather_right(p, begin);
      hold_ = true;
      for (int k = 0; k < criteria_; ++k) right.push_back(finish(gathered_[at(k)], {1.0, -1}, false));
      loop.diagonal.push_back(diagonal(p));
      varies |= loop.diagonal.back().varies();
      for (int t = system_.columns.start[at(p)]; t < system_.columns.start[at(p) + 1]; ++t) {
        if (system_.columns.other[at(t)] < begin) continue;
        loop.equations.other.push_back(system_.columns.other[at(t)] - begin);
        loop.amounts.push_back(amount({FigureKind::kInput, system_.column_input[at(t)]}));
        varies |= loop.amounts.back().varies();
      }
      loop.equations.start.push_back(size_of(loop.equations.other));
      release_scratch();
    }
    loop.equations.block = {0, end - begin};
    const std::vector<int> lanes = loop_lanes(right, varies, begin, end);
    if (lanes.empty()) return;
    loop.lanes = size_of(lanes);
    for (int p = begin; p < end; ++p)
      for (const int k : lanes) {
        loop.right.push_back(right[at(p - begin) * at(criteria_) + at(k)]);
        loop.start.push_back(central_.score(k, system_.process_at[at(p)]));
        loop.slots.push_back(new_slot());
        score(p, k) = {1.0, loop.slots.back()};
      }
    emit(steps_, Kind::kLoop, plan_.loops, std::move(loop));
  }

  /// The criteria whose scores in a loop change from sample to sample; those of the others are the central ones, or 0.
  std::vector<int> loop_lanes(const std::vector<Value>& right, bool varies, int begin, int end) {
    std::vector<int> lanes;
    for (int k = 0; k < criteria_; ++k) {
      bool any = false, moves = varies;
      for (int p = begin; p < end; ++p) {
        const Value& value = right[at(p - begin) * at(criteria_) + at(k)];
        any |= value.scale != 0.0;
        moves |= value.varies();
      }
      if (any && moves) lanes.push_back(k);
      if (any && !moves)
        for (int p = begin; p < end; ++p) score(p, k) = {central_.score(k, system_.process_at[at(p)]), -1};
    }
    return lanes;
  }

  const System& system_;
  const PlanOptions& options_;
  SamplePlan& plan_;
  int criteria_;
  Adjoint central_;
  std::vector<int> parameter_slot_;
  std::vector<std::vector<int>> self_inputs_, outputs_;  // [position] → inputs of its own product; outputs to nature
  std::vector<std::vector<Factor>> factors_;             // [flow]
  std::vector<Value> scores_;                            // [position * criteria + criterion], of one unit of product
  std::vector<Gathered> gathered_;                       // [criterion]
  std::vector<Instruction> first_, shared_, steps_;
  std::map<std::pair<int, double>, int> power_slots_, scaled_;
  std::map<std::vector<int>, int> product_slots_;
  std::vector<int> free_, scratch_, held_;
  bool hold_ = false;
};

}  // namespace

SamplePlan plan_samples(const System& system, const std::vector<int>& probes, const PlanOptions& options) {
  SamplePlan plan;
  Planner(system, options, plan).plan(probes);
  return plan;
}

}  // namespace cradle::lca
