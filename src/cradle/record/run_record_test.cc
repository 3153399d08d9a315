// The run record survives its file, and a record that contradicts itself is refused.
#include "cradle/record/run_record.h"

#include <gtest/gtest.h>

#include <functional>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"

namespace cradle::record {
namespace {

using base::Json;

RunRecord full_record() {
  RunRecord r;
  r.id = "20261123-160405-1f2e3d4c";
  r.name = "train";
  r.started = "2026-11-23T16:04:05Z";
  r.finished = "2026-11-23T16:04:15Z";
  r.duration_s = 10;
  r.command = {"python3", "train.py"};
  r.exit_code = 3;
  r.place = "FR";
  r.machine = {"abc", "AMD EPYC", 2, 23.5, "kvm", "6.1"};
  r.parts = {{"cpu-package-0", "cpu", Basis::kCounter, "rapl-powercap intel-rapl:0", {100, 95, 105}, 1},
             {"memory", "memory", Basis::kModelled, "memory-model", {20, 10, 30}, 0.5}};
  r.total = {120, 105, 135};
  r.split = {60, 20, 40, "CPU time by cgroup v2, idle modelled"};
  r.billed = {{80, 60, 90}, "mine+idle share"};
  r.events = {{1.5, "wrap", "cpu-package-0", "once"}};
  r.marks = {{"start", 1, 8}, {"window", 2, 16}, {"end", 5, 40}, {"window", 6, 48}};
  r.work = Work{"image", 1000};
  r.latency = Latency{1, 2, 3};
  r.quality = Quality{"mAP50", {0.6, 0.5, 0.7}};
  r.model = Model{"m.onnx", "00ff", 10, 5, 7, "int8"};
  r.data = DataSet{"pets", 7349};
  r.self = {0.1, 4e6, 0.3};
  r.emissions = Emissions{{1, 0.8, 1.2}, "grid.FR", 0.05, "FR", 2024, "Ember"};
  return r;
}

std::string refusal(const std::function<void(Json&)>& spoil) {
  Json json = to_json(full_record());
  spoil(json);
  try {
    from_json(json, "r.json");
  } catch (const base::Error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(RunRecord, IsReadAsItWasWritten) {
  const Json json = to_json(full_record());
  EXPECT_EQ(to_json(from_json(json, "r.json")), json);
  const std::string path = (base::scratch_folder() / "run_record_test.json").string();
  write_record(path, full_record());
  EXPECT_EQ(to_json(read_record(path)), json);
}

TEST(RunRecord, HasTheKeysThatOtherProgramsRelyOn) {
  const Json json = to_json(full_record());
  EXPECT_EQ(json.at("schema"), "cradle.run/1");
  EXPECT_EQ(json.at("energy").at("total").at("j"), 120);
  EXPECT_EQ(json.at("energy").at("parts").at(1).at("basis"), "modelled");
  EXPECT_EQ(json.at("energy").at("billed").at("rule"), "mine+idle share");
  EXPECT_EQ(json.at("emissions").at("factor").at("year"), 2024);
  EXPECT_EQ(json.at("latency_ms").at("p95"), 3);
}

TEST(RunRecord, KeysOfLaterVersionsAreLeftAlone) {
  EXPECT_EQ(refusal([](Json& j) { j["forecast"] = Json::array(); }), "accepted");
}

TEST(RunRecord, ThatDoesNotAddUpIsRefused) {
  EXPECT_NE(refusal([](Json& j) { j["energy"]["parts"][0]["j"] = 101; }).find("parts add up to 121 J"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["energy"]["split"]["idle_j"] = 41; }).find("energy.split adds up to 121 J"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["energy"]["billed"]["low"] = 81; }).find("out of order"), std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["energy"]["parts"][1]["coverage"] = 1.2; }).find("between 0 and 1"),
            std::string::npos);
}

TEST(RunRecord, SaysWhereSomethingIsMissingOrOfTheWrongKind) {
  EXPECT_EQ(refusal([](Json& j) { j.erase("id"); }), "r.json: 'id' is missing");
  EXPECT_NE(refusal([](Json& j) { j["energy"]["parts"][1].erase("kind"); }).find("energy.parts[1]: 'kind' is missing"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["energy"]["parts"][0]["basis"] = "countr"; }).find("did you mean 'counter'?"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["schema"] = "cradle.run/2"; }).find("expected 'cradle.run/1'"), std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["marks"] = 3; }).find("expected a list"), std::string::npos);
  EXPECT_NE(refusal([](Json& j) { j["exit_code"] = 1.5; }).find("whole number"), std::string::npos);
}

TEST(RunRecord, WithAnyModelledPartIsModelled) {
  RunRecord r = full_record();
  EXPECT_TRUE(is_modelled(r));
  EXPECT_EQ(basis_text(r), "counter + modelled");
  r.parts[1].j = {0, 0, 0};  // a part without energy has no say
  EXPECT_FALSE(is_modelled(r));
  EXPECT_EQ(basis_text(r), "counter");
}

TEST(RunRecord, WindowsLieBetweenTheFirstMarkAndTheNextOfTheOtherName) {
  const RunRecord r = full_record();
  EXPECT_DOUBLE_EQ(between(r, "start", "window").j, 8);
  EXPECT_DOUBLE_EQ(between(r, "end", "window").s, 1);
  EXPECT_DOUBLE_EQ(between(r, "end", "window").j, 8);
  try {
    between(r, "start", "stop");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("no mark 'stop'"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("start, window, end"), std::string::npos);
  }
}

}  // namespace
}  // namespace cradle::record
