// While a run goes on: what it will have cost, said when that changes, and held against a budget.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cradle/forecast/forecast.h"
#include "cradle/measure/budget.h"
#include "cradle/record/journal.h"

namespace cradle::measure {

/// forecast::forecast, or a test's own.
using Forecaster = std::function<std::optional<record::Forecast>(const std::vector<record::Mark>&, const record::Mark&,
                                                                 const forecast::Plan&)>;

/// Looks at marks as they come and asks for a forecast, at most four times a second and in at most 2 % of the time.
/// Into the journal goes a forecast whose P50 moved by more than 1 % or that a new epoch brought, at most 200 of them.
class Outlook {
 public:
  struct Told {
    std::function<void(const std::string&)> tell;  ///< lines about the forecast; none: nobody wants them
    std::function<void(const std::string&)> warn;  ///< sentences about the budget
  };
  Outlook(forecast::Plan plan, std::optional<Budget> budget, bool stop, std::optional<record::GridFactor> factor,
          Told told, Forecaster forecaster = forecast::forecast);

  /// After a reading: `now` has its joules and seconds (since the command began), `now_s` is CLOCK_MONOTONIC. Adds what
  /// is to be kept to the journal.
  void look(record::Journal& journal, const record::Mark& now, double now_s);

  /// When a reading is wanted, on CLOCK_MONOTONIC: for a forecast that was put off, or where the budget will be reached
  /// at the power of the last readings. Infinite if none.
  double due_s() const;
  /// The budget is reached, or even P10 is above it, and the command is to be ended for it.
  bool wants_an_end() const { return wants_an_end_; }

 private:
  void count_epochs(const std::vector<record::Mark>& marks);
  void ask(record::Journal& journal, const record::Mark& now, double now_s);
  void keep(record::Journal& journal, const record::Forecast& f);
  void tell(const record::Forecast& f, const record::Mark& now);
  void hold_against_budget(record::Journal& journal, const record::Forecast& f);
  void check_budget(record::Journal& journal, const record::Mark& now, double now_s);
  void say(record::Journal& journal, double t_s, const std::string& sentence);
  std::string budget_text() const;

  forecast::Plan plan_;
  std::optional<Budget> budget_;
  bool stop_;
  std::optional<record::GridFactor> factor_;
  Told told_;
  Forecaster forecaster_;

  std::size_t marks_seen_ = 0;
  bool put_off_ = false;
  double next_s_ = 0;       // no forecast before this
  int epoch_ = 0, of_ = 0;  // the latest that ended, of how many
  int kept_ = 0, kept_epoch_ = 0;
  std::optional<record::Forecast> last_kept_, last_told_;
  bool warned_ = false, reached_ = false, wants_an_end_ = false;
  double budget_due_s_;
  record::Mark before_;
};

/// "cradle: epoch 3 of 50: 1.20 MJ to come, 1.40 MJ in all (1.2–1.7, eight cases in ten), done at 16:40, 12 gCO2e".
/// `unix_now` for the time of day; epoch 0: none has ended.
std::string forecast_line(const record::Forecast& f, const record::Mark& now, int epoch, int of,
                          const std::optional<record::GridFactor>& factor, double unix_now);

}  // namespace cradle::measure
