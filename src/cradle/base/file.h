// Files read whole and written whole: a reader never sees half a file, a full disk leaves the old one in place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cradle::base {

/// The bytes of a file. Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, flushes to disk and renames. Throws Error; then `path` is as before.
/// A device or pipe that stands there is written into instead.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// SHA-256 as 64 hexadecimal digits (libmd).
std::string sha256_of(std::string_view bytes);

/// SHA-256 over the paths below the folder, the sizes and the times of change of all its files: the same for a folder
/// that was moved, another once a file in it came, went or was written. No file is opened. What cannot be looked at is
/// passed over. Cost: one stat of each file.
std::string stamp_of_folder(const std::filesystem::path& folder);

/// "2026-11-23T16:04:05Z", RFC 3339 in UTC; `unix_seconds` since 1970.
std::string format_utc(double unix_seconds);
double unix_now();

/// $XDG_STATE_HOME/cradle, else ~/.local/state/cradle; likewise for configuration (~/.config/cradle).
/// Throws Error if neither the variable nor HOME is set.
std::filesystem::path state_folder();
std::filesystem::path config_folder();

/// The folder that holds the running program (from /proc/self/exe).
std::filesystem::path program_folder();

}  // namespace cradle::base
