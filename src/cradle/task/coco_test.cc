// Checks the reading of COCO's annotation files, and what is said of wrong ones.
#include "cradle/task/coco.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::task {
namespace {

using base::Json;

Json small() {
  return Json::parse(R"({
    "info": {"year": 2017}, "licenses": [],
    "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
    "images": [{"id": 9, "file_name": "b.jpg", "width": 40, "height": 30}, {"id": 4, "file_name": "a.png"}],
    "annotations": [
      {"id": 1, "image_id": 9, "category_id": 18, "bbox": [1.5, 2, 10, 20], "iscrowd": 0, "segmentation": [[1, 2, 3]]},
      {"id": 2, "image_id": 9, "category_id": 1, "bbox": [0, 0, 40, 30], "iscrowd": 1},
      {"id": 3, "image_id": 9, "category_id": 1, "bbox": [3, 3, 0, 5]}]})");
}

std::string fault_of(const Json& json) {
  try {
    parse_coco(json.dump(), "a.json");
    return "";
  } catch (const base::Error& error) {
    return error.what();
  }
}

TEST(Coco, NumbersItsCategoriesByRisingIdAndKeepsImagesWithoutBoxes) {
  const Coco coco = parse_coco(small().dump(), "a.json");
  EXPECT_EQ(coco.classes, (std::vector<std::string>{"person", "dog"}));
  ASSERT_EQ(coco.images.size(), 2u);
  EXPECT_EQ(coco.images[0].file, "b.jpg");
  EXPECT_EQ(coco.images[0].width, 40);
  EXPECT_TRUE(coco.images[1].boxes.empty());
  EXPECT_EQ(coco.images[1].width, 0) << "not said";
  ASSERT_EQ(coco.images[0].boxes.size(), 1u) << "a crowd is left out, and a box without area";
  const Box& box = coco.images[0].boxes[0];
  EXPECT_EQ(box.label, 1);
  EXPECT_FLOAT_EQ(box.x0, 1.5f);
  EXPECT_FLOAT_EQ(box.x1, 11.5f);
  EXPECT_FLOAT_EQ(box.y1, 22.0f);
}

TEST(Coco, SaysWhichAnnotationIsWrongAndHow) {
  const auto with = [](const char* at, Json value) {
    Json json = small();
    json[Json::json_pointer(at)] = std::move(value);
    return fault_of(json);
  };
  EXPECT_EQ(with("/annotations/0/category_id", 99),
            "a.json: annotation 1: its category_id 99 is not among 'categories'");
  EXPECT_EQ(with("/annotations/1/image_id", 7), "a.json: annotation 2: its image_id 7 is not among 'images'");
  EXPECT_EQ(with("/annotations/0/bbox", Json::array({1, 2, 3})),
            "a.json: annotation 1: 'bbox': expected [x, y, width, height] in pixels, found [1,2,3]");
  EXPECT_NE(with("/annotations/0/bbox/2", -4).find("expected [x, y, width, height]"), std::string::npos);
  EXPECT_NE(with("/annotations/0/bbox/2", "4").find("expected [x, y, width, height]"), std::string::npos);
  EXPECT_EQ(with("/images/1/id", 9), "a.json: image 9: the id stands twice");
  EXPECT_EQ(with("/categories/1/id", 18), "a.json: categories: the id 18 stands twice");
  EXPECT_EQ(with("/categories/1/name", "dog"), "a.json: categories: the name 'dog' stands twice");
  EXPECT_EQ(with("/images/0/file_name", 3), "a.json: image 9: 'file_name': expected text, found number");
  EXPECT_EQ(with("/images/0/width", 1.5), "a.json: image 9: 'width': expected a number of pixels, found 1.5");
  EXPECT_EQ(with("/annotations", Json::object()), "a.json: 'annotations': expected a list, found object");
  Json many = small();
  for (int i = 100; i < 360; ++i) many["categories"].push_back({{"id", i}, {"name", std::to_string(i)}});
  EXPECT_EQ(fault_of(many), "a.json: expected 1 to 255 categories, found 262");
}

TEST(Coco, BrokenJsonIsNamedWithItsLine) {
  try {
    parse_coco("{\n  \"images\": [\n  oops", "a.json");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("a.json:3:"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cradle::task
