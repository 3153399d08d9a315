// From a detector's output maps to boxes, and how good the boxes are: decoding and mAP50 by COCO's rules.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cradle/task/bootstrap.h"
#include "cradle/task/sample.h"

namespace cradle::task {

/// A found box with its score.
struct Detection {
  Box box;
  float score = 0;
};

/// Decodes CenterNet-like maps of one image: `heatmap` [classes × side × side] logits, `box` [4 × side × side]
/// (centre offset x, y in cells after a sigmoid; log width and height in units of `stride`). Peaks are the maxima of
/// their 3×3 neighbourhood (Zhou, Wang, Krähenbühl 2019, "Objects as points", section 4); at most `most` are returned.
std::vector<Detection> decode_centres(std::span<const float> heatmap, std::span<const float> box, int classes, int side,
                                      int stride, int most = 20);

double iou(const Box& a, const Box& b);  ///< intersection over union, 0 to 1

/// Mean average precision over classes at one IoU threshold, by COCO's rules: detections by falling score, each
/// truth matched once, precision made monotone, 101 recall points (Lin et al. 2014; pycocotools' arithmetic).
/// Classes without any truth are left out. One entry per image.
double mean_average_precision(const std::vector<std::vector<Detection>>& found,
                              const std::vector<std::vector<Box>>& truth, int classes, double threshold = 0.5);

/// IoU thresholds 0.50, 0.55 … 0.95, over which COCO's mAP50-95 is the mean (Lin et al. 2014).
const std::vector<double>& coco_thresholds();

/// The mean over IoU thresholds of the above, with P5 and P95 of the bootstrap over images (bootstrap.h).
Resampled mean_average_precision_interval(const std::vector<std::vector<Detection>>& found,
                                          const std::vector<std::vector<Box>>& truth, int classes,
                                          std::span<const double> thresholds, int resamples, std::uint64_t seed);

}  // namespace cradle::task
