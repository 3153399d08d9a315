// Measures a model file where it stands.
#include "cradle/recipe/standing.h"

#include <fmt/format.h>

#include "cradle/recipe/answers.h"

namespace cradle::recipe {

Standing standing_of(const Workspace& workspace, const std::filesystem::path& model, const StandingRequest& request) {
  const std::string where = "answer of cradle-deploy";
  Standing standing;
  standing.file = model;
  base::Json extents = base::Json::object();
  add_input_shape(extents, request.own);
  standing.info = inspect(workspace, model, std::move(extents));
  base::Json arguments = {{"model", model.string()},
                          {"threads", 1},
                          {"seconds", request.seconds},
                          {"warm_up_s", request.seconds / 2},
                          {"split", request.split},
                          {"task", request.task},
                          {"quality_images", request.task == kNoTask ? 0 : request.images}};
  add_to(arguments, request.own, request.task);
  Workspace quiet = workspace;
  quiet.progress = false;  // it takes a second or two, and whoever asks says what for
  Done done = run_job(quiet, "deploy", "infer", "judge " + model.filename().string(), std::move(arguments));
  if (request.task != kNoTask) standing.quality = qualities_from(done.answer, where).front();
  standing.draws = draws_from(done.answer, where);
  standing.right = base::json_string_or(done.answer, "right", "", where);
  standing.median_ms = latency_from(base::json_member(done.answer, "latency_ms", where), where).median_ms;
  const double images = base::json_number(done.answer, "images", where);
  standing.joules = record::between(done.record, "window-begin", "window-end").j / images;
  standing.modelled = record::is_modelled(done.record);
  done.record.work = record::Work{"image", images};
  if (request.task != kNoTask) done.record.quality = standing.quality;
  done.record.model = standing.info;
  if (request.task != kNoTask) done.record.data = data_from(done.answer, where);
  standing.record = std::move(done.record);
  return standing;
}

std::string doubt_of(const std::string& name, const record::Quality& quality) {
  constexpr double kNoGood = 0.15;  // below it a model has learned nothing that it could lose (assumed)
  if (quality.value.value >= kNoGood) return "";
  return fmt::format(
      "{} itself reaches {} {:.3f} only: are the images as it wants them (--normalise, --size, --channels), and are "
      "they of its task? No compression can be judged on such a figure.",
      name, quality.metric, quality.value.value);
}

base::Json to_json(const Standing& s) {
  return {{"file", s.file.filename().string()},
          {"sha256", s.info.sha256},
          {"size_bytes", s.info.size_bytes},
          {"parameters", s.info.parameters},
          {"macs", s.info.macs},
          {"precision", s.info.precision},
          {"metric", s.quality.metric},
          {"quality", s.quality.value.value},
          {"quality_low", s.quality.value.low},
          {"quality_high", s.quality.value.high},
          {"median_ms", s.median_ms},
          {"joules", s.joules},
          {"modelled", s.modelled}};
}

Standing standing_from(const base::Json& json, std::string_view where) {
  const auto number = [&](std::string_view key) { return base::json_number(json, key, where); };
  const auto text = [&](std::string_view key) { return base::json_string(json, key, where); };
  Standing s;
  s.file = text("file");
  s.info = {text("file"),         text("sha256"), number("size_bytes"),
            number("parameters"), number("macs"), text("precision")};
  s.quality = {text("metric"), {number("quality"), number("quality_low"), number("quality_high")}};
  s.median_ms = number("median_ms");
  s.joules = number("joules");
  s.modelled = base::json_member(json, "modelled", where) == true;
  return s;
}

}  // namespace cradle::recipe
