// Reads PNG and JPEG files, told apart by their first bytes and not by their names.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cradle/task/picture.h"

namespace cradle::task {

/// Larger pictures are refused, so that no file of a few bytes asks for all memory: 300 MB decoded at three channels.
inline constexpr std::int64_t kMostPixels = 100'000'000;

/// What a file says of its picture before any pixel is decoded.
struct PictureHeader {
  int width = 0, height = 0;  ///< upright, that is after Exif's orientation
  bool grey = false;          ///< one channel holds all there is
  bool indices = false;       ///< a PNG of palette or grey levels of at most 8 bits: what a mask must be
  int orientation = 1;        ///< Exif's, of a JPEG
};

/// True for names ending in .png, .jpg or .jpeg, in any case.
bool is_image_name(const std::filesystem::path& path);

/// Reads the header and looks whether the file has an end. Throws Error that names the file: neither PNG nor JPEG, a
/// broken header, a file that was cut off, more than kMostPixels, a JPEG of CMYK. Cost: a few kilobytes read.
PictureHeader read_picture_header(const std::filesystem::path& path);

/// Decodes to 8 bits, grey or RGB as the file has it, upright. 16 bits are scaled to 8; what is transparent lies over
/// black; colour profiles, gamma and a PNG's eXIf are ignored. Throws Error likewise, and for damaged pixels.
Picture read_picture(const std::filesystem::path& path);

/// The numbers in a mask: of a palette PNG its indices, of a grey one its levels as stored (a PNG of one bit has 0 and
/// 1). Throws Error for any other picture.
Picture read_mask(const std::filesystem::path& path);

}  // namespace cradle::task
