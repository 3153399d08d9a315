// BoAmps: the required keys, the meaning of what is written, and the published schemas where they lie beside the
// project.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/sample_result.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using base::Json;

const Origin kOrigin{"cradle 0.1.0", "2026-11-25 20:06:00"};

Json written(const study::Result& r) { return base::parse_json(boamps(r, kOrigin), "boamps"); }

study::Result training_study() {
  study::Result r = sample_result();
  r.functional_unit = {"training", 1, "", "one training"};
  r.tree.clear();
  r.energy = {{"training", {12.0, 11.0, 12.0, 13.5}, {13.2, 12.0, 13.2, 15.0}}};
  return r;
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

/// The keywords that these schemas use, of JSON Schema draft 4: type, required (a list), properties, items, minItems,
/// enum, minimum, maximum, $ref to a file of the same folder.
void check(const Json& value, const Json& schema, const std::filesystem::path& folder, const std::string& at,
           std::vector<std::string>& faults) {
  if (schema.contains("$ref")) {
    const std::string ref = schema["$ref"].get<std::string>();
    return check(value, base::read_json(folder / ref.substr(ref.rfind('/') + 1)), folder, at, faults);
  }
  if (schema.contains("type") && !has_type(value, schema["type"])) {
    faults.push_back(at + ": expected " + schema["type"].get<std::string>() + ", found " + value.dump());
    return;
  }
  if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    faults.push_back(at + ": " + value.dump() + " is none of " + schema["enum"].dump());
  if (value.is_number() && schema.contains("minimum") && value < schema["minimum"])
    faults.push_back(at + ": too small");
  if (value.is_number() && schema.contains("maximum") && value > schema["maximum"])
    faults.push_back(at + ": too great");
  if (value.is_object()) {
    if (schema.contains("required"))
      for (const Json& key : schema["required"])
        if (!value.contains(key.get<std::string>()))
          faults.push_back(at + ": '" + key.get<std::string>() + "' is missing");
    for (const auto& [key, item] : value.items()) {
      if (!schema.contains("properties") || !schema["properties"].contains(key))
        faults.push_back(at + ": the schema has no '" + key + "'");
      else
        check(item, schema["properties"][key], folder, at + "/" + key, faults);
    }
  }
  if (value.is_array()) {
    if (schema.contains("minItems") && value.size() < schema["minItems"].get<std::size_t>())
      faults.push_back(at + ": too few items");
    for (std::size_t i = 0; schema.contains("items") && i < value.size(); ++i)
      check(value[i], schema["items"], folder, at + "/" + std::to_string(i), faults);
  }
}

/// The published schemas, where a folder shared/ lies beside the project or beside a folder that holds it.
std::filesystem::path schema_folder() {
  for (std::filesystem::path up = std::filesystem::path(CRADLE_SOURCE); up != up.parent_path(); up = up.parent_path())
    if (std::filesystem::exists(up / "shared/schemas/boamps/report_schema.json")) return up / "shared/schemas/boamps";
  return {};
}

void expect_valid(const study::Result& r) {
  const std::filesystem::path folder = schema_folder();
  std::vector<std::string> faults;
  check(written(r), base::read_json(folder / "report_schema.json"), folder, "", faults);
  for (const std::string& fault : faults) ADD_FAILURE() << fault;
}

TEST(BoAmps, IsValidByThePublishedSchemas) {
  if (base::left_out(!schema_folder().empty(), "no ../shared/schemas/boamps beside the project")) return;
  expect_valid(sample_result());
  expect_valid(training_study());
  study::Result r = sample_result();
  r.training.reset();
  r.application = r.audience = r.energy_basis = r.study_sha256 = "";
  r.tree.clear();
  r.functional_unit.kind = "service-year";
  expect_valid(r);
}

TEST(BoAmps, TheCheckerFindsWhatIsWrong) {
  if (base::left_out(!schema_folder().empty(), "no ../shared/schemas/boamps beside the project")) return;
  const std::filesystem::path folder = schema_folder();
  const auto faults_of = [&](auto&& spoil) {
    Json j = written(sample_result());
    spoil(j);
    std::vector<std::string> faults;
    check(j, base::read_json(folder / "report_schema.json"), folder, "", faults);
    return faults.size();
  };
  EXPECT_EQ(faults_of([](Json&) {}), 0u);
  EXPECT_EQ(faults_of([](Json& j) { j.erase("measures"); }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["measures"] = Json::array(); }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["measures"][0].erase("powerConsumption"); }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["measures"][0]["powerConsumption"] = "3 kWh"; }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["infrastructure"]["infraType"] = "cellar"; }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["infrastructure"]["components"][0]["nbComponent"] = 1.5; }), 1u);
  EXPECT_EQ(faults_of([](Json& j) { j["task"]["colour"] = "blue"; }), 1u);
}

