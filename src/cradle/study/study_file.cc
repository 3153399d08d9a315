// Reads a study file: every key known, every fault with its line, contradictions refused.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/base/toml.h"
#include "cradle/study/reading.h"

namespace cradle::study {
namespace {

using base::Distribution;
using base::TomlTable;

constexpr double kMostUnits = 1e18;  // images of a life; more is a slip
const std::vector<std::string> kUnitKinds = {"image", "camera-year", "service-year", "training", "device"};

std::optional<QualityDemand> quality_of(TomlTable& unit) {
  const auto text = unit.text("quality");
  if (!text) return std::nullopt;
  const std::size_t at = text->find(">=");
  if (at != std::string::npos) {
    const std::string metric(base::trim(std::string_view(*text).substr(0, at)));
    const std::string bound(base::trim(std::string_view(*text).substr(at + 2)));
    char* end = nullptr;
    const double value = std::strtod(bound.c_str(), &end);
    if (!metric.empty() && !bound.empty() && *end == '\0' && std::isfinite(value)) return QualityDemand{metric, value};
  }
  unit.fault("quality", "expected the form \"mAP50 >= 0.60\"");
  return std::nullopt;
}

FunctionalUnit functional_unit_of(TomlTable& unit, const std::optional<QualityDemand>& quality) {
  FunctionalUnit f;
  if (!unit.has("kind")) unit.fault("kind", "is missing: image, camera-year, service-year, training or device");
  f.kind = word(unit, "kind", kUnitKinds, "");
  f.amount = unit.number("amount").value_or(1);
  if (!(f.amount > 0 && f.amount <= kMostUnits)) {
    unit.fault("amount", fmt::format("must be above 0 and at most {}, found {}", kMostUnits, f.amount));
    f.amount = 1;
  }
  if (quality) f.quality = fmt::format("{} >= {}", quality->metric, quality->at_least);
  const std::string plural = f.amount == 1 ? f.kind : f.kind + "s";
  f.text = fmt::format("{} {}{}", base::format_count(f.amount), plural, quality ? " at " + f.quality : "");
  return f;
}

/// What the tables say of each other.
void check_whole(const Study& s, TomlTable& root) {
  TomlTable unit = root.table("functional_unit");
  const std::string& kind = s.functional_unit.kind;
  if (kind == "training" && !s.training) unit.fault("kind", "is 'training', but the study has no [training]");
  if (kind == "device" && !s.product) unit.fault("kind", "is 'device', but the study has no [production] device");
  if (!kind.empty() && kind != "training" && kind != "device" && !s.use)
    unit.fault("kind", fmt::format("is '{}', but the study has no [use]", kind));
  if (s.product && kind != "device")
    root.fault("production", "belongs to a functional unit of kind \"device\"; hardware of a phase is named there");
  if (s.use && s.use->hardware && s.deployment && s.deployment->device)
    root.table("use").fault("hardware",
                            "contradicts [deployment] device: give the device once, there if it is dedicated, "
                            "here if it is shared by time");
}

void read_goal(Study& s, TomlTable goal) {
  s.question = goal.text("question").value_or("");
  s.audience = goal.text("audience").value_or("");
  s.application = goal.text("application").value_or("");
  s.reviewer = word(goal, "review", {"none", "internal", "external", "panel"}, "");
  s.comparison_to_public = goal.boolean("comparison_to_public").value_or(false);
}

/// What the study is, and of what.
void read_head(Study& s, TomlTable& root) {
  const auto schema = root.text("schema");
  if (!schema)
    root.fault("schema", fmt::format("is missing; the first line should be schema = \"{}\"", kStudySchema));
  else if (*schema != kStudySchema)
    root.fault("schema", fmt::format("expected \"{}\", found \"{}\"", kStudySchema, *schema));
  s.name = root.text("name").value_or(std::filesystem::path(s.file).stem().string());
  read_goal(s, root.table("goal"));
  TomlTable unit = root.table("functional_unit");
  if (!unit.present()) root.fault("functional_unit", "is missing: without a functional unit nothing can be compared");
  s.quality = quality_of(unit);
  if (unit.present()) s.functional_unit = functional_unit_of(unit, s.quality);
}

/// The older place of [design] experiments.
void read_development(Study& s, TomlTable& training) {
  const auto development = stated(training, "development");
  if (!development) return;
  if (s.design && (s.design->experiments || !s.design->runs.empty()))
    training.fault("development", "is the same as [design] experiments or run; remove one of them");
  if (!s.design) {
    s.design.emplace();
    s.design->where = training.where("development");
  }
  s.design->experiments = development;
}

/// How the model came to be: design, training, compression.
void read_model(Study& s, TomlTable& root, const std::filesystem::path& folder) {
  s.design = design_of(root.table("design"), folder);
  if (TomlTable t = root.table("training"); t.present()) {
    read_development(s, t);
    s.training = training_of(t, folder);
  }
  if (s.design && !s.training)
    root.table("design").fault("experiments", "[design] needs [training]: development of what?");
  if (TomlTable t = root.table("compression"); t.present()) {
    s.compression = Compression{cited(t, "run", folder)};
    if (s.compression->runs.empty()) t.fault("run", "is missing: the records of the compression");
    if (!s.training) t.fault("run", "[compression] needs [training]: there is nothing to compress");
  }
}

EndOfLife end_of_life_of(TomlTable& t) {
  EndOfLife end;
  if (const auto share = figure(t, "share_collected", 0.0, 1.0))
    end.share_collected = *share;
  else if (!t.has("share_collected"))
    t.fault("share_collected", "is missing: share of the waste that is collected");
  if (const auto second = figure(t, "second_life", 0.0, 1.0)) {
    // The share goes into the structure of the life, which no draw changes.
    if (!base::is_fixed(*second))
      t.fault("second_life", "must be one number from 0 to 1; a doubt about this share would not be drawn");
    end.second_life = second->value;
  }
  return end;
}

void read_electricity(Study& s, TomlTable electricity) {
  s.view = word(electricity, "view", {"location-average", "location-marginal", "market"}, s.view);
  s.electricity_set = name_in(electricity, "set").value_or("");
  if (!s.electricity_set.empty() && s.electricity_set != "seed-2021")
    electricity.fault("set", fmt::format("unknown data set '{}'; did you mean 'seed-2021'?", s.electricity_set));
  if (const auto year = number(electricity, "year", 1900, 2200)) {
    s.electricity_year = static_cast<int>(*year);
    if (*s.electricity_year != *year)
      electricity.fault("year", fmt::format("must be a whole year, as 2023; found {}", *year));
  }
  s.grid_decline = figure(electricity, "decline_per_year", -0.5, 0.5);
  if (const auto profile = electricity.text("profile")) {
    s.profile = std::filesystem::path(s.file).parent_path() / *profile;
    std::error_code error;
    if (!std::filesystem::exists(s.profile, error))
      electricity.fault("profile", fmt::format("there is no file {}", s.profile.string()));
  }
}

// Tables without a required key: an override may be the first to say something in them.
const std::vector<std::string> kMayBeAdded = {"electricity", "allocation", "end_of_life"};

void apply(base::TomlFile& file, const std::vector<Override>& overrides) {
  for (const auto& [key, value] : overrides) {
    const std::string table = key.substr(0, key.find('.'));
    const bool may_be_added = std::find(kMayBeAdded.begin(), kMayBeAdded.end(), table) != kMayBeAdded.end();
    if (may_be_added && !file.root().has(table)) file.replace(table, "{}");
    file.replace(key, value);
  }
}

/// The faults of a file, of which those at an override say so: it stands on no line of the file.
std::string naming_overrides(const std::string& faults, const std::string& file,
                             const std::vector<Override>& overrides) {
  std::vector<std::string> lines = base::split(faults, '\n');
  for (const auto& [key, value] : overrides) {
    const std::string named = fmt::format("{}, with {} = {}", file, key, value);
    const std::string unknown = fmt::format("{}:0: unknown key '{}'", file, key.substr(key.rfind('.') + 1));
    const std::string wrong = fmt::format("{}: '{}'", file, key);
    // Of an unknown key the file knows the last part only, so that each override takes one line.
    const auto at =
        std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.starts_with(unknown); });
    if (at != lines.end()) at->replace(0, file.size() + 2, named);
    for (std::string& line : lines)
      if (line.starts_with(wrong)) line.replace(0, file.size(), named);
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void finish(base::TomlFile& file, const std::vector<Override>& overrides) {
  try {
    file.finish();
  } catch (const base::Error& e) {
    throw base::Error(naming_overrides(e.what(), file.name(), overrides));
  }
}

}  // namespace

Study parse_study(std::string_view text, const std::filesystem::path& path, const std::vector<Override>& overrides) {
  base::TomlFile file = base::TomlFile::parse(text, path.string());
  apply(file, overrides);
  const std::filesystem::path folder = path.parent_path();
  TomlTable root = file.root();
  Study s;
  s.file = path.string();
  s.sha256 = base::sha256_of(text);
  read_head(s, root);
  s.devices = devices_of(root.table("device"));
  if (TomlTable t = root.table("production"); t.present()) {
    s.product = hardware_of(t, "device");
    if (!s.product) t.fault("device", "is missing: which device is made");
  }
  s.data = data_of(root.table("data"), folder);
  read_model(s, root, folder);
  if (TomlTable t = root.table("deployment"); t.present()) s.deployment = deployment_of(t);
  if (TomlTable t = root.table("use"); t.present()) s.use = use_of(t, folder);
  read_electricity(s, root.table("electricity"));
  if (TomlTable t = root.table("end_of_life"); t.present()) s.end_of_life = end_of_life_of(t);
  TomlTable allocation = root.table("allocation");
  s.allocation = word(allocation, "rule", {"active-time", "calendar-time", "early-retirement"}, s.allocation);
  if (TomlTable t = root.table("method"); t.present()) {
    s.methods = cited(t, "table", folder);
    if (s.methods.empty()) t.fault("table", "is missing: a CSV file of flows and factors");
  }
  s.expected = expected_of(root.tables("expected"), folder);
  check_whole(s, root);
  finish(file, overrides);
  return s;
}

Study read_study(const std::filesystem::path& path, const std::vector<Override>& overrides) {
  return parse_study(base::read_file(path), path, overrides);
}

}  // namespace cradle::study
