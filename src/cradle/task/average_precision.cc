// Mean average precision by COCO's rules, and its bootstrap over images.
#include <algorithm>
#include <cassert>

#include "cradle/task/bootstrap.h"
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

Resampled mean_average_precision_interval(const std::vector<std::vector<Detection>>& found,
                                               const std::vector<std::vector<Box>>& truth, int classes,
                                               std::span<const double> thresholds, int resamples, std::uint64_t seed) {
  // Matching is within an image, so drawing an image twice only doubles the weight of what was judged once.
  std::vector<std::vector<ClassEvidence>> all;
  for (const double threshold : thresholds) all.push_back(judge(found, truth, classes, threshold));
  return bootstrap(found.size(), resamples, seed, [&](const std::vector<int>& times) {
    double sum = 0;
    for (const auto& evidence : all) sum += mean_over_classes(evidence, times);
    return sum / static_cast<double>(all.size());
  });
}

const std::vector<double>& coco_thresholds() {
  static const std::vector<double> thresholds = {0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95};
  return thresholds;
}

}  // namespace cradle::task
