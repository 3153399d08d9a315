// From a path to a picture: which format, whether the file has an end, and the format's own reader.
#include "cradle/task/image_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/task/jpeg_image.h"
#include "cradle/task/png_image.h"

namespace cradle::task {

namespace {

constexpr std::string_view kPngBegin("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kPngEnd("IEND\xae\x42\x60\x82", 8);  // the last chunk's name and checksum
constexpr std::string_view kJpegBegin("\xff\xd8\xff", 3);
constexpr std::string_view kJpegEnd("\xff\xd9", 2);

constexpr std::size_t kTail = 4096;       // cameras and editors leave some bytes behind the end
constexpr long kThumbnailEnd = 1L << 17;  // a thumbnail with an end of its own lies in the first 64 KiB or so

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

struct Opened {
  std::string name;
  std::unique_ptr<std::FILE, Close> file;
  bool png = false;
};

std::string_view read_some(std::FILE* file, std::string& into, std::size_t most) {
  into.resize(most);
  into.resize(std::fread(into.data(), 1, most, file));
  return into;
}

Opened open_image(const std::filesystem::path& path) {
  Opened o{path.string(), std::unique_ptr<std::FILE, Close>(std::fopen(path.c_str(), "rb")), false};
  if (!o.file) base::fail("{}: cannot be opened: {}", o.name, std::strerror(errno));
  std::string head;
  read_some(o.file.get(), head, kPngBegin.size());
  o.png = head == kPngBegin;
  if (!o.png && !head.starts_with(kJpegBegin))
    base::fail("{}: expected a PNG or JPEG image, found {}; convert it, or remove it from the folder", o.name,
               head.empty() ? "an empty file" : "another kind of file");
  std::rewind(o.file.get());
  return o;
}

/// True if `mark` stands near the end, or else anywhere behind the first `thumbnails` bytes (some phones hang a film
/// behind the image).
bool has_end(std::FILE* file, std::string_view mark, long thumbnails) {
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file);
  std::string some;
  std::fseek(file, std::max(0L, size - static_cast<long>(kTail)), SEEK_SET);
  if (read_some(file, some, kTail).find(mark) != std::string_view::npos) return true;
  std::fseek(file, std::min(size, thumbnails), SEEK_SET);
  std::string window;  // the last bytes of the part before, then the next part
  while (!read_some(file, some, std::size_t{1} << 16).empty()) {
    window += some;
    if (window.find(mark) != std::string::npos) return true;
    window.erase(0, window.size() - std::min(window.size(), mark.size()));
  }
  return false;
}

}  // namespace

bool is_image_name(const std::filesystem::path& path) {
  const std::string extension = base::lower(path.extension().string());
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

PictureHeader read_picture_header(const std::filesystem::path& path) {
  const Opened o = open_image(path);
  const PictureHeader header = o.png ? png_header(o.file.get(), o.name) : jpeg_header(o.file.get(), o.name);
  if (!(o.png ? has_end(o.file.get(), kPngEnd, 0) : has_end(o.file.get(), kJpegEnd, kThumbnailEnd)))
    base::fail("{}: expected a whole {}, found no end; it was cut off: copy it anew", o.name, o.png ? "PNG" : "JPEG");
  return header;
}

Picture read_picture(const std::filesystem::path& path) {
  const Opened o = open_image(path);
  return o.png ? decode_png(o.file.get(), o.name) : decode_jpeg(o.file.get(), o.name);
}

Picture read_mask(const std::filesystem::path& path) {
  const Opened o = open_image(path);
  if (!o.png) base::fail("{}: expected a mask as PNG, found a JPEG, which does not keep values as they are", o.name);
  return decode_png_indices(o.file.get(), o.name);
}

}  // namespace cradle::task
