// Settings from files and environment, each with its origin: built-in < /etc < user < project < CRADLE_* < command
// line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::cli {

/// One setting: what it is for, its value and where that came from ("built-in", "~/.config/cradle/config.toml:3",
/// "CRADLE_PLACE").
struct Setting {
  std::string key;
  std::string what;
  std::string value;
  std::string origin;
};

/// Where files are looked for; a test gives its own.
struct SettingPlaces {
  std::filesystem::path system = "/etc/cradle/config.toml";
  std::filesystem::path user;     ///< $XDG_CONFIG_HOME/cradle/config.toml; empty if there is no home
  std::filesystem::path project;  ///< the nearest cradle.toml upwards; empty if there is none
};
SettingPlaces usual_places();

/// All settings after every layer. Throws Error file:line for an unknown key (with the nearest) or a wrong type.
std::vector<Setting> load_settings(const SettingPlaces& places);

/// Value of one key from the usual places, loaded once. Commands use these as defaults of their options.
const std::string& setting(std::string_view key);
int setting_int(std::string_view key);

}  // namespace cradle::cli
