// Checks people's own folders: layouts, splits, truth carried to the model's size, and what is said of wrong ones.
#include "cradle/task/folder_data.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/task/class_names.h"
#include "cradle/task/image_writing_test.h"

namespace cradle::task {
namespace {

namespace fs = std::filesystem;
using base::Json;

/// A folder of the running test's own.
fs::path fresh(const std::string& name = "set") {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path folder = base::scratch_folder() / test->name() / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

DataRequest request(const std::string& task, const fs::path& folder, ImageShape shape = {0, 0, 0}) {
  return {task, folder, kDataSeed, shape, {}};
}

std::string fault_of(const DataRequest& r) {
  try {
    const FolderData data(r);
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
      for (std::int64_t i = 0; i < data.info().count(split); ++i) data.sample(split, static_cast<std::uint64_t>(i));
    return "";
  } catch (const base::Error& error) {
    return error.what();
  }
}

void expect_fault(const DataRequest& r, const std::string& part) {
  const std::string fault = fault_of(r);
  EXPECT_NE(fault.find(part), std::string::npos) << fault;
}

void grey(const fs::path& path, std::uint8_t level, int width = 8, int height = 8) {
  write_grey_png(path, width, height, plain(width, height, {level}));
}

/// Two classes in each of three splits; the level tells which image it is.
fs::path two_classes() {
  const fs::path folder = fresh();
  std::uint8_t level = 10;
  for (const char* split : {"train", "val", "test"})
    for (const char* one : {"cat", "dog"}) grey(folder / split / one / "1.png", level += 10);
  return folder;
}

/// The first sample of a split that passes: the order of a split is mixed.
Sample one_with(const FolderData& data, Split split, const std::function<bool(const Sample&)>& passes) {
  for (std::int64_t i = 0; i < data.info().count(split); ++i)
    if (Sample sample = data.sample(split, static_cast<std::uint64_t>(i)); passes(sample)) return sample;
  throw base::Error("no such sample");
}
Sample with_level(const FolderData& data, Split split, int level) {
  return one_with(data, split, [&](const Sample& s) { return s.pixels[0] == static_cast<float>(level) / 255.0f; });
}

TEST(ClassFolders, AreReadBySplitAndClass) {
  const fs::path folder = two_classes();
  grey(folder / "train" / "dog" / "more" / "2.png", 200);
  base::write_file(folder / "train" / "dog" / "notes.txt", "no image");
  base::write_file(folder / "train" / "dog" / ".hidden.png", "no image");
  const FolderData data(request("classification", folder));
  EXPECT_EQ(data.info().name, "set");
  EXPECT_EQ(data.info().classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(data.info().images, (std::array<std::int64_t, 3>{3, 2, 2}));
  EXPECT_EQ(data.info().image.channels, 1) << "all are grey";
  EXPECT_EQ(data.info().image.height, kUsualSide);
  const Sample dog = with_level(data, Split::kTrain, 200);
  EXPECT_EQ(dog.label, 1);
  EXPECT_EQ(dog.pixels, std::vector<float>(64 * 64, 200 / 255.0f));
  EXPECT_EQ(with_level(data, Split::kTest, 60).label, 0);
  EXPECT_EQ(with_level(data, Split::kTest, 70).label, 1);
}

TEST(ClassFolders, MayBeOneOfColourAmongGrey) {
  const fs::path folder = two_classes();
  write_jpeg(folder / "train" / "cat" / "2.JPG", 8, 8, 3, plain(8, 8, {250, 10, 10}));
  const FolderData data(request("classification", folder, {0, 12, 10}));
  EXPECT_EQ(data.info().image.channels, 3);
  const Sample red = one_with(data, Split::kTrain, [](const Sample& s) { return s.pixels[0] > 0.9f; });
  ASSERT_EQ(red.pixels.size(), 3u * 12 * 10);
  EXPECT_GT(red.pixels[119], 0.9f) << "planes one after another: red,";
  EXPECT_LT(red.pixels[2 * 120 + 119], 0.1f) << "green, blue";
  EXPECT_EQ(with_level(data, Split::kTrain, 20).pixels, std::vector<float>(360, 20 / 255.0f)) << "grey, thrice";
}

TEST(ClassFolders, WithoutSplitsAreDividedByTheNamesOfTheirFiles) {
  const fs::path folder = fresh();
  for (int i = 0; i < 300; ++i)
    grey(folder / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"), static_cast<std::uint8_t>(i % 250));
  const FolderData data(request("classification", folder));
  EXPECT_NEAR(static_cast<double>(data.info().count(Split::kTrain)), 240, 20);
  EXPECT_NEAR(static_cast<double>(data.info().count(Split::kValidation)), 30, 15);
  EXPECT_EQ(data.info().total(), 300);
  // Another image moves none of the others.
  grey(folder / "a" / "new.png", 255);
  const FolderData more(request("classification", folder));
  EXPECT_EQ(more.info().total(), 301);
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    EXPECT_LE(more.info().count(split) - data.info().count(split), 1);
  DataRequest other = request("classification", folder);
  other.seed = 2;
  EXPECT_NE(FolderData(other).sample(Split::kTest, 0).pixels, more.sample(Split::kTest, 0).pixels);
}

TEST(ClassFolders, GiveAMissingSplitATenthOfTraining) {
  const fs::path folder = fresh();
  for (int i = 0; i < 200; ++i) grey(folder / "train" / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"), 9);
  grey(folder / "test" / "a" / "1.png", 9);
  const FolderData data(request("classification", folder));
  EXPECT_EQ(data.info().count(Split::kTest), 1) << "what has a folder keeps it";
  EXPECT_NEAR(static_cast<double>(data.info().count(Split::kValidation)), 20, 12);
  EXPECT_EQ(data.info().total(), 201);
}

TEST(ClassFolders, MayHoldATestSplitAloneForAModelThatKnowsTheClasses) {
  const fs::path folder = fresh();
  grey(folder / "test" / "dog" / "1.png", 9);
  DataRequest r = request("classification", folder);
  r.classes = {"cat", "dog", "eel"};
  const FolderData data(r);
  EXPECT_EQ(data.info().classes, r.classes);
  EXPECT_EQ(data.sample(Split::kTest, 0).label, 1) << "the model's number, not that of the folder";
  EXPECT_THROW(data.info().at_most(5, Split::kTrain), base::Error);
  EXPECT_EQ(data.info().at_most(5, Split::kTest), 1);
}

TEST(ClassFolders, SayWhatIsWrong) {
  expect_fault(request("classification", fresh() / "absent"), "absent: expected a folder of images");
  expect_fault(request("classification", fresh()),
               "expected a folder of images for each of at least two classes, found none");
  const fs::path one = fresh("one");
  grey(one / "images" / "1.png", 1);
  expect_fault(request("classification", one), "found one, 'images'");
  const fs::path folder = two_classes();
  grey(folder / "test" / "cta" / "1.png", 1);
  expect_fault(request("classification", folder), "lacks; did you mean 'cat'?; rename the folder");
  fs::remove_all(folder / "test" / "cta");
  fs::create_directories(folder / "train" / "eel");
  expect_fault(request("classification", folder), "eel: expected PNG or JPEG images of the class, found none");
  expect_fault(request("classification", two_classes(), {1, 5, 64}), "expected images of 8 to 4096 pixels");
  const fs::path many = fresh("many");
  for (int i = 0; i < 256; ++i) fs::create_directories(many / std::to_string(i));
  expect_fault(request("classification", many), "expected at most 255 folders of classes, found 256");
  const fs::path both = two_classes();
  grey(both / "validation" / "cat" / "1.png", 1);
  expect_fault(request("classification", both), "both 'val' and 'validation' are there");
}

TEST(ClassFolders, OfWhichNoImageIsTrainedAreRefused) {
  const fs::path folder = fresh();
  for (int i = 0; i < 40; ++i) grey(folder / "a" / (std::to_string(i) + ".png"), 1);
  // Each of these alone is a class; some of them do not fall into training.
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    grey(folder / "b" / (std::to_string(i) + ".png"), 1);
    refused +=
        fault_of(request("classification", folder)).find("no image of the class 'b' came into") != std::string::npos;
    fs::remove_all(folder / "b");
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 12) << "a fifth of them";
}

TEST(ClassFolders, TellOfAllDamagedFilesAtOnce) {
  const fs::path folder = two_classes();
  for (int i = 0; i < 7; ++i)
    base::write_file(folder / "train" / "cat" / ("bad" + std::to_string(i) + ".png"), "no image");
  const std::string fault = fault_of(request("classification", folder));
  EXPECT_NE(fault.find("7 faults, the first 5:"), std::string::npos) << fault;
  EXPECT_NE(fault.find("bad4.png"), std::string::npos);
  EXPECT_EQ(fault.find("bad5.png"), std::string::npos);
}

TEST(ClassFolders, AreSafeFromSeveralThreads) {
  const fs::path folder = fresh();
  for (int i = 0; i < 40; ++i)
    grey(folder / "train" / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"), static_cast<std::uint8_t>(6 * i));
  const FolderData data(request("classification", folder)), fresh_data(request("classification", folder));
  const auto look = [&] {
    double sum = 0;
    for (int round = 0; round < 3; ++round)
      for (std::int64_t i = 0; i < data.info().count(Split::kTrain); ++i)
        sum += double{data.sample(Split::kTrain, static_cast<std::uint64_t>(i)).pixels[0]};
    return sum;
  };
  std::vector<std::future<double>> all;
  for (int i = 0; i < 4; ++i) all.push_back(std::async(std::launch::async, look));
  double expected = 0;
  for (std::int64_t i = 0; i < data.info().count(Split::kTrain); ++i)
    expected += 3 * double{fresh_data.sample(Split::kTrain, static_cast<std::uint64_t>(i)).pixels[0]};
  for (auto& one : all) EXPECT_NEAR(one.get(), expected, 1e-6);
}

// ---- boxes ----

Json annotations(const std::vector<std::string>& files, int width = 32, int height = 16) {
  Json json{{"categories", {{{"id", 7}, {"name", "ant"}}, {{"id", 90}, {"name", "bee"}}}},
            {"images", Json::array()},
            {"annotations", Json::array()}};
  for (std::size_t i = 0; i < files.size(); ++i)
    json["images"].push_back({{"id", i}, {"file_name", files[i]}, {"width", width}, {"height", height}});
  return json;
}

void add_box(Json& json, std::size_t image, int category, std::vector<double> box) {
  json["annotations"].push_back(
      {{"id", json["annotations"].size()}, {"image_id", image}, {"category_id", category}, {"bbox", box}});
}

TEST(CocoFolder, ScalesItsBoxesWithEachAxis) {
  const fs::path folder = fresh();
  Json train = annotations({"1.png", "2.png"}), val = annotations({"3.png"});
  for (const char* name : {"train2017/1.png", "train2017/2.png"}) grey(folder / name, 50, 32, 16);
  grey(folder / "images" / "val" / "3.png", 70, 32, 16);
  add_box(train, 0, 90, {8, 4, 16, 8});
  add_box(train, 0, 7, {-2, 10, 10, 100});  // reaches beyond the image on two sides
  fs::create_directories(folder / "annotations");
  base::write_json(folder / "annotations" / "instances_train2017.json", train);
  base::write_json(folder / "annotations" / "instances_val2017.json", val);
  base::write_file(folder / "annotations" / "captions_val2017.json", "not looked at");
  const FolderData data(request("detection", folder));
  EXPECT_EQ(data.info().classes, (std::vector<std::string>{"ant", "bee"}));
  EXPECT_EQ(data.info().count(Split::kValidation), 1) << "images without boxes are kept";
  const std::int64_t kept = data.info().count(Split::kTrain) + data.info().count(Split::kTest);
  EXPECT_EQ(kept, 2) << "a test split is taken from the training images";
  const Split split = data.info().count(Split::kTrain) > 0 ? Split::kTrain : Split::kTest;
  const Sample s = one_with(data, split, [](const Sample& one) { return !one.boxes.empty(); });
  ASSERT_EQ(s.boxes.size(), 2u);
  EXPECT_EQ(s.boxes[0].label, 1);
  EXPECT_FLOAT_EQ(s.boxes[0].x0, 16);  // 8 of 32 across
  EXPECT_FLOAT_EQ(s.boxes[0].x1, 48);
  EXPECT_FLOAT_EQ(s.boxes[0].y0, 16);  // 4 of 16 down
  EXPECT_FLOAT_EQ(s.boxes[0].y1, 48);
  EXPECT_FLOAT_EQ(s.boxes[1].x0, 0);
  EXPECT_FLOAT_EQ(s.boxes[1].y1, 64);
}

/// annotations.json beside the images.
fs::path flat_coco(const Json& json) {
  const fs::path folder = fresh();
  for (const Json& image : json["images"]) grey(folder / image["file_name"].get<std::string>(), 50, 32, 16);
  base::write_json(folder / "annotations.json", json);
  return folder;
}

TEST(CocoFolder, MayBeOneFileBesideItsImages) {
  std::vector<std::string> files;
  for (int i = 0; i < 60; ++i) files.push_back("photos/" + std::to_string(i) + ".png");
  const FolderData data(request("detection", flat_coco(annotations(files))));
  EXPECT_EQ(data.info().total(), 60);
  EXPECT_GT(data.info().count(Split::kTest), 0);
}

TEST(CocoFolder, UsesTheModelsOrderOfClasses) {
  Json json = annotations({"1.png"});
  add_box(json, 0, 7, {0, 0, 4, 4});
  DataRequest r = request("detection", flat_coco(json));
  r.classes = {"bee", "cow", "ant"};
  const FolderData data(r);
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    if (data.info().count(split) > 0) {
      EXPECT_EQ(data.sample(split, 0).boxes[0].label, 2);
    }
  }
  r.classes = {"cow", "ant"};
  expect_fault(r, "the category 'bee' is one that the model lacks");
}

TEST(CocoFolder, SaysWhatIsWrong) {
  expect_fault(request("detection", fresh()), "expected annotations/instances_*.json or annotations.json (COCO)");
  Json json = annotations({"1.png"}, 16, 32);
  expect_fault(request("detection", flat_coco(json)), "the annotations say 16 × 32 pixels, the file has 32 × 16");
  json = annotations({"1.png"});
  json["images"].push_back({{"id", 5}, {"file_name", "../secret.png"}});
  expect_fault(request("detection", flat_coco(json)), "the file_name '../secret.png': expected a path below");
  json = annotations({"1.png"});
  add_box(json, 0, 7, {20, 8, 30, 15});
  expect_fault(request("detection", flat_coco(json)), "1 of 1 boxes reach beyond their image");
  json = annotations({"1.png", "2.png"});
  fs::path folder = flat_coco(json);
  fs::remove(folder / "2.png");
  expect_fault(request("detection", folder), "2.png: cannot be opened");
  fs::remove(folder / "1.png");
  expect_fault(request("detection", folder), "its image 1.png is in none of");
  folder = fresh();
  fs::create_directories(folder / "annotations");
  for (const char* name : {"instances_a.json", "instances_train.json"})
    base::write_json(folder / "annotations" / name, json);
  expect_fault(request("detection", folder), "expected one file for each of train, val and test, or one for all");
}

// ---- masks ----

/// An image of 4×2 with a mask of two values and a pixel about which nothing is said.
void pair(const fs::path& folder, const std::string& stem, std::vector<png_byte> mask = {0, 0, 1, 1, 0, 0, 255, 1}) {
  grey(folder / "images" / (stem + ".png"), 30, 4, 2);
  write_grey_png(folder / "masks" / (stem + ".png"), 4, 2, std::move(mask));
}

TEST(MaskFolder, KeepsTheValuesAndTheUnjudged) {
  const fs::path folder = fresh();
  for (const char* split : {"train", "valid", "test"}) pair(folder / split, "a");
  write_jpeg(folder / "train" / "images" / "b.jpg", 4, 2, 1, plain(4, 2, {90}));
  write_png(folder / "train" / "masks" / "b.png", 4, 2, {2, 2, 2, 2, 0, 0, 0, 0},
            {PNG_COLOR_TYPE_PALETTE, 8, false, {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}}});
  const FolderData data(request("segmentation", folder, {1, 8, 8}));
  EXPECT_EQ(data.info().classes, (std::vector<std::string>{"class 0", "class 1", "class 2"})) << "as many as occur";
  EXPECT_EQ(data.info().images, (std::array<std::int64_t, 3>{2, 1, 1}));
  const Sample s = data.sample(Split::kTest, 0);
  ASSERT_EQ(s.mask.size(), 64u);
  EXPECT_EQ(std::set<int>(s.mask.begin(), s.mask.end()), (std::set<int>{0, 1, 255}));
  EXPECT_EQ(s.mask[4 * 8 + 4], kUnjudged);
  EXPECT_EQ(s.mask[4 * 8 + 6], 1);
  EXPECT_EQ(s.mask[3 * 8 + 3], 0);
}

TEST(MaskFolder, TakesItsNamesFromAFile) {
  const fs::path folder = fresh();
  pair(folder, "a");
  base::write_file(folder / "classes.txt", "ground\r\nroof\n\n");
  DataRequest r = request("segmentation", folder);
  EXPECT_EQ(FolderData(r).info().classes, (std::vector<std::string>{"ground", "roof"}));
  r.classes = {"roof", "ground"};
  expect_fault(r, "classes.txt: expected the model's classes roof, ground, found ground, roof");
  r.classes = {};
  pair(folder, "b", {0, 0, 7, 7, 0, 0, 0, 0});
  expect_fault(r, "b.png: expected classes from 0 to 1, or 255 where nothing is said, found 7");
}

TEST(MaskFolder, SaysWhatIsWrong) {
  fs::path folder = fresh();
  expect_fault(request("segmentation", folder), "expected the folders images/ and masks/ in it, found no images/");
  pair(folder, "a");
  grey(folder / "images" / "b.png", 9);
  expect_fault(request("segmentation", folder), "b.png, found none");
  write_grey_png(folder / "masks" / "b.png", 8, 7, plain(8, 7, {0}));
  expect_fault(request("segmentation", folder), "b.png: expected 8 × 8 pixels as its image has, found 8 × 7");
  write_png(folder / "masks" / "b.png", 8, 8, plain(8, 8, {0, 0, 0}));
  expect_fault(request("segmentation", folder), "expected a PNG of a palette or of grey levels of at most 8 bits");
}

// ---- through the door ----

TEST(OpenDataSet, TakesAFolderOfImagesOrTheBuiltInOne) {
  const auto own = open_data_set(request("classification", two_classes()));
  EXPECT_EQ(own->info().name, "set");
  EXPECT_EQ(to_json(own->info())["images"].dump(), R"({"train":2,"validation":2,"test":2})");
  DataRequest built_in = request("classification", "");
  EXPECT_EQ(open_data_set(built_in)->info().name, "Fashion-MNIST");
  built_in.classes = {"cat", "dog"};
  try {
    open_data_set(built_in);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("trained for the classes cat, dog; Fashion-MNIST has t-shirt"),
              std::string::npos)
        << error.what();
  }
}

TEST(ClassNames, GoThroughAModelsMetadata) {
  const std::vector<std::string> names = {"été", "a \"b\"", "c"};
  EXPECT_EQ(classes_from_text(classes_text(names), "m.onnx"), names);
  EXPECT_TRUE(classes_from_text("", "m.onnx").empty());
  EXPECT_THROW(classes_from_text("{}", "m.onnx"), base::Error);
  EXPECT_THROW(classes_from_text("[1]", "m.onnx"), base::Error);
}

}  // namespace
}  // namespace cradle::task
