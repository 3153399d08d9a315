// Forecasts asked for, kept, told, and compared with the budget.
#include "cradle/measure/outlook.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cradle/base/file.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"
#include "cradle/forecast/mark_name.h"
#include "cradle/meter/clock.h"

namespace cradle::measure {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kApart_s = 0.25;                             // four forecasts a second
constexpr double kShare = 0.02;                               // of the time, at most, goes into them
constexpr int kMostKept = 200;                                // forecasts in one record
constexpr double kWorthKeeping = 0.01, kWorthTelling = 0.10;  // change of P50
constexpr double kKeptApart = 0.01;  // of the run's expected time: a hundred, and some for those that change
constexpr double kToldApart_s = 1;   // lines on the terminal
constexpr double kSoonest_s = 0.05;  // readings on the way to a budget

bool moved(double from, double to, double by) { return std::abs(to - from) > by * std::abs(from); }

/// "16:40", or "25 Nov 16:40" on another day.
std::string time_of_day(double unix_s, double unix_now) {
  const auto broken_down = [](double s) {
    const auto whole = static_cast<time_t>(s);
    std::tm t{};
    localtime_r(&whole, &t);
    return t;
  };
  const std::tm then = broken_down(unix_s), now = broken_down(unix_now);
  const bool today = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
  char text[64];
  std::strftime(text, sizeof text, today ? "%H:%M" : "%d %b %H:%M", &then);
  return text;
}

}  // namespace

std::string forecast_line(const record::Forecast& f, const record::Mark& now, int epoch, int of,
                          const std::optional<record::GridFactor>& factor, double unix_now) {
  std::string where = fmt::format("after {}", base::format_seconds(now.t_s));
  if (epoch > 0) where = of > 0 ? fmt::format("epoch {} of {}", epoch, of) : fmt::format("epoch {}", epoch);
  std::string energy;
  if (f.total_j.value > 0) {
    std::string all = base::format_interval(f.total_j, "J");
    const std::size_t open = all.find(" (");
    all = fmt::format("{} in all{}, eight cases in ten)", all.substr(0, open), all.substr(open, all.size() - open - 1));
    energy = fmt::format("{} to come, {}, ", base::format_joules(std::max(0.0, f.total_j.value - now.j)), all);
  }
  const double left_s = std::max(0.0, f.total_s.value - now.t_s);
  std::string line = fmt::format("cradle: {}: {}done at {}", where, energy, time_of_day(unix_now + left_s, unix_now));
  if (factor)
    line += fmt::format(", {}CO2e",
                        base::format_kilograms(f.total_j.value / base::kJoulesPerKwh * factor->kg_per_kwh.value));
  return line;
}

Outlook::Outlook(forecast::Plan plan, std::optional<Budget> budget, bool stop, std::optional<record::GridFactor> factor,
                 Told told, Forecaster forecaster)
    : plan_(plan),
      budget_(std::move(budget)),
      stop_(stop),
      factor_(std::move(factor)),
      told_(std::move(told)),
      forecaster_(std::move(forecaster)),
      of_(plan.epochs),
      budget_due_s_(kNever) {}

void Outlook::look(record::Journal& journal, const record::Mark& now, double now_s) {
  const std::vector<record::Mark>& marks = journal.account().marks;
  if (marks.size() > marks_seen_) {
    count_epochs(marks);
    put_off_ = true;
  }
  if (put_off_ && now_s >= next_s_) ask(journal, now, now_s);
  if (budget_ && !reached_) check_budget(journal, now, now_s);
  before_ = now;
}

double Outlook::due_s() const { return std::min(put_off_ ? next_s_ : kNever, budget_due_s_); }

void Outlook::count_epochs(const std::vector<record::Mark>& marks) {
  for (; marks_seen_ < marks.size(); ++marks_seen_) {
    using forecast::Word;
    const forecast::MarkName mark = forecast::mark_name(marks[marks_seen_].name);
    if (mark.word == Word::kEpochs) of_ = static_cast<int>(mark.value);
    if (mark.word == Word::kEpochDone && mark.of > 0) of_ = mark.of;
    if (mark.word == Word::kEpochDone || (mark.word == Word::kEnd && mark.name == "epoch"))
      epoch_ = mark.number >= 0 ? mark.number : epoch_ + 1;
  }
}

