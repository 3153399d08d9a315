// Small steps of reading a study's tables; for the inside of this room.
#pragma once

#include "cradle/base/toml.h"
#include "cradle/study/study.h"

namespace cradle::study {

/// No figure of a study is larger (the greatest trainings take some 1e26 operations); products of several stay finite.
inline constexpr double kGreatest = 1e30;
/// Years that anything of a study lasts or is kept at most; the path of the grid takes a step for each.
inline constexpr double kMostYears = 1000;

/// A figure that must lie between `least` and `greatest`; notes a fault otherwise.
std::optional<base::Distribution> figure(base::TomlTable& table, std::string_view key, double least = 0.0,
                                         double greatest = kGreatest);
/// A plain number, with the same bounds.
std::optional<double> number(base::TomlTable& table, std::string_view key, double least = 0.0,
                             double greatest = kGreatest);
/// How many: above 0, 1 if it is not said.
double count_of(base::TomlTable& table);
/// The same, or the word "default".
std::optional<Stated> stated(base::TomlTable& table, std::string_view key, double least = 0.0);
/// A text that names something to be looked up (place, device, part): at most 200 characters, because the search for
/// the nearest name takes time with the length of both.
std::optional<std::string> name_in(base::TomlTable& table, std::string_view key);
/// One of a few words, else a fault; `fallback` if the key is absent.
std::string word(base::TomlTable& table, std::string_view key, const std::vector<std::string>& words,
                 std::string fallback);
/// `run = "a.json"` or `run = ["a.json", "b.json"]`.
std::vector<Cited> cited(base::TomlTable& table, std::string_view key, const std::filesystem::path& folder);

enum class PlaceIs { kNeeded, kOptional };
Supply supply_of(base::TomlTable& table, PlaceIs place);
/// `key = "server"` with its count, share, lifetime and utilisation beside it in the same table.
std::optional<Hardware> hardware_of(base::TomlTable& table, std::string_view key);

std::optional<Design> design_of(base::TomlTable table, const std::filesystem::path& folder);
std::optional<Data> data_of(base::TomlTable table, const std::filesystem::path& folder);
Training training_of(base::TomlTable table, const std::filesystem::path& folder);
Deployment deployment_of(base::TomlTable table);
Use use_of(base::TomlTable table, const std::filesystem::path& folder);
std::vector<Device> devices_of(base::TomlTable table);
std::vector<Expected> expected_of(std::vector<base::TomlTable> tables, const std::filesystem::path& folder);

}  // namespace cradle::study
