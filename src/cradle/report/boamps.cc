// BoAmps: the one task that the functional unit is about, as JSON of its published schema.
//
// Schema: Boavizta/BoAmps, model/report_schema.json (draft 4), commit 3bfefec, CC BY 4.0. It has no place for an
// interval, for embodied impacts or for phases; the description of the task says what is left out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/catalog/place.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using base::Json;
using study::Figure;
using study::Result;

constexpr std::string_view kNotStated = "not stated";
constexpr std::string_view kSpecification =
    "https://raw.githubusercontent.com/Boavizta/BoAmps/main/model/report_schema.json";

/// The measured task: inference of one functional unit, or one whole training.
struct Task {
  bool training = false;
  Figure kwh;  ///< at the computer: the schema knows no facility
  bool has_interval = true;
  std::string measures;  ///< what `kwh` is of
};

Task task_of(const Result& result) {
  const std::string& kind = result.functional_unit.kind;
  const study::Energy* use = energy_of(result, "use");
  if (use && kind != "training" && kind != "device")
    return {false, use->node_kwh, true, fmt::format("inference for {}", result.functional_unit.text)};
  const study::Energy* training = energy_of(result, "training");
  if (!training)
    base::fail(
        "BoAmps reports the electricity of a task, and the result '{}' has none for the use or the training; assess a "
        "study with [use] or [training] by this version of cradle",
        result.name);
  const auto whole = of_whole_model(result, training->node_kwh);
  if (!whole)
    return {true, training->node_kwh, true, fmt::format("the training's share in {}", result.functional_unit.text)};
  return {true, whole->figure, whole->has_interval, "the whole training"};
}

Json header_json(const Result& result, const Origin& origin) {
  Json header;
  header["licensing"] = std::string(kNotStated);
  header["formatVersion"] = "0.1";
  header["formatVersionSpecificationUri"] = std::string(kSpecification);
  header["reportId"] = result.study_sha256.empty() ? std::string(kNotStated) : result.study_sha256;
  header["reportDatetime"] = origin.written.empty() ? std::string(kNotStated) : origin.written;
  header["reportStatus"] = "draft";
  // What the study does not call public is not for the public.
  const bool is_public = base::lower(base::trim(result.audience)) == "public";
  header["publisher"] = {{"confidentialityLevel", is_public ? "public" : "internal"}};
  return header;
}

bool of_images(const Result& result) {
  const std::string& kind = result.functional_unit.kind;
  return kind == "image" || kind == "camera-year" || result.images > 0;
}

Json dataset_json(const Result& result, const Task& task) {
  Json input{{"dataUsage", "input"}, {"dataType", of_images(result) ? "image" : "other"}};
  if (!task.training && result.functional_unit.kind == "image") input["dataQuantity"] = result.functional_unit.amount;
  return Json::array({input});
}

std::string description_of(const Result& result, const Task& task) {
  std::string text = fmt::format("{}: {}, {} kWh at the computer, without PUE", result.name, task.measures,
                                 exact_text(task.kwh.value));
  if (!is_certain(task.kwh))
    text += fmt::format(", P5-P95 {} to {} kWh", number_text(task.kwh.p5, 4), number_text(task.kwh.p95, 4));
  if (!task.has_interval) text += ", its interval is not known from this unit";
  text += fmt::format("; {} (basis: {}).", measured_or_estimated(result.energy_basis),
                      result.energy_basis.empty() ? kNotStated : std::string_view(result.energy_basis));
  if (const study::Energy* training = energy_of(result, "training"); training && !task.training)
    text += fmt::format(" The share of the training, {} kWh, is not in it.", exact_text(training->node_kwh.value));
  return text +
         " Production of the hardware, deployment and end of life are not in it: the format has no place for them.";
}

Json task_json(const Result& result, const Task& task) {
  Json out;
  out["taskStage"] = task.training ? "training" : "inference";
  // A study does not say what its model is for; its functional unit says whether it looks at images.
  const std::string& unit = result.functional_unit.kind;
  out["taskFamily"] = unit == "training" || unit == "device" ? std::string(kNotStated) : "computer vision";
  if (!task.training && result.functional_unit.kind == "image") out["nbRequest"] = result.functional_unit.amount;
  out["algorithms"] = Json::array({Json{{"algorithmType", std::string(kNotStated)}}});
  out["dataset"] = dataset_json(result, task);
  out["taskDescription"] = description_of(result, task);
  return out;
}