void Outlook::ask(record::Journal& journal, const record::Mark& now, double now_s) {
  put_off_ = false;
  const double began_s = meter::now().awake_s;
  const auto f = forecaster_(journal.account().marks, now, plan_);
  next_s_ = now_s + std::max(kApart_s, (meter::now().awake_s - began_s) / kShare);
  if (!f) return;
  keep(journal, *f);
  tell(*f, now);
  if (budget_) hold_against_budget(journal, *f);
}

void Outlook::keep(record::Journal& journal, const record::Forecast& f) {
  if (last_kept_) {
    const bool changed = moved(last_kept_->total_j.value, f.total_j.value, kWorthKeeping) ||
                         moved(last_kept_->total_s.value, f.total_s.value, kWorthKeeping);
    if (!changed && epoch_ == kept_epoch_) return;
    if (f.at_s - last_kept_->at_s < kKeptApart * f.total_s.value || kept_ >= kMostKept) return;
  }
  journal.add(f);
  last_kept_ = f;
  kept_epoch_ = epoch_;
  ++kept_;
}

void Outlook::tell(const record::Forecast& f, const record::Mark& now) {
  if (!told_.tell) return;
  if (last_told_) {
    const bool changed = moved(last_told_->total_j.value, f.total_j.value, kWorthTelling) ||
                         moved(last_told_->total_s.value, f.total_s.value, kWorthTelling);
    const bool advanced = f.at_s - last_told_->at_s > kWorthTelling * f.total_s.value;
    if ((!changed && !advanced) || f.at_s - last_told_->at_s < kToldApart_s) return;
  }
  last_told_ = f;
  told_.tell(forecast_line(f, now, epoch_, of_, factor_, base::unix_now()));
}

std::string Outlook::budget_text() const {
  return fmt::format("the budget of {} ({})", budget_->text, format_amount(*budget_, budget_->amount));
}

void Outlook::hold_against_budget(record::Journal& journal, const record::Forecast& f) {
  const auto amount = [&](double j, double s) { return in_unit_of(*budget_, j, s, factor_); };
  const base::Interval all{amount(f.total_j.value, f.total_s.value), amount(f.total_j.low, f.total_s.low),
                           amount(f.total_j.high, f.total_s.high)};
  const std::string text = format_amount(*budget_, all);
  if (stop_ && !wants_an_end_ && all.low > budget_->amount) {
    wants_an_end_ = warned_ = true;
    say(journal, f.at_s,
        fmt::format("even the low end of the forecast, {}, eight cases in ten, passes {}: the command is ended", text,
                    budget_text()));
  } else if (!warned_ && all.value > budget_->amount) {
    warned_ = true;
    say(journal, f.at_s, fmt::format("the forecast of {}, eight cases in ten, passes {}", text, budget_text()));
  }
}

void Outlook::check_budget(record::Journal& journal, const record::Mark& now, double now_s) {
  const double spent = in_unit_of(*budget_, now.j, now.t_s, factor_);
  if (spent >= budget_->amount) {
    reached_ = true;
    budget_due_s_ = kNever;
    wants_an_end_ = wants_an_end_ || stop_;
    say(journal, now.t_s,
        fmt::format("{} is reached after {}{}", budget_text(), base::format_seconds(now.t_s),
                    stop_ ? ": the command is ended" : ""));
    return;
  }
  const double before = in_unit_of(*budget_, before_.j, before_.t_s, factor_);
  const double rate = (spent - before) / std::max(1e-9, now.t_s - before_.t_s);
  budget_due_s_ = rate > 0 ? now_s + std::max(kSoonest_s, (budget_->amount - spent) / rate) : kNever;
}

void Outlook::say(record::Journal& journal, double t_s, const std::string& sentence) {
  journal.add(record::Event{t_s, "budget", "", sentence});
  if (told_.warn) told_.warn(sentence);
}

}  // namespace cradle::measure
