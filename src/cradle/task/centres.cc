// Boxes to target maps and output maps to boxes, for CenterNet-like detectors.
#include "cradle/task/centres.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cradle/task/detection.h"

namespace cradle::task {

namespace {

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

/// Cells in a map, and where row y and column x lie in it.
std::size_t cells_of(int side) { return static_cast<std::size_t>(side) * static_cast<std::size_t>(side); }
std::size_t cell_at(int y, int x, int side) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x);
}

float area(const Box& b) { return (b.x1 - b.x0) * (b.y1 - b.y0); }

/// Raises `map` (side × side) to a Gaussian of the box's shape around cell (cx, cy).
void draw_gaussian(float* map, int side, int cx, int cy, float width, float height) {
  const float sx = std::max(kGaussianShare * width / 6.0f, 1e-3f);
  const float sy = std::max(kGaussianShare * height / 6.0f, 1e-3f);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const float dx = static_cast<float>(x - cx) / sx, dy = static_cast<float>(y - cy) / sy;
      float& cell = map[y * side + x];
      cell = std::max(cell, std::exp(-0.5f * (dx * dx + dy * dy)));
    }
}

/// A network that has gone wrong puts out numbers that are none: they are no find.
bool finite_at(std::span<const float> box, std::size_t cell, std::size_t cells) {
  return std::isfinite(box[cell]) && std::isfinite(box[cells + cell]) && std::isfinite(box[2 * cells + cell]) &&
         std::isfinite(box[3 * cells + cell]);
}

/// True if no neighbour in 3×3 is higher. Of equal neighbours the first in reading order counts, so that a plateau
/// (common after quantisation) gives one peak and not several.
bool is_peak(const float* map, int side, int x, int y) {
  const float here = map[y * side + x];
  if (std::isnan(here)) return false;
  for (int v = std::max(y - 1, 0); v <= std::min(y + 1, side - 1); ++v)
    for (int u = std::max(x - 1, 0); u <= std::min(x + 1, side - 1); ++u) {
      const bool before = v < y || (v == y && u < x);
      const float there = map[v * side + u];
      if (there > here || (before && there == here)) return false;
    }
  return true;
}

}  // namespace

CentreTargets encode_centres(std::span<const Box> boxes, int classes, int side, int stride) {
  const std::size_t cells = cells_of(side);
  CentreTargets t{std::vector<float>(static_cast<std::size_t>(classes) * cells), std::vector<float>(4 * cells),
                  std::vector<float>(cells)};
  std::vector<Box> order(boxes.begin(), boxes.end());
  // Larger boxes first, so that the smaller one keeps a cell that both claim.
  std::stable_sort(order.begin(), order.end(), [](const Box& a, const Box& b) { return area(a) > area(b); });
  const auto s = static_cast<float>(stride);
  for (const Box& b : order) {
    assert(b.label >= 0 && b.label < classes && b.x1 > b.x0 && b.y1 > b.y0);
    const float x = (b.x0 + b.x1) / (2 * s), y = (b.y0 + b.y1) / (2 * s);
    const int cx = std::clamp(static_cast<int>(x), 0, side - 1), cy = std::clamp(static_cast<int>(y), 0, side - 1);
    const float width = (b.x1 - b.x0) / s, height = (b.y1 - b.y0) / s;
    draw_gaussian(t.heatmap.data() + static_cast<std::size_t>(b.label) * cells, side, cx, cy, width, height);
    const std::size_t cell = cell_at(cy, cx, side);
    t.centre[cell] = 1;
    t.box[cell] = x - static_cast<float>(cx);
    t.box[cells + cell] = y - static_cast<float>(cy);
    t.box[2 * cells + cell] = std::log(width);
    t.box[3 * cells + cell] = std::log(height);
  }
  return t;
}

std::vector<Detection> decode_centres(std::span<const float> heatmap, std::span<const float> box, int classes, int side,
                                      int stride, int most) {
  const std::size_t cells = cells_of(side);
  assert(heatmap.size() == static_cast<std::size_t>(classes) * cells && box.size() == 4 * cells);
  const auto s = static_cast<float>(stride);
  const float end = static_cast<float>(side) * s;
  std::vector<Detection> found;
  for (int label = 0; label < classes; ++label) {
    const float* map = heatmap.data() + static_cast<std::size_t>(label) * cells;
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        if (!is_peak(map, side, x, y)) continue;
        const std::size_t cell = cell_at(y, x, side);
        if (!finite_at(box, cell, cells)) continue;
        const float cx = (static_cast<float>(x) + sigmoid(box[cell])) * s;
        const float cy = (static_cast<float>(y) + sigmoid(box[cells + cell])) * s;
        // No box is larger than the image: keeps exp finite on wild outputs.
        const float w = std::exp(std::min(box[2 * cells + cell], std::log(static_cast<float>(side)))) * s;
        const float h = std::exp(std::min(box[3 * cells + cell], std::log(static_cast<float>(side)))) * s;
        found.push_back({{std::max(cx - w / 2, 0.0f), std::max(cy - h / 2, 0.0f), std::min(cx + w / 2, end),
                          std::min(cy + h / 2, end), label},
                         sigmoid(map[cell])});
      }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  if (found.size() > static_cast<std::size_t>(most)) found.resize(static_cast<std::size_t>(most));
  return found;
}

}  // namespace cradle::task
