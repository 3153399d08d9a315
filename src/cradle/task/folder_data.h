// People's own images as a data set: a folder of classes, of COCO's boxes, or of masks.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "cradle/task/data_set.h"
#include "cradle/task/folder_listing.h"

namespace cradle::task {

/// Opening reads every file's header and tells of all damaged ones at once; pixels are decoded when they are asked for.
/// Images are stretched to the shape asked for, boxes with them; masks take the nearest value. Training and validation
/// images are kept at that size if the request says so, up to kKeptBytes, so that an epoch after the first need not
/// decode them again.
class FolderData final : public DataSet {
 public:
  /// What of decoded images is kept: 20,000 of 64 × 64 × 3 (assumed to be little beside a training).
  static constexpr std::size_t kKeptBytes = std::size_t{256} << 20;

  /// Throws Error that says what was expected and found (docs/FORMATS.md, "Images of one's own").
  explicit FolderData(const DataRequest& request);
  const DataInfo& info() const override { return info_; }
  /// Throws Error, naming the file, for pixels that turn out to be damaged.
  Sample sample(Split split, std::uint64_t index) const override;

 private:
  /// An image at its size, as bytes, and its mask.
  struct Kept {
    Picture picture, mask;
    std::size_t bytes() const { return picture.levels.size() + mask.levels.size(); }
  };
  std::shared_ptr<const Kept> decoded(const Item& item) const;
  std::shared_ptr<const Kept> kept_or_decoded(Split split, const Item& item) const;

  DataInfo info_;
  Splits items_;
  bool keep_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const Item*, std::shared_ptr<const Kept>> kept_;
  mutable std::size_t kept_bytes_ = 0;
};

}  // namespace cradle::task
