// What can be asked of a run record: its bases, the energy between two marks; and its file.
#include "cradle/record/run_record.h"

#include <algorithm>
#include <array>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"

namespace cradle::record {
namespace {

constexpr std::array<std::pair<Basis, std::string_view>, 3> kBases = {{
    {Basis::kCounter, "counter"},
    {Basis::kIntegrated, "integrated"},
    {Basis::kModelled, "modelled"},
}};

bool has(const RunRecord& record, Basis basis) {
  return std::any_of(record.parts.begin(), record.parts.end(),
                     [&](const PartEnergy& p) { return p.basis == basis && p.j.high > 0; });
}

std::string names_of_marks(const RunRecord& record) {
  if (record.marks.empty()) return "the run has no marks";
  std::string names;
  for (const Mark& m : record.marks) {
    if (names.size() > 200) return "it has " + names + ", …";
    names += (names.empty() ? "" : ", ") + m.name;
  }
  return "it has " + names;
}

}  // namespace

std::string_view name_of(Basis basis) {
  for (const auto& [known, name] : kBases)
    if (known == basis) return name;
  return "";
}

Basis basis_named(std::string_view name, std::string_view where) {
  std::vector<std::string> names;
  for (const auto& [basis, known] : kBases) {
    if (known == name) return basis;
    names.emplace_back(known);
  }
  base::fail("{}: '{}' is not a basis; expected counter, integrated or modelled{}", where, name,
             base::suggestion(name, names));
}

bool is_modelled(const RunRecord& record) { return has(record, Basis::kModelled); }

std::string basis_text(const RunRecord& record) {
  std::string text;
  for (const auto& [basis, name] : kBases)
    if (has(record, basis)) text += (text.empty() ? "" : " + ") + std::string(name);
  return text.empty() ? "nothing could be read or modelled" : text;
}

Window between(const RunRecord& record, std::string_view from, std::string_view to) {
  const auto named = [](std::string_view name) { return [name](const Mark& m) { return m.name == name; }; };
  const auto first = std::find_if(record.marks.begin(), record.marks.end(), named(from));
  if (first == record.marks.end())
    base::fail("run {}: there is no mark '{}'; {}", record.id, from, names_of_marks(record));
  const auto last = std::find_if(first, record.marks.end(), named(to));
  if (last == record.marks.end())
    base::fail("run {}: there is no mark '{}' after '{}'; {}", record.id, to, from, names_of_marks(record));
  return {last->j - first->j, last->t_s - first->t_s};
}

RunRecord read_record(const std::filesystem::path& path) { return from_json(base::read_json(path), path.string()); }

void write_record(const std::filesystem::path& path, const RunRecord& record) {
  base::write_json(path, to_json(record));
}

}  // namespace cradle::record
