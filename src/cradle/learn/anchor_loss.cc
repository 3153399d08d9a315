// Softmax cross-entropy with hard negative mining, and smooth L1 of offsets; values and gradients.
#include "cradle/learn/anchor_loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace cradle::learn {

namespace {

using Level = task::AnchorMaps::Level;

/// An anchor without a box, and −ln of its probability of being background.
struct Negative {
  double loss;
  std::size_t level, shape, cell;
};

/// −ln p of class `truth` at one anchor, whose logits lie `level.cells` apart.
double cross_entropy_at(const float* logits, std::size_t stride, std::size_t classes, std::size_t truth) {
  double most = double{logits[0]};
  for (std::size_t c = 1; c < classes; ++c) most = std::max(most, double{logits[c * stride]});
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(double{logits[c * stride]} - most);
  return std::log(sum) - (double{logits[truth * stride]} - most);
}

/// Writes scale · (p − target) of one anchor, of which −ln p of `truth` is `loss`.
void write_gradient(const float* logits, std::size_t stride, std::size_t classes, std::size_t truth, double loss,
                    double scale, float* gradient) {
  // ln Σ e^x, back from the loss of the true class.
  const double total = loss + double{logits[truth * stride]};
  for (std::size_t c = 0; c < classes; ++c) {
    const double p = std::exp(double{logits[c * stride]} - total);
    gradient[c * stride] = static_cast<float>(scale * (p - (c == truth ? 1 : 0)));
  }
}

/// Smooth L1 (Girshick 2015, "Fast R-CNN", equation 3): a parabola within 1, beyond it a line.
double smooth(double error) { return std::abs(error) < 1 ? error * error / 2 : std::abs(error) - 0.5; }
double smooth_slope(double error) { return std::clamp(error, -1.0, 1.0); }

/// One image's share of the loss.
class Image {
 public:
  Image(const task::AnchorMaps& maps, std::size_t image, const task::AnchorTargets& target, double scale,
        AnchorLoss& loss)
      : maps_(maps), image_(image), target_(target), scale_(scale), loss_(loss) {}

  void add() {
    std::size_t anchor = 0;
    for (std::size_t l = 0; l < maps_.levels.size(); ++l)
      for (std::size_t s = 0; s < maps_.levels[l].shapes; ++s)
        for (std::size_t cell = 0; cell < maps_.levels[l].cells; ++cell, ++anchor) {
          const int truth = target_.classes[anchor];
          const double loss = entropy(l, s, cell, truth);
          if (truth == 0) {
            negatives_.push_back({loss, l, s, cell});
            continue;
          }
          ++positives_;
          add_class(l, s, cell, truth, loss);
          add_box(l, s, cell, target_.offsets[anchor]);
        }
    assert(anchor == target_.classes.size());
    add_negatives();
  }

 private:
  std::size_t classes() const { return maps_.classes + 1; }
  std::size_t place(std::size_t l, std::size_t s, std::size_t cell) const {
    return task::anchor_place(maps_.levels[l], image_, s, cell, classes());
  }
  double entropy(std::size_t l, std::size_t s, std::size_t cell, int truth) const {
    const Level& level = maps_.levels[l];
    return cross_entropy_at(level.scores.data() + place(l, s, cell), level.cells, classes(),
                            static_cast<std::size_t>(truth));
  }
  void add_class(std::size_t l, std::size_t s, std::size_t cell, int truth, double loss) {
    const std::size_t at = place(l, s, cell);
    write_gradient(maps_.levels[l].scores.data() + at, maps_.levels[l].cells, classes(),
                   static_cast<std::size_t>(truth), loss, scale_, loss_.score_gradients[l].data() + at);
    loss_.classes += scale_ * loss;
  }
  void add_box(std::size_t l, std::size_t s, std::size_t cell, const std::array<float, 4>& wanted) {
    const Level& level = maps_.levels[l];
    const std::size_t first = task::anchor_place(level, image_, s, cell, 4);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t at = first + i * level.cells;
      const double error = double{level.offsets[at]} - double{wanted[i]};
      loss_.boxes += scale_ * smooth(error);
      loss_.offset_gradients[l][at] = static_cast<float>(scale_ * smooth_slope(error));
    }
  }
  void add_negatives() {
    const std::size_t count = std::min(kNegatives * std::max<std::size_t>(positives_, 1), negatives_.size());
    const auto end = negatives_.begin() + static_cast<std::ptrdiff_t>(count);
    // Equal ones in their order, so that the same maps always give the same gradient.
    std::stable_sort(negatives_.begin(), negatives_.end(),
                     [](const Negative& a, const Negative& b) { return a.loss > b.loss; });
    std::for_each(negatives_.begin(), end, [&](const Negative& n) { add_class(n.level, n.shape, n.cell, 0, n.loss); });
  }

  const task::AnchorMaps& maps_;
  std::size_t image_;
  const task::AnchorTargets& target_;
  double scale_;
  AnchorLoss& loss_;
  std::vector<Negative> negatives_;
  std::size_t positives_ = 0;
};

}  // namespace

AnchorLoss anchor_loss(const task::AnchorMaps& maps, std::span<const task::AnchorTargets> targets) {
  assert(targets.size() == maps.images);
  AnchorLoss loss;
  for (const Level& level : maps.levels) {
    loss.score_gradients.emplace_back(level.scores.size());
    loss.offset_gradients.emplace_back(level.offsets.size());
  }
  double positives = 0;
  for (const task::AnchorTargets& t : targets)
    positives += static_cast<double>(std::count_if(t.classes.begin(), t.classes.end(), [](int c) { return c > 0; }));
  for (std::size_t i = 0; i < targets.size(); ++i) Image(maps, i, targets[i], 1 / std::max(positives, 1.0), loss).add();
  return loss;
}

}  // namespace cradle::learn