TEST(BoAmps, HasEveryRequiredKeyWithoutTheSchemasToo) {
  const auto has = [](const Json& j, std::initializer_list<const char*> keys, const char* where) {
    for (const char* key : keys) EXPECT_TRUE(j.contains(key)) << where << "." << key;
  };
  for (const study::Result& r : {sample_result(), training_study()}) {
    const Json j = written(r);
    has(j, {"header", "task", "measures", "infrastructure"}, "report");
    has(j["header"], {"reportDatetime", "publisher"}, "header");
    has(j["header"]["publisher"], {"confidentialityLevel"}, "publisher");
    has(j["task"], {"taskStage", "taskFamily", "algorithms", "dataset"}, "task");
    has(j["task"]["dataset"][0], {"dataUsage", "dataType"}, "dataset");
    has(j["measures"][0], {"measurementMethod", "powerConsumption"}, "measure");
    has(j["infrastructure"], {"infraType", "components"}, "infrastructure");
    has(j["infrastructure"]["components"][0], {"componentType", "nbComponent"}, "component");
  }
}

TEST(BoAmps, OfAUnitOfImagesItIsTheInferenceAtTheComputer) {
  const study::Result r = sample_result();
  const Json j = written(r);
  EXPECT_EQ(j["task"]["taskStage"], "inference");
  EXPECT_EQ(j["task"]["taskFamily"], "computer vision");
  EXPECT_EQ(j["task"]["nbRequest"], 1000.0);
  EXPECT_EQ(j["measures"][0]["powerConsumption"], energy_of(r, "use")->node_kwh.value);
  EXPECT_EQ(j["environment"]["country"], "BE");
  EXPECT_NEAR(j["environment"]["powerSourceCarbonIntensity"].get<double>(),
              1000 * impact_of(r, "use", "GWP")->value / energy_of(r, "use")->facility_kwh.value, 1e-9);
  EXPECT_EQ(j["header"]["publisher"]["confidentialityLevel"], "internal");
  EXPECT_EQ(j["quality"], "medium");  // P5–P95 is 0.81 to 1.27 times the figure: ±23 %
}

TEST(BoAmps, TheCountryIsACountryAndTheRegionItsLocation) {
  study::Result r = sample_result();
  const auto environment = [&](const std::string& place) {
    for (study::UsedFactor& f : r.factors)
      if (f.id == "grid.BE.location-average") f.place = place;
    const Json j = written(r);
    return j.contains("environment") ? j["environment"] : Json();
  };
  EXPECT_FALSE(environment("BE").contains("location"));
  EXPECT_EQ(environment("aws:eu-west-3")["country"], "FR");
  EXPECT_EQ(environment("aws:eu-west-3")["location"], "aws:eu-west-3");
  EXPECT_EQ(environment("US-OR")["country"], "US");
  EXPECT_EQ(environment("US-OR")["location"], "US-OR");
  for (const char* no_country : {"WORLD", "our own island"}) EXPECT_TRUE(environment(no_country).is_null());
}

TEST(BoAmps, IsPublicOnlyIfTheAudienceIsThatWord) {
  study::Result r = sample_result();
  for (const auto& [audience, level] : {std::pair{"not public", "internal"},
                                        {"the public works department", "internal"},
                                        {"", "internal"},
                                        {"public", "public"},
                                        {" Public ", "public"}}) {
    r.audience = audience;
    EXPECT_EQ(written(r)["header"]["publisher"]["confidentialityLevel"], level) << audience;
  }
}

TEST(BoAmps, OfATrainingItIsTheWholeTraining) {
  study::Result r = training_study();
  r.functional_unit.amount = 2;
  const Json j = written(r);
  EXPECT_EQ(j["task"]["taskStage"], "training");
  EXPECT_EQ(j["measures"][0]["powerConsumption"], 6.0) << "two trainings took 12 kWh";
  EXPECT_EQ(j["measures"][0]["measurementDuration"], 2970.5 * 3600);
  EXPECT_EQ(j["infrastructure"]["components"][0]["nbComponent"], 8);
  EXPECT_EQ(j["infrastructure"]["components"][0]["componentName"], "NVIDIA A100 SXM 80GB");
}

TEST(BoAmps, TheWholeTrainingHasNoIntervalThatHoldsTheDoubtOfTheUse) {
  study::Result r = sample_result();  // 1,000 images of a life of 1.6e9
  std::erase_if(r.energy, [](const study::Energy& e) { return e.phase == "use"; });
  const Json j = written(r);
  const std::string text = j["task"]["taskDescription"];
  EXPECT_NE(text.find("its interval is not known from this unit"), std::string::npos) << text;
  EXPECT_EQ(text.find("P5-P95"), std::string::npos) << text;
  EXPECT_FALSE(j.contains("quality"));
  EXPECT_EQ(written(training_study())["quality"], "medium") << "one training has its own interval";
}

TEST(BoAmps, WithoutElectricityThereIsNoTaskToReport) {
  study::Result r = sample_result();
  r.energy.clear();
  EXPECT_THROW(boamps(r, kOrigin), base::Error);
}

}  // namespace
}  // namespace cradle::report
