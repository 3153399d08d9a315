// pread on a descriptor that stays open.
#include "cradle/sensor/attribute.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "cradle/base/text.h"

namespace cradle::sensor {

Attribute::Attribute(const std::filesystem::path& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) why_ = fmt::format("{}: {}", path_.string(), std::strerror(errno));
}

Attribute::Attribute(Attribute&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), why_(std::move(other.why_)) {}

Attribute& Attribute::operator=(Attribute&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(why_, other.why_);
  return *this;
}

Attribute::~Attribute() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string_view> Attribute::text() {
  if (fd_ < 0) return std::nullopt;  // why_ stands since the constructor
  ssize_t n;
  do n = ::pread(fd_, buffer_, sizeof buffer_, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    why_ = fmt::format("{}: {}", path_.string(), std::strerror(errno));
    return std::nullopt;
  }
  return std::string_view(buffer_, static_cast<std::size_t>(n));
}

std::optional<unsigned long long> Attribute::number() {
  const auto bytes = text();
  if (!bytes) return std::nullopt;
  const std::string_view digits = base::trim(*bytes);
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    why_ = fmt::format("{}: expected a whole number, found '{}'", path_.string(), digits.substr(0, 40));
    return std::nullopt;
  }
  return value;
}

std::optional<unsigned long long> take_number(std::string_view& text) {
  const std::size_t digits = text.find_first_of("0123456789\n");
  unsigned long long value = 0;
  if (digits == std::string_view::npos || text[digits] == '\n') return std::nullopt;
  const char* end_of_text = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + digits, end_of_text, value);
  if (error != std::errc()) return std::nullopt;
  text = {end, static_cast<std::size_t>(end_of_text - end)};
  return value;
}

std::optional<std::string> attribute_text(const std::filesystem::path& path) {
  Attribute file(path);
  const auto bytes = file.text();
  if (!bytes) return std::nullopt;
  return std::string(base::trim(*bytes));
}

std::optional<double> attribute_number(const std::filesystem::path& path) {
  Attribute file(path);
  const auto value = file.number();
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

}  // namespace cradle::sensor
