// PaddleOCR's models as npm ships them, on text that is drawn here: they read it, and in every engine alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "compressed.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/text.h"
#include "engines.h"
#include "pruned.h"

namespace cradle::test {
namespace {

const std::filesystem::path kModels = CRADLE_OCR_MODELS;
constexpr const char* kWhy = "the text models of npm or Debian's python3-pil and fonts-dejavu-core are not here";

/// Where the drawings lie, made once per process; empty where they cannot be made.
const std::filesystem::path& drawings() {
  static const std::filesystem::path folder = [] {
    const std::filesystem::path made = base::scratch_folder() / "text";
    std::filesystem::create_directories(made);
    const std::string line = "/usr/bin/python3 " CRADLE_REAL_MODELS "/render_text.py " + made.string() + " 2>/dev/null";
    return std::system(line.c_str()) == 0 ? made : std::filesystem::path();
  }();
  return folder;
}

bool not_here() { return base::left_out(std::filesystem::exists(kModels) && !drawings().empty(), kWhy); }
base::Json truth() { return base::read_json(drawings() / "truth.json"); }

Numbers drawn(const char* name, std::int64_t height, std::int64_t width) {
  Numbers n{{0, 3, height, width}, floats_in(drawings() / name)};
  n.shape[0] = static_cast<std::int64_t>(n.values.size()) / (3 * height * width);
  return n;
}

void expect_alike(const std::map<std::string, Numbers>& by_engine, double most) {
  for (const auto& [engine, output] : by_engine)
    EXPECT_LT(difference(output, by_engine.at("libtorch")), most) << engine;
}

std::size_t greatest(const float* values, std::size_t n) {
  return static_cast<std::size_t>(std::max_element(values, values + n) - values);
}

TEST(TextModels, SayWhichWayUpALineIs) {
  if (not_here()) return;
  const std::filesystem::path model = kModels / "ch_ppocr_mobile_v2.0_cls_infer.onnx";
  const Numbers lines = drawn("turned.in", 48, 192);
  expect_alike(first_output_by_engine(model, first_of(lines, 4)), 2e-5);
  const base::Json turned = truth().at("turned");
  const Numbers output = first_output(model, lines);
  ASSERT_EQ(output.shape, (std::vector<std::int64_t>{static_cast<std::int64_t>(turned.size()), 2}));
  std::size_t right = 0;
  for (std::size_t i = 0; i < turned.size(); ++i)
    right += greatest(&output.values[2 * i], 2) == turned[i].get<std::size_t>();
  EXPECT_GE(right, turned.size() - 3);  // 30 of 32 when this was written
}

/// Connectionist temporal classification, the greedy way: the best letter of each step, repetitions and blanks dropped
/// (Graves et al., ICML 2006, section 3.2).
std::string text_in(const float* steps, std::size_t count, std::size_t letters,
                    const std::vector<std::string>& alphabet) {
  std::string text;
  std::size_t before = 0;
  for (std::size_t t = 0; t < count; ++t) {
    const std::size_t best = greatest(steps + t * letters, letters);
    if (best != 0 && best != before) text += alphabet.at(best - 1);
    before = best;
  }
  return std::string(base::trim(text));
}

TEST(TextModels, ReadLines) {
  if (not_here()) return;
  std::vector<std::string> alphabet;
  std::ifstream keys(kModels / "ppocr_keys_v1.txt");
  for (std::string letter; std::getline(keys, letter);) alphabet.push_back(letter);
  alphabet.push_back(" ");
  const std::filesystem::path model = kModels / "ch_PP-OCRv4_rec_infer.onnx";
  const Numbers drawings = drawn("lines.in", 48, 320);
  expect_alike(first_output_by_engine(model, first_of(drawings, 2)), 1e-3);  // probabilities of 6,625 letters
  const Numbers output = first_output(model, drawings);
  const auto steps = static_cast<std::size_t>(output.shape.at(1)),
             letters = static_cast<std::size_t>(output.shape.at(2));
  ASSERT_EQ(letters, alphabet.size() + 1);
  const base::Json lines = truth().at("lines");
  std::size_t right = 0;
  std::string wrong;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string read = text_in(&output.values[i * steps * letters], steps, letters, alphabet);
    if (read == lines[i].get<std::string>())
      ++right;
    else
      wrong += "'" + read + "' for '" + lines[i].get<std::string>() + "' ";
  }
  EXPECT_GE(right, lines.size() - 2) << wrong;
}

TEST(TextModels, FindTheTextOnAPage) {
  if (not_here()) return;
  const auto by_engine = first_output_by_engine(kModels / "ch_PP-OCRv4_det_infer.onnx", drawn("page.in", 320, 320));
  expect_alike(by_engine, 1e-4);
  const Numbers& map = by_engine.at("ONNX Runtime");
  ASSERT_EQ(map.shape, (std::vector<std::int64_t>{1, 1, 320, 320}));
  // The network is taught boxes that are shrunk by their own height times 0.4 or so (DB, Liao et al., AAAI 2020): what
  // it marks lies within the boxes, and in every box.
  std::size_t marked = 0, inside = 0;
  const base::Json boxes = truth().at("page");
  std::vector<std::size_t> in_box(boxes.size());
  for (std::size_t y = 0; y < 320; ++y)
    for (std::size_t x = 0; x < 320; ++x) {
      if (map.values[y * 320 + x] < 0.3F) continue;
      ++marked;
      for (std::size_t b = 0; b < boxes.size(); ++b)
        if (x >= boxes[b][0] && x < boxes[b][2] && y >= boxes[b][1] && y < boxes[b][3]) ++inside, ++in_box[b];
    }
  EXPECT_GT(static_cast<double>(inside), 0.9 * static_cast<double>(marked));
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const double area = (boxes[b][2].get<double>() - boxes[b][0].get<double>()) *
                        (boxes[b][3].get<double>() - boxes[b][1].get<double>());
    EXPECT_GT(static_cast<double>(in_box[b]), 0.25 * area) << "box " << b;
  }
}

