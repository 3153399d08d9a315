#include "cradle/report/text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/text.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

std::size_t characters(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (const std::string& line : base::split(text, '\n')) most = std::max(most, characters(line));
  return most;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Text, TheLifeCycleIsOneTableWhereItFits) {
  const std::string t = text(sample_result(), 120);
  EXPECT_EQ(t.find("\nphase"), t.rfind("\nphase")) << t;
  EXPECT_TRUE(contains(t, "GWP gCO2e")) << t;
  EXPECT_TRUE(contains(t, "5.23 (4.1–7.0)")) << t;  // use: 5.2291 g, × 0.79, × 1.33
  EXPECT_TRUE(contains(t, "6.90 (5.1–10)")) << t;   // total: 6.9037 g, × 0.74, × 1.46
}

TEST(Text, TheWholeOutputIsThis) {
  EXPECT_EQ(text(sample_result()), R"(Detector on a shop-floor camera
for 1,000 images at mAP50 >= 0.60; each figure with its P5–P95

phase                   GWP gCO2e            ADPe* µgSb
design                          –                     –
production        1.14 (0.70–1.9)          41.3 (26–71)
data                            –                     –
training        0.422 (0.20–0.99)       1.20 (0.58–2.8)
deployment    0.0831 (0.029–0.24)     0.338 (0.12–0.98)
use                5.23 (4.1–7.0)         9.87 (7.8–13)
end-of-life  0.0327 (0.016–0.059)  0.0210 (0.010–0.038)
total               6.90 (5.1–10)          52.8 (39–77)

phase                    PE kJ               WU* mL              EW mg
design                       –                    –                  –
production        20.4 (13–35)        7.81 (4.8–13)      60.2 (37–100)
data                         –                    –                  –
training         9.33 (4.5–22)      1.92 (0.92–4.5)    1.13 (0.54–2.7)
deployment     1.46 (0.51–4.2)    0.290 (0.10–0.84)   0.440 (0.15–1.3)
use               113 (90–150)         24.2 (19–32)  0.330 (0.26–0.44)
end-of-life  0.417 (0.21–0.75)  0.0630 (0.032–0.11)      491 (250–880)
total            145 (110–210)         34.3 (25–50)      553 (410–810)

total by                        GWP gCO2e  ADPe* µgSb  PE kJ  WU* mL  EW mg
this study                           6.90        52.8    145    34.3    553
allocation: calendar-time            6.42        49.1    135    31.9    515
allocation: early-retirement         7.73        59.1    162    38.4    620
electricity: location-marginal       12.9        98.7    271    64.1   1030
end-of-life: 50:50                   6.70        51.2    141    33.2    537
this study: allocation active-time, electricity location-average, end-of-life cut-off; central
  figures, their intervals stand in `cradle report`
electricity: market: no figure: The study names no contract.

electricity    at the computer  at the facility's meter
training     6.85 Wh (5.5–8.7)        7.53 Wh (5.9–9.9)
deployment   540 mWh (440–690)        594 mWh (470–780)
use            37.7 Wh (31–48)          37.7 Wh (30–49)
total          45.1 Wh (38–55)          45.9 Wh (38–56)

what moves GWP gCO2e                   at its P5  at its P95
Electricity per image, node                 6.09        7.93
Electricity mix, Belgium                    6.20        7.71
Embodied footprint of the edge device       6.46        7.70

variance of  by the input                        alone   with others
GWP          Electricity per image, node  52 % (47–56)  55 % (51–59)
GWP          Electricity mix, Belgium     31 % (27–35)  33 % (29–37)
ADPe*        Electricity per image, node  52 % (47–56)  55 % (51–59)
ADPe*        Electricity mix, Belgium     31 % (27–35)  33 % (29–37)
PE           Electricity per image, node  52 % (47–56)  55 % (51–59)
PE           Electricity mix, Belgium     31 % (27–35)  33 % (29–37)
WU*          Electricity per image, node  52 % (47–56)  55 % (51–59)
WU*          Electricity mix, Belgium     31 % (27–35)  33 % (29–37)
EW           Electricity per image, node  52 % (47–56)  55 % (51–59)
EW           Electricity mix, Belgium     31 % (27–35)  33 % (29–37)

NO DATA for design (not zero, and not in the totals): no record of the hardware's design and no
  published figure for this device
NO DATA for data (not zero, and not in the totals): the study has no [data] table
* ADPe: Grid factors have one source of 2011 (grade D).
* WU: Water of chip production is one manufacturer's figure.
warning: The energy of both models is modelled from the processor's TDP and utilisation: their ratio
  is a ratio of times, not of measured energies.
warning: mAP50 of the int8 model is 0.594 and misses the stated quality of 0.60.
assumed: The device is used for nothing else during its five years.
assumed: Production follows the cut-off rule: recycled material enters free of burden.
assumed: Other runs during development took 0.3 to 6 times the energy of the final run.
pack plant.csv: 12 figures of one's own, sha256 0f1e2d3c4b5a
basis of the energy: modelled
4000 samples, seed 20260101
)");
}

