// Anchors: the scheme from metadata, boxes to offsets and back, matching, suppression.
#include "cradle/task/anchors.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::task {

namespace {

using base::Json;

constexpr double kHalf = 0.5;  // Liu et al. 2016, section 2.2: the least overlap of an anchor with what it means

/// A finite number above 0.
float extent(const Json& json, std::string_view what) {
  if (!json.is_number() || !(json.get<double>() > 0 && json.get<double>() < 1e6))
    base::fail("metadata '{}': {}: expected a number above 0, found {}", kAnchorsKey, what, json.dump());
  return json.get<float>();
}

const Json& list(const Json& object, const char* key, const std::string& where) {
  const Json& member = base::json_member(object, key, where);
  if (!member.is_array() || member.empty())
    base::fail("{}: '{}': expected a list, found {}", where, key, member.dump());
  return member;
}

AnchorLevel level_from(const Json& json, const std::string& where) {
  AnchorLevel level;
  level.scores = base::json_string(json, "scores", where);
  level.offsets = base::json_string(json, "offsets", where);
  const double stride = base::json_number(json, "stride", where);
  if (!(stride >= 1 && stride <= 4096) || stride != std::floor(stride))
    base::fail("{}: 'stride': expected a whole number of pixels, found {}", where, stride);
  level.stride = static_cast<int>(stride);
  for (const Json& shape : list(json, "shapes", where)) {
    if (!shape.is_array() || shape.size() != 2)
      base::fail("{}: 'shapes': expected pairs of width and height, found {}", where, shape.dump());
    level.shapes.push_back({extent(shape[0], "width"), extent(shape[1], "height")});
  }
  return level;
}

struct Centre {
  float x, y, width, height;
};
Centre centre_of(const Box& b) { return {(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2, b.x1 - b.x0, b.y1 - b.y0}; }

void assign(AnchorTargets& t, std::size_t at, const Box& box, const Box& anchor, const AnchorScheme& scheme) {
  t.classes[at] = box.label + 1;
  t.offsets[at] = encode_anchor(box, anchor, scheme);
}

}  // namespace

AnchorScheme anchors_in(const std::map<std::string, std::string>& metadata) {
  AnchorScheme scheme;
  const auto it = metadata.find(kAnchorsKey);
  if (it == metadata.end()) return scheme;
  const std::string where = std::string("metadata '") + kAnchorsKey + "'";
  const Json json = base::parse_json(it->second, where);
  scheme.centre_scale = extent(base::json_member(json, "centre_scale", where), "centre_scale");
  scheme.size_scale = extent(base::json_member(json, "size_scale", where), "size_scale");
  for (const Json& level : list(json, "levels", where)) scheme.levels.push_back(level_from(level, where));
  return scheme;
}

std::vector<Box> anchors_of(const AnchorScheme& scheme, const ImageShape& image) {
  std::vector<Box> anchors;
  for (const AnchorLevel& level : scheme.levels)
    for (const auto& [width, height] : level.shapes)
      for (int row = 0; row < image.height / level.stride; ++row)
        for (int column = 0; column < image.width / level.stride; ++column) {
          const float x = (static_cast<float>(column) + 0.5f) * static_cast<float>(level.stride);
          const float y = (static_cast<float>(row) + 0.5f) * static_cast<float>(level.stride);
          anchors.push_back({x - width / 2, y - height / 2, x + width / 2, y + height / 2, 0});
        }
  return anchors;
}

std::array<float, 4> encode_anchor(const Box& box, const Box& anchor, const AnchorScheme& scheme) {
  const Centre b = centre_of(box), a = centre_of(anchor);
  return {(b.x - a.x) / a.width / scheme.centre_scale, (b.y - a.y) / a.height / scheme.centre_scale,
          std::log(b.width / a.width) / scheme.size_scale, std::log(b.height / a.height) / scheme.size_scale};
}

Box decode_anchor(std::span<const float, 4> offsets, const Box& anchor, const AnchorScheme& scheme) {
  const Centre a = centre_of(anchor);
  const float x = a.x + offsets[0] * scheme.centre_scale * a.width;
  const float y = a.y + offsets[1] * scheme.centre_scale * a.height;
  const float most = std::log(kMostGrowth);
  const float width = a.width * std::exp(std::min(offsets[2] * scheme.size_scale, most));
  const float height = a.height * std::exp(std::min(offsets[3] * scheme.size_scale, most));
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2, anchor.label};
}

