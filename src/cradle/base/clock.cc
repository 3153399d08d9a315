// Dates by the civil calendar, zones by their offset.
#include "cradle/base/clock.h"

#include <charconv>
#include <chrono>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::base {
namespace {

/// Takes `digits` digits from the front of `text`; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  int value = -1;
  if (text.size() < digits) return -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || value < 0) return -1;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// The zone at the end of a clock, in seconds east of Greenwich; throws nothing, says whether it was one.
bool take_zone(std::string_view& text, double& east_s) {
  if (take(text, 'Z')) return true;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const double sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = take_number(text, 2);
  take(text, ':');
  const int minutes = take_number(text, 2);
  if (hours < 0 || minutes < 0) return false;
  east_s = sign * (hours * 3600.0 + minutes * 60.0);
  return true;
}

}  // namespace

Clock clock_of(std::string_view text, std::string_view where) {
  const auto refuse = [&] {
    fail("{}: expected a time as 2025-10-09T11:25:18, found '{}'", where, text.substr(0, 60));
  };
  std::string_view rest = trim(text);
  int field[6];  // year, month, day, hour, minute, second
  const char after[] = {'-', '-', 'T', ':', ':', '\0'};
  for (int i = 0; i < 6; ++i) {
    field[i] = take_number(rest, i == 0 ? 4 : 2);
    if (field[i] < 0 || (after[i] && !take(rest, after[i]) && !(after[i] == 'T' && take(rest, ' ')))) refuse();
  }
  const std::chrono::year_month_day day{std::chrono::year(field[0]), std::chrono::month(unsigned(field[1])),
                                        std::chrono::day(unsigned(field[2]))};
  if (!day.ok() || field[0] < 1970 || field[3] > 23 || field[4] > 59 || field[5] > 60) refuse();
  double fraction = 0;
  if (take(rest, '.') || take(rest, ',')) {
    double scale = 0.1;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      fraction += scale * (rest[0] - '0');
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  Clock clock;
  double east_s = 0;
  clock.zoned = take_zone(rest, east_s);
  if (!rest.empty()) refuse();
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  clock.unix_s = days * 86400.0 + field[3] * 3600.0 + field[4] * 60.0 + field[5] + fraction - east_s;
  return clock;
}

}  // namespace cradle::base
