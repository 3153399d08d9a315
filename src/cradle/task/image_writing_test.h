// Writes PNG and JPEG files for tests, of every kind that people's folders hold.
#pragma once

#include <cstdio>
// jpeglib.h needs cstdio before it.
#include <jpeglib.h>
#include <png.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace cradle::task {

struct PngKind {
  int colour = PNG_COLOR_TYPE_RGB;
  int depth = 8;
  bool interlaced = false;
  std::vector<png_color> palette = {};
  std::vector<png_byte> palette_alpha = {};
};

/// `rows` holds the bytes of a row as PNG has them (big-endian at 16 bits, packed below 8), one row after another.
inline void write_png(const std::filesystem::path& path, int width, int height, std::vector<png_byte> rows,
                      const PngKind& kind = {}) {
  std::filesystem::create_directories(path.parent_path());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) throw std::runtime_error(path.string());
  png_struct* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_info* info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), kind.depth, kind.colour,
               kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!kind.palette.empty()) png_set_PLTE(png, info, kind.palette.data(), static_cast<int>(kind.palette.size()));
  if (!kind.palette_alpha.empty())
    png_set_tRNS(png, info, kind.palette_alpha.data(), static_cast<int>(kind.palette_alpha.size()), nullptr);
  std::vector<png_byte*> lines;
  const std::size_t line = rows.size() / static_cast<std::size_t>(height);
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) lines.push_back(rows.data() + y * line);
  png_set_rows(png, info, lines.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

inline void write_grey_png(const std::filesystem::path& path, int width, int height, std::vector<png_byte> levels) {
  write_png(path, width, height, std::move(levels), {.colour = PNG_COLOR_TYPE_GRAY});
}

/// 1 (grey), 3 (RGB) or 4 (CMYK) components; `orientation` of 1 to 8 goes into an Exif segment.
inline void write_jpeg(const std::filesystem::path& path, int width, int height, int components,
                       std::vector<JSAMPLE> levels, int orientation = 0) {
  std::filesystem::create_directories(path.parent_path());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) throw std::runtime_error(path.string());
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = components;
  jpeg.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  if (orientation > 0) {
    // Big-endian TIFF: one entry, Orientation (0x0112), of type SHORT.
    std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 32);
    exif[25] = static_cast<char>(orientation);
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  }
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPLE* row = levels.data() + std::size_t{jpeg.next_scanline} * static_cast<std::size_t>(width * components);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::fclose(file);
}

/// width × height pixels of one colour.
inline std::vector<png_byte> plain(int width, int height, const std::vector<png_byte>& colour) {
  std::vector<png_byte> levels;
  for (int i = 0; i < width * height; ++i) levels.insert(levels.end(), colour.begin(), colour.end());
  return levels;
}

}  // namespace cradle::task
