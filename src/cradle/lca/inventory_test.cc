#include "cradle/lca/inventory.h"

#include <gtest/gtest.h>

#include "cradle/lca/example_systems.h"
#include "cradle/lca/method.h"
#include "cradle/lca/system.h"

namespace cradle::lca {
namespace {

void expect_says(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts) EXPECT_NE(message.find(part), std::string::npos) << message << " | " << part;
}

TEST(Inventory, RefusesAnIdThatIsTaken) {
  Model m = heijungs_suh();
  expect_says(message_of([&] { add_process(m.inventory, {.id = "fuel", .name = "", .unit = ""}); }),
              {"process", "fuel"});
  expect_says(message_of([&] { add_flow(m.inventory, {"co2", "", ""}); }), {"flow", "co2"});
  add_parameter(m.inventory, {"pue", "", base::fixed(1.2), ""});
  expect_says(message_of([&] { add_parameter(m.inventory, {"pue", "", base::fixed(1.2), ""}); }), {"parameter", "pue"});
  expect_says(message_of([&] { add_input(m.inventory, {"a21", 0, 1, base::fixed(1), {}}); }), {"exchange", "a21"});
  expect_says(message_of([&] { add_output_to_nature(m.inventory, {"a21", 0, 1, base::fixed(1), {}}); }), {"a21"});
  EXPECT_EQ(m.inventory.processes.size(), 2u) << "what was refused was not added";
  EXPECT_EQ(m.inventory.inputs.size(), 1u);
}

TEST(Inventory, RefusesWhatDoesNotExistOrMakesNothing) {
  Model m = heijungs_suh();
  expect_says(message_of([&] { add_input(m.inventory, {"x", 2, 0, base::fixed(1), {}}); }), {"'x'", "process 2"});
  expect_says(message_of([&] { add_input(m.inventory, {"x", 0, -1, base::fixed(1), {}}); }), {"'x'", "product -1"});
  expect_says(message_of([&] { add_output_to_nature(m.inventory, {"x", 0, 3, base::fixed(1), {}}); }), {"flow 3"});
  expect_says(message_of([&] { add_input(m.inventory, {"x", 0, 1, base::fixed(1), {{0, 1.0}}}); }), {"parameter 0"});
  expect_says(message_of([&] { add_process(m.inventory, {.id = "void", .name = "", .unit = "", .output = 0}); }),
              {"void"});
  expect_says(message_of([&] { add_process(m.inventory, {.id = "", .name = "nameless", .unit = ""}); }), {"nameless"});
}

TEST(Inventory, FindsByIdAndSuggestsTheNearest) {
  const Model m = heijungs_suh();
  EXPECT_EQ(find_process(m.inventory, "fuel"), 1);
  EXPECT_EQ(find_flow(m.inventory, "crude"), 2);
  EXPECT_EQ(find_process(m.inventory, "coal"), std::nullopt);
  expect_says(message_of([&] { process_named(m.inventory, "electricty"); }), {"electricty", "electricity"});
  EXPECT_EQ(criterion_named(m.method, "SO2"), 1);
  expect_says(message_of([&] { criterion_named(m.method, "SO3"); }), {"SO3"});
}

TEST(Inventory, GivesAnExchangeWithoutIdOneThatDoesNotDependOnTheOrderOfThings) {
  Model m = heijungs_suh();
  add_input(m.inventory, {"", 1, 0, base::fixed(1), {}});
  EXPECT_EQ(m.inventory.inputs.back().id, "fuel <- electricity");
  add_output_to_nature(m.inventory, {"", 1, 0, base::fixed(1), {}});
  EXPECT_EQ(m.inventory.outputs_to_nature.back().id, "fuel -> co2");
}

TEST(Method, ReportsTheFlowsThatNoCriterionCharacterises) {
  Model m = heijungs_suh();
  EXPECT_EQ(uncharacterised_flows(m.inventory, m.method), std::vector<int>{2}) << "crude oil";
  add_flow(m.inventory, {"unused", "", "kg"});
  EXPECT_EQ(uncharacterised_flows(m.inventory, m.method), std::vector<int>{2}) << "nobody exchanges the new one";
}

TEST(Method, RefusesACriterionTwiceAndAFactorWithoutCriterion) {
  Model m = heijungs_suh();
  expect_says(message_of([&] { add_criterion(m.method, {"CO2", "", ""}); }), {"CO2"});
  expect_says(message_of([&] { add_factor(m.method, {2, "co2", base::fixed(1), "", {}}); }), {"criterion 2", "co2"});
}

TEST(Compile, RefusesTwoFactorsForOneFlowAndCriterion) {
  Model m = heijungs_suh();
  add_factor(m.method, {0, "co2", base::fixed(2), "again", {}});
  expect_says(message_of([&] { compile(m); }), {"co2", "CO2"});
}

TEST(Compile, RefusesUncertainFiguresThatWouldShareTheirDraws) {
  Model m = heijungs_suh(0.05);
  add_parameter(m.inventory, {"a21", "", base::normal(1, 0.1), ""});
  expect_says(message_of([&] { compile(m); }), {"a21", "draws"});
  m.inventory.parameters[0].distribution = base::fixed(1);
  EXPECT_NO_THROW(compile(m)) << "a fixed figure draws nothing";
}

TEST(Compile, NamesTheExchangeWhoseCentralAmountIsNotANumber) {
  Model m = heijungs_suh();
  const int zero = add_parameter(m.inventory, {"zero", "", base::fixed(0), ""});
  add_input(m.inventory, {"broken", 0, 1, base::fixed(1), {{zero, -1.0}}});
  expect_says(message_of([&] { compile(m); }), {"broken"});
}

TEST(Compile, ChecksWhatWasPutInBehindItsBack) {
  Model m = heijungs_suh();
  m.inventory.inputs.push_back({"loose", 0, 7, base::fixed(1), {}});
  expect_says(message_of([&] { compile(m); }), {"loose", "product 7"});
}

TEST(Compile, IgnoresFactorsOfFlowsThatTheInventoryDoesNotHave) {
  Model m = heijungs_suh();
  add_factor(m.method, {0, "methane", base::fixed(29.8), "", {}});
  EXPECT_DOUBLE_EQ(solve(compile(m), {{0, 1000.0}}).scores[0], 120.0);
}

}  // namespace
}  // namespace cradle::lca
