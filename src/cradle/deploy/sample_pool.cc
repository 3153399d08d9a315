// Building the pool and feeding a model from it.
#include "cradle/deploy/sample_pool.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/deploy/noise.h"
#include "cradle/task/class_names.h"

namespace cradle::deploy {
namespace {

std::array<std::int64_t, 4> shape_of(const task::ImageShape& image, std::size_t batch) {
  return {static_cast<std::int64_t>(batch), image.channels, image.height, image.width};
}

}  // namespace

std::span<const float> SamplePool::batch(std::size_t first, std::size_t batch) const {
  assert(first + batch <= count());
  return std::span(pixels).subspan(first * image.values(), batch * image.values());
}

task::DataRequest request_for(const Description& description, const std::string& task,
                              const std::filesystem::path& folder, std::uint64_t seed, const task::ImageShape& image) {
  task::DataRequest request{task, folder, seed, image, {}};
  request.keep = false;  // each image is decoded once or twice; kept ones would count as the model's memory
  if (const auto names = description.metadata.find(task::kClassesKey); names != description.metadata.end())
    request.classes = task::classes_from_text(names->second, description.model);
  if (description.inputs.size() != 1 || description.inputs[0].shape.size() != 4) return request;
  const auto fill = [&](int& extent, std::size_t axis) {
    const std::int64_t takes = description.inputs[0].shape[axis];
    if (extent == 0 && takes > 0) extent = static_cast<int>(std::min<std::int64_t>(takes, 1'000'000));
  };
  fill(request.image.channels, 1);
  fill(request.image.height, 2);
  fill(request.image.width, 3);
  return request;
}

std::size_t images_within(std::size_t bytes, std::size_t wanted, std::size_t batch, const task::ImageShape& image) {
  const std::size_t fit = bytes / std::max<std::size_t>(1, image.values() * sizeof(float));
  return std::min((wanted + batch - 1) / batch * batch, std::max(batch, fit / batch * batch));
}

std::size_t whole_batches(const task::DataSet& data, task::Split split, std::size_t wanted, std::size_t batch) {
  data.info().at_most(1, split);  // throws if it has none
  const auto has = static_cast<std::size_t>(data.info().count(split));
  std::size_t count = (wanted + batch - 1) / batch * batch;
  if (has > 0 && count > has) count = has / batch * batch;
  if (count == 0)
    base::fail("{} has {} {} images, which do not fill a batch of {}", data.info().name, has, task::name_of(split),
               batch);
  return count;
}

SamplePool make_sample_pool(const task::DataSet& data, task::Split split, std::size_t first, std::size_t count,
                            const task::Normalisation& normalisation) {
  SamplePool pool;
  pool.image = data.info().image;
  pool.pixels.reserve(count * pool.image.values());
  for (std::size_t i = first; i < first + count; ++i) {
    task::Sample sample = data.sample(split, i);
    assert(sample.pixels.size() == pool.image.values());
    pool.pixels.insert(pool.pixels.end(), sample.pixels.begin(), sample.pixels.end());
    sample.pixels = {};
    pool.truth.push_back(std::move(sample));
  }
  task::normalise(pool.pixels, pool.image, normalisation);
  return pool;
}

SamplePool noise_pool(const Description& description, const task::ImageShape& image, std::size_t count) {
  const task::ImageShape known = request_for(description, "", {}, 0, image).image;
  if (description.inputs.size() != 1 || description.inputs[0].shape.size() != 4)
    base::fail("{}: expected one input [batch, channels, height, width], found {}", description.model,
               description.inputs.size() == 1 ? shape_text(description.inputs[0].shape)
                                              : fmt::format("{} inputs", description.inputs.size()));
  if (known.channels <= 0 || known.height <= 0 || known.width <= 0)
    base::fail("{}: its input '{}' is {}; say how large its images are: --size 224 --channels 3", description.model,
               description.inputs[0].name, shape_text(description.inputs[0].shape));
  const Port port{description.inputs[0].name,
                  {static_cast<std::int64_t>(count), known.channels, known.height, known.width}};
  Description of_these;
  of_these.model = description.model;
  of_these.inputs = {port};
  SamplePool pool;
  pool.image = known;
  pool.pixels = std::move(noise_for(of_these, base::Json::object(), "noise").values[0]);
  pool.truth.resize(count);
  return pool;
}

void check_takes(const Description& description, const task::ImageShape& image, std::size_t batch) {
  const auto shape = shape_of(image, batch);
  if (description.inputs.size() == 1 && fits(description.inputs[0].shape, shape)) return;
  if (description.inputs.size() == 1 && description.inputs[0].shape.size() == shape.size()) {
    auto with_its_batch = shape;
    with_its_batch[0] = description.inputs[0].shape[0];
    if (fits(description.inputs[0].shape, with_its_batch)) {
      base::fail("{}: its batch is fixed at {} (input '{}' takes {}), so it cannot run with a batch of {}",
                 description.model, with_its_batch[0], description.inputs[0].name,
                 shape_text(description.inputs[0].shape), batch);
    }
  }
  std::vector<std::string> found;
  for (const Port& port : description.inputs)
    found.push_back(fmt::format("'{}' {}", port.name, shape_text(port.shape)));
  base::fail("{}: expected one input for images of shape {}, found {}", description.model, shape_text(shape),
             found.empty() ? "none" : fmt::format("{}", fmt::join(found, ", ")));
}

std::span<const TensorView> run_images(Executor& executor, const task::ImageShape& image, std::span<const float> pixels,
                                       std::size_t batch) {
  const auto shape = shape_of(image, batch);
  const TensorView input{executor.describe().inputs[0].name, shape, pixels};
  return executor.run({&input, 1});
}

}  // namespace cradle::deploy
