// Each line of the log that means something, by its beginning.
#include "cradle/report/carbontracker_log.h"

#include <fmt/format.h>

#include <cmath>

#include "cradle/base/clock.h"
#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/imported_run.h"

namespace cradle::report {
namespace {

constexpr std::size_t kClockLength = 19;  // "2025-11-18 15:53:54"
constexpr std::size_t kLongestList = 1 << 16;
constexpr double kGreatest = 1e12;  // seconds, watts or kWh beyond which a figure is a mistake

/// What follows `beginning` in `text`, if it begins so.
std::optional<std::string_view> after(std::string_view text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return std::nullopt;
  return base::trim(text.substr(beginning.size()));
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(" \t")); }

double number_in(std::string_view text, const std::string& where) {
  const double value = base::csv_number(first_word(text), where);
  if (value < 0 || value > kGreatest) base::fail("{}: {} cannot be; expected 0 or more", where, value);
  return value;
}

/// "0:02:21.90" in seconds.
double duration_in(std::string_view text, const std::string& where) {
  const std::vector<std::string> fields = base::split(first_word(text), ':');
  if (fields.size() != 3) base::fail("{}: expected a duration as 0:02:21.90, found '{}'", where, text.substr(0, 60));
  double seconds = 0;
  for (const std::string& field : fields) seconds = seconds * 60 + number_in(field, where);
  return seconds;
}

PrintedPower power_in(std::string_view text, const std::string& where) {
  PrintedPower power;
  text = base::trim(text);
  power.is_list = text.starts_with('[');
  std::string figures(text);
  for (char& c : figures)
    if (c == '[' || c == ']' || c == ',' || c == '\t') c = ' ';
  for (const std::string& word : base::split(figures, ' ')) {
    if (base::trim(word).empty() || word == "None" || word == "nan") continue;
    power.watts.push_back(number_in(word, where));
  }
  return power;
}

/// "GPU with device(s) A, B. CPU with device(s) C." A device's name may hold dots ("2.20GHz").
void read_devices(std::string_view text, TrackedLog& log) {
  constexpr std::string_view kBetween = " with device(s) ";
  log.devices.clear();
  for (std::size_t at; (at = text.find(kBetween)) != std::string_view::npos;) {
    const std::string component = base::lower(base::trim(text.substr(0, at)));
    text.remove_prefix(at + kBetween.size());
    const std::size_t next = text.find(kBetween);
    // The next component's name stands between the last ". " and its own "with device(s)".
    const std::size_t end = next == std::string_view::npos ? text.size() : text.rfind(". ", next);
    std::string_view list = base::trim(text.substr(0, end));
    if (list.ends_with('.')) list.remove_suffix(1);
    std::vector<std::string>& devices = log.devices[component];
    for (const std::string& device : base::split(list, ','))
      if (!base::trim(device).empty()) devices.emplace_back(base::trim(device));
    if (end == std::string_view::npos || end >= text.size()) return;
    text.remove_prefix(end + 2);
  }
}

/// "102.00 gCO2/kWh at detected location: Copenhagen, DK."
void read_intensity(std::string_view text, const std::string& where, TrackedLog& log) {
  if (first_word(text) != "nan") log.intensity_g_per_kwh = number_in(text, where);
  if (const std::size_t at = text.find("location:"); at != std::string_view::npos) {
    std::string_view place = base::trim(text.substr(at + 9));
    if (place.ends_with('.')) place.remove_suffix(1);
    log.location = place;
  }
}

void read_location(std::string_view text, TrackedLog& log) {
  const std::size_t at = text.find("location"), list = text.rfind(": [");
  if (at == std::string_view::npos || list == std::string_view::npos || list < at + 8) return;
  std::string_view place = text.substr(at + 8, list - at - 8);
  if (place.starts_with(':')) place.remove_prefix(1);
  if (!base::trim(place).empty()) log.location = base::trim(place);
}

/// Reads line after line; keeps what the lines before have opened.
class Reader {
 public:
  Reader(std::string_view name, TrackedLog& log) : name_(name), log_(log) {}