TEST(TextModels, LoseDeadChannelsWithoutATrace) {
  if (not_here()) return;
  struct Model {
    const char* file;
    Numbers input;
    std::size_t groups, protected_groups;
    bool constants;  // PP-LCNetV3 adds a learned number to what its activations give
  };
  for (const Model& model :
       {Model{"ch_ppocr_mobile_v2.0_cls_infer.onnx", first_of(drawn("turned.in", 48, 192), 1), 27, 1, false},
        Model{"ch_PP-OCRv4_det_infer.onnx", first_of(drawn("page.in", 320, 320), 1), 37, 1, true},
        Model{"ch_PP-OCRv4_rec_infer.onnx", first_of(drawn("lines.in", 48, 320), 1), 27, 4, true}}) {
    SCOPED_TRACE(model.file);
    const Trace trace = trace_of_dead_channels(kModels / model.file, model.input, model.constants);
    EXPECT_LT(trace.difference, 1e-6);
    EXPECT_LT(trace.engine_difference, 1e-3);
    EXPECT_EQ(trace.groups, model.groups);
    EXPECT_EQ(trace.protected_groups, model.protected_groups);
    EXPECT_LT(trace.parameters, 0.9);
  }
}

TEST(TextModels, AreTheSameFolded) {
  if (not_here()) return;
  for (const auto& [file, input] : {std::pair{"ch_ppocr_mobile_v2.0_cls_infer.onnx", drawn("turned.in", 48, 192)},
                                    {"ch_PP-OCRv4_det_infer.onnx", drawn("page.in", 320, 320)},
                                    {"ch_PP-OCRv4_rec_infer.onnx", drawn("lines.in", 48, 320)}})
    EXPECT_LT(difference_after_folding(kModels / file, first_of(input, 1)), 1e-5) << file;
}

TEST(TextModels, AreTheSameInFactorsAtFullRank) {
  if (not_here()) return;
  const Factored factored =
      at_full_rank(kModels / "ch_ppocr_mobile_v2.0_cls_infer.onnx", first_of(drawn("turned.in", 48, 192), 2));
  EXPECT_LT(factored.difference, 1e-4);
  EXPECT_GT(factored.layers, 20) << "pointwise convolutions, gates, the classifier";
}

TEST(TextModels, SayTheSameInEightBits) {
  if (not_here()) return;
  const std::filesystem::path model = kModels / "ch_ppocr_mobile_v2.0_cls_infer.onnx";
  const Numbers lines = drawn("turned.in", 48, 192);
  const Coded coded = in_eight_bits(model, lines);
  const Numbers exact = first_output(model, lines);
  ASSERT_EQ(coded.output.shape, exact.shape);
  EXPECT_EQ(coded.left, 0);
  EXPECT_GT(coded.layers, 50);
  std::size_t alike = 0;
  const auto count = static_cast<std::size_t>(exact.shape.at(0));
  for (std::size_t i = 0; i < count; ++i)
    alike += greatest(&coded.output.values[2 * i], 2) == greatest(&exact.values[2 * i], 2);
  EXPECT_GE(alike, count - 3);
}

}  // namespace
}  // namespace cradle::test
