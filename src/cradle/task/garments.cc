// Single garments as samples.
#include "cradle/task/garments.h"

#include <algorithm>
#include <cassert>

#include "cradle/base/error.h"

namespace cradle::task {

Garments::Garments(const std::filesystem::path& folder)
    : train_(read_fashion_mnist(true, folder)), test_(read_fashion_mnist(false, folder)) {
  if (train_.size() <= kGarmentTrainImages)
    base::fail("Fashion-MNIST's training file: expected more than {} images (the rest is for validation), found {}",
               kGarmentTrainImages, train_.size());
  info_ = {"classification", "Fashion-MNIST", garment_names(), {1, kGarmentSide, kGarmentSide}, {}};
  info_.images = {static_cast<std::int64_t>(kGarmentTrainImages),
                  static_cast<std::int64_t>(train_.size() - kGarmentTrainImages),
                  static_cast<std::int64_t>(test_.size())};
}

Sample Garments::sample(Split split, std::uint64_t index) const {
  assert(index < static_cast<std::uint64_t>(info_.count(split)));
  const FashionMnist& from = split == Split::kTest ? test_ : train_;
  const std::size_t image = index + (split == Split::kValidation ? kGarmentTrainImages : 0);
  Sample sample;
  sample.pixels.resize(info_.image.values());
  const std::uint8_t* pixels = from.images.data() + image * sample.pixels.size();
  std::transform(pixels, pixels + sample.pixels.size(), sample.pixels.begin(),
                 [](std::uint8_t level) { return static_cast<float>(level) / 255.0f; });
  sample.label = from.labels[image];
  return sample;
}

}  // namespace cradle::task