/// "cradle", "0.1.0" of "cradle 0.1.0".
std::pair<std::string, std::string> tool_and_version(std::string_view program) {
  const std::size_t space = program.find(' ');
  if (space == std::string_view::npos) return {std::string(program), ""};
  return {std::string(program.substr(0, space)), std::string(program.substr(space + 1))};
}

Json measure_json(const Result& result, const Task& task, const Origin& origin) {
  const auto [tool, version] = tool_and_version(origin.program);
  Json out;
  out["measurementMethod"] =
      fmt::format("{} ({})", tool, result.energy_basis.empty() ? kNotStated : std::string_view(result.energy_basis));
  if (!version.empty()) out["version"] = version;
  out["powerConsumption"] = task.kwh.value;
  if (task.training && models_per_unit(result) && result.training && result.training->hours > 0)
    out["measurementDuration"] = result.training->hours * 3600.0;
  return out;
}

/// "gpu" where the device has figures of a GPU in the result; what else it is, the result does not say.
std::string component_type(const Result& result, const std::string& device) {
  for (const study::UsedFactor& f : result.factors)
    if (!device.empty() && f.id.starts_with("gpu.") && f.id.find(device) != std::string::npos) return "gpu";
  return "other";
}

Json infrastructure_json(const Result& result, const Task& task) {
  Json component;
  component["componentName"] = std::string(kNotStated);
  component["componentType"] = "other";
  component["nbComponent"] = 1;
  if (task.training && result.training && !result.training->device.empty()) {
    component["componentName"] = result.training->device;
    component["componentType"] = component_type(result, result.training->device);
    component["nbComponent"] = std::max<std::int64_t>(1, std::llround(result.training->count));
  }
  return Json{{"infraType", "other"}, {"components", Json::array({component})}};
}

/// The place of the phase's grid factor, if it is one place.
std::string place_of(const Result& result, std::string_view phase) {
  std::string place;
  for (const study::UsedFactor* f : factors_of_phase(result, phase, "GWP")) {
    if (!f->unit.ends_with("/kWh") || f->place.empty()) continue;
    if (!place.empty() && place != f->place) return "";
    place = f->place;
  }
  return place;
}

/// The country around a place; "" where there is none (the world) or the catalogue does not know the place.
std::string country_around(std::string_view code) {
  for (const catalog::Place& place : catalog::places())
    if (place.code == code) return place.kind == "country" ? place.code : country_around(place.within);
  return "";
}

Json environment_json(const Result& result, const Task& task) {
  const std::string_view phase = task.training ? "training" : "use";
  const std::string place = place_of(result, phase), country = country_around(place);
  if (country.empty()) return Json();
  Json out{{"country", country}};
  if (place != country) out["location"] = place;
  const Figure* gwp = impact_of(result, phase, "GWP");
  const study::Energy* energy = energy_of(result, phase);
  if (gwp && energy && energy->facility_kwh.value > 0)
    out["powerSourceCarbonIntensity"] = 1000.0 * gwp->value / energy->facility_kwh.value;
  return out;
}

/// The schema's three words are for ±10, ±25 and ±50 %; what is wider has none.
std::string quality_of(const Task& task) {
  const Figure& f = task.kwh;
  if (!task.has_interval || !(f.value > 0)) return "";
  const double half = 0.5 * (f.p95 - f.p5) / f.value;
  return half <= 0.10 ? "high" : half <= 0.25 ? "medium" : half <= 0.50 ? "low" : "";
}

}  // namespace

std::string boamps(const Result& result, const Origin& origin) {
  const Task task = task_of(result);
  Json out;
  out["header"] = header_json(result, origin);
  out["task"] = task_json(result, task);
  out["measures"] = Json::array({measure_json(result, task, origin)});
  out["infrastructure"] = infrastructure_json(result, task);
  if (const Json environment = environment_json(result, task); !environment.is_null()) out["environment"] = environment;
  if (const std::string quality = quality_of(task); !quality.empty()) out["quality"] = quality;
  return base::dump_json(out) + "\n";
}

}  // namespace cradle::report
