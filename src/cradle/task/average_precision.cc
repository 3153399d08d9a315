// Mean average precision by COCO's rules, and its bootstrap over images.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "cradle/base/random.h"
#include "cradle/task/detection.h"

namespace cradle::task {

namespace {

constexpr int kRecallPoints = 101;  // recall 0.00, 0.01 … 1.00 (Lin et al. 2014)

/// One detection of a class after matching.
struct Judged {
  float score = 0;
  std::size_t image = 0;
  bool right = false;
};

/// All that the metric needs of one class: detections by falling score, and the number of truths of each image.
struct ClassEvidence {
  std::vector<Judged> detections;
  std::vector<int> truths;
};

/// Matches the detections of one class in one image: by falling score, each takes the free truth it overlaps most.
void judge_image(const std::vector<Detection>& found, const std::vector<Box>& truth, int label, double threshold,
                 std::size_t image, ClassEvidence& evidence) {
  std::vector<const Detection*> mine;
  for (const Detection& d : found)
    if (d.box.label == label) mine.push_back(&d);
  std::stable_sort(mine.begin(), mine.end(), [](auto* a, auto* b) { return a->score > b->score; });
  std::vector<bool> taken(truth.size(), false);
  for (const Detection* d : mine) {
    double best = threshold;
    std::size_t at = truth.size();
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (truth[i].label != label || taken[i]) continue;
      const double overlap = iou(d->box, truth[i]);
      if (overlap < best) continue;
      best = overlap;
      at = i;
    }
    if (at < truth.size()) taken[at] = true;
    evidence.detections.push_back({d->score, image, at < truth.size()});
  }
}

std::vector<ClassEvidence> judge(const std::vector<std::vector<Detection>>& found,
                                 const std::vector<std::vector<Box>>& truth, int classes, double threshold) {
  assert(found.size() == truth.size());
  std::vector<ClassEvidence> all(static_cast<std::size_t>(classes));
  for (int label = 0; label < classes; ++label) {
    ClassEvidence& evidence = all[static_cast<std::size_t>(label)];
    for (std::size_t image = 0; image < found.size(); ++image) {
      judge_image(found[image], truth[image], label, threshold, image, evidence);
      evidence.truths.push_back(static_cast<int>(
          std::count_if(truth[image].begin(), truth[image].end(), [&](const Box& b) { return b.label == label; })));
    }
    std::stable_sort(evidence.detections.begin(), evidence.detections.end(),
                     [](const Judged& a, const Judged& b) { return a.score > b.score; });
  }
  return all;
}

/// Average precision of a class when image i counts `times[i]` times; -1 if it then has no truth.
double average_precision(const ClassEvidence& evidence, const std::vector<int>& times) {
  double truths = 0;
  for (std::size_t i = 0; i < times.size(); ++i) truths += times[i] * evidence.truths[i];
  if (truths == 0) return -1;
  std::vector<double> recall, precision;
  recall.reserve(evidence.detections.size());
  precision.reserve(evidence.detections.size());
  double right = 0, all = 0;
  for (const Judged& d : evidence.detections) {
    const int n = times[d.image];
    if (n == 0) continue;
    all += n;
    right += d.right ? n : 0;
    recall.push_back(right / truths);
    precision.push_back(right / all);
  }
  for (std::size_t i = precision.size(); i > 1; --i) precision[i - 2] = std::max(precision[i - 2], precision[i - 1]);
  double sum = 0;
  std::size_t at = 0;
  for (int point = 0; point < kRecallPoints; ++point) {
    while (at < recall.size() && recall[at] < point / (kRecallPoints - 1.0)) ++at;
    if (at == recall.size()) break;  // recall never reached: precision counts as zero
    sum += precision[at];
  }
  return sum / kRecallPoints;
}

double mean_over_classes(const std::vector<ClassEvidence>& all, const std::vector<int>& times) {
  double sum = 0;
  int counted = 0;
  for (const ClassEvidence& evidence : all) {
    const double ap = average_precision(evidence, times);
    if (ap < 0) continue;
    sum += ap;
    ++counted;
  }
  return counted == 0 ? 0 : sum / counted;
}

/// Probabilities at which the bootstrap's P5 and P95 are read.
struct Levels {
  double low, high;
};

/// Bias-corrected percentiles (Efron 1987, equation 2.8 with acceleration 0). A resample repeats images, which lifts
/// the mean average precision a little, so plain percentiles would lie too high, in small samples above the value.
Levels corrected_levels(const std::vector<double>& resampled, double value) {
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
  double below = 0;
  for (const double v : resampled) below += v < value ? 1 : v == value ? 0.5 : 0;
  const double z95 = base::normal_quantile(0.95);
  // Beyond ±z95 the interval would not hold the value itself.
  const double share = std::clamp(below / static_cast<double>(resampled.size()), 0.05, 0.95);
  const double z0 = base::normal_quantile(share);
  return {phi(2 * z0 - z95), phi(2 * z0 + z95)};
}

}  // namespace

double iou(const Box& a, const Box& b) {
  const double w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (w <= 0 || h <= 0) return 0;
  const double both = w * h;
  const double either = double{a.x1 - a.x0} * (a.y1 - a.y0) + double{b.x1 - b.x0} * (b.y1 - b.y0) - both;
  return both / either;
}

double mean_average_precision(const std::vector<std::vector<Detection>>& found,
                              const std::vector<std::vector<Box>>& truth, int classes, double threshold) {
  return mean_over_classes(judge(found, truth, classes, threshold), std::vector<int>(found.size(), 1));
}

base::Interval mean_average_precision_interval(const std::vector<std::vector<Detection>>& found,
                                               const std::vector<std::vector<Box>>& truth, int classes,
                                               double threshold, int resamples, std::uint64_t seed) {
  const std::vector<ClassEvidence> all = judge(found, truth, classes, threshold);
  base::Interval interval;
  interval.value = mean_over_classes(all, std::vector<int>(found.size(), 1));
  interval.low = interval.high = interval.value;
  if (found.empty() || resamples < 1) return interval;
  base::Stream stream(seed, base::stable_id("task.map-bootstrap"));
  std::vector<double> values;
  for (int i = 0; i < resamples; ++i) {
    // Matching is within an image, so drawing an image twice only doubles the weight of what was judged once.
    std::vector<int> times(found.size(), 0);
    for (std::size_t draw = 0; draw < found.size(); ++draw) ++times[stream.below(found.size())];
    values.push_back(mean_over_classes(all, times));
  }
  const Levels levels = corrected_levels(values, interval.value);
  std::sort(values.begin(), values.end());
  interval.low = std::min(base::sample_quantile(values, levels.low), interval.value);
  interval.high = std::max(base::sample_quantile(values, levels.high), interval.value);
  return interval;
}

}  // namespace cradle::task
