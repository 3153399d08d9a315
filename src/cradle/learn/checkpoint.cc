// The checkpoint's file: a line with the schema, a line of JSON, the numbers, and the SHA-256 of all that.
#include "cradle/learn/checkpoint.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/file.h"

namespace cradle::learn {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

namespace {

using base::Json;

constexpr std::size_t kHashDigits = 64;
constexpr double kMostSteps = 1e15;
constexpr std::string_view kBest = "best/";

Json to_json(const EpochReport& e) {
  return {{"epoch", e.epoch},     {"loss", e.loss},     {"metric", e.metric},
          {"quality", e.quality}, {"images", e.images}, {"s", e.s}};
}

std::int64_t whole(const Json& object, std::string_view key, std::string_view where) {
  const double value = base::json_number(object, key, where);
  if (!(value >= 0 && value <= kMostSteps) || value != std::floor(value))
    base::fail("{}: '{}': expected a whole number, found {}", where, key, value);
  return static_cast<std::int64_t>(value);
}

const Json& list(const Json& object, std::string_view key, std::string_view where) {
  const Json& member = base::json_member(object, key, where);
  if (!member.is_array()) base::fail("{}: '{}': expected a list, found {}", where, key, member.type_name());
  return member;
}

EpochReport epoch_from(const Json& json, std::string_view where) {
  return {static_cast<int>(whole(json, "epoch", where)),
          base::json_number(json, "loss", where),
          base::json_string(json, "metric", where),
          base::json_number(json, "quality", where),
          whole(json, "images", where),
          base::json_number(json, "s", where)};
}

/// The part before the checksum, if that holds.
std::string_view checked(std::string_view bytes, std::string_view where) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line != kCheckpointSchema)
    base::fail("{}: its first line is not '{}': this is no checkpoint of a training that this version can resume",
               where, kCheckpointSchema);
  const std::size_t end = bytes.size() - std::min(bytes.size(), kHashDigits);
  if (base::sha256_of(bytes.substr(0, end)) != bytes.substr(end))
    base::fail(
        "{}: the checkpoint is damaged ({} bytes, and the SHA-256 at its end does not hold); bring back a copy, or "
        "begin the training anew",
        where, bytes.size());
  return bytes.substr(line.size() + 1, end - line.size() - 1);
}

/// Takes the numbers of the tensors that the header names from behind it.
void read_tensors(const Json& header, std::string_view numbers, std::string_view where, Checkpoint* c) {
  for (const Json& entry : list(header, "tensors", where)) {
    const std::string name = base::json_string(entry, "name", where);
    const auto count = static_cast<std::size_t>(whole(entry, "count", where));
    if (count > numbers.size() / sizeof(float))
      base::fail("{}: '{}' has {} numbers, and only {} bytes follow", where, name, count, numbers.size());
    std::vector<float>& values = name.starts_with(kBest) ? c->best[name.substr(kBest.size())] : c->tensors[name];
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), numbers.data(), count * sizeof(float));
    numbers.remove_prefix(count * sizeof(float));
  }
  if (!numbers.empty()) base::fail("{}: {} bytes follow the last tensor", where, numbers.size());
}

