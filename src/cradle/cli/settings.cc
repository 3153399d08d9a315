// Settings from files and environment.
#include "cradle/cli/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/base/toml.h"

namespace cradle::cli {
namespace {

/// Every setting there is, with its built-in value.
std::vector<Setting> built_in() {
  return {{"place", "where electricity is drawn: FR, US-OR, Brussels; empty: unknown", "", "built-in"},
          {"hz", "samples a second of the meter; 0: the meter chooses", "0", "built-in"},
          {"scope", "what cradle run bills: mine or machine", "mine", "built-in"},
          {"wattmeter", "a wattmeter at the plug: file, FIFO, device or Unix socket that yields watts", "", "built-in"},
          {"pack", "your own tables of figures before the built-in ones; paths joined by ':'", "", "built-in"},
          {"samples", "Monte Carlo samples of an assessment", "10000", "built-in"},
          {"seed", "seed of every random draw", "1", "built-in"},
          {"threads", "threads of trainings and inferences", "1", "built-in"}};
}

bool is_number(std::string_view key) { return key == "hz" || key == "samples" || key == "seed" || key == "threads"; }

/// Counts are whole; a rate (hz) need not be. Without the bounds a seed of -1 would be read as the largest there is.
void check_number(const Setting& s) {
  if (!is_number(s.key)) return;
  const double value = std::strtod(s.value.c_str(), nullptr);
  const bool whole = s.key == "hz" || value == std::floor(value);
  if (!(value >= 0 && value <= std::numeric_limits<int>::max()) || !whole)
    base::fail_usage("{}: '{}': expected a {}number from 0 to {}, found {}", s.origin, s.key,
                     s.key == "hz" ? "" : "whole ", std::numeric_limits<int>::max(), s.value);
}

std::string environment_name(std::string_view key) {
  std::string name = "CRADLE_";
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

void apply_file(std::vector<Setting>& settings, const std::filesystem::path& path) {
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return;
  base::TomlFile file = base::TomlFile::read(path.string());
  base::TomlTable root = file.root();
  for (Setting& s : settings) {
    if (!root.has(s.key)) {
      root.text(s.key);  // makes the key known to the file, for its suggestions
      continue;
    }
    std::optional<std::string> value;
    if (is_number(s.key)) {
      if (const auto n = root.number(s.key)) value = fmt::format("{}", *n);
    } else {
      value = root.text(s.key);
    }
    if (!value) continue;
    s.value = *value;
    s.origin = root.where(s.key);
  }
  file.finish();
}

}  // namespace

SettingPlaces usual_places() {
  SettingPlaces places;
  const char* home = std::getenv("HOME");
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  if ((home && *home) || (xdg && *xdg == '/')) places.user = base::config_folder() / "config.toml";
  std::error_code error;
  for (auto folder = std::filesystem::current_path(error); !error && !folder.empty(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "cradle.toml", error)) {
      places.project = folder / "cradle.toml";
      break;
    }
    if (folder == folder.root_path()) break;
  }
  return places;
}

std::vector<Setting> load_settings(const SettingPlaces& places) {
  std::vector<Setting> settings = built_in();
  apply_file(settings, places.system);
  apply_file(settings, places.user);
  apply_file(settings, places.project);
  for (Setting& s : settings) {
    const std::string name = environment_name(s.key);
    const char* value = std::getenv(name.c_str());
    if (!value || !*value) continue;
    s.value = value;
    s.origin = name;
    double number = 0;
    const auto [end, fault] = std::from_chars(value, value + s.value.size(), number);
    if (is_number(s.key) && (fault != std::errc() || *end != '\0'))
      base::fail_usage("{}: expected a number, found '{}'", name, value);
  }
  for (const Setting& s : settings) check_number(s);
  return settings;
}

const std::string& setting(std::string_view key) {
  static const std::vector<Setting> settings = load_settings(usual_places());
  const auto at = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
  if (at == settings.end()) base::fail("no setting '{}'", key);
  return at->value;
}

int setting_int(std::string_view key) { return static_cast<int>(std::strtod(setting(key).c_str(), nullptr)); }

}  // namespace cradle::cli
