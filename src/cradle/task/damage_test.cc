// Damaged images and annotations: whatever bytes come, reading ends in a value or in an Error.
#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/random.h"
#include "cradle/base/scratch_test.h"
#include "cradle/task/coco.h"
#include "cradle/task/image_writing_test.h"
#include "cradle/task/jpeg_image.h"
#include "cradle/task/png_image.h"

namespace cradle::task {
namespace {

using Reader = Picture (*)(std::FILE*, std::string_view);

/// Whether it was read; what was read must be a whole picture.
bool survive(Reader decode, std::string bytes) {
  if (bytes.empty()) return false;
  std::FILE* file = fmemopen(bytes.data(), bytes.size(), "rb");
  bool read = true;
  try {
    const Picture p = decode(file, "damaged");
    EXPECT_EQ(p.levels.size(), static_cast<std::size_t>(p.width) * static_cast<std::size_t>(p.height) *
                                   static_cast<std::size_t>(p.channels));
  } catch (const base::Error& error) {
    EXPECT_EQ(std::string(error.what()).find("damaged"), 0u) << error.what();
    read = false;
  }
  std::fclose(file);
  return read;
}

bool survive_coco(const std::string& bytes) {
  try {
    parse_coco(bytes, "damaged");
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

/// Noise in small, so that most of the bytes matter.
std::vector<png_byte> noise(std::size_t n) {
  base::Stream stream(3, base::stable_id("noise"));
  std::vector<png_byte> bytes(n);
  for (png_byte& b : bytes) b = static_cast<png_byte>(stream.below(256));
  return bytes;
}

struct Victim {
  const char* name;
  Reader decode;
  std::string bytes;
};

std::vector<Victim> victims() {
  const auto path = base::scratch_folder() / "victim";
  std::vector<Victim> all;
  write_png(path, 9, 7, noise(9 * 7 * 3));
  all.push_back({"png", decode_png, base::read_file(path)});
  write_png(path, 9, 7, noise(9 * 7 * 8), {PNG_COLOR_TYPE_RGBA, 16, true});
  all.push_back({"interlaced png", decode_png, base::read_file(path)});
  write_png(path, 9, 7, plain(9, 7, {1}), {PNG_COLOR_TYPE_PALETTE, 8, false, {{0, 0, 0}, {1, 2, 3}}, {255, 9}});
  all.push_back({"palette", decode_png, base::read_file(path)});
  all.push_back({"mask", decode_png_indices, base::read_file(path)});
  write_jpeg(path, 19, 17, 3, noise(19 * 17 * 3), 5);
  all.push_back({"jpeg", decode_jpeg, base::read_file(path)});
  write_jpeg(path, 9, 7, 1, noise(9 * 7));
  all.push_back({"grey jpeg", decode_jpeg, base::read_file(path)});
  return all;
}

std::string damaged(std::string bytes, base::Stream& stream) {
  for (std::uint64_t flips = 1 + stream.below(4); flips > 0; --flips)
    bytes[stream.below(bytes.size())] ^= static_cast<char>(1 << stream.below(8));
  return bytes;
}

TEST(Damage, ACutOffImageIsNeverTakenForAWholeOne) {
  for (const Victim& v : victims()) {
    ASSERT_TRUE(survive(v.decode, v.bytes)) << v.name;
    for (std::size_t length = 0; length + 2 < v.bytes.size(); length += 1 + v.bytes.size() / 300)
      EXPECT_FALSE(survive(v.decode, v.bytes.substr(0, length))) << v.name << " cut at " << length;
  }
}

TEST(Damage, FlippedBitsEndInAPictureOrAnError) {
  for (const Victim& v : victims()) {
    base::Stream stream(7, base::stable_id(v.name));
    int read = 0;
    for (int i = 0; i < 500; ++i) read += survive(v.decode, damaged(v.bytes, stream)) ? 1 : 0;
    EXPECT_LT(read, 500) << v.name;
  }
}

TEST(Damage, ACutOffOrFlippedAnnotationFileEndsInBoxesOrAnError) {
  const std::string bytes =
      R"({"categories":[{"id":3,"name":"a"},{"id":5,"name":"b"}],"images":[{"id":1,"file_name":"x.png","width":9,)"
      R"("height":7},{"id":2,"file_name":"y.png"}],"annotations":[{"id":1,"image_id":1,"category_id":5,"iscrowd":0,)"
      R"("bbox":[1,2,3.5,4],"segmentation":{"counts":[1,2],"size":[9,7]}}]})";
  ASSERT_TRUE(survive_coco(bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(survive_coco(bytes.substr(0, length))) << length;
  base::Stream stream(7, base::stable_id("coco"));
  int read = 0;
  for (int i = 0; i < 3000; ++i) read += survive_coco(damaged(bytes, stream)) ? 1 : 0;
  EXPECT_GT(read, 0) << "some flips only touch a number or a name";
  EXPECT_LT(read, 3000);
}

TEST(Damage, RandomBytesAreRefused) {
  base::Stream stream(9, base::stable_id("random"));
  for (int i = 0; i < 300; ++i) {
    std::string bytes(1 + stream.below(200), '\0');
    for (char& c : bytes) c = static_cast<char>(stream.below(256));
    EXPECT_FALSE(survive(decode_png, bytes));
    EXPECT_FALSE(survive(decode_jpeg, bytes));
    EXPECT_FALSE(survive_coco(bytes));
  }
}

}  // namespace
}  // namespace cradle::task