/// "epochs 8 there, 10 here" for each option that differs.
std::vector<std::string> differences(const Json& there, const Json& here) {
  std::vector<std::string> all;
  for (const auto& [key, value] : there.items())
    if (!here.contains(key))
      all.push_back(fmt::format("{} {} there, nothing here", key, value.dump()));
    else if (here.at(key) != value)
      all.push_back(fmt::format("{} {} there, {} here", key, value.dump(), here.at(key).dump()));
  for (const auto& [key, value] : here.items())
    if (!there.contains(key)) all.push_back(fmt::format("{} nothing there, {} here", key, value.dump()));
  return all;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& c) {
  Json header = {{"network", c.network}, {"graph", c.graph}, {"options", c.options}, {"steps", c.steps}};
  header["epochs"] = Json::array();
  for (const EpochReport& epoch : c.epochs) header["epochs"].push_back(to_json(epoch));
  header["tensors"] = Json::array();
  std::string numbers;
  const auto add = [&](const std::string& name, const std::vector<float>& values) {
    header["tensors"].push_back(Json{{"name", name}, {"count", values.size()}});
    numbers.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  };
  for (const auto& [name, values] : c.tensors) add(name, values);
  for (const auto& [name, values] : c.best) add(std::string(kBest) + name, values);
  std::string bytes = fmt::format("{}\n{}\n{}", kCheckpointSchema, base::dump_json(header, -1), numbers);
  bytes += base::sha256_of(bytes);
  base::write_file(path, bytes);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const std::string where = path.string();
  if (!std::filesystem::exists(path))
    base::fail("{}: there is no checkpoint to resume from; begin the training without --resume", where);
  const std::string bytes = base::read_file(path);
  const std::string_view rest = checked(bytes, where);
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const Json header = base::parse_json(rest.substr(0, end), where);
  Checkpoint c;
  c.network = base::json_string(header, "network", where);
  c.graph = base::json_string(header, "graph", where);
  c.options = base::json_member(header, "options", where);
  if (!c.options.is_object()) base::fail("{}: 'options': expected an object", where);
  c.steps = whole(header, "steps", where);
  for (const Json& epoch : list(header, "epochs", where)) c.epochs.push_back(epoch_from(epoch, where));
  read_tensors(header, rest.substr(std::min(end + 1, rest.size())), where, &c);
  return c;
}

base::Json options_json(const TrainOptions& options, const task::DataInfo& data) {
  // All members by name: who adds one to TrainOptions has to say here whether the result depends on it.
  const auto& [task, seed, data_seed, epochs, train_images, validation_images, batch, learning_rate, schedule,
               weight_decay, optimiser, threads, precision, patience, least_gain, folder, image, pixels, checkpoint,
               resume, augment, keep_zeros, gamma_penalty, gates_target, gates_penalty, max_steps, save_at_step, save,
               on_epoch] = options;
  Json all = {{"task", task},
              {"seed", seed},
              {"data_seed", data_seed},
              {"data", data.name},
              {"images", {data.images[0], data.images[1]}},
              {"epochs", epochs},
              {"train_images", train_images},
              {"validation_images", validation_images},
              {"batch", batch},
              {"learning_rate", learning_rate},
              {"schedule", schedule},
              {"weight_decay", weight_decay},
              {"optimiser", optimiser},
              {"precision", precision},
              {"patience", patience},
              {"least_gain", least_gain},
              {"augment", augment}};
  // What is off is not named, so that checkpoints from before there was the option can still be resumed.
  if (image.values() > 0) all["image"] = {image.channels, image.height, image.width};
  if (!pixels.mean.empty()) all["pixels"] = {pixels.mean, pixels.deviation};
  if (keep_zeros) all["keep_zeros"] = true;
  if (gamma_penalty > 0) all["gamma_penalty"] = gamma_penalty;
  if (gates_target > 0) all["gates"] = {{"target", gates_target}, {"penalty", gates_penalty}};
  if (max_steps > 0) all["max_steps"] = max_steps;
  if (save_at_step >= 0) all["save_at_step"] = save_at_step;
  return all;
}

void check_same_training(const Checkpoint& found, const Checkpoint& begun, const std::filesystem::path& path) {
  std::vector<std::string> all = differences(found.options, begun.options);
  if (found.network != begun.network)
    all.insert(all.begin(), fmt::format("network {} there, {} here", found.network, begun.network));
  else if (found.graph != begun.graph)
    all.insert(all.begin(), fmt::format("another width or other first weights of {}", begun.network));
  if (!all.empty())
    base::fail(
        "{}: this is the checkpoint of another training: {}; resume with the options that it had, or begin anew "
        "without --resume",
        path.string(), fmt::join(all, "; "));
}

}  // namespace cradle::learn
