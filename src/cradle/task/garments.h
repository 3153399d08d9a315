// The classification task: Fashion-MNIST's images as they are.
#pragma once

#include <filesystem>

#include "cradle/task/data_set.h"
#include "cradle/task/fashion_mnist.h"

namespace cradle::task {

/// 28×28 grey images of ten kinds of garment: 50 000 train and 10 000 validate (both from the training file), 10 000
/// test. Throws Error as read_fashion_mnist does.
class Garments final : public DataSet {
 public:
  explicit Garments(const std::filesystem::path& folder = {});
  const DataInfo& info() const override { return info_; }
  Sample sample(Split split, std::uint64_t index) const override;

 private:
  DataInfo info_;
  FashionMnist train_, test_;
};

}  // namespace cradle::task
