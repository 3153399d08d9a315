// The only file that meets libjpeg: its long jumps end here.
#include "cradle/task/jpeg_image.h"

// jpeglib.h uses FILE and size_t without saying so.
#include <cstddef>
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <string>
#include <utility>

#include "cradle/base/error.h"

namespace cradle::task {

namespace {

// libjpeg jumps over whatever C++ was doing. So a Reader owns everything that must be freed, each function that libjpeg
// may leave by a jump is called through guarded(), and between there and libjpeg no object with a destructor is made.
class Reader {
 public:
  Reader(std::FILE* file, std::string_view name) : name_(name) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    guarded([](Reader& r) { jpeg_create_decompress(&r.jpeg_); });
    file_ = file;
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { jpeg_destroy_decompress(&jpeg_); }

  PictureHeader header() {
    guarded([](Reader& r) {
      jpeg_stdio_src(&r.jpeg_, r.file_);
      jpeg_save_markers(&r.jpeg_, JPEG_APP0 + 1, 0xffff);
      jpeg_read_header(&r.jpeg_, TRUE);
    });
    if (jpeg_.num_components > 3)
      base::fail("{}: a JPEG of {} inks (CMYK), whose colours depend on a printer; convert it to RGB", name_,
                 jpeg_.num_components);
    PictureHeader h;
    h.width = static_cast<int>(jpeg_.image_width);
    h.height = static_cast<int>(jpeg_.image_height);
    h.grey = jpeg_.jpeg_color_space == JCS_GRAYSCALE;
    if (std::int64_t{h.width} * h.height > kMostPixels)
      base::fail("{}: {} × {} pixels; expected at most {} million; make it smaller", name_, h.width, h.height,
                 kMostPixels / 1'000'000);
    for (const jpeg_marker_struct* m = jpeg_.marker_list; m && h.orientation == 1; m = m->next)
      h.orientation = exif_orientation({reinterpret_cast<const char*>(m->data), m->data_length});
    if (h.orientation >= 5) std::swap(h.width, h.height);
    return h;
  }

  /// After header(): the picture as it lies in the file.
  Picture picture(bool grey) {
    jpeg_.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_.dct_method = JDCT_ISLOW;  // the exact one, the same on every machine
    guarded([](Reader& r) { jpeg_start_decompress(&r.jpeg_); });
    Picture out{static_cast<int>(jpeg_.output_width), static_cast<int>(jpeg_.output_height), grey ? 1 : 3, {}};
    const std::size_t line = std::size_t{jpeg_.output_width} * static_cast<std::size_t>(out.channels);
    out.levels.resize(line * jpeg_.output_height);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      row_ = out.levels.data() + jpeg_.output_scanline * line;
      guarded([](Reader& r) { jpeg_read_scanlines(&r.jpeg_, &r.row_, 1); });
    }
    guarded([](Reader& r) { jpeg_finish_decompress(&r.jpeg_); });
    return out;
  }

 private:
  static Reader& reader_of(j_common_ptr jpeg) { return *static_cast<Reader*>(jpeg->client_data); }

  static void on_error(j_common_ptr jpeg) {
    Reader& reader = reader_of(jpeg);
    jpeg->err->format_message(jpeg, reader.message_);
    std::longjmp(reader.jump_, 1);
  }
  /// libjpeg fills up a picture that ends early and only warns; here that is a fault. Other warnings it can read past.
  static void on_message(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) on_error(jpeg);
  }

  void guarded(void (*work)(Reader&)) {
    bool failed = false;
    if (setjmp(jump_) == 0)
      work(*this);
    else
      failed = true;
    if (failed) fail();
  }
  [[noreturn]] void fail() {
    base::fail("{}: a damaged JPEG ({}); expected a whole one: copy or export it anew", name_, message_);
  }

  std::string name_;
  std::FILE* file_ = nullptr;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf jump_{};
  JSAMPLE* row_ = nullptr;
  char message_[JMSG_LENGTH_MAX] = "";
};

/// Numbers of a TIFF structure, in its own order of bytes; 0 beyond its end.
struct Tiff {
  std::string_view bytes;
  bool little = false;

  std::uint32_t number(std::size_t at, std::size_t length) const {
    if (at > bytes.size() || bytes.size() - at < length) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i)
      value = value << 8 | static_cast<std::uint8_t>(bytes[at + (little ? length - 1 - i : i)]);
    return value;
  }
};

}  // namespace

int exif_orientation(std::string_view app1) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;  // TIFF 6.0, sections 2 and 8
  if (!app1.starts_with(kExif)) return 1;
  const std::string_view bytes = app1.substr(kExif.size());
  const Tiff tiff{bytes, bytes.starts_with("II")};
  const std::size_t directory = tiff.number(4, 4);
  const std::uint32_t entries = tiff.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * std::size_t{i};
    if (tiff.number(entry, 2) != kOrientation || tiff.number(entry + 2, 2) != kShort) continue;
    const std::uint32_t value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

PictureHeader jpeg_header(std::FILE* file, std::string_view name) { return Reader(file, name).header(); }

Picture decode_jpeg(std::FILE* file, std::string_view name) {
  Reader reader(file, name);
  const PictureHeader header = reader.header();
  return upright(reader.picture(header.grey), header.orientation);
}

}  // namespace cradle::task
