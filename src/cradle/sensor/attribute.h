// A small file of sysfs, procfs or cgroupfs that is read again and again through a descriptor that stays open.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cradle::sensor {

/// Reading through a kept descriptor costs a ninth of open, read and close (0.9 against 8.3 µs for a sysfs attribute).
class Attribute {
 public:
  Attribute() = default;
  explicit Attribute(const std::filesystem::path& path);
  Attribute(Attribute&& other) noexcept;
  Attribute& operator=(Attribute&& other) noexcept;
  ~Attribute();

  /// The first bytes (up to 4 KiB) of the file as it is now; nullopt and why() if it cannot be read. The text lives
  /// until the next call.
  std::optional<std::string_view> text();
  /// The whole number that the file holds; nullopt and why() if it cannot be read or is no number.
  std::optional<unsigned long long> number();
  const std::string& why() const { return why_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::string why_;
  char buffer_[4096];
};

/// The next whole number in a text, which is cut off behind it; nullopt if there is none before the end of the line.
/// A tenth of what scanf takes: for what is read at every beat.
std::optional<unsigned long long> take_number(std::string_view& text);

/// The trimmed text of a small file, read once; nullopt if it cannot be read.
std::optional<std::string> attribute_text(const std::filesystem::path& path);
/// Its number; nullopt if it cannot be read or is no number.
std::optional<double> attribute_number(const std::filesystem::path& path);

}  // namespace cradle::sensor
