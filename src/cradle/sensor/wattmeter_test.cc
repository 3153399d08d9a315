// A wattmeter as file, FIFO and socket; its lines, its silence, and what is no meter.
#include "cradle/sensor/wattmeter.h"

#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

TEST(WattsOn, IsTheLastNumberOfALine) {
  EXPECT_EQ(watts_on("231.4"), 231.4);
  EXPECT_EQ(watts_on("  7\r"), 7);
  EXPECT_EQ(watts_on("2026-11-23T10:00:00 231.4"), 231.4);
  EXPECT_EQ(watts_on("1763892000,231.4"), 231.4);
  EXPECT_EQ(watts_on("{\"power\": .5}"), 0.5);
  EXPECT_EQ(watts_on("2.5e2"), 250);
}

TEST(WattsOn, PrefersANumberWithTheUnit) {
  EXPECT_EQ(watts_on("231.4 W"), 231.4);
  EXPECT_EQ(watts_on("231.4W 229.8V 1.01A"), 231.4);
  EXPECT_EQ(watts_on("power=231.4 W at 10:00:00"), 231.4);
  EXPECT_EQ(watts_on("231.4 W, 0.52 kWh"), 231.4);
  EXPECT_EQ(watts_on("a 1 W b 2 W"), 2);
}

TEST(WattsOn, KnowsItsMultiples) {
  EXPECT_EQ(watts_on("0.2314 kW"), 231.4);
  EXPECT_EQ(watts_on("231400mW"), 231.4);
  EXPECT_EQ(watts_on("1.5 MW"), 1.5e6);
  EXPECT_EQ(watts_on("12 watts"), 12);
}

TEST(WattsOn, IsNothingWithoutANumberOfWatts) {
  for (const char* line :
       {"", "none", "W", "-", ".", "-5", "231 -5 W", "1.2 kWh", "1.2kWh", "230V", "1e999", "nan", "inf W"})
    EXPECT_FALSE(watts_on(line)) << line;
  EXPECT_FALSE(watts_on("12kWh 230V 50 Hz"));
}

TEST(WattsOn, NeverFailsOnAnyBytes) {
  EXPECT_TRUE(rc::check("watts of any line are finite and not negative", [](const std::string& line) {
    const auto w = watts_on(line);
    RC_ASSERT((!w || (*w >= 0 && std::isfinite(*w))));
  }));
  EXPECT_TRUE(rc::check("and of lines made of digits and units", [] {
    const auto line = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.-+eExkMmWhVA ,\t")));
    const auto w = watts_on(line);
    RC_ASSERT((!w || (*w >= 0 && std::isfinite(*w))));
  }));
}

