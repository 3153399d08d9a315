// The mailbox property that vcgencmd uses, and its lines of rails.
#include "cradle/sensor/rpi_pmic.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "cradle/base/text.h"

namespace cradle::sensor {
namespace {

// Raspberry Pi firmware wiki, "Mailbox property interface"; the tag by which its own tool asks.
constexpr std::uint32_t kGetGencmdResult = 0x00030080;
constexpr std::uint32_t kText = 4096;  // bytes for question and answer; that of 26 rails is longer than 1024
constexpr unsigned long kProperty = _IOWR(100, 0, char*);
constexpr double kMost_w = 30;  // its supply gives 5 A at 5 V
constexpr double kPeriod_s = 1;
// The rails leave out the losses before the chip and what the 5 V feed directly: a user's fit of the sum of rails to a
// wall meter is 1.1451 · sum + 0.5879 W (github.com/jfikar/RPi5-power), which other tools took over. One board, one
// supply, nothing plugged in: assumed, grade D; the sum itself is the lower bound.
constexpr double kPerRail = 1.1451, kBeside_w = 0.5879;
constexpr base::Interval kTolerance = {1, 0.97, 1.15};

class Pmic : public Sensor {
 public:
  explicit Pmic(Ask ask) : ask_(std::move(ask)) {
    part_.start = {"soc", "cpu", record::Basis::kIntegrated, "rpi-pmic, from the sum of rails"};
    part_.update_s = kPeriod_s;
    part_.period_s = kPeriod_s;
    part_.most_w = kMost_w;
    part_.tolerance = kTolerance;
  }
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    std::string why;
    const std::string answer = ask_("pmic_read_adc", why);
    if (answer.empty()) return {false, why, 0, {}};
    const auto w = pmic_watts(answer, why);
    if (!w) return {false, why, 0, {}};
    const double supply_w = kPerRail * *w + kBeside_w;
    return {true, "", 0, {supply_w, *w, supply_w}};
  }

 private:
  Ask ask_;
  PartDescription part_;
};

}  // namespace

std::optional<double> pmic_watts(std::string_view answer, std::string& why) {
  std::map<std::string, double> amperes, volts;  // by rail
  for (const std::string& line : base::split(answer, '\n')) {
    const std::string_view text = base::trim(line);  // "VDD_CORE_A current(7)=0.71462370A"
    const std::size_t blank = text.find(' '), equals = text.find('=');
    if (blank == std::string_view::npos || equals == std::string_view::npos || blank < 3) continue;
    const std::string rail(text.substr(0, blank - 2));
    const double figure = std::strtod(std::string(text.substr(equals + 1)).c_str(), nullptr);
    if (text.substr(blank - 2, 2) == "_A") amperes[rail] = figure;
    if (text.substr(blank - 2, 2) == "_V") volts[rail] = figure;
  }
  double sum = 0;
  for (const auto& [rail, a] : amperes)
    if (const auto v = volts.find(rail); v != volts.end()) sum += a * v->second;
  if (sum > 0) return sum;
  why = fmt::format("the firmware names no rail with current and voltage: '{}'", base::trim(answer).substr(0, 60));
  return std::nullopt;
}

Ask rpi_firmware(const std::filesystem::path& device) {
  const int fd = ::open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return {};
  if (fd < 0)
    return
        [reason = fmt::format("{}: {}", device.string(), std::strerror(errno))](const std::string&, std::string& why) {
          why = reason;
          return std::string();
        };
  const std::shared_ptr<const int> kept(new int(fd), [](const int* f) {
    ::close(*f);
    delete f;
  });
  return [kept](const std::string& question, std::string& why) -> std::string {
    // size, request, tag, room for the value, its length, error, text, end of tags
    std::array<std::uint32_t, 7 + kText / 4> message{};
    message[0] = sizeof message;
    message[2] = kGetGencmdResult;
    message[3] = kText;
    std::memcpy(&message[6], question.c_str(), std::min<std::size_t>(question.size() + 1, kText));
    if (::ioctl(*kept, kProperty, message.data()) < 0) {
      why = fmt::format("the Raspberry Pi's firmware: {}", std::strerror(errno));
      return "";
    }
    const char* text = reinterpret_cast<const char*>(&message[6]);
    return {text, ::strnlen(text, kText)};
  };
}

bool discover_rpi_pmic(const Site& site, Discovery& found) {
  if (!site.ask_firmware) return false;
  auto pmic = std::make_unique<Pmic>(site.ask_firmware);
  const Reading now = pmic->read({});
  if (!now.ok) {  // before the Pi 5 there is no such chip
    const bool denied = now.why.find("ermission denied") != std::string::npos;
    found.missing.push_back({"Raspberry Pi PMIC", now.why, denied ? "sudo usermod -aG video \"$USER\"" : ""});
    return false;
  }
  found.sensors.push_back(std::move(pmic));
  return true;
}

}  // namespace cradle::sensor
