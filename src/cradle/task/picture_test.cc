// Checks channels, sizes and orientation of pictures against cases by hand.
#include "cradle/task/picture.h"

#include <gtest/gtest.h>

namespace cradle::task {
namespace {

using Levels = std::vector<std::uint8_t>;

Picture grey(int width, int height, Levels levels) { return {width, height, 1, std::move(levels)}; }

TEST(Picture, ShrinksToTheMeanOverTheArea) {
  EXPECT_EQ(resized(grey(4, 2, {0, 10, 20, 30, 40, 50, 60, 70}), 2, 1).levels, (Levels{25, 45}));
  // Three to two: each new pixel covers one and a half, so (2·0 + 1·30) / 3 and (1·30 + 2·90) / 3.
  EXPECT_EQ(resized(grey(3, 1, {0, 30, 90}), 2, 1).levels, (Levels{10, 70}));
  EXPECT_EQ(resized(grey(1, 3, {0, 30, 90}), 1, 2).levels, (Levels{10, 70})) << "down the rows as well";
}

TEST(Picture, GrowsBilinearlyBetweenCentres) {
  // New centres at 0.25, 0.75, 1.25, 1.75 of old pixels; those beyond the outer centres (0.5 and 1.5) take their level.
  EXPECT_EQ(resized(grey(2, 1, {0, 100}), 4, 1).levels, (Levels{0, 25, 75, 100}));
  EXPECT_EQ(resized(grey(1, 1, {7}), 3, 2).levels, Levels(6, 7));
  const Picture colour{1, 2, 3, {0, 10, 20, 100, 110, 120}};
  EXPECT_EQ(resized(colour, 1, 4).levels, (Levels{0, 10, 20, 25, 35, 45, 75, 85, 95, 100, 110, 120}));
}

TEST(Picture, KeepsItsMeanAndFlatAreasAtAnySize) {
  for (const int side : {1, 2, 5, 7, 13, 64, 100}) {
    const Picture one = resized(grey(13, 7, Levels(91, 200)), side, side);
    EXPECT_EQ(one.levels, Levels(static_cast<std::size_t>(side * side), 200)) << side;
  }
}

TEST(Picture, TakesTheValueUnderTheCentreWhereLevelsAreNames) {
  EXPECT_EQ(resized_nearest(grey(4, 1, {1, 2, 3, 4}), 2, 1).levels, (Levels{2, 4}));
  EXPECT_EQ(resized_nearest(grey(3, 1, {1, 2, 255}), 6, 1).levels, (Levels{1, 1, 2, 2, 255, 255}));
  EXPECT_EQ(resized_nearest(grey(1, 3, {1, 2, 3}), 1, 2).levels, (Levels{1, 3}));
}

TEST(Picture, BecomesGreyByItsLuminanceAndColourByCopies) {
  const Picture rgb{3, 1, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255}};
  EXPECT_EQ(with_channels(rgb, 1).levels, (Levels{76, 150, 29})) << "0.299, 0.587 and 0.114 of 255";
  EXPECT_EQ(with_channels(grey(2, 1, {5, 9}), 3).levels, (Levels{5, 5, 5, 9, 9, 9}));
  EXPECT_EQ(with_channels(rgb, 3).levels, rgb.levels);
}

TEST(Picture, IsTurnedUprightForEachOrientation) {
  // The upright picture is 3 wide and 2 high, "abc" over "def"; how it is stored follows from Exif's words, "the 0th
  // row is at the visual … of the image, the 0th column at the visual …".
  const Levels upright_levels = {'a', 'b', 'c', 'd', 'e', 'f'};
  const std::vector<std::string> stored = {"abcdef",   // 1: top, left
                                           "cbafed",   // 2: top, right
                                           "fedcba",   // 3: bottom, right
                                           "defabc",   // 4: bottom, left
                                           "adbecf",   // 5: left, top
                                           "cfbead",   // 6: right, top
                                           "fcebda",   // 7: right, bottom
                                           "daebfc"};  // 8: left, bottom
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string& s = stored[static_cast<std::size_t>(orientation - 1)];
    const bool turned = orientation >= 5;
    const Picture up = upright(grey(turned ? 2 : 3, turned ? 3 : 2, Levels(s.begin(), s.end())), orientation);
    EXPECT_EQ(up.width, 3) << orientation;
    EXPECT_EQ(up.levels, upright_levels) << orientation;
  }
}

}  // namespace
}  // namespace cradle::task