class WattmeterTest : public testing::Test {
 protected:
  WattmeterTest() : site_(machine_.site()) {
    site_.wattmeter = (machine_.root() / "watts").string();
    site_.seconds = [this] { return now_s_; };
  }
  void write(const std::string& text) { machine_.write("watts", text); }
  void append(const std::string& text) { std::ofstream(site_.wattmeter, std::ios::app) << text; }
  /// The file was last written so long ago.
  void age(int seconds) {
    std::filesystem::last_write_time(site_.wattmeter,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  void open() {
    found_ = {};
    discover_wattmeter(site_, found_);
  }
  Reading read() { return sensor_of(found_, "wall").read({}); }
  double watts() {
    const Reading reading = read();
    EXPECT_TRUE(reading.ok) << reading.why;
    return reading.w.value;
  }
  FakeMachine machine_;
  Site site_;
  Discovery found_;
  double now_s_ = 100;
};

TEST_F(WattmeterTest, ContainsEveryOtherPart) {
  write("230 W\n");
  open();
  EXPECT_EQ(found_.sensors.at(0)->describe().contains, std::vector<std::string>{"*"});
  EXPECT_EQ(found_.sensors.at(0)->describe().start.kind, "board");
}

TEST_F(WattmeterTest, AFileThatGrowsIsReadOnAndItsNewLinesAveraged) {
  write("200 W\n");
  open();
  EXPECT_EQ(watts(), 200);
  append("210 W\n220 W\n");
  EXPECT_EQ(watts(), 215);
  EXPECT_EQ(watts(), 215);  // nothing new: the last still stands
  append("2");
  EXPECT_EQ(watts(), 215);  // half a line
  append("40 W\n");
  EXPECT_EQ(watts(), 240);
}

TEST_F(WattmeterTest, OfALogThatIsThereOnlyTheLastLineIsNow) {
  write("100 W\n110 W\n1231.4 W\n");
  open();
  EXPECT_EQ(watts(), 1231.4);
  std::string log;
  for (int i = 0; i < 3000; ++i) log += std::to_string(1000 + i) + " W\n";
  write(log);
  open();
  EXPECT_EQ(watts(), 3999);
}

TEST_F(WattmeterTest, AnOldLogSaysNothingYet) {
  write("100 W\n110 W\n");
  age(60);
  open();
  EXPECT_FALSE(read().ok);
  EXPECT_NE(read().why.find("not said anything yet"), std::string::npos);
  append("120 W\n");
  EXPECT_EQ(watts(), 120);
  write("7 W");
  age(60);
  open();
  EXPECT_FALSE(read().ok);
}

TEST_F(WattmeterTest, AFigureThatIsRewrittenIsReadAnew) {
  write("99");
  open();
  EXPECT_EQ(watts(), 99);
  for (const char* figure : {"100", "12345\n", "9\n", "8.5", "12346\n"}) {
    now_s_ += 5;
    write(figure);
    age(-1 - static_cast<int>(now_s_));  // a new time, however coarse the clock of the file system is
    EXPECT_EQ(watts(), std::atof(figure));
  }
}

TEST_F(WattmeterTest, AFileThatIsReplacedOrCutShortIsFollowed) {
  write("100 W\n110 W\n120 W\n");
  open();
  EXPECT_EQ(watts(), 120);
  machine_.write("new", "130 W\n");
  std::filesystem::rename(machine_.root() / "new", site_.wattmeter);
  EXPECT_EQ(watts(), 130);
  append("140 W\n150 W\n160 W\n");
  EXPECT_EQ(watts(), 150);
  write("1 W\n3 W\n");
  age(-60);
  EXPECT_EQ(watts(), 2);
}

TEST_F(WattmeterTest, SilenceIsAGapWithItsLength) {
  write("200 W\n");
  open();
  EXPECT_EQ(watts(), 200);
  now_s_ += 9;
  EXPECT_EQ(watts(), 200);
  now_s_ += 2;
  EXPECT_FALSE(read().ok);
  EXPECT_NE(read().why.find("silent for 11"), std::string::npos) << read().why;
  append("210 W\n");
  EXPECT_EQ(watts(), 210);
}

TEST_F(WattmeterTest, GarbageIsSilence) {
  write("200 W\n");
  open();
  EXPECT_EQ(watts(), 200);
  append("error: no device\n\n\x01\x02\xff\n");
  EXPECT_EQ(watts(), 200);
  append(std::string(200000, 'x'));
  append("\n300 W\n");
  EXPECT_EQ(watts(), 300);
}

TEST_F(WattmeterTest, AFifoIsReadWithoutWaiting) {
  ASSERT_EQ(::mkfifo(site_.wattmeter.c_str(), 0600), 0);
  open();
  EXPECT_FALSE(read().ok);  // nobody writes
  const int writer = ::open(site_.wattmeter.c_str(), O_WRONLY | O_NONBLOCK);
  ASSERT_GE(writer, 0);
  EXPECT_FALSE(read().ok);
  ASSERT_EQ(::write(writer, "50 W\n60 W\n7", 11), 11);
  EXPECT_EQ(watts(), 55);
  ASSERT_EQ(::write(writer, "0 W\n", 4), 4);
  EXPECT_EQ(watts(), 70);
  ::close(writer);
  EXPECT_EQ(watts(), 70);
  std::ofstream(site_.wattmeter) << "80 W\n";  // the next writer
  EXPECT_EQ(watts(), 80);
}

/// A meter behind a Unix socket.
class Server {
 public:
  explicit Server(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening_, 1), 0);
  }
  ~Server() {
    hang_up();
    ::close(listening_);
  }
  void accept() { client_ = ::accept(listening_, nullptr, nullptr); }
  void say(const std::string& text) {
    EXPECT_EQ(::send(client_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    if (client_ >= 0) ::close(client_);
    client_ = -1;
  }

 private:
  int listening_ = -1, client_ = -1;
};

TEST_F(WattmeterTest, ASocketIsReadAndCalledAgainWhenItHangsUp) {
  Server server(site_.wattmeter);
  open();
  server.accept();
  EXPECT_FALSE(read().ok);
  server.say("50 W\n60 W\n");
  EXPECT_EQ(watts(), 55);
  server.hang_up();
  EXPECT_EQ(watts(), 55);
  EXPECT_EQ(watts(), 55);  // calls again
  server.accept();
  server.say("65 W\n");
  EXPECT_EQ(watts(), 65);
}

TEST_F(WattmeterTest, ASourceWithoutEndDoesNotHoldTheReadingUp) {
  std::filesystem::create_symlink("/dev/zero", site_.wattmeter);
  open();
  EXPECT_FALSE(read().ok);
}

TEST_F(WattmeterTest, OneThatCannotBeOpenedIsAnError) {
  EXPECT_THROW(open(), base::Error);
  std::filesystem::create_directories(site_.wattmeter);
  EXPECT_THROW(open(), base::Error);
  site_.wattmeter = "";
  open();
  EXPECT_TRUE(found_.sensors.empty());
}

}  // namespace
}  // namespace cradle::sensor
