// Prints what devices compute in.
#include "cradle/cli/precisions_table.h"

#include <fmt/format.h>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/catalog/precision.h"

namespace cradle::cli {
namespace {

base::Json to_json(const catalog::DeviceClass& c) {
  base::Json json{{"name", c.name}, {"what", c.what}, {"aliases", c.aliases}, {"precisions", base::Json::object()}};
  for (std::size_t i = 0; i < catalog::kPrecisions.size(); ++i)
    json["precisions"][std::string(catalog::kPrecisions[i])] = {{"support", catalog::name_of(c.precisions[i].support)},
                                                                {"how", c.precisions[i].how}};
  json["source"] = c.source;
  json["grade"] = catalog::name_of(c.grade);
  json["note"] = c.note;
  return json;
}

void print_all() {
  std::vector<std::string> header{"device"};
  header.insert(header.end(), catalog::kPrecisions.begin(), catalog::kPrecisions.end());
  header.push_back("grade");
  base::Table table(header);
  for (const catalog::DeviceClass& c : catalog::device_classes()) {
    std::vector<std::string> row{c.name};
    for (const catalog::PrecisionSupport& p : c.precisions) row.emplace_back(catalog::name_of(p.support));
    row.emplace_back(catalog::name_of(c.grade));
    table.row(row);
  }
  fmt::print(
      "{}native: instructions for it; slow: such below the rate of FP32; emulated: several wider ones;\n"
      "storage: converted when loaded. cradle graph --precisions DEVICE says by what (t4, jetson-orin, here)\n",
      table.text());
}

void print_one(const catalog::DeviceClass& c) {
  base::Table table({"precision", "support", "by"});
  for (std::size_t i = 0; i < catalog::kPrecisions.size(); ++i)
    table.row({std::string(catalog::kPrecisions[i]), std::string(catalog::name_of(c.precisions[i].support)),
               c.precisions[i].how});
  fmt::print("{}: {}\n{}", c.name, c.what, table.text());
  constexpr int kColumns = 100;
  fmt::print("{}",
             base::wrapped(fmt::format("source: {} (grade {})", c.source, catalog::name_of(c.grade)), kColumns));
  if (!c.note.empty()) fmt::print("{}", base::wrapped("note: " + c.note, kColumns));
}

}  // namespace

void print_precisions(const std::string& device, bool json) {
  if (device.empty()) {
    if (!json) return print_all();
    base::Json list = base::Json::array();
    for (const catalog::DeviceClass& c : catalog::device_classes()) list.push_back(to_json(c));
    fmt::print("{}\n", base::dump_json(list));
    return;
  }
  const catalog::DeviceClass c = device == "here" ? catalog::class_of_processor(base::read_file("/proc/cpuinfo"))
                                                  : catalog::device_class_named(device);
  if (json)
    fmt::print("{}\n", base::dump_json(to_json(c)));
  else
    print_one(c);
}

}  // namespace cradle::cli
