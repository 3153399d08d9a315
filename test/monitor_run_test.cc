// cradle monitor as a user, a scraper and a wattmeter's owner see it.
#include <gtest/gtest.h>

#include <fstream>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "program.h"

namespace cradle::test {
namespace {

TEST(MonitorRun, WritesATextfileThatPrometheusAccepts) {
  const auto folder = fresh_folder("monitor");
  const std::string file = (folder / "cradle.prom").string();
  const Output o = shell("cradle monitor --hz 10 --seconds 0.5 --place FR --textfile " + file);
  ASSERT_EQ(o.code, 0) << o.err;
  const std::string text = base::read_file(file);
  EXPECT_NE(text.find("cradle_energy_joules_total{hw_type="), std::string::npos);
  EXPECT_NE(text.find("cradle_emissions_grams_total{phase=\"use\"}"), std::string::npos);
  EXPECT_NE(text.find("cradle_build_info{version="), std::string::npos);
  if (base::left_out(shell("command -v promtool").code == 0, "promtool (Debian: prometheus) is not installed")) return;
  const Output lint = shell("promtool check metrics < " + file);
  EXPECT_EQ(lint.code, 0) << lint.out << lint.err;
  EXPECT_EQ(lint.out + lint.err, "");
}

TEST(MonitorRun, PrintsATableOrJsonLines) {
  const Output table = shell("cradle monitor --hz 10 --seconds 0.2");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("basis"), std::string::npos);
  const Output json = shell("cradle monitor --hz 10 --seconds 0.1 --json");
  const std::string first = json.out.substr(0, json.out.find('\n'));
  EXPECT_TRUE(base::parse_json(first, "a line").contains("total_w"));
}

TEST(MonitorRun, SaysWhatIsWrong) {
  EXPECT_EQ(shell("cradle monitor --hz 0").code, 2);
  EXPECT_EQ(shell("cradle monitor --bad").code, 2);
  const Output port = shell("cradle monitor --seconds 0.1 --prometheus nonsense");
  EXPECT_EQ(port.code, 1);
  EXPECT_NE(port.err.find("127.0.0.1:9464"), std::string::npos) << port.err;
}

TEST(MonitorRun, AWattmeterAtThePlugMeasuresWhatNothingElseDoes) {
  const auto folder = fresh_folder("wattmeter");
  std::ofstream(folder / "watts") << "2026-11-23T10:00:00 200.0 W\n";
  const std::string record = (folder / "run.json").string();
  const Output o = shell("cradle run --quiet --hz 10 --wattmeter " + (folder / "watts").string() + " --json " + record +
                         " -- sleep 0.5");
  ASSERT_EQ(o.code, 0) << o.err;
  const base::Json json = base::read_json(record);
  const base::Json& parts = json.at("energy").at("parts");
  // Last, after what this machine can read by itself; no models beside a meter of everything.
  EXPECT_EQ(parts.back().at("part"), "wall");
  EXPECT_EQ(parts.back().at("basis"), "integrated");
  for (const base::Json& part : parts) EXPECT_NE(part.at("basis"), "modelled") << part.dump();
  if (parts.size() == 1) {
    EXPECT_NEAR(parts[0].at("j").get<double>(), 200 * json.at("duration_s").get<double>(), 10);
  }
  EXPECT_EQ(shell("cradle run --wattmeter /nowhere -- true").code, 125);
}

}  // namespace
}  // namespace cradle::test
