#include "cradle/lca/reach.h"

#include <gtest/gtest.h>

namespace cradle::lca {
namespace {

TEST(Reach, GoesDownTheChainWhateverTheAmounts) {
  Inventory i;
  const int mine = add_process(i, {"mine", "mine", "kg"}), mill = add_process(i, {"mill", "mill", "kg"});
  const int desk = add_process(i, {"desk", "desk", "h"}), unit = add_process(i, {"unit", "unit", "1"});
  const int carbon = add_flow(i, {"carbon", "carbon", "kg"}), dust = add_flow(i, {"dust", "dust", "kg"});
  add_output_to_nature(i, {"", mine, carbon, base::fixed(2), {}});
  add_output_to_nature(i, {"", desk, dust, base::fixed(1), {}});
  add_input(i, {"", mill, mine, base::fixed(1), {}});
  add_input(i, {"", unit, mill, base::fixed(0), {}});
  add_input(i, {"", unit, desk, base::fixed(1), {}});
  Method m;
  m.criteria = {{"GWP", "climate", "kg"}, {"EW", "waste", "kg"}};
  add_factor(m, {0, "carbon", base::fixed(0), "", {}});  // a factor of zero is a figure
  const System system = compile(i, m);
  EXPECT_EQ(reached(system, 0), (std::vector<bool>{true, true, false, true}));
  EXPECT_EQ(reached(system, 1), (std::vector<bool>{false, false, false, false}));
  (void)mill, (void)desk, (void)unit;
}

TEST(Reach, EndsInLoops) {
  Inventory i;
  const int a = add_process(i, {"a", "a", "kg"}), b = add_process(i, {"b", "b", "kg"});
  const int flow = add_flow(i, {"f", "f", "kg"});
  add_input(i, {"", a, b, base::fixed(0.1), {}});
  add_input(i, {"", b, a, base::fixed(0.1), {}});
  add_output_to_nature(i, {"", a, flow, base::fixed(1), {}});
  Method m;
  m.criteria = {{"GWP", "climate", "kg"}};
  add_factor(m, {0, "f", base::fixed(1), "", {}});
  EXPECT_EQ(reached(compile(i, m), 0), (std::vector<bool>{true, true}));
}

}  // namespace
}  // namespace cradle::lca
