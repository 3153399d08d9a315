// People's own images from a folder to a trained and measured model, as a user types it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/random.h"
#include "cradle/task/image_writing_test.h"
#include "program.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;
using base::Json;

constexpr int kWidth = 40, kHeight = 30;

/// Dark noise with a square in it: where it is, and its colour by its class (0: red, 1: green).
struct Scene {
  std::vector<unsigned char> rgb, mask;
  int x = 0, y = 0, side = 0;
};

Scene scene_of(int number, int label) {
  base::Stream draw(1, base::stable_id("own images " + std::to_string(number)));
  Scene s;
  s.side = 10 + static_cast<int>(draw.below(8));
  s.x = static_cast<int>(draw.below(kWidth - 18));
  s.y = static_cast<int>(draw.below(kHeight - 18));
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const bool inside = x >= s.x && x < s.x + s.side && y >= s.y && y < s.y + s.side;
      for (int c = 0; c < 3; ++c)
        s.rgb.push_back(static_cast<unsigned char>(draw.below(40) + (inside && c == label ? 200 : 0)));
      s.mask.push_back(static_cast<unsigned char>(inside ? label + 1 : 0));
    }
  return s;
}

/// PNG and JPEG by turns.
std::string write_image(const fs::path& folder, int number, const Scene& s) {
  const std::string name = std::to_string(number) + (number % 2 ? ".png" : ".jpg");
  if (number % 2)
    task::write_png(folder / name, kWidth, kHeight, s.rgb);
  else
    task::write_jpeg(folder / name, kWidth, kHeight, 3, s.rgb);
  return name;
}

constexpr int kImages = 60;

fs::path class_folders() {
  const fs::path folder = fresh_folder("own-classes") / "squares";
  for (int i = 0; i < kImages; ++i) {
    const int label = i / 2 % 2;
    write_image(folder /
                    (i < 40   ? "train"
                     : i < 50 ? "val"
                              : "test") /
                    (label ? "green" : "red"),
                i, scene_of(i, label));
  }
  return folder;
}

fs::path coco_folder() {
  const fs::path folder = fresh_folder("own-boxes") / "squares";
  for (const auto& [split, first, last] :
       std::vector<std::tuple<std::string, int, int>>{{"train", 0, 40}, {"val", 40, 50}, {"test", 50, kImages}}) {
    Json json{{"categories", {{{"id", 3}, {"name", "red"}}, {{"id", 11}, {"name", "green"}}}},
              {"images", Json::array()},
              {"annotations", Json::array()}};
    for (int i = first; i < last; ++i) {
      const int label = i / 2 % 2;
      const Scene s = scene_of(i, label);
      json["images"].push_back({{"id", i},
                                {"file_name", write_image(folder / "images" / split, i, s)},
                                {"width", kWidth},
                                {"height", kHeight}});
      json["annotations"].push_back({{"id", i},
                                     {"image_id", i},
                                     {"category_id", label ? 11 : 3},
                                     {"bbox", {s.x, s.y, s.side, s.side}},
                                     {"iscrowd", 0}});
    }
    fs::create_directories(folder / "annotations");
    base::write_json(folder / "annotations" / ("instances_" + split + ".json"), json);
  }
  return folder;
}

fs::path mask_folders() {
  const fs::path folder = fresh_folder("own-masks") / "squares";
  for (int i = 0; i < kImages; ++i) {
    const Scene s = scene_of(i, i / 2 % 2);
    const fs::path split = folder / (i < 40 ? "train" : i < 50 ? "val" : "test");
    write_image(split / "images", i, s);
    task::write_grey_png(split / "masks" / (std::to_string(i) + ".png"), kWidth, kHeight, s.mask);
  }
  base::write_file(folder / "classes.txt", "ground\nred\ngreen\n");
  return folder;
}

/// Trains on the folder, quantises and measures both; what bench says.
Json bench_of(const std::string& task, const fs::path& data, const std::string& more) {
  const std::string at = (data.parent_path() / "out").string(), own = " --data " + data.string();
  const Json record = json_of(shell("cradle train " + task + own + " --json " + more + " -o " + at));
  EXPECT_EQ(record.at("data").at("name"), "squares");
  EXPECT_EQ(record.at("data").at("images"), kImages);
  EXPECT_EQ(shell("cradle compress " + at + "/model.onnx -o " + at +
                  "/int8.onnx --images 8 --rounds 1 --seconds 0.2 --no-study" + own)
                .code,
            0);
  const Json bench = json_of(shell("cradle bench " + at + "/model.onnx " + at +
                                   "/int8.onnx --runs 2 --no-idle --seconds 0.05 --json -o " + at + own));
  const Json run = base::read_json(bench.at("results")[0].at("runs")[0].get<std::string>());
  EXPECT_EQ(run.at("data").at("name"), "squares");
  EXPECT_EQ(base::read_json(at + "/int8.onnx.steps/runs/1-int8-calibrate.json").at("data").at("images"), kImages);
  return bench;
}

