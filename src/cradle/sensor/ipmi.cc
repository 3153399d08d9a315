// One DCMI request through the kernel's IPMI device.
#include "cradle/sensor/ipmi.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace cradle::sensor {
namespace {

// DCMI specification 1.5, section 6.6.1 "Get Power Reading": network function 2Ch, command 02h, group extension DCh,
// mode 01h (system power statistics).
const std::string kPowerReading("\x2c\x02\xdc\x01\x00\x00", 6);
constexpr std::size_t kShortestAnswer = 19;
constexpr unsigned char kGroup = 0xdc;
constexpr unsigned char kActive = 0x40;  // bit 6 of the last byte: power measurement is active
constexpr int kWait_ms = 100;
constexpr double kUpdate_s = 1;  // controllers average over a second or more; the answer itself says over what
constexpr double kPeriod_s = 2;
constexpr double kMost_w = 20e3;
// Supplies with PMBus measure their input to 1 to 5 %, by load (Intel CRPS specification); the answer is whole watts.
constexpr base::Interval kTolerance = {1, 0.95, 1.05};

class BoardPower : public Sensor {
 public:
  explicit BoardPower(Ask ask) : ask_(std::move(ask)) {
    part_.start = {"node-rest", "board", record::Basis::kIntegrated, "ipmi dcmi power reading"};
    part_.update_s = kUpdate_s;
    part_.period_s = kPeriod_s;
    part_.most_w = kMost_w;
    part_.tolerance = kTolerance;
    part_.contains = {"*"};
  }
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    std::string why;
    const std::string answer = ask_(kPowerReading, why);
    if (answer.empty()) return {false, why, 0, {}};
    const auto w = dcmi_watts(answer, why);
    if (!w) return {false, why, 0, {}};
    return {true, "", 0, {*w, *w, *w}};
  }

 private:
  Ask ask_;
  PartDescription part_;
};

std::string exchange(int fd, const std::string& question, std::string& why) {
  static long next_id = 0;
  ipmi_system_interface_addr address{};
  address.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE;
  address.channel = IPMI_BMC_CHANNEL;
  ipmi_req request{};
  request.addr = reinterpret_cast<unsigned char*>(&address);
  request.addr_len = sizeof address;
  request.msgid = ++next_id;
  request.msg.netfn = static_cast<unsigned char>(question[0]);
  request.msg.cmd = static_cast<unsigned char>(question[1]);
  std::string data = question.substr(2);
  request.msg.data = reinterpret_cast<unsigned char*>(data.data());
  request.msg.data_len = static_cast<unsigned short>(data.size());
  if (::ioctl(fd, IPMICTL_SEND_COMMAND, &request) != 0) {
    why = fmt::format("IPMI request: {}", std::strerror(errno));
    return "";
  }
  pollfd ready{fd, POLLIN, 0};
  while (::poll(&ready, 1, kWait_ms) > 0) {
    unsigned char bytes[IPMI_MAX_MSG_LENGTH];
    ipmi_addr from{};
    ipmi_recv answer{};
    answer.addr = reinterpret_cast<unsigned char*>(&from);
    answer.addr_len = sizeof from;
    answer.msg.data = bytes;
    answer.msg.data_len = sizeof bytes;
    if (::ioctl(fd, IPMICTL_RECEIVE_MSG_TRUNC, &answer) != 0) break;
    if (answer.msgid == next_id) return {reinterpret_cast<char*>(bytes), answer.msg.data_len};
  }
  why = "the management controller does not answer";
  return "";
}

}  // namespace

std::optional<double> dcmi_watts(std::string_view answer, std::string& why) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(answer[i]); };
  if (answer.empty() || byte(0) != 0) {
    why = answer.empty() ? "the management controller gave no answer"
                         : fmt::format("the management controller refuses: completion code {:02x}h", byte(0));
    return std::nullopt;
  }
  if (answer.size() < kShortestAnswer || byte(1) != kGroup) {
    why = "the management controller has no DCMI power reading";
    return std::nullopt;
  }
  if (!(byte(18) & kActive)) {
    why = "power measurement is switched off in the management controller";
    return std::nullopt;
  }
  const double w = byte(2) + 256.0 * byte(3);
  if (w > 0) return w;
  why = "the management controller reads 0 W, which no server that runs can take";
  return std::nullopt;
}

Ask ipmi_device(const std::filesystem::path& device) {
  const int fd = ::open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    const std::string reason = errno == ENOENT ? "" : fmt::format("{}: {}", device.string(), std::strerror(errno));
    if (reason.empty()) return {};
    return [reason](const std::string&, std::string& why) {
      why = reason;
      return std::string();
    };
  }
  const std::shared_ptr<const int> kept(new int(fd), [](const int* f) {
    ::close(*f);
    delete f;
  });
  return [kept](const std::string& question, std::string& why) { return exchange(*kept, question, why); };
}

bool discover_ipmi(const Site& site, Discovery& found) {
  if (!site.ask_bmc) return false;
  auto board = std::make_unique<BoardPower>(site.ask_bmc);
  const Reading now = board->read({});
  if (!now.ok) {
    Missing m{"IPMI board power", now.why, ""};
    if (now.why.find("ermission denied") != std::string::npos)
      m.remedy = "sudo chmod a+rw /dev/ipmi0   (or add yourself to the group that owns it)";
    found.missing.push_back(std::move(m));
    return false;
  }
  found.sensors.push_back(std::move(board));
  return true;
}

}  // namespace cradle::sensor
