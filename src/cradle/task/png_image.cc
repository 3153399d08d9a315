// The only file that meets libpng: its long jumps end here.
#include "cradle/task/png_image.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <string>
#include <vector>

#include "cradle/base/error.h"

namespace cradle::task {

namespace {

// libpng jumps over whatever C++ was doing. So a Reader owns everything that must be freed, each function that libpng
// may leave by a jump is called through guarded(), and between there and libpng no object with a destructor is made.
class Reader {
 public:
  Reader(std::FILE* file, std::string_view name) : name_(name) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_) info_ = png_create_info_struct(png_);
    if (!info_) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      base::fail("{}: there is no memory left to read it", name_);
    }
    png_init_io(png_, file);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  PictureHeader header() {
    guarded([](Reader& r) { png_read_info(r.png_, r.info_); });
    const int depth = png_get_bit_depth(png_, info_), colour = png_get_color_type(png_, info_);
    PictureHeader h;
    h.width = static_cast<int>(png_get_image_width(png_, info_));
    h.height = static_cast<int>(png_get_image_height(png_, info_));
    h.grey = (colour & PNG_COLOR_MASK_COLOR) == 0;
    h.indices = depth <= 8 && (colour == PNG_COLOR_TYPE_PALETTE || colour == PNG_COLOR_TYPE_GRAY);
    if (std::int64_t{h.width} * h.height > kMostPixels)
      base::fail("{}: {} × {} pixels; expected at most {} million; make it smaller", name_, h.width, h.height,
                 kMostPixels / 1'000'000);
    return h;
  }

  /// Levels as libpng gives them after `prepare`, which asks it for what is wanted; `channels` says how many came.
  std::vector<std::uint8_t> levels(void (*prepare)(Reader&), int& channels) {
    prepare_ = prepare;
    guarded([](Reader& r) {
      r.prepare_(r);
      png_set_interlace_handling(r.png_);
      png_read_update_info(r.png_, r.info_);
    });
    const std::size_t line = png_get_rowbytes(png_, info_), height = png_get_image_height(png_, info_);
    channels = png_get_channels(png_, info_);
    levels_.resize(line * height);
    for (std::size_t y = 0; y < height; ++y) rows_.push_back(levels_.data() + y * line);
    guarded([](Reader& r) {
      png_read_image(r.png_, r.rows_.data());
      png_read_end(r.png_, nullptr);
    });
    return std::move(levels_);
  }

  png_struct* png() { return png_; }
  png_info* info() { return info_; }

 private:
  static void on_error(png_struct* png, const char* message) {
    auto& reader = *static_cast<Reader*>(png_get_error_ptr(png));
    std::snprintf(reader.message_, sizeof reader.message_, "%s", message);
    png_longjmp(png, 1);
  }
  static void on_warning(png_struct*, const char*) {}  // what libpng can read past is no fault of the pixels

  void guarded(void (*work)(Reader&)) {
    bool failed = false;
    if (setjmp(png_jmpbuf(png_)) == 0)
      work(*this);
    else
      failed = true;
    if (failed) base::fail("{}: a damaged PNG ({}); expected a whole one: copy or export it anew", name_, message_);
  }

  std::string name_;
  png_struct* png_ = nullptr;
  png_info* info_ = nullptr;
  void (*prepare_)(Reader&) = nullptr;
  std::vector<std::uint8_t> levels_;
  std::vector<png_byte*> rows_;
  char message_[160] = "";
};

/// Grey or RGB of 8 bits, with an alpha channel where anything is transparent.
void ask_for_levels(Reader& r) {
  png_set_scale_16(r.png());
  png_set_expand(r.png());  // palettes to RGB, grey of few bits to 8, transparent colours to alpha
}

void ask_for_indices(Reader& r) { png_set_packing(r.png()); }  // one byte for each, its value as stored

/// Without alpha: each level times how much of it is seen, for what lies behind is black.
std::vector<std::uint8_t> over_black(const std::vector<std::uint8_t>& levels, std::size_t colours) {
  std::vector<std::uint8_t> out;
  out.reserve(levels.size() / (colours + 1) * colours);
  for (std::size_t i = 0; i + colours < levels.size(); i += colours + 1)
    for (std::size_t c = 0; c < colours; ++c)
      out.push_back(static_cast<std::uint8_t>((levels[i + c] * levels[i + colours] + 127) / 255));
  return out;
}

}  // namespace

PictureHeader png_header(std::FILE* file, std::string_view name) { return Reader(file, name).header(); }

Picture decode_png(std::FILE* file, std::string_view name) {
  Reader reader(file, name);
  const PictureHeader header = reader.header();
  Picture picture{header.width, header.height, 0, {}};
  picture.levels = reader.levels(ask_for_levels, picture.channels);
  if (picture.channels % 2 == 0) {
    --picture.channels;
    picture.levels = over_black(picture.levels, static_cast<std::size_t>(picture.channels));
  }
  return picture;
}

Picture decode_png_indices(std::FILE* file, std::string_view name) {
  Reader reader(file, name);
  const PictureHeader header = reader.header();
  if (!header.indices)
    base::fail(
        "{}: expected a mask, that is a PNG of a palette or of grey levels of at most 8 bits whose values are classes; "
        "found {}",
        name, header.grey ? "grey of 16 bits or with transparency" : "a picture in colour");
  Picture picture{header.width, header.height, 0, {}};
  picture.levels = reader.levels(ask_for_indices, picture.channels);
  return picture;
}

}  // namespace cradle::task
