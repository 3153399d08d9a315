#include "cradle/onnx/model_file.h"

#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <functional>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"

namespace cradle::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::ModelProto;

void declare(::onnx::ValueInfoProto& info, const std::string& name, const char* first_dimension) {
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(::onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param(first_dimension);
  tensor->mutable_shape()->add_dim()->set_dim_value(4);
}

/// A model with everything that cradle does not interpret: metadata, documentation, a function, foreign operators,
/// a sub-graph, named dimensions, typed data fields, a string tensor.
ModelProto rich() {
  ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("somebody");
  model.set_producer_version("1.2");
  model.set_domain("org.example");
  model.set_model_version(7);
  model.set_doc_string("what it is for");
  auto* property = model.add_metadata_props();
  property->set_key("labels");
  property->set_value("cat,dog");
  auto* import = model.add_opset_import();
  import->set_domain("org.example");
  import->set_version(3);
  model.add_opset_import()->set_version(15);
  auto* function = model.add_functions();
  function->set_name("Twice");
  function->set_domain("org.example");
  auto& graph = *model.mutable_graph();
  graph.set_name("g");
  graph.set_doc_string("the graph");
  declare(*graph.add_input(), "x", "batch");
  declare(*graph.add_output(), "y", "batch");
  declare(*graph.add_value_info(), "h", "batch");
  graph.mutable_value_info(0)->set_doc_string("hidden");
  auto* weight = graph.add_initializer();
  weight->set_name("w");
  weight->set_doc_string("a weight");
  weight->set_data_type(::onnx::TensorProto::FLOAT);
  weight->add_dims(4);
  for (const float v : {1.0F, 2.0F, 3.0F, -4.5F}) weight->add_float_data(v);
  auto* words = graph.add_initializer();
  words->set_name("words");
  words->set_data_type(::onnx::TensorProto::STRING);
  words->add_dims(2);
  words->add_string_data("one");
  words->add_string_data("two");
  auto* first = graph.add_node();
  first->set_op_type("Mul");
  first->set_domain("ai.onnx");
  first->set_doc_string("scales");
  first->add_input("x");
  first->add_input("w");
  first->add_output("h");
  auto* second = graph.add_node();
  second->set_op_type("Strange");
  second->set_domain("org.example");
  second->set_name("strange");
  second->add_input("h");
  second->add_input("words");
  second->add_output("y");
  auto* branch = second->add_attribute();
  branch->set_name("zz_branch");
  branch->set_type(AttributeProto::GRAPH);
  branch->mutable_g()->set_name("inner");
  auto* alpha = second->add_attribute();
  alpha->set_name("alpha");
  alpha->set_doc_string("strength");
  alpha->set_type(AttributeProto::FLOATS);
  alpha->add_floats(0.5F);
  return model;
}

/// The same with all numbers in raw_data, as write_onnx puts them.
ModelProto rich_raw() {
  ModelProto model = rich();
  auto& weight = *model.mutable_graph()->mutable_initializer(0);
  const std::string raw(reinterpret_cast<const char*>(weight.float_data().data()), 16);
  weight.clear_float_data();
  weight.set_raw_data(raw);
  return model;
}

TEST(RoundTrip, LosesNothingThatCradleDoesNotTouch) {
  const graph::Graph graph = parse_onnx(rich().SerializeAsString(), "rich.onnx");
  EXPECT_EQ(graph.opset, 15);
  EXPECT_EQ(graph.metadata.at("labels"), "cat,dog");
  EXPECT_EQ(graph.initializers.at("w").f32()[3], -4.5F);
  EXPECT_EQ(graph.nodes[0].domain, "") << "ai.onnx is the default domain";
  EXPECT_EQ(graph.values.at("h").shape, (graph::Shape{-1, 4}));
  ModelProto written;
  ASSERT_TRUE(written.ParseFromString(serialise_onnx(graph)));
  EXPECT_EQ(written.DebugString(), rich_raw().DebugString());
}

TEST(RoundTrip, IsStableFromTheFirstWriting) {
  const std::string once = serialise_onnx(parse_onnx(rich().SerializeAsString(), "a"));
  const std::string twice = serialise_onnx(parse_onnx(once, "b"));
  EXPECT_EQ(once, twice);
}

TEST(RoundTrip, KeepsWhatBelongsToAChangedNode) {
  graph::Graph graph = parse_onnx(rich().SerializeAsString(), "rich.onnx");
  graph.nodes[1].attributes["beta"] = std::int64_t{3};
  graph.nodes[1].inputs[0] = "x";
  graph.metadata["cradle"] = "yes";
  ModelProto written;
  written.ParseFromString(serialise_onnx(graph));
  const auto& node = written.graph().node(1);
  EXPECT_EQ(node.input(0), "x");
  ASSERT_EQ(node.attribute_size(), 3);
  EXPECT_EQ(node.attribute(0).g().name(), "inner") << "old attributes first, in their order";
  EXPECT_EQ(node.attribute(1).doc_string(), "strength");
  EXPECT_EQ(node.attribute(2).i(), 3);
  EXPECT_EQ(written.metadata_props(0).value(), "cat,dog");
  EXPECT_EQ(written.metadata_props(1).key(), "cradle");
}

TEST(RoundTrip, DropsADescriptionThatNoLongerHolds) {
  graph::Graph graph = parse_onnx(rich().SerializeAsString(), "rich.onnx");
  graph.values.at("h").shape = {-1, 5};
  ModelProto written;
  written.ParseFromString(serialise_onnx(graph));
  EXPECT_EQ(written.graph().value_info_size(), 0);
}

TEST(RoundTrip, OldFilesListTheirInitializersAsInputs) {
  ModelProto model = rich();
  model.set_ir_version(3);
  for (const char* name : {"w", "words"}) model.mutable_graph()->add_input()->set_name(name);
  graph::Graph graph = parse_onnx(model.SerializeAsString(), "old.onnx");
  EXPECT_EQ(graph.inputs.size(), 1U) << "real inputs only";
  graph.initializers["new"] = graph::tensor_f32({1}, std::vector<float>{1});
  ModelProto written;
  written.ParseFromString(serialise_onnx(graph));
  ASSERT_EQ(written.graph().input_size(), 4) << "this IR version demands that all are listed";
  graph.opset = 13;  // another operator set brings a newer IR version, in which constants are not listed
  written.ParseFromString(serialise_onnx(graph));
  EXPECT_EQ(written.ir_version(), 7);
  EXPECT_EQ(written.graph().input_size(), 1);
}

TEST(BuiltIn, NetsPassOnnxsOwnChecker) {
  for (const graph::Architecture& a : graph::architectures()) {
    graph::Graph graph = graph::build_architecture(a.name, 0.5, 5, 1);
    for (int folded = 0; folded < 2; ++folded) {
      ModelProto model;
      ASSERT_TRUE(model.ParseFromString(serialise_onnx(graph)));
      EXPECT_NO_THROW(::onnx::checker::check_model(model)) << a.name;
      graph::simplify(graph);
    }
  }
}

TEST(BuiltIn, NetsSurviveTheFile) {
  const graph::Graph graph = graph::build_architecture("centernet-dense", 0.5, 5, 1);
  const auto path = base::scratch_folder() / "cradle_onnx_net.onnx";
  write_onnx(path, graph);
  const graph::Graph back = read_onnx(path);
  EXPECT_EQ(back.nodes.size(), graph.nodes.size());
  for (const auto& [name, tensor] : graph.initializers) EXPECT_EQ(back.initializers.at(name).bytes, tensor.bytes);
  EXPECT_EQ(graph::attribute_ints(back.nodes[0], "strides", {}), (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(back.inputs[0].shape, graph.inputs[0].shape);
  std::filesystem::remove(path);
}

TEST(ExternalData, IsReadFromTheModelsFolderAndNowhereElse) {
  const auto folder = base::scratch_folder() / "cradle_onnx_external";
  std::filesystem::create_directories(folder);
  const float values[] = {9, 1, 2, 3, 4};
  base::write_file(folder / "w.bin", {reinterpret_cast<const char*>(values), sizeof values});
  const auto model_at = [&](const std::string& location, const std::string& offset) {
    ModelProto model = rich();
    auto& weight = *model.mutable_graph()->mutable_initializer(0);
    weight.clear_float_data();
    weight.set_data_location(::onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", location}, {"offset", offset}}) {
      auto* entry = weight.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    base::write_file(folder / "m.onnx", model.SerializeAsString());
    return folder / "m.onnx";
  };
  EXPECT_EQ(read_onnx(model_at("w.bin", "4")).initializers.at("w").f32()[3], 4.0F);
  EXPECT_NE(base::fault_of([&] { read_onnx(model_at("w.bin", "8")); }).find("expected 16 from byte 8"),
            std::string::npos);
  EXPECT_NE(base::fault_of([&] { read_onnx(model_at("w.bin", "x")); }).find("expected a number"), std::string::npos);
  EXPECT_NE(base::fault_of([&] { read_onnx(model_at("../w.bin", "0")); }).find("not in the model's folder"),
            std::string::npos);
  EXPECT_NE(base::fault_of([&] { read_onnx(model_at("/etc/hostname", "0")); }).find("not in the model's folder"),
            std::string::npos);
  EXPECT_NE(base::fault_of([&] { read_onnx(model_at("gone.bin", "0")); }).find("No such file"), std::string::npos);
  std::filesystem::remove_all(folder);
}

/// A change to the rich model, and what the error has to say.
struct Damage {
  const char* name;
  std::function<void(ModelProto&)> apply;
  const char* expected;
};

TEST(BadFiles, AreRefusedWithFileAndCulprit) {
  const std::vector<Damage> damages = {
      {"no graph", [](ModelProto& m) { m.clear_graph(); }, "holds no graph"},
      {"no version", [](ModelProto& m) { m.clear_ir_version(); }, "holds no IR version"},
      {"cycle", [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_input(0, "y"); }, "cycle"},
      {"undefined input", [](ModelProto& m) { m.mutable_graph()->mutable_node(1)->set_input(0, "ghost"); }, "'ghost'"},
      {"output made twice", [](ModelProto& m) { m.mutable_graph()->mutable_node(1)->set_output(0, "x"); },
       "'x' is already"},
      {"missing output", [](ModelProto& m) { m.mutable_graph()->mutable_output(0)->set_name("z"); }, "output 'z'"},
      {"short data",
       [](ModelProto& m) { m.mutable_graph()->mutable_initializer(0)->mutable_float_data()->Truncate(3); },
       "initializer 'w': it holds 12 bytes"},
      {"huge shape", [](ModelProto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, INT64_MAX / 2); },
       "initializer 'w'"},
      {"negative extent", [](ModelProto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, -4); },
       "extent -4"},
      {"initializer twice",
       [](ModelProto& m) { *m.mutable_graph()->add_initializer() = ModelProto(m).graph().initializer(0); },
       "stands twice"},
      {"attribute twice",
       [](ModelProto& m) { m.mutable_graph()->mutable_node(1)->mutable_attribute(0)->set_name("alpha"); },
       "Strange 'strange': attribute 'alpha' stands twice"},
      {"no operator", [](ModelProto& m) { m.mutable_graph()->mutable_node(0)->clear_op_type(); },
       "node 0 names no operator"},
      {"sparse", [](ModelProto& m) { m.mutable_graph()->add_sparse_initializer(); }, "sparse"},
  };
  for (const Damage& damage : damages) {
    ModelProto model = rich();
    damage.apply(model);
    const std::string message = base::fault_of([&] { parse_onnx(model.SerializeAsString(), "bad.onnx"); });
    EXPECT_TRUE(message.starts_with("bad.onnx: ")) << damage.name << ": " << message;
    EXPECT_NE(message.find(damage.expected), std::string::npos) << damage.name << ": " << message;
  }
  EXPECT_NE(base::fault_of([] { parse_onnx("hello, this is text", "a.txt"); }).find("a.txt: not an ONNX model"),
            std::string::npos);
  EXPECT_NE(base::fault_of([] { parse_onnx("", "empty"); }).find("holds no graph"), std::string::npos);
}

TEST(BadFiles, AMissingFileOrFolderIsNamed) {
  EXPECT_NE(base::fault_of([] { read_onnx("/nowhere/model.onnx"); }).find("/nowhere/model.onnx"), std::string::npos);
  const graph::Graph graph = graph::build_architecture("resnet-small", 0.5, 2, 1);
  EXPECT_NE(base::fault_of([&] { write_onnx("/nowhere/model.onnx", graph); }).find("/nowhere/model.onnx"),
            std::string::npos);
}

TEST(BadFiles, AGraphThatIsNotSoundIsNotWritten) {
  graph::Graph graph = graph::build_architecture("resnet-small", 0.5, 2, 1);
  graph.nodes[3].inputs[0] = "ghost";
  const auto path = base::scratch_folder() / "cradle_onnx_unsound.onnx";
  EXPECT_THROW(write_onnx(path, graph), base::Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cradle::onnx
