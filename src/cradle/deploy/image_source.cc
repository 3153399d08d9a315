// Reads the images of a job and hands them out one by one.
#include "cradle/deploy/image_source.h"

#include <algorithm>

#include "cradle/deploy/arguments.h"
#include "cradle/deploy/sample_pool.h"

namespace cradle::deploy {

std::vector<std::string> image_arguments(std::vector<std::string> more) {
  for (const char* name : {"task", "data", "split", "images", "data_seed", "size", "channels", "mean", "deviation"})
    more.emplace_back(name);
  return more;
}

ImageSource image_source_from(const base::Json& arguments, std::string_view where) {
  ImageSource source;
  source.split = task::split_named(base::json_string_or(arguments, "split", "train", where));
  source.images = count_between(arguments, "images", source.images, 1, 1'000'000, where);
  source.task = base::json_string_or(arguments, "task", source.task, where);
  if (source.task != kNoTask) task::check_task(source.task);
  source.data = base::json_string_or(arguments, "data", "", where);
  source.image = task::image_from(arguments, where);
  source.normalisation = task::normalisation_from(arguments, where);
  source.data_seed = count_between(arguments, "data_seed", source.data_seed, 0, std::size_t{1} << 53, where);
  return source;
}

namespace {

constexpr std::size_t kNoiseImages = 16;  // they come round and round: noise is as good the second time
constexpr std::size_t kMostNoiseBytes = std::size_t{64} << 20;

task::DataInfo for_each_noise(const ImageSource& source, const Description& description,
                              const std::function<void(const task::ImageShape&, std::span<const float>)>& each) {
  const task::ImageShape image = request_for(description, kNoTask, {}, 0, source.image).image;
  const std::size_t count = images_within(kMostNoiseBytes, std::min(source.images, kNoiseImages), 1, image);
  const SamplePool pool = noise_pool(description, source.image, count);
  check_takes(description, pool.image, 1);
  for (std::size_t i = 0; i < source.images; ++i) each(pool.image, pool.batch(i % pool.count(), 1));
  task::DataInfo info;
  info.task = kNoTask;
  info.name = "noise";
  info.image = pool.image;
  return info;
}

}  // namespace

task::DataInfo for_each_image(const ImageSource& source, const Description& description,
                              const std::function<void(const task::ImageShape&, std::span<const float>)>& each) {
  if (source.task == kNoTask) return for_each_noise(source, description, each);
  const auto data =
      task::open_data_set(request_for(description, source.task, source.data, source.data_seed, source.image));
  const task::DataInfo& info = data->info();
  check_takes(description, info.image, 1);
  const auto images = static_cast<std::size_t>(info.at_most(static_cast<std::int64_t>(source.images), source.split));
  for (std::size_t i = 0; i < images; ++i) {
    task::Sample sample = data->sample(source.split, i);
    task::normalise(sample.pixels, info.image, source.normalisation);
    each(info.image, sample.pixels);
  }
  return info;
}

}  // namespace cradle::deploy