AnchorTargets match_anchors(std::span<const Box> boxes, std::span<const Box> anchors, const AnchorScheme& scheme) {
  AnchorTargets t{std::vector<int>(anchors.size()), std::vector<std::array<float, 4>>(anchors.size())};
  std::vector<double> overlaps(anchors.size());
  for (const Box& box : boxes)
    for (std::size_t i = 0; i < anchors.size(); ++i) {
      const double overlap = iou(box, anchors[i]);
      if (overlap < kHalf || overlap <= overlaps[i]) continue;
      overlaps[i] = overlap;
      assign(t, i, box, anchors[i], scheme);
    }
  std::vector<bool> taken(anchors.size());
  for (const Box& box : boxes) {
    std::size_t best = anchors.size();
    for (std::size_t i = 0; i < anchors.size(); ++i)
      if (!taken[i] && (best == anchors.size() || iou(box, anchors[i]) > iou(box, anchors[best]))) best = i;
    if (best == anchors.size()) break;  // more boxes than anchors
    taken[best] = true;
    assign(t, best, box, anchors[best], scheme);
  }
  return t;
}

std::vector<Detection> suppress(std::vector<Detection> found, double overlap, int most) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept;
  for (const Detection& d : found) {
    if (kept.size() == static_cast<std::size_t>(most)) break;
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Detection& k) {
      return k.box.label == d.box.label && iou(k.box, d.box) > overlap;
    });
    if (!covered) kept.push_back(d);
  }
  return kept;
}

namespace {

/// Probabilities of the classes of one anchor, background first; false if a logit is no number.
bool softmax_at(const float* logits, std::size_t stride, std::vector<float>& p) {
  float most = logits[0];
  for (std::size_t c = 0; c < p.size(); ++c) {
    if (!std::isfinite(logits[c * stride])) return false;
    most = std::max(most, logits[c * stride]);
  }
  float sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) sum += p[c] = std::exp(logits[c * stride] - most);
  for (float& one : p) one /= sum;
  return true;
}

/// What one anchor says, if its numbers are some.
void look_at(const AnchorMaps::Level& level, std::size_t image, std::size_t shape, std::size_t cell, const Box& anchor,
             const AnchorScheme& scheme, const ImageShape& size, std::vector<float>& p, std::vector<Detection>& found) {
  if (!softmax_at(level.scores.data() + anchor_place(level, image, shape, cell, p.size()), level.cells, p)) return;
  const float* at = level.offsets.data() + anchor_place(level, image, shape, cell, 4);
  const std::array<float, 4> offsets = {at[0], at[level.cells], at[2 * level.cells], at[3 * level.cells]};
  if (!std::all_of(offsets.begin(), offsets.end(), [](float o) { return std::isfinite(o); })) return;
  Box box = decode_anchor(offsets, anchor, scheme);
  box.x0 = std::max(box.x0, 0.0f);
  box.y0 = std::max(box.y0, 0.0f);
  box.x1 = std::min(box.x1, static_cast<float>(size.width));
  box.y1 = std::min(box.y1, static_cast<float>(size.height));
  if (!(box.x1 > box.x0 && box.y1 > box.y0)) return;
  for (std::size_t c = 1; c < p.size(); ++c) {
    if (p[c] < kLeastScore) continue;
    box.label = static_cast<int>(c) - 1;
    found.push_back({box, p[c]});
  }
}

}  // namespace

std::vector<Detection> decode_anchors(const AnchorMaps& maps, std::size_t image, std::span<const Box> anchors,
                                      const AnchorScheme& scheme, const ImageShape& shape, int most) {
  std::vector<Detection> found;
  std::vector<float> p(maps.classes + 1);
  std::size_t anchor = 0;
  for (const AnchorMaps::Level& level : maps.levels)
    for (std::size_t s = 0; s < level.shapes; ++s)
      for (std::size_t cell = 0; cell < level.cells; ++cell)
        look_at(level, image, s, cell, anchors[anchor++], scheme, shape, p, found);
  assert(anchor == anchors.size());
  return suppress(std::move(found), kMostOverlap, most);
}

}  // namespace cradle::task
