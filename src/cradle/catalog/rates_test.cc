// The built-in rates: each follows from the arithmetic of its note, and agrees with the peaks beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"
#include "cradle/catalog/catalog.h"

namespace cradle::catalog {
namespace {

double value(std::string key, std::string name) {
  return find(built_in(), {std::move(key), std::move(name), "", {}, ""}).distribution.value;
}

std::vector<const Factor*> rates(std::string key) {
  return matching(built_in(), {std::move(key), "", "", {}, "rates"});
}

bool begins_with_a_digit(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0;
}

/// "384 bit x 5.2 Gbit/s GDDR5; of the board" → 249.6: the numbers up to the semicolon, in the unit of the table.
double arithmetic(std::string_view note) {
  double product = 1.0;
  bool divide = false;
  for (const std::string& word : base::split(std::string(note.substr(0, note.find(';'))), ' ')) {
    if (word == "x" || word == "/") divide = word == "/";
    if (begins_with_a_digit(word)) product = divide ? product / std::stod(word) : product * std::stod(word);
    if (word == "Gbit/s") product /= 8.0;
    if (word == "MT/s") product /= 1e3;  // megabytes to gigabytes
    if (word == "MHz") product /= 1e6;   // to 1e12 operations a second
  }
  return product;
}

TEST(Rates, FollowFromTheArithmeticOfTheirNotes) {
  constexpr double kRoundingOfMakers = 0.03;  // 8192 bit x 8 Gbit/s = 8192 GB/s is sold as 8 TB/s
  int boards = 0;
  for (const Factor* f : rates("gpu.bandwidth")) {
    if (!begins_with_a_digit(f->note)) continue;
    EXPECT_NEAR(arithmetic(f->note) / f->distribution.value, 1.0, kRoundingOfMakers) << id_of(*f);
    ++boards;
  }
  EXPECT_GT(boards, 150);
  for (const char* key :
       {"device.bandwidth", "device.peak_fp32", "device.peak_fp16", "device.peak_int8", "cpu.bandwidth",
        "cpu.ops_per_cycle_fp32", "cpu.ops_per_cycle_bf16", "cpu.ops_per_cycle_int8"})
    for (const Factor* f : rates(key)) {
      EXPECT_TRUE(begins_with_a_digit(f->note)) << id_of(*f);
      EXPECT_NEAR(arithmetic(f->note) / f->distribution.value, 1.0, 0.003) << id_of(*f);
    }
}

TEST(Rates, EveryBoardWithAPeakHasABandwidthThatSuitsIt) {
  for (const Factor* f : matching(built_in(), {"gpu.peak_fp32", "", "", {}, ""})) {
    const double operations_per_byte = 1000.0 * f->distribution.value / value("gpu.bandwidth", f->name);
    EXPECT_GT(operations_per_byte, 6.0) << f->name;  // one that is a thousand times off is seen
    EXPECT_LT(operations_per_byte, 135.0) << f->name;
  }
  for (const char* key : {"gpu.peak_fp16", "gpu.peak_int8"})
    for (const Factor* f : matching(built_in(), {key, "", "", {}, ""}))
      EXPECT_EQ(find(built_in(), {"gpu.bandwidth", f->name, "", {}, ""}).name, f->name);
}

TEST(Rates, AKitHasTheRatesOfItsModule) {
  for (const auto& [kit, module] : {std::pair{"jetson-nano", "NVIDIA Jetson Nano 4 GB"},
                                    {"jetson-tx2", "NVIDIA Jetson TX2 8 GB"},
                                    {"jetson-xavier-nx", "NVIDIA Jetson Xavier NX 8 GB"},
                                    {"jetson-agx-xavier", "NVIDIA Jetson AGX Xavier 32 GB"},
                                    {"jetson-orin-nano", "NVIDIA Jetson Orin Nano 8 GB"},
                                    {"jetson-orin-nx", "NVIDIA Jetson Orin NX 16 GB"},
                                    {"jetson-agx-orin", "NVIDIA Jetson AGX Orin 64 GB"}}) {
    EXPECT_NEAR(value("device.bandwidth", kit) / value("gpu.bandwidth", module), 1.0, 0.01) << kit;
    for (const char* precision : {"fp32", "fp16", "int8"}) {
      const auto own = try_find(built_in(), {std::string("device.peak_") + precision, kit, "", {}, ""});
      const auto whole = try_find(built_in(), {std::string("gpu.peak_") + precision, module, "", {}, ""});
      if (!own || !whole) continue;
      EXPECT_LE((*own)->distribution.value, 1.03 * (*whole)->distribution.value) << kit << ": its GPU is a part of it";
      EXPECT_GE((*own)->distribution.value, 0.5 * (*whole)->distribution.value) << kit;
    }
  }
  EXPECT_FALSE(try_find(built_in(), {"device.peak_int8", "jetson-nano", "", {}, ""})) << "not native";
}

TEST(Rates, AClockNamesACoreWhoseOperationsAreKnown) {
  for (const Factor* f : rates("cpu.clock")) {
    EXPECT_LE(f->low, f->distribution.value) << f->name;
    EXPECT_LE(f->distribution.value, f->high) << f->name;
    EXPECT_GT(f->low, 1.5) << f->name;
    EXPECT_LE(f->high, 6.0) << f->name;
    ASSERT_TRUE(f->note.starts_with("core ")) << f->name;
    const std::string core = f->note.substr(5, f->note.find(';') - 5);
    EXPECT_EQ(find(built_in(), {"cpu.ops_per_cycle_fp32", core, "", {}, ""}).name, core) << f->name;
    const bool assumed = f->note.find("assumed half way") != std::string::npos;
    EXPECT_EQ(assumed, f->grade == Grade::kD) << f->name;
    if (assumed) {
      EXPECT_NEAR(f->distribution.value, (f->low + f->high) / 2, 1e-4) << f->name;
    }
  }
  EXPECT_GT(rates("cpu.clock").size(), 120u);
}

TEST(Rates, PeaksOfProcessorsAreThePublishedOnes) {
  // TOP500 (Rpeak, 64 bit: half of these) counts the base clock: 24 x 2.1 GHz x 32 for the Xeon Platinum 8160.
  EXPECT_EQ(24 * find(built_in(), {"cpu.clock", "Intel Xeon Platinum 8160", "", {}, ""}).low *
                value("cpu.ops_per_cycle_fp32", "skylake-sp") / 2,
            24 * 2.1 * 32);
  EXPECT_EQ(value("cpu.ops_per_cycle_int8", "amx") / value("cpu.ops_per_cycle_int8", "avx512-vnni"), 8)
      << "Intel, Architecture Day 2021: 2048 operations per cycle and core instead of 256";
  for (const Factor* f : rates("cpu.ops_per_cycle_int8"))
    if (const auto wide = try_find(built_in(), {"cpu.ops_per_cycle_fp32", f->name, "", {}, ""})) {
      EXPECT_GE(f->distribution.value, (*wide)->distribution.value) << f->name;
    }
}

}  // namespace
}  // namespace cradle::catalog