  void line(std::string_view text) {
    const std::string where = fmt::format("{}:{}", name_, ++number_);
    std::string_view message = base::trim(without_clock(text));
    if (!list_.empty()) return go_on_with_list(message, where);
    if (const auto rest = after(message, "CarbonTracker:")) message = *rest;
    if (ended_) return;
    if (after(message, "carbontracker version ")) {
      ended_ = !versioned_.empty() || !log_.epochs.empty();
      log_.has_second_tracker = log_.has_second_tracker || ended_;
      if (ended_) return;
      versioned_ = log_.version = *after(message, "carbontracker version ");
    } else if (const auto rest_of_pue = part_after(message, "PUE coefficient of ")) {
      log_.pue = number_in(*rest_of_pue, where);
    } else if (const auto found = after(message, "The following components were found:")) {
      if (log_.epochs.empty()) read_devices(*found, log_);
    } else {
      read_figures(message, where);
    }
  }

 private:
  std::string_view without_clock(std::string_view text) {
    if (text.size() < kClockLength + 2 || text.substr(kClockLength, 2) != " -") return text;
    try {
      const double now = base::clock_of(text.substr(0, kClockLength), "clock").unix_s;
      if (!log_.first_unix_s || now < *log_.first_unix_s) log_.first_unix_s = now;
      if (!log_.last_unix_s || now > *log_.last_unix_s) log_.last_unix_s = now;
    } catch (const base::Error&) {
      return text;  // a dash at that place, but no clock
    }
    return text.substr(kClockLength + 2);
  }

  static std::optional<std::string_view> part_after(std::string_view text, std::string_view middle) {
    const std::size_t at = text.find(middle);
    if (at == std::string_view::npos) return std::nullopt;
    return text.substr(at + middle.size());
  }

  void read_figures(std::string_view message, const std::string& where) {
    if (message.starts_with("Epoch ") && message.ends_with(':')) {
      log_.epochs.emplace_back();
      in_consumption_ = nullptr;
    } else if (const auto duration = after(message, "Duration:")) {
      if (!log_.epochs.empty()) log_.epochs.back().duration_s = duration_in(*duration, where);
    } else if (const auto power = after(message, "Average power usage (W) for ")) {
      read_power(*power, where);
    } else if (const auto intensity = after(message, "Average carbon intensity during training was ")) {
      read_intensity(*intensity, where, log_);
    } else if (message.starts_with("Carbon intensities (")) {
      read_location(message, log_);
    } else if (message.starts_with("Actual consumption")) {
      in_consumption_ = &log_.actual.emplace();
    } else if (const auto predicted = after(message, "Predicted consumption for ")) {
      log_.predicted_epochs = static_cast<int>(std::min(1e9, number_in(*predicted, where)));
      in_consumption_ = nullptr;
    } else if (message.starts_with("Training was interrupted")) {
      log_.interrupted = true;
    } else {
      read_consumption(message, where);
    }
    if (message.find("imulated") != std::string_view::npos) log_.simulated = true;
  }

  void read_consumption(std::string_view message, const std::string& where) {
    if (!in_consumption_) return;
    if (const auto time = after(message, "Time:")) in_consumption_->duration_s = duration_in(*time, where);
    if (const auto energy = after(message, "Energy:")) in_consumption_->energy_kwh = number_in(*energy, where);
    if (const auto co2e = after(message, "CO2eq:"))
      if (first_word(*co2e) != "nan") in_consumption_->co2e_g = number_in(*co2e, where);
  }

  void read_power(std::string_view text, const std::string& where) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos || log_.epochs.empty()) return;
    component_ = base::lower(base::trim(text.substr(0, colon)));
    const std::string_view figures = base::trim(text.substr(colon + 1));
    if (figures.starts_with('[') && figures.find(']') == std::string_view::npos)
      list_ = figures;  // numpy breaks long lists over lines
    else
      log_.epochs.back().power[component_] = power_in(figures, where);
  }

  void go_on_with_list(std::string_view message, const std::string& where) {
    list_ += ' ';
    list_ += message;
    if (list_.size() > kLongestList) base::fail("{}: a list of powers has no end; expected ']'", where);
    if (message.find(']') == std::string_view::npos) return;
    log_.epochs.back().power[component_] = power_in(list_, where);
    list_.clear();
  }

  std::string name_;
  TrackedLog& log_;
  int number_ = 0;
  std::string versioned_;  // the version once this file has said it
  std::string component_, list_;
  TrackedConsumption* in_consumption_ = nullptr;
  bool ended_ = false;
};

}  // namespace

void read_tracked_log(std::string_view text, std::string_view name, TrackedLog& log) {
  Reader reader(name, log);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace cradle::report
