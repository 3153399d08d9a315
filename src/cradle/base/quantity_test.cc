#include "cradle/base/quantity.h"

#include <gtest/gtest.h>

namespace cradle::base {
namespace {

template <class A, class B>
concept Multipliable = requires(A a, B b) {
  a* b;
};
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};

// What must not compile, checked by the compiler itself.
static_assert(Multipliable<NodeEnergy, Pue>);
static_assert(!Multipliable<FacilityEnergy, Pue>, "a second PUE must not compile");
static_assert(!Multipliable<GpuEnergy, Pue>, "PUE is per node energy, not per GPU energy");
static_assert(!Addable<NodeEnergy, FacilityEnergy>);
static_assert(!Addable<GpuEnergy, NodeEnergy>);
static_assert(!Addable<NodeEnergy, Power>);
static_assert(!Addable<NodeEnergy, double>);
static_assert(!Multipliable<NodeEnergy, CarbonIntensity>, "emissions are of facility energy; a PUE of 1 must be said");
static_assert(!std::is_convertible_v<NodeEnergy, FacilityEnergy>);
static_assert(!std::is_convertible_v<double, NodeEnergy>);

TEST(Quantity, NamesUnitsOnEntryAndExit) {
  EXPECT_DOUBLE_EQ(in_joules(kilowatt_hours<NodeEnergy>(1.0)), 3.6e6);
  EXPECT_DOUBLE_EQ(in_hours(seconds(7200)), 2.0);
  EXPECT_DOUBLE_EQ(in_joules(watts(200) * seconds(60)), 12000.0);
}

TEST(Quantity, AppliesPueOnce) {
  const FacilityEnergy facility = kilowatt_hours<NodeEnergy>(10.0) * Pue(1.5);
  EXPECT_DOUBLE_EQ(in_kilowatt_hours(facility), 15.0);
  EXPECT_DOUBLE_EQ(in_kilograms(facility * kilograms_per_kwh(0.1)), 1.5);
}

TEST(Quantity, RaisesGpuEnergyToTheNodeByAStatedRatio) {
  EXPECT_DOUBLE_EQ(in_joules(at_node(joules<GpuEnergy>(100.0), 1.45)), 145.0);
}

}  // namespace
}  // namespace cradle::base
