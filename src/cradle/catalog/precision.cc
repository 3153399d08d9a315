// Reads and searches the table of devices and precisions.
#include "cradle/catalog/precision.h"

#include <algorithm>
#include <set>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"

namespace cradle::catalog {
namespace {

constexpr std::array<std::string_view, 5> kSupports{"native", "slow", "emulated", "storage", "none"};
constexpr std::size_t kFirstPrecision = 4;  // columns before: class, what, aliases, flag

std::vector<std::string> columns() {
  std::vector<std::string> names{"class", "what", "aliases", "flag"};
  names.insert(names.end(), kPrecisions.begin(), kPrecisions.end());
  names.insert(names.end(), {"source", "grade", "note"});
  return names;
}

/// "native: dp4a".
PrecisionSupport support_in(std::string_view cell, std::string_view where) {
  const std::size_t colon = cell.find(':');
  const std::string_view word = cell.substr(0, colon);
  const auto it = std::ranges::find(kSupports, word);
  if (it == kSupports.end())
    base::fail("{}: '{}' is no support; it begins with one of {}", where, cell, fmt::join(kSupports, ", "));
  PrecisionSupport support{static_cast<Support>(it - kSupports.begin()), ""};
  if (colon != cell.npos) support.how = base::trim(cell.substr(colon + 1));
  if (support.how.empty() != (support.support == Support::kNone))
    base::fail("{}: '{}': what is there has its instruction or unit behind a colon, 'none' has none", where, cell);
  return support;
}

/// As names are compared: "NVIDIA Jetson Orin" → "jetson-orin".
std::string key_of(std::string_view name) {
  std::string key = base::lower(base::trim(name));
  std::ranges::replace(key, ' ', '-');
  constexpr std::string_view kMaker = "nvidia-";
  return key.starts_with(kMaker) ? key.substr(kMaker.size()) : key;
}

std::size_t precision_index(std::string_view precision) {
  const auto it = std::ranges::find(kPrecisions, precision);
  if (it == kPrecisions.end())
    base::fail("there is no precision '{}'{}; known are {}", precision,
               base::suggestion(precision, std::vector<std::string>(kPrecisions.begin(), kPrecisions.end())),
               fmt::join(kPrecisions, ", "));
  return static_cast<std::size_t>(it - kPrecisions.begin());
}

/// The words behind "flags" (x86) or "Features" (Arm) of the first processor.
std::set<std::string> flags_in(std::string_view cpuinfo) {
  for (const std::string& line : base::split(cpuinfo, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view key = base::trim(std::string_view(line).substr(0, colon));
    if (key != "flags" && key != "Features") continue;
    const std::vector<std::string> words = base::split(base::trim(std::string_view(line).substr(colon + 1)), ' ');
    return {words.begin(), words.end()};
  }
  return {};
}

}  // namespace

std::string_view name_of(Support support) { return kSupports[static_cast<std::size_t>(support)]; }

std::vector<DeviceClass> read_device_classes(std::string_view text, std::string_view name) {
  const base::Csv csv = base::parse_csv(text, name);
  if (csv.header != columns())
    base::fail("{}: expected the columns {}, found {}", name, fmt::join(columns(), ","), fmt::join(csv.header, ","));
  std::vector<DeviceClass> classes;
  std::set<std::string> taken;
  for (const base::CsvRow& row : csv.rows) {
    const std::string where = fmt::format("{}:{}", name, row.line);
    DeviceClass c;
    c.name = row.cells[0];
    c.what = row.cells[1];
    if (!row.cells[2].empty()) c.aliases = base::split(row.cells[2], ';');
    c.flag = row.cells[3];
    for (std::size_t i = 0; i < kPrecisions.size(); ++i)
      c.precisions[i] = support_in(row.cells[kFirstPrecision + i], where);
    c.source = row.cells[kFirstPrecision + kPrecisions.size()];
    c.grade = base::about(where, [&] { return grade_named(row.cells[kFirstPrecision + kPrecisions.size() + 1]); });
    c.note = row.cells.back();
    if (c.name.empty() || c.what.empty() || c.source.empty())
      base::fail("{}: a class has a name, says what it is, and names its source", where);
    std::vector<std::string> names = c.aliases;
    names.push_back(c.name);
    for (const std::string& one : names)
      if (!taken.insert(key_of(one)).second) base::fail("{}: the name '{}' stands twice", where, one);
    classes.push_back(std::move(c));
  }
  return classes;
}

const std::vector<DeviceClass>& device_classes() {
  static const std::vector<DeviceClass> classes =
      read_device_classes(embedded_text("precisions.csv"), "precisions.csv");
  return classes;
}

const DeviceClass& device_class_named(std::string_view name) {
  const std::string key = key_of(name);
  std::vector<std::string> known;
  for (const DeviceClass& c : device_classes()) {
    std::vector<std::string> names = c.aliases;
    names.insert(names.begin(), c.name);
    for (const std::string& one : names)
      if (key_of(one) == key) return c;
    known.insert(known.end(), names.begin(), names.end());
  }
  base::fail_usage("no device '{}' in the table of precisions{}; cradle graph --precisions lists it", name,
                   base::suggestion(key, known));
}

const PrecisionSupport& precision_support(std::string_view device_class, std::string_view precision) {
  const std::size_t index = precision_index(precision);
  return device_class_named(device_class).precisions[index];
}

DeviceClass class_of_processor(std::string_view cpuinfo) {
  const std::set<std::string> flags = flags_in(cpuinfo);
  DeviceClass machine;
  machine.name = "this machine";
  machine.grade = Grade::kA;
  std::vector<std::string> names, sources;
  for (const DeviceClass& c : device_classes()) {
    if (c.flag.empty() || !flags.contains(c.flag)) continue;
    for (std::size_t i = 0; i < kPrecisions.size(); ++i)
      if (c.precisions[i].support <= machine.precisions[i].support) machine.precisions[i] = c.precisions[i];
    machine.grade = std::max(machine.grade, c.grade);  // the worst
    names.push_back(c.name);
    if (std::ranges::find(sources, c.source) == sources.end()) sources.push_back(c.source);
  }
  if (names.empty()) base::fail("/proc/cpuinfo names none of the instruction sets of the table of precisions");
  machine.what = fmt::format("the processor, by its flags: {}", fmt::join(names, ", "));
  machine.source = fmt::format("{}", fmt::join(sources, "; "));
  return machine;
}

}  // namespace cradle::catalog