TEST(Text, NoLineIsWiderThanTheWindow) {
  for (const int columns : {60, 80, 100, 120}) {
    const std::string t = text(sample_result(), columns);
    EXPECT_LE(widest(t), static_cast<std::size_t>(columns)) << t;
    for (const char* code : {"GWP ", "ADPe* ", "PE ", "WU* ", "EW "}) EXPECT_TRUE(contains(t, code)) << code;
  }
  const std::string t = text(sample_result());
  EXPECT_NE(t.find("\nphase"), t.rfind("\nphase")) << "at 100 columns the sample's figures need two tables";
}

TEST(Text, MissingPhasesNotesAndWarningsAreSaid) {
  const std::string t = text(sample_result(), 200);
  EXPECT_TRUE(contains(t, "NO DATA for data (not zero, and not in the totals): the study has no [data] table")) << t;
  EXPECT_TRUE(contains(t, "* ADPe: Grid factors have one source of 2011 (grade D).")) << t;
  EXPECT_TRUE(contains(t, "warning: The energy of both models is modelled")) << t;
  EXPECT_TRUE(contains(t, "basis of the energy: modelled")) << t;
  EXPECT_TRUE(contains(t, "4000 samples, seed 20260101")) << t;
  for (const std::string& line : base::split(t, '\n')) {
    if (line.starts_with("design")) {
      EXPECT_FALSE(contains(line, "0")) << "a missing phase shows no number: " << line;
    }
  }
}

TEST(Text, ACertainFigureHasNoInterval) {
  study::Result r = sample_result();
  for (study::Impact& i : r.impacts) i.figure = {i.figure.value, i.figure.value, i.figure.value, i.figure.value};
  for (study::Energy& e : r.energy) e.node_kwh = e.facility_kwh = {2, 2, 2, 2};
  for (const std::string& line : base::split(text(r), '\n')) {
    if (line.starts_with("use")) {
      EXPECT_FALSE(contains(line, "(")) << line;
    }
  }
}

TEST(Text, AComparisonSaysBothSidesTheOddsAndTheBreakEven) {
  const std::string t = text(sample_comparison());
  EXPECT_LE(widest(t), 100u) << t;
  EXPECT_TRUE(contains(t, "A: Detector, float32")) << t;
  EXPECT_TRUE(
      contains(text(sample_comparison(), 200),
               "GWP: B has paid back after 31.2 k (18.4 k to 66.1 k) images, 3.1 days (1.8 to 6.6); never in <1 % of "
               "the draws"))
      << t;
  EXPECT_TRUE(contains(text(sample_comparison(), 200), "images, 140 days (25 to never); never in 29 %"));
  study::Comparison without_days = sample_comparison();
  for (auto& b : without_days.break_even) b.days = {};
  EXPECT_TRUE(contains(text(without_days, 200), "(18.4 k to 66.1 k) images; never in <1 % of the draws"));
  EXPECT_TRUE(contains(t, "EW: B does not pay back; never in 98 % of the draws")) << t;
  EXPECT_TRUE(contains(t, "ADPe* µgSb")) << t;
  EXPECT_TRUE(contains(t, "* ADPe: Grid factors have one source of 2011 (grade D).")) << t;
  EXPECT_TRUE(contains(t, "warning: B misses the stated quality")) << t;
  EXPECT_TRUE(contains(t, "-2.70 (-4.1 to -1.6)")) << t;
}

TEST(Markdown, ATableHasAsManyCellsInEachRowWhateverTheNames) {
  study::Result r = sample_result();
  r.factors[0].name = "a|b\n| c |";
  r.criteria[0].name = "Climate | change";
  std::string m = markdown(r);
  EXPECT_TRUE(contains(m, "a\\|b \\| c \\|")) << m;
  EXPECT_TRUE(contains(m, "GWP (Climate \\| change), gCO2e")) << m;
  EXPECT_TRUE(contains(m, "- data: the study has no [data] table")) << m;
  for (const study::UsedFactor& f : r.factors) EXPECT_TRUE(contains(m, f.source)) << f.source;
  EXPECT_TRUE(contains(markdown(sample_comparison()), "| EW |")) << markdown(sample_comparison());
}

}  // namespace
}  // namespace cradle::report
