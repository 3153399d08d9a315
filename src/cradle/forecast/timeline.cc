// One pass over the marks that gives every second to what was going on in it.
#include "cradle/forecast/timeline.h"

#include <algorithm>
#include <limits>

#include "cradle/forecast/mark_name.h"

namespace cradle::forecast {
namespace {

using Named = std::vector<MarkName>;

/// Whether this mark can only be made once the training goes on.
bool is_work(const MarkName& mark) {
  const bool stage = (mark.word == Word::kBegin || mark.word == Word::kEnd) && mark.number > 0;
  return stage || mark.word == Word::kStep || mark.word == Word::kEpochDone || mark.word == Word::kMetric;
}

/// Where epochs have ends but no beginnings: how many marks belong to what was before the first. A program that
/// announces itself (training-begin, epochs=, the end of its loading) does so when the first epoch begins; one
/// that does not gives its start-up to the first epoch, where the search for a warm-up finds it.
std::size_t marks_before_training(const Named& names) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < names.size() && !is_work(names[i]); ++i)
    if (names[i].word != Word::kOther) count = i + 1;
  return count;
}

class Reader {
 public:
  explicit Reader(const Plan& plan) { t_.plan = plan; }

  Timeline read(const std::vector<record::Mark>& marks, const record::Mark& now) {
    Named names;
    names.reserve(marks.size());
    for (const record::Mark& mark : marks) names.push_back(mark_name(mark.name));
    const auto epoch_with = [&](Word word) {
      return std::any_of(names.begin(), names.end(),
                         [&](const MarkName& m) { return m.word == word && m.name == "epoch"; });
    };
    const auto any_done = [](const MarkName& m) { return m.word == Word::kEpochDone; };
    const bool explicit_begin = epoch_with(Word::kBegin);
    const std::size_t first = explicit_begin ? names.size() + 1 : marks_before_training(names);
    const bool works = std::any_of(names.begin(), names.end(), is_work);
    t_.steps_only = works && !explicit_begin && !epoch_with(Word::kEnd) &&
                    std::none_of(names.begin(), names.end(), any_done) && t_.plan.epochs == 0 &&
                    std::any_of(names.begin(), names.end(), [](const MarkName& m) { return m.word == Word::kStep; });
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (works && i == first) begin_epoch(1);
      advance(marks[i]);
      take(names[i]);
    }
    if (works && first == marks.size()) begin_epoch(1);
    advance(now);
    return finish();
  }

 private:
  Timeline finish() {
    if (t_.open && t_.steps_only && t_.plan.epochs > 1) t_.steps_only = false;  // "epochs=" came by a mark
    if (t_.steps_only) t_.plan.epochs = 1;
    const int last = t_.ended.empty() ? 0 : t_.ended.back().number;
    if (t_.plan.epochs > 0 && last >= t_.plan.epochs) close_training();
    if (t_.steps_only && t_.open && t_.open->steps > 0 && t_.open->steps_done >= t_.open->steps) t_.finished = true;
    return std::move(t_);
  }

  /// Nothing follows the last epoch but the end of the program.
  void close_training() {
    if (t_.open && t_.open->chunks.empty()) {
      t_.tail = t_.open->cost;
      t_.open.reset();
    }
    t_.finished = !t_.open;
  }

  /// Gives the time since the last mark to what goes on. A clock or a meter that steps back gives nothing.
  void advance(const record::Mark& mark) {
    const Amount d{std::max(0.0, mark.t_s - t_.now.s), std::max(0.0, mark.j - t_.now.j)};
    t_.now.s += d.s;
    t_.now.j += d.j;
    Amount& to = !t_.open_stage.empty() ? t_.open_stage_cost : t_.open ? t_.open->cost : begun_ ? t_.tail : t_.before;
    to.s += d.s;
    to.j += d.j;
    if (t_.open && t_.open_stage.empty()) {
      chunk_.s += d.s;
      chunk_.j += d.j;
    }
  }

  void take(const MarkName& mark) {
    switch (mark.word) {
      case Word::kEpochs:
        if (t_.plan.epochs == 0) t_.plan.epochs = static_cast<int>(mark.value);
        return;
      case Word::kPatience:
        if (t_.plan.patience == 0) t_.plan.patience = static_cast<int>(mark.value);
        return;
      case Word::kMetric: return metric(mark);
      case Word::kStep: return step(mark);
      case Word::kEpochDone:
        if (t_.plan.epochs == 0) t_.plan.epochs = mark.of;
        end_epoch(mark.number);
        return begin_epoch(mark.number + 1);
      case Word::kBegin: return mark.name == "epoch" ? begin_epoch(mark.number) : begin_stage(mark);
      case Word::kEnd: return mark.name == "epoch" ? end_epoch(mark.number) : end_stage(mark);
      case Word::kOther: return;
    }
  }

  void begin_epoch(int number) {
    if (!begun_) leave_frames();
    if (t_.open) end_epoch(-1);  // its end was not marked
    if (begun_ && t_.open_stage.empty() && (t_.tail.s > 0 || t_.tail.j > 0))
      add_stage("", cycle(), t_.tail);  // between two epochs
    begun_ = true;
    t_.tail = {};
    t_.finished = false;
    t_.open = Epoch{};
    t_.open->number = number >= 0 ? number : cycle() + 1;
    chunk_ = {};
    first_step_of_epoch_ = last_step_;
  }

  /// A stage that was open when the first epoch began contains the epochs: it is the frame, not a part.
  void leave_frames() {
    t_.before.s += t_.open_stage_cost.s;
    t_.before.j += t_.open_stage_cost.j;
    frame_ = t_.open_stage;
    t_.open_stage.clear();
    t_.open_stage_cost = {};
  }

  void end_epoch(int number) {
    if (!t_.open) return;
    Epoch& epoch = *t_.open;
    if (number >= 0) epoch.number = number;
    const double rest = epoch.steps - epoch.steps_done;
    if (epoch.steps > 0 && rest > 0) {
      epoch.chunks.push_back({rest, chunk_});
    } else if (!epoch.chunks.empty()) {  // what follows the last step is part of it
      epoch.chunks.back().cost.s += chunk_.s;
      epoch.chunks.back().cost.j += chunk_.j;
    }
    if (epoch.steps == 0) epoch.steps = epoch.steps_done;
    epoch.steps_done = epoch.steps;
    t_.ended.push_back(std::move(epoch));
    t_.open.reset();
    chunk_ = {};
    metric_is_of_this_epoch_ = false;
  }

  void step(const MarkName& mark) {
    if (!t_.open) return;
    Epoch& epoch = *t_.open;
    if (mark.of > 0 && mark.number <= mark.of) epoch.steps = mark.of;
    // A counter that goes on from epoch to epoch is as good as one that begins anew.
    const bool anew = mark.of > 0 || mark.number <= first_step_of_epoch_;
    if (anew && epoch.chunks.empty()) first_step_of_epoch_ = 0;
    last_step_ = mark.number;
    const double steps = mark.number - first_step_of_epoch_ - epoch.steps_done;
    if (steps <= 0) return;
    epoch.chunks.push_back({steps, chunk_});
    epoch.steps_done += steps;
    chunk_ = {};
  }

  void begin_stage(const MarkName& mark) {
    if (!t_.open_stage.empty()) {
      if (begun_) return;  // within another stage: a part of that
      leave_frames();      // before the first epoch only the innermost matters
    }
    if (begun_ && !t_.open) {
      if (t_.tail.s > 0 || t_.tail.j > 0) add_stage("", cycle(), t_.tail);
      t_.tail = {};
    }
    t_.open_stage = mark.name;
  }

  void end_stage(const MarkName& mark) {
    if (t_.open_stage == mark.name) {
      add_stage(mark.name, cycle(), t_.open_stage_cost);
      t_.open_stage.clear();
      t_.open_stage_cost = {};
    } else if (t_.open_stage.empty() && begun_ && !frame_.empty() && mark.name == frame_) {
      t_.finished = true;
      if (t_.open && t_.open->chunks.empty()) close_training();
    }
  }

  void metric(const MarkName& mark) {
    if (metric_.empty()) metric_ = mark.name;
    if (mark.name != metric_) return;
    const double turned = metric_.ends_with("loss") || metric_.ends_with("error") ? mark.value : -mark.value;
    if (metric_is_of_this_epoch_)
      t_.metric.back() = turned;
    else
      t_.metric.push_back(turned);
    metric_is_of_this_epoch_ = true;
  }

  /// The epoch that goes on or has just ended; 0 before the first.
  int cycle() const { return t_.open ? t_.open->number : t_.ended.empty() ? 0 : t_.ended.back().number; }

  void add_stage(const std::string& name, int cycle, const Amount& cost) {
    auto at = std::find_if(t_.stages.begin(), t_.stages.end(), [&](const Stage& s) { return s.name == name; });
    if (at == t_.stages.end()) at = t_.stages.insert(at, Stage{name, {}, {}});
    at->cycles.push_back(cycle);
    at->costs.push_back(cost);
  }

  Timeline t_;
  bool begun_ = false;
  std::string frame_;
  Amount chunk_;  ///< of the open epoch, since the last step
  double last_step_ = 0;
  double first_step_of_epoch_ = 0;
  std::string metric_;
  bool metric_is_of_this_epoch_ = false;
};

}  // namespace

Timeline timeline_of(const std::vector<record::Mark>& marks, const record::Mark& now, const Plan& plan) {
  return Reader(plan).read(marks, now);
}

}  // namespace cradle::forecast
