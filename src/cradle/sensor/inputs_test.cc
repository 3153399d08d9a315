// What the catalogue says of this and that machine.
#include "cradle/sensor/inputs.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/catalog/match_cpu.h"

namespace cradle::sensor {
namespace {

MachineFacts machine(const std::string& cpu, int cpus, int sockets, bool virtual_machine) {
  MachineFacts facts;
  facts.record.cpu = cpu;
  facts.online_cpus = cpus;
  facts.sockets = sockets;
  facts.virtual_machine = virtual_machine;
  return facts;
}

PowerModelInputs inputs_for(const MachineFacts& facts) {
  return power_inputs(power_figures(catalog::built_in(), facts.record.cpu), facts);
}

TEST(PowerInputs, HoldBoaviztasCurve) {
  const auto curve = inputs_for(machine("AMD EPYC 7763 64-Core Processor", 128, 1, false)).load_curve;
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_DOUBLE_EQ(curve[0].load, 0);
  EXPECT_DOUBLE_EQ(curve[0].share_of_tdp, 0.12);
  EXPECT_DOUBLE_EQ(curve[1].load, 0.1);
  EXPECT_DOUBLE_EQ(curve[3].share_of_tdp, 1.02);
}

TEST(PowerInputs, OfAPhysicalMachineAreItsSocketsTdp) {
  EXPECT_DOUBLE_EQ(inputs_for(machine("AMD EPYC 7763 64-Core Processor", 256, 2, false)).tdp_w.value, 2 * 280);
}

TEST(PowerInputs, OfAVirtualMachineAreItsShareAndWide) {
  const auto small = inputs_for(machine("AMD EPYC", 2, 1, true)).tdp_w;
  // Two threads of a server processor: far from the 120 to 400 W of a whole one, and nobody knows which.
  EXPECT_GT(small.value, 2);
  EXPECT_LT(small.value, 20);
  EXPECT_GT(small.high / small.low, 4);
  const auto large = inputs_for(machine("AMD EPYC", 64, 1, true)).tdp_w;
  EXPECT_NEAR(large.value / small.value, 32, 1e-9);
  // A model that is known narrows it: 280 W over 64 cores of two threads.
  const auto known = inputs_for(machine("AMD EPYC 7763 64-Core Processor", 2, 1, true)).tdp_w;
  EXPECT_NEAR(known.value, 2 * 280.0 / 128, 1e-9);
  EXPECT_NEAR(known.high, 2 * 280.0 / 64, 1e-9);  // if a vCPU is a whole core
}

TEST(PowerInputs, AreTheSameAsFromTheCatalogue) {
  for (const char* name : {"AMD EPYC", "AMD EPYC 7763 64-Core Processor", "Intel(R) Xeon(R) CPU @ 2.20GHz",
                           "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "Intel(R) Xeon(R) Gold 6438N"}) {
    const auto whole = catalog::match_cpu(catalog::built_in(), name).tdp;
    const auto few = inputs_for(machine(name, 8, 1, false)).tdp_w;
    EXPECT_DOUBLE_EQ(few.value, whole.value) << name;
    EXPECT_DOUBLE_EQ(few.low, whole.low) << name;
    EXPECT_DOUBLE_EQ(few.high, whole.high) << name;
  }
}

// What the program embeds says the same as the catalogue, for what fits exactly, closely, loosely and not at all.
TEST(PowerInputs, ComeBackFromTheirTextToTheBit) {
  const std::string text = text_of(power_figures(catalog::built_in(), ""));
  EXPECT_LT(text.size(), 300'000u);  // a start of the meter reads all of it
  for (const char* name : {"AMD EPYC", "AMD EPYC 7763 64-Core Processor", "Intel(R) Xeon(R) CPU @ 2.20GHz",
                           "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "Sunway SW99", ""})
    for (const bool is_virtual : {false, true}) {
      const MachineFacts facts = machine(name, 8, 1, is_virtual);
      const PowerFigures back = figures_in(text, name), direct = power_figures(catalog::built_in(), name);
      EXPECT_EQ(text_of(back), text_of(direct)) << name;
      const PowerModelInputs a = power_inputs(back, facts), b = power_inputs(direct, facts);
      EXPECT_EQ(a.cpu, b.cpu);
      EXPECT_EQ(a.tdp_w.value, b.tdp_w.value);
      EXPECT_EQ(a.tdp_w.low, b.tdp_w.low);
      EXPECT_EQ(a.tdp_w.high, b.tdp_w.high);
      EXPECT_EQ(a.network_j_per_gb.high, b.network_j_per_gb.high);
    }
}

TEST(PowerInputs, HoldTheCoresThatTheCatalogueFinds) {
  const PowerFigures all = power_figures(catalog::built_in(), "");
  ASSERT_GT(all.others.size(), 1000u);
  for (std::size_t i = 0; i < all.others.size(); i += 97) {
    const auto found = catalog::try_find(catalog::built_in(), {"cpu.cores", all.others[i].name, "", {}, ""});
    const bool known = found && (*found)->name == all.others[i].name;
    EXPECT_EQ(all.others[i].cores, known ? (*found)->distribution.value : 0) << all.others[i].name;
  }
}

TEST(PowerInputs, OfAnUnknownProcessorAreThoseOfAny) {
  const auto inputs = inputs_for(machine("Sunway SW99", 8, 1, false));
  EXPECT_GT(inputs.tdp_w.value, 0);
  EXPECT_GT(inputs.tdp_w.high / inputs.tdp_w.low, 4);
  EXPECT_EQ(inputs_for(machine("", 8, 1, false)).tdp_w.value, 0);
}

TEST(GridFactorOfAPlace, HasPlaceYearAndSource) {
  const auto f = grid_factor(catalog::built_in(), "FR");
  EXPECT_EQ(f.place, "FR");
  EXPECT_GT(f.year, 2000);
  EXPECT_FALSE(f.source.empty());
  EXPECT_LT(f.kg_per_kwh.value, 0.12);  // mostly nuclear and hydro
  EXPECT_GT(f.kg_per_kwh.high, f.kg_per_kwh.value);
  EXPECT_THROW(grid_factor(catalog::built_in(), "Frnace"), base::Error);
}

}  // namespace
}  // namespace cradle::sensor
