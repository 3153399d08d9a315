// Sensors that are a number in a file, and the files themselves.
#include "cradle/sensor/attribute_sensor.h"

#include "cradle/sensor/attribute.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

TEST(Attribute, IsReadAnewAtEveryCall) {
  FakeMachine m;
  m.write("n", "12\n");
  Attribute file(m.root() / "n");
  EXPECT_EQ(file.number(), 12u);
  m.write("n", "18446744073709551615\n");
  EXPECT_EQ(file.number(), 18446744073709551615u);
}

TEST(Attribute, SaysWhyThereIsNoNumber) {
  FakeMachine m;
  Attribute absent(m.root() / "absent");
  EXPECT_FALSE(absent.number());
  EXPECT_NE(absent.why().find("No such file"), std::string::npos);
  for (const char* text : {"", "\n", "abc", "-1", "1.5", "12 13", "18446744073709551616", "0x10"}) {
    m.write("n", text);
    Attribute file(m.root() / "n");
    EXPECT_FALSE(file.number()) << text;
    EXPECT_NE(file.why().find("expected a whole number"), std::string::npos) << text;
  }
  std::filesystem::create_directories(m.root() / "folder");
  Attribute folder(m.root() / "folder");
  EXPECT_FALSE(folder.number());
  EXPECT_NE(folder.why().find("directory"), std::string::npos);
}

TEST(Attribute, MovesWithItsDescriptor) {
  FakeMachine m;
  m.write("n", "12\n");
  Attribute first(m.root() / "n");
  Attribute second(std::move(first));
  EXPECT_EQ(second.number(), 12u);
  first = std::move(second);
  EXPECT_EQ(first.number(), 12u);
}

PartDescription part() {
  PartDescription d;
  d.start.part = "p";
  return d;
}

TEST(CounterInFile, ScalesAndFailsWithAReason) {
  FakeMachine m;
  m.write("uj", "2500000\n");
  const auto sensor = counter_in_file(m.root() / "uj", 1e-6, part());
  EXPECT_EQ(sensor->describe().start.basis, record::Basis::kCounter);
  EXPECT_DOUBLE_EQ(sensor->read({}).counter_j, 2.5);
  m.empty("uj");
  EXPECT_FALSE(sensor->read({}).ok);
  EXPECT_NE(sensor->read({}).why.find("uj"), std::string::npos);
}

TEST(PowerInFile, ScalesAndFailsWithAReason) {
  FakeMachine m;
  m.write("uw", "42500000\n");
  const auto sensor = power_in_file(m.root() / "uw", 1e-6, part());
  EXPECT_EQ(sensor->describe().start.basis, record::Basis::kIntegrated);
  EXPECT_DOUBLE_EQ(sensor->read({}).w.value, 42.5);
  m.write("uw", "none\n");
  EXPECT_FALSE(sensor->read({}).ok);
}

TEST(PowerInTwoFiles, IsTheirProductAndNeedsBoth) {
  FakeMachine m;
  m.write("mv", "5000\n");
  m.write("ma", "1500\n");
  const auto sensor = power_in_two_files(m.root() / "mv", m.root() / "ma", 1e-6, part());
  EXPECT_DOUBLE_EQ(sensor->read({}).w.value, 7.5);
  m.empty("ma");
  EXPECT_NE(sensor->read({}).why.find("ma"), std::string::npos);
  m.write("ma", "1500\n");
  m.empty("mv");
  EXPECT_NE(sensor->read({}).why.find("mv"), std::string::npos);
}

TEST(TakeNumber, CutsWholeNumbersOffTheFrontOfALine) {
  std::string_view text = "cpu  12 034 x5\n6";
  EXPECT_EQ(take_number(text), 12ull);
  EXPECT_EQ(take_number(text), 34ull);
  EXPECT_EQ(take_number(text), 5ull);
  EXPECT_EQ(take_number(text), std::nullopt);  // the next line is another matter
  std::string_view huge = "99999999999999999999999";
  EXPECT_EQ(take_number(huge), std::nullopt);
  std::string_view empty = "";
  EXPECT_EQ(take_number(empty), std::nullopt);
}

}  // namespace
}  // namespace cradle::sensor
