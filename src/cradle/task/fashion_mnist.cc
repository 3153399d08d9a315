// Reads Fashion-MNIST's gzipped IDX files as Debian's package dataset-fashion-mnist installs them.
#include "cradle/task/fashion_mnist.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "cradle/base/error.h"

namespace cradle::task {

namespace {

constexpr const char* kDebianFolder = "/usr/share/datasets/fashion-mnist";
constexpr std::size_t kSide = kGarmentSide;
constexpr std::uint32_t kMostItems = 1'000'000;    // the real files hold 60 000 and 10 000
constexpr std::uint32_t kImageMagic = 0x00000803;  // IDX: unsigned byte, three dimensions (LeCun's MNIST page)
constexpr std::uint32_t kLabelMagic = 0x00000801;  // IDX: unsigned byte, one dimension

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

/// A gzipped file read from front to back, with errors that name it.
class GzReader {
 public:
  explicit GzReader(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_)
      base::fail(
          "{}: cannot be opened; the built-in tasks need Fashion-MNIST: install the Debian package "
          "dataset-fashion-mnist, or name a folder that holds its .gz files",
          path.string());
  }

  void read(std::uint8_t* to, std::size_t n) {
    const int got = gzread(file_.get(), to, static_cast<unsigned>(n));
    if (got < 0 || static_cast<std::size_t>(got) != n)
      base::fail("{}: ends or breaks early: expected {} more bytes, found {}; reinstall dataset-fashion-mnist",
                 path_.string(), n, std::max(got, 0));
  }

  std::uint32_t big_endian() {
    std::array<std::uint8_t, 4> b{};
    read(b.data(), b.size());
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  }

  void expect(std::uint32_t expected, const char* what) {
    const std::uint32_t found = big_endian();
    if (found != expected) base::fail("{}: {}: expected {}, found {}", path_.string(), what, expected, found);
  }

  std::size_t count() {
    const std::uint32_t n = big_endian();
    if (n == 0 || n > kMostItems)
      base::fail("{}: number of items: expected 1 to {}, found {}", path_.string(), kMostItems, n);
    return n;
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, CloseGz> file_;
};

}  // namespace

const std::vector<std::string>& garment_names() {
  static const std::vector<std::string> names = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                                 "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  return names;
}

FashionMnist read_fashion_mnist(bool train, const std::filesystem::path& folder) {
  const std::filesystem::path from = folder.empty() ? std::filesystem::path(kDebianFolder) : folder;
  const std::string prefix = train ? "train" : "t10k";
  FashionMnist data;

  GzReader images(from / (prefix + "-images-idx3-ubyte.gz"));
  images.expect(kImageMagic, "IDX magic number of images");
  const std::size_t n = images.count();
  images.expect(kSide, "height of an image");
  images.expect(kSide, "width of an image");
  data.images.resize(n * kSide * kSide);
  images.read(data.images.data(), data.images.size());

  const std::filesystem::path label_path = from / (prefix + "-labels-idx1-ubyte.gz");
  GzReader labels(label_path);
  labels.expect(kLabelMagic, "IDX magic number of labels");
  labels.expect(static_cast<std::uint32_t>(n), "number of labels (as many as images)");
  data.labels.resize(n);
  labels.read(data.labels.data(), n);
  const auto wrong = std::find_if(data.labels.begin(), data.labels.end(), [](int l) { return l >= kGarmentClasses; });
  if (wrong != data.labels.end())
    base::fail("{}: label {}: expected 0 to {}, found {}", label_path.string(), wrong - data.labels.begin(),
               kGarmentClasses - 1, *wrong);
  return data;
}

}  // namespace cradle::task