double first_quality(const Json& bench) { return bench.at("results")[0].at("qualities")[0].at("value").get<double>(); }

TEST(OwnImages, OfClassesAreLearnt) {
  const fs::path data = class_folders();
  const Json bench = bench_of("classification", data, "--arch resnet-small --width 0.5 --size 24 --epochs 6 --batch 8");
  EXPECT_GT(first_quality(bench), 0.85) << "red and green squares, half of them each";
  const std::string model = (data.parent_path() / "out" / "model.onnx").string();
  const Json facts = json_of(shell("cradle graph " + model + " --json"));
  EXPECT_EQ(facts.at("metadata").at("cradle.classes"), R"(["green","red"])");
  EXPECT_EQ(facts.at("inputs")[0].at("shape"), (std::vector<int>{-1, 3, 24, 24}));

  // The same model on other images: of its classes alone, and then of a class that it does not know.
  fs::remove_all(data / "test" / "green");
  fs::remove_all(data / "train");
  fs::remove_all(data / "val");
  const std::string again =
      "cradle bench " + model + " --runs 1 --no-idle --seconds 0.05 --json -o " + model + ".again --data ";
  EXPECT_GT(first_quality(json_of(shell(again + data.string()))), 0.6) << "red is still the second class";
  fs::rename(data / "test" / "red", data / "test" / "blue");
  const Output unknown = shell(again + data.string());
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("blue: a class that the model lacks"), std::string::npos) << unknown.err;
  const Output built_in = shell("cradle bench " + model + " --runs 1 --no-idle --seconds 0.05 -o " + model + ".again");
  EXPECT_NE(built_in.err.find("was trained for the classes green, red; Fashion-MNIST has"), std::string::npos)
      << built_in.err;
}

TEST(OwnImages, OfBoxesAreLearnt) {
  const Json bench =
      bench_of("detection", coco_folder(), "--width 0.5 --size 48 --epochs 12 --batch 8 --augment strong");
  EXPECT_EQ(bench.at("results")[0].at("qualities")[0].at("metric"), "mAP50");
  EXPECT_GT(first_quality(bench), 0.3);
}

TEST(OwnImages, OfMasksAreLearnt) {
  const Json bench =
      bench_of("segmentation", mask_folders(), "--width 0.5 --size 32x40 --epochs 6 --batch 8 --rate 0.1");
  EXPECT_GT(first_quality(bench), 0.4) << "the ground alone is a third";
}

TEST(OwnImages, ThatCannotBeUsedAreSaidBeforeAnythingIsTrained) {
  const fs::path data = class_folders();
  const std::string at = (data.parent_path() / "out").string();
  const std::string train = "cradle train classification -o " + at + " --data ";
  const Output absent = shell(train + data.string() + "-absent");
  EXPECT_EQ(absent.code, 1);
  EXPECT_NE(absent.err.find("squares-absent: expected a folder of images"), std::string::npos) << absent.err;
  const std::string png = base::read_file(data / "train" / "red" / "1.png");
  base::write_file(data / "train" / "red" / "1.png", png.substr(0, png.size() / 2));
  const Output cut = shell(train + data.string());
  EXPECT_EQ(cut.code, 1);
  EXPECT_NE(cut.err.find("1.png: expected a whole PNG, found no end; it was cut off"), std::string::npos) << cut.err;
  EXPECT_FALSE(fs::exists(fs::path(at) / "model.onnx"));
  for (const auto& [arguments, part] : std::vector<std::pair<std::string, std::string>>{
           {"train detection --size 64", "--size and --channels are of images of one's own"},
           {"train detection --size 6y4 --data x", "--size: expected a side as 64"},
           {"train detection --augment lihgt", "did you mean 'light'?"}}) {
    const Output o = shell("cradle " + arguments + " -o " + at);
    EXPECT_EQ(o.code, 2) << o.err;
    EXPECT_NE(o.err.find(part), std::string::npos) << o.err;
  }
}

}  // namespace
}  // namespace cradle::test
