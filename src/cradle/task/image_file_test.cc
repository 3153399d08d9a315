// Checks every kind of PNG and JPEG that is read, and what is said of those that are not.
#include "cradle/task/image_file.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/task/image_writing_test.h"
#include "cradle/task/jpeg_image.h"

namespace cradle::task {
namespace {

using Levels = std::vector<std::uint8_t>;

std::filesystem::path at(const std::string& name) { return base::scratch_folder() / "images" / name; }

std::string fault_of(const std::filesystem::path& path) {
  try {
    read_picture_header(path);
    read_picture(path);
    return "";
  } catch (const base::Error& error) {
    return error.what();
  }
}

TEST(Png, IsReadInEveryKind) {
  struct Case {
    const char* what;
    int width;
    Levels rows;
    PngKind kind;
    int channels;
    Levels expected;
  };
  const std::vector<png_color> palette = {{0, 0, 0}, {10, 20, 30}, {200, 100, 50}};
  const std::vector<Case> cases = {
      {"grey 8", 3, {0, 128, 255}, {PNG_COLOR_TYPE_GRAY, 8}, 1, {0, 128, 255}},
      {"grey 16", 2, {0xff, 0xff, 0x80, 0x00}, {PNG_COLOR_TYPE_GRAY, 16}, 1, {255, 128}},
      {"grey 1", 8, {0b10100000}, {PNG_COLOR_TYPE_GRAY, 1}, 1, {255, 0, 255, 0, 0, 0, 0, 0}},
      {"grey 4", 2, {0x3f}, {PNG_COLOR_TYPE_GRAY, 4}, 1, {51, 255}},
      {"grey, alpha", 2, {200, 255, 200, 51}, {PNG_COLOR_TYPE_GRAY_ALPHA, 8}, 1, {200, 40}},
      {"rgb 8", 2, {1, 2, 3, 4, 5, 6}, {PNG_COLOR_TYPE_RGB, 8}, 3, {1, 2, 3, 4, 5, 6}},
      {"rgb 16", 1, {0x10, 0x10, 0x20, 0x20, 0x30, 0x30}, {PNG_COLOR_TYPE_RGB, 16}, 3, {16, 32, 48}},
      {"rgb, alpha", 2, {255, 100, 0, 0, 255, 100, 0, 255}, {PNG_COLOR_TYPE_RGBA, 8}, 3, {0, 0, 0, 255, 100, 0}},
      {"palette", 3, {2, 0, 1}, {PNG_COLOR_TYPE_PALETTE, 8, false, palette}, 3, {200, 100, 50, 0, 0, 0, 10, 20, 30}},
      {"palette 2",
       3,
       {0b10000100},
       {PNG_COLOR_TYPE_PALETTE, 2, false, palette},
       3,
       {200, 100, 50, 0, 0, 0, 10, 20, 30}},
      {"palette, alpha", 1, {2}, {PNG_COLOR_TYPE_PALETTE, 8, false, palette, {255, 255, 0}}, 3, {0, 0, 0}},
  };
  for (const Case& c : cases) {
    const auto path = at("kind.png");
    write_png(path, c.width, 1, c.rows, c.kind);
    const PictureHeader header = read_picture_header(path);
    EXPECT_EQ(header.width, c.width) << c.what;
    EXPECT_EQ(header.grey, c.channels == 1) << c.what;
    const Picture picture = read_picture(path);
    EXPECT_EQ(picture.channels, c.channels) << c.what;
    EXPECT_EQ(picture.levels, c.expected) << c.what;
  }
}

TEST(Png, IsTheSameInterlaced) {
  Levels rows;
  for (int i = 0; i < 19 * 11 * 3; ++i) rows.push_back(static_cast<std::uint8_t>(i * 7));
  write_png(at("plain.png"), 19, 11, rows);
  write_png(at("laced.png"), 19, 11, rows, {PNG_COLOR_TYPE_RGB, 8, true});
  EXPECT_EQ(read_picture(at("plain.png")).levels, rows);
  EXPECT_EQ(read_picture(at("laced.png")).levels, rows);
}

TEST(Mask, KeepsThePaletteIndexOrTheLevelAsStored) {
  const auto path = at("mask.png");
  write_png(path, 3, 1, {2, 0, 1}, {PNG_COLOR_TYPE_PALETTE, 8, false, {{0, 0, 0}, {9, 9, 9}, {8, 8, 8}}});
  EXPECT_EQ(read_mask(path).levels, (Levels{2, 0, 1}));
  write_png(path, 8, 1, {0b10100000}, {PNG_COLOR_TYPE_GRAY, 1});
  EXPECT_EQ(read_mask(path).levels, (Levels{1, 0, 1, 0, 0, 0, 0, 0})) << "not 255, as the picture would be";
  write_grey_png(path, 2, 1, {7, 255});
  EXPECT_EQ(read_mask(path).levels, (Levels{7, 255}));
  write_png(path, 1, 1, {1, 2, 3});
  EXPECT_THROW(read_mask(path), base::Error);
  EXPECT_FALSE(read_picture_header(path).indices);
  write_jpeg(at("mask.jpg"), 1, 1, 1, {3});
  EXPECT_THROW(read_mask(at("mask.jpg")), base::Error);
}

TEST(Jpeg, IsReadGreyAndInColour) {
  write_jpeg(at("grey.jpg"), 16, 8, 1, plain(16, 8, {90}));
  EXPECT_TRUE(read_picture_header(at("grey.jpg")).grey);
  EXPECT_EQ(read_picture(at("grey.jpg")).levels, plain(16, 8, {90}));
  write_jpeg(at("colour.jpg"), 16, 8, 3, plain(16, 8, {200, 40, 90}));
  const Picture colour = read_picture(at("colour.jpg"));
  ASSERT_EQ(colour.channels, 3);
  EXPECT_NEAR(colour.levels[0], 200, 2);
  EXPECT_NEAR(colour.levels[1], 40, 2);
  EXPECT_NEAR(colour.levels[2], 90, 2);
}

TEST(Jpeg, IsTurnedUprightAsItsExifSays) {
  // Dark left half, bright right half; stored so that its first row is at the visual right (6): bright, then dark rows.
  Levels rows = plain(16, 16, {250});
  const Levels dark = plain(16, 16, {5});
  rows.insert(rows.end(), dark.begin(), dark.end());
  write_jpeg(at("turned.jpg"), 16, 32, 1, rows, 6);
  const PictureHeader header = read_picture_header(at("turned.jpg"));
  EXPECT_EQ(header.orientation, 6);
  EXPECT_EQ(header.width, 32);
  EXPECT_EQ(header.height, 16);
  const Picture up = read_picture(at("turned.jpg"));
  EXPECT_EQ(up.width, 32);
  EXPECT_LT(up.levels[0], 20);
  EXPECT_GT(up.levels[31], 230);
}

TEST(Jpeg, ExifThatIsNoneOrDamagedChangesNothing) {
  EXPECT_EQ(exif_orientation(""), 1);
  EXPECT_EQ(exif_orientation("http://ns.adobe.com/xap/1.0/"), 1);
  std::string exif("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0", 28);
  EXPECT_EQ(exif_orientation(exif), 3) << "little-endian";
  for (std::size_t length = 0; length < 24; ++length) EXPECT_EQ(exif_orientation(exif.substr(0, length)), 1) << length;
  exif[24] = 9;
  EXPECT_EQ(exif_orientation(exif), 1);
  exif[10] = '\xff';  // the directory lies beyond the end
  exif[13] = '\xff';
  EXPECT_EQ(exif_orientation(exif), 1);
}

TEST(ImageFile, IsToldByItsBytesAndNotByItsName) {
  write_jpeg(at("really.jpg"), 8, 8, 1, plain(8, 8, {90}));
  std::filesystem::copy_file(at("really.jpg"), at("really.png"), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(fault_of(at("really.png")), "");
  base::write_file(at("text.png"), "hello");
  EXPECT_NE(fault_of(at("text.png")).find("text.png: expected a PNG or JPEG image, found another kind of file"),
            std::string::npos);
  base::write_file(at("empty.png"), "");
  EXPECT_NE(fault_of(at("empty.png")).find("found an empty file"), std::string::npos);
  EXPECT_NE(fault_of(at("absent.png")).find("cannot be opened"), std::string::npos);
  EXPECT_TRUE(is_image_name("a/b.JPEG"));
  EXPECT_FALSE(is_image_name("a/b.txt"));
}

TEST(ImageFile, ThatWasCutOffIsKnownByItsMissingEnd) {
  // As many bytes as a camera's, so that the end of a JPEG cannot be mistaken for that of its thumbnail.
  Levels rows;
  for (unsigned i = 0; i < 300 * 300 * 3; ++i) rows.push_back(static_cast<std::uint8_t>((i * i) >> 7));
  write_png(at("whole.png"), 300, 300, rows);
  write_jpeg(at("whole.jpg"), 300, 300, 3, rows);
  for (const std::string kind : {"png", "jpg"}) {
    const std::string bytes = base::read_file(at("whole." + kind));
    base::write_file(at("cut." + kind), bytes.substr(0, bytes.size() / 2));
    EXPECT_THROW(read_picture_header(at("cut." + kind)), base::Error) << kind;
    EXPECT_NE(fault_of(at("cut." + kind)).find("it was cut off: copy it anew"), std::string::npos);
    EXPECT_THROW(read_picture(at("cut." + kind)), base::Error) << kind << ": decoding knows it too";
    base::write_file(at("more." + kind), bytes + std::string(300'000, 'x'));
    EXPECT_EQ(fault_of(at("more." + kind)), "") << "some phones hang a film behind the image";
  }
}

TEST(ImageFile, OfInksOrOfTooManyPixelsIsRefused) {
  write_jpeg(at("inks.jpg"), 8, 8, 4, plain(8, 8, {1, 2, 3, 4}));
  EXPECT_NE(fault_of(at("inks.jpg")).find("CMYK"), std::string::npos);
  EXPECT_NE(fault_of(at("inks.jpg")).find("convert it to RGB"), std::string::npos);
  write_png(at("huge.png"), 20'000, 5'001, std::vector<png_byte>(std::size_t{2500} * 5'001), {PNG_COLOR_TYPE_GRAY, 1});
  EXPECT_NE(fault_of(at("huge.png")).find("20000 × 5001 pixels; expected at most 100 million"), std::string::npos);
}

}  // namespace
}  // namespace cradle::task
